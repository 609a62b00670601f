"""Benchmarks that were renamed: give the runs of an imported history the names that are used today."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from perfsite.errors import ConfigError, InputError

if TYPE_CHECKING:
    from perfsite.model.run import Run

_EQUALS: Final = re.compile(r"(?<!\\)=")


class Renames:
    r"""What is called what: `OLD=NEW`; a `*` at the end of both stands for the same rest.

    Parameters
    ----------
    texts
        As on the command line; `\=` is an equals sign in a name. The first that fits a name counts.

    Raises
    ------
    ConfigError
        One of them is no such pair.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self._exact: dict[str, str] = {}
        self._starts: list[tuple[str, str]] = []
        self._used: set[str] = set()
        self._known: dict[str, str] = {}
        for text in texts:
            self._take(text)

    def _take(self, text: str) -> None:
        parts = [part.replace("\\=", "=") for part in _EQUALS.split(text)]
        if len(parts) != 2 or not all(parts):
            raise ConfigError(
                f"expected OLD=NEW, found '{text[:100]}'",
                where="--map",
                hint="write \\= for an equals sign that belongs to a name",
            )
        old, new = parts
        if old.endswith("*") != new.endswith("*"):
            raise ConfigError(
                f"only one side of '{text[:100]}' ends with *",
                where="--map",
                hint="end both with *, which stands for the same rest of the name",
            )
        if old.endswith("*"):
            self._starts.append((old[:-1], new[:-1]))
        else:
            self._exact.setdefault(old, new)

    def name(self, benchmark: str) -> str:
        """Return what a benchmark is called now."""
        known = self._known.get(benchmark)
        if known is None:
            known = self._known[benchmark] = self._renamed(benchmark)
        return known

    def _renamed(self, benchmark: str) -> str:
        if benchmark in self._exact:
            self._used.add(benchmark)
            return self._exact[benchmark]
        for old, new in self._starts:
            if benchmark.startswith(old) and new + benchmark[len(old) :]:
                self._used.add(f"{old}*")
                return new + benchmark[len(old) :]
        return benchmark

    def apply(self, runs: Iterable[Run]) -> Iterator[Run]:
        """Yield the runs with the new names.

        Raises
        ------
        InputError
            Two benchmarks of one run would have the same name.
        """
        if not self._exact and not self._starts:
            yield from runs
            return
        for run in runs:
            before = run.measurements.benchmark
            after = [self.name(benchmark) for benchmark in before]
            if after == list(before):
                yield run
                continue
            _check(run, dict(zip(before, after, strict=True)))
            # Another content is another run: it must not keep the id of what it was made from.
            yield replace(run, measurements=replace(run.measurements, benchmark=after), id=None)

    def unused(self) -> list[str]:
        """Return the old names that no benchmark had."""
        return [old for old in (*self._exact, *(f"{old}*" for old, _ in self._starts)) if old not in self._used]


def _check(run: Run, names: Mapping[str, str]) -> None:
    first: dict[str, str] = {}
    for old, new in names.items():
        other = first.setdefault(new, old)
        if other != old:
            raise InputError(
                f"'{other[:80]}' and '{old[:80]}' would both be called '{new[:80]}'",
                where=f"run of {run.time.isoformat()} at {run.commit.sha[:12]}",
                hint="rename them to different names, or import without that --map",
            )
