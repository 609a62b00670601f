"""Runs that grow: exports which list results one by one, or by series, are gathered into runs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from perfsite.errors import CombinedInputError, InputError
from perfsite.model.run import Columns, Commit, Environment, Measurement, Run, Source, Status
from perfsite.sources.base import median

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from perfsite.model.run import FactValue

_Key = tuple[str, tuple[tuple[str, str], ...], str]
_NO_FACTS: Final[dict[str, FactValue]] = {}


@dataclass(slots=True, kw_only=True)
class Draft:
    """A run of which not everything may be known yet."""

    time: datetime
    commit: Commit
    environment: str
    source: Source
    branch: str | None = None
    suite: str | None = None
    facts: Mapping[str, FactValue] = field(default_factory=lambda: _NO_FACTS)
    rows: dict[_Key, list[Measurement]] = field(default_factory=dict)

    def add(self, row: Measurement) -> None:
        """Take a measurement; another one of the same benchmark and metric is another sample of it."""
        key = (row.benchmark, tuple(sorted(row.parameters.items())), row.metric.name)
        self.rows.setdefault(key, []).append(row)

    def run(self) -> Run:
        """Return the run with all that came in."""
        return Run(
            time=self.time,
            commit=self.commit,
            environment=Environment(name=self.environment, facts=dict(self.facts)),
            source=self.source,
            measurements=Columns.of([together(rows) for rows in self.rows.values()]),
            branch=self.branch,
            suite=self.suite,
        )


def together(rows: list[Measurement]) -> Measurement:
    """Return repeated measurements as one: their values are its samples."""
    good = [row for row in rows if row.value is not None]
    if len(good) < 2:
        return (good or rows)[0]
    values = [row.value for row in good if row.value is not None]
    return replace(
        good[0],
        value=median(values),
        status=Status.OK,
        count=len(values),
        lower=None,
        upper=None,
        deviation=None,
        samples=values,
        statistics=None,
    )


class Drafts:
    """The runs of one history by what tells them apart."""

    def __init__(self) -> None:
        self._drafts: dict[Hashable, Draft] = {}

    def of(self, key: Hashable, make: Callable[[], Draft]) -> Draft:
        """Return the run of that key; `make` is asked where there is none yet."""
        if key not in self._drafts:
            self._drafts[key] = make()
        return self._drafts[key]

    def runs(self) -> Iterator[Run]:
        """Yield the runs that measured something, oldest first."""
        for draft in sorted(self._drafts.values(), key=lambda draft: draft.time):
            if draft.rows:
                yield draft.run()

    def read(
        self,
        files: Sequence[Path],
        take: Callable[[Path], None],
        *,
        progress: Callable[[int, int], None] | None,
        problems: list[str],
    ) -> Iterator[Run]:
        """Let `take` gather each file, then yield the runs; a file that cannot be read is told and left out."""
        for done, file in enumerate(files, start=1):
            try:
                take(file)
            except InputError as error:
                problems.append(f"{error} (left out)")
            if progress is not None:
                progress(done, len(files))
        yield from self.runs()


def watched(
    runs: Iterator[Run], path: Path, problems: list[str], *, told: int, what: str, doubts: Callable[[], list[str]]
) -> Iterator[Run]:
    """Yield runs; raise where there was none, with what was told since; tell doubts at the end.

    Parameters
    ----------
    told
        How many problems were told before this history.
    what
        What such a history holds: `holds no <what> that can be read`.
    """
    count = 0
    for run in runs:
        count += 1
        yield run
    if count == 0:
        hint = f"Give the {what}s as the tool exports them."
        causes = [InputError(text, hint=hint) for text in problems[told:]]
        raise CombinedInputError(
            [InputError(f"holds no {what} that can be read", where=str(path), hint=hint), *causes[:1000]]
        )
    problems.extend(doubts())
