"""What the outputs of Rust's benchmark tools share: names with slashes, targets that cargo runs, its errors."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from perfsite.sources.base import MOST_MEASUREMENTS
from perfsite.sources.document import shorten
from perfsite.sources.names import split_slashes

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from perfsite.model.run import Measurement
    from perfsite.sources.base import Rows

_HASH: Final = re.compile(r"-[0-9a-f]{16}(?:\.exe)?\)?\Z", re.ASCII)
_PATH_PARTS: Final = re.compile(r"[\\/( ]")
_STOPPED: Final = re.compile(r"error: (?:bench|test|could not|\d{1,6} target|process didn't)")
_MOST_WARNINGS: Final = 20
NOTHING: Final[Mapping[str, str]] = {}
TARGET: Final = "target"
"""The parameter that tells benchmarks of the same name in two targets apart."""


def split_name(text: str) -> tuple[str, dict[str, str]]:
    """Return the benchmark and the parameters of a name as criterion.rs writes it: `group/function/64`.

    Every format of the Rust tools is read by this convention, the tree's `benchmark.json` too, so that a series goes
    on when a project changes from one to another; libtest's names have no slashes.

    Examples
    --------
    >>> split_name("Fibonacci/Iterative/20")
    ('Fibonacci/Iterative', {'arg0': '20'})
    >>> split_name("tests::sum_100")
    ('tests::sum_100', {})
    """
    return split_slashes(text)


class Targets:
    """The measurements of one output of cargo, and which of its targets each comes from.

    Cargo says on standard error which target it runs (`Running benches/x.rs (target/release/deps/x-0123456789abcdef)`).
    Where two targets hold a benchmark of the same name, both get the executable's name as a parameter; a target that
    comes again (the same file name in two packages) is numbered, in the order in which cargo runs them.
    """

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.warnings: list[str] = []
        self.in_benches = False
        """Whether the target that runs is a file of the folder `benches`."""
        self._target = ""
        self._times: dict[str, int] = {}
        self._found: list[tuple[Measurement, str, str, Mapping[str, str]]] = []

    def heard(self, line: str, at: str) -> bool:
        """Whether a line is cargo's own: which target it runs, or that it gave up, which becomes a warning."""
        text = line.lstrip()
        if text.startswith("Running "):
            path = text.rstrip()
            hashed = _HASH.search(path, max(len(path) - 30, 0))
            if hashed is None:
                return False
            name = _PATH_PARTS.split(path[: hashed.start()])[-1]
            count = self._times[name] = self._times.get(name, 0) + 1
            self._target = name if count == 1 else f"{name} ({count})"
            self.in_benches = text.startswith(("Running benches/", "Running benches\\"))
            return True
        if _STOPPED.match(line):
            if len(self.warnings) < _MOST_WARNINGS:
                self.warnings.append(f"{at}: {shorten(line)}")
            return True
        return False

    def add(self, measurement: Measurement, at: str, *, apart: Mapping[str, str] = NOTHING) -> None:
        """Keep a measurement of the target that runs now.

        Parameters
        ----------
        apart
            Parameters that it gets only where another of this target is called the same.
        """
        self._found.append((measurement, at, self._target, apart))
        if len(self._found) > MOST_MEASUREMENTS:
            # The rows refuse so many, and they are not kept until the end of the file first.
            self.finish()

    def finish(self) -> None:
        """Hand all measurements to the rows, told apart where they need it."""
        targets, aparts = self._shared()
        for measurement, at, target, apart in self._found:
            identity = _identity(measurement)
            more = dict(apart) if (identity, target) in aparts else {}
            if target and identity in targets:
                more[TARGET] = target
            told = replace(measurement, parameters={**measurement.parameters, **more}) if more else measurement
            self.rows.add(told, at)
        self._found.clear()

    def _shared(self) -> tuple[set[Hashable], set[Hashable]]:
        """Return what several targets hold, and what one target holds several times and other parameters tell apart."""
        first: dict[Hashable, tuple[str, Mapping[str, str]]] = {}
        targets: set[Hashable] = set()
        aparts: set[Hashable] = set()
        for measurement, _, target, apart in self._found:
            identity = _identity(measurement)
            other_target, _ = first.setdefault(identity, (target, apart))
            if other_target != target:
                targets.add(identity)
            _, other = first.setdefault((identity, target), (target, apart)) if apart else (target, apart)
            if other != apart:
                aparts.add((identity, target))
        return targets, aparts


def _identity(measurement: Measurement) -> Hashable:
    return measurement.benchmark, tuple(sorted(measurement.parameters.items())), measurement.metric.name
