"""Incidents: what changed together, taken for one cause, and what people decided about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from perfsite.model.event import Event

if TYPE_CHECKING:
    from perfsite.model.alert import IncidentNotified
    from perfsite.model.findings import Severity, Verdict
    from perfsite.model.problem import Problem
    from perfsite.model.run import Commit
    from perfsite.model.series import SeriesKey


class IncidentKind(StrEnum):
    """What the members of an incident did: all became worse, all better, or some of each."""

    REGRESSION = "regression"
    IMPROVEMENT = "improvement"
    MIXED = "mixed"


class IncidentState(StrEnum):
    """Where an incident stands. The first three are open; `fixed` is found out, the others are decided."""

    NEW = "new"
    REOPENED = "reopened"
    ACKNOWLEDGED = "acknowledged"
    IGNORED = "ignored"
    FIXED = "fixed"


OPEN: frozenset[IncidentState] = frozenset({IncidentState.NEW, IncidentState.REOPENED, IncidentState.ACKNOWLEDGED})
DECIDED: tuple[IncidentState, ...] = (IncidentState.ACKNOWLEDGED, IncidentState.IGNORED, IncidentState.REOPENED)
"""What a person may decide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentDecided(Event):
    """The decision that an incident is acknowledged, ignored or reopened.

    An analysis of more runs may move the change by a few commits, so that `incident`, its id, is not all that names it:
    `good`, `bad` are the shas of its last good and first bad commit, `series` some of its members, worst first. `size`
    (a fraction, > 0) and `members` say how large it was then. `until` is when the decision ends; None: never.
    """

    incident: str
    state: IncidentState
    good: str | None
    bad: str
    series: tuple[SeriesKey, ...]
    size: float
    members: int
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One series' part in an incident.

    `series` is its number, `index` the point at which its level changed, `commit` that point's position in the
    history's order. `before`, `after` are levels (base unit), `delta` after / before - 1 with its 95 % interval
    `lower`..`upper`; `confidence` is the probability that it is real and large enough to matter. `confirmed` is False
    where only the newest points show it. `standing` says whether a regression is not over; `over` is the position of
    the commit that ended it, None: none, or not known. `retired` series are not measured any more.
    """

    series: int
    index: int
    commit: int
    before: float
    after: float
    delta: float
    lower: float
    upper: float
    confidence: float
    verdict: Verdict
    severity: Severity
    confirmed: bool
    standing: bool
    over: int | None
    retired: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """Changes of many series, metrics and environments with one cause.

    The culprit is among the commits after position `good` (-1: the history's first) up to position `bad`, both
    measured. `id` is that of the commit most likely to be it, at position `commit`, or of the decision that was taken
    on it. `members` are the worst first. `size` is the largest surely known |delta| of its standing regressions, else
    of all its members; `typical` the median delta of those. `rank` orders incidents, the highest first
    (`perfsite.incidents.rank`). `decisions` are what people decided of it, oldest first; `why` is what an automatic
    state rests on. `earlier` are ids of incidents of the same series that were over or ignored before.
    """

    id: str
    kind: IncidentKind
    state: IncidentState
    commit: int
    good: int
    bad: int
    members: tuple[Member, ...]
    severity: Severity
    size: float
    typical: float
    confidence: float
    rank: float
    confirmed: bool
    is_old: bool = False
    decisions: tuple[IncidentDecided, ...] = ()
    why: str = ""
    fixed_at: int | None = None
    earlier: tuple[str, ...] = ()
    told: tuple[IncidentNotified, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether somebody should look: a regression that stands and that nobody ignored."""
        return self.state in OPEN and any(member.standing for member in self.members)

    @property
    def standing(self) -> tuple[Member, ...]:
        """Return the regressions that are not over."""
        return tuple(member for member in self.members if member.standing)


@dataclass(frozen=True, slots=True, kw_only=True)
class Incidents:
    """All incidents of a history, the highest rank first; problems are decisions that no incident matches.

    `gone` is what channels were told of incidents that are not found any more, by the id that they had.
    """

    all: Sequence[Incident] = ()
    problems: tuple[Problem, ...] = ()
    gone: Mapping[str, tuple[IncidentNotified, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """A file that differs between two commits; `path` is hostile. `change` is `added`, `removed` or `changed`."""

    path: str
    change: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Culprit:
    """What lies in an incident's range: the commits, newest first, and the files that differ over it.

    `count` and `file_count` are how many there are, of which `commits` and `files` may be the first; `file_count` is
    None where no repository tells.
    """

    commits: tuple[Commit, ...] = ()
    count: int = 0
    files: tuple[FileChange, ...] = ()
    file_count: int | None = None
