"""What a reader will see of incidents, as data; every text may be hostile and is escaped where it is placed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perfsite.report.hint_views import HintView
    from perfsite.report.views import CommitRef


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentLine:
    """An incident as it is mentioned: one sentence, and what a list needs beside it."""

    id: str
    url: str
    sentence: str
    worst: str
    """The worst member: benchmark, parameters, metric, environment."""
    state: str
    state_text: str
    """State with who, when and why, in words; empty for a new one."""
    kind: str
    severity: str
    colour: str
    """The verdict whose colour it has: `regression`, `improvement`, `unsure`, `no-change`."""
    commit: CommitRef
    """The most likely culprit."""
    series: int
    standing: int
    benchmarks: int
    environments: tuple[str, ...]
    confidence: str
    rank: float
    is_open: bool
    is_old: bool
    confirmed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentGroup:
    """Incidents that are folded away: why, how many, and the first of them."""

    title: str
    why: str
    count: int
    lines: tuple[IncidentLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentsView:
    """The list of incidents: open ones by rank, all others folded by what became of them."""

    sentence: str
    state: str
    open: tuple[IncidentLine, ...]
    open_count: int
    groups: tuple[IncidentGroup, ...]
    changes: int
    """Change points of the whole history."""
    incidents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRow:
    """One decision on an incident: what, by whom, when, until when, and why."""

    state: str
    author: str
    time: str
    until: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CulpritRow:
    """A commit of the culprit's range; `url` is its page here or at the repository's host, None: it has none."""

    short: str
    subject: str
    author: str
    date: str
    url: str | None
    measured: bool
    likely: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRow:
    """One series of an incident; `now` is what became of it."""

    benchmark: str
    url: str
    parameters: str
    metric: str
    environment: str
    before: str
    after: str
    delta: str
    interval: str
    verdict: str
    severity: str
    confidence: str
    now: str
    commit: CommitRef


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentChart:
    """A drawing of the worst member around its change, `width` by `height`, y downwards.

    `line` is the path of the values; the change is at x = `mark`, the levels `before` and `after` it are lines
    (x from, x to, y). `first` and `last` are the commits at both ends.
    """

    width: int
    height: int
    line: str
    mark: float
    before: tuple[float, float, float]
    after: tuple[float, float, float]
    before_text: str
    after_text: str
    first: CommitRef
    last: CommitRef
    points: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentView:
    """The permanent page of an incident."""

    line: IncidentLine
    lead: str
    """What, how large, how sure, where: two sentences at most."""
    good: CommitRef | None
    bad: CommitRef
    range_text: str
    compare_url: str | None
    commits: tuple[CulpritRow, ...]
    commit_count: int
    files: tuple[tuple[str, str], ...]
    """(path, `added`, `removed` or `changed`)."""
    file_count: int | None
    """None: no repository tells."""
    members: tuple[MemberRow, ...]
    member_count: int
    decisions: tuple[DecisionRow, ...]
    why: str
    """What an automatic state rests on, a sentence; empty where there is none."""
    elsewhere: str
    """Which environments measured the same benchmarks and show no change; empty where none."""
    earlier: tuple[IncidentLine, ...]
    causes: tuple[str, ...]
    """What else changed at the same run, environment by environment: machines, facts, all benchmarks together."""
    next_steps: tuple[str, ...]
    commands: tuple[str, ...]
    hints: tuple[HintView, ...] = ()
    chart: IncidentChart | None = None

    @property
    def side_by_side(self) -> str:
        """Return where both ends of the range are compared; empty where nothing was measured before it."""
        return f"compare/?base={self.good.sha}&head={self.bad.sha}" if self.good else ""
