"""What a reader will see of commits, as data; every text may be hostile and is escaped where it is placed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perfsite.report.hint_views import HintView
    from perfsite.report.incident_views import IncidentLine
    from perfsite.report.views import CommitRef, Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitRow:
    """One measurement of a commit against its baseline."""

    benchmark: str
    url: str
    parameters: str
    metric: str
    environment: str
    value: str
    baseline: str
    delta: str
    noise: str
    verdict: str
    severity: str
    rule: str
    doubts: tuple[str, ...]
    stage: str = ""
    """Where a finding stands: `suspected`, `confirmed by later runs`, `withdrawn`; empty for what is none."""
    pinned: str = ""
    """When and from what the baseline was pinned; empty where it is the series' own."""
    anchor: str = ""
    """The series on its benchmark's page, as the fragment of a URL: what tells it from the others there."""
    runs: str = ""
    """How far the runs that the value is the median of lie apart; empty where it is of one run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """One run of a commit: where, when, by which tool, how many measurements."""

    environment: str
    time: str
    source: str
    source_url: str | None
    measurements: int
    failed: int
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitAnswer:
    """What somebody who followed a link wants first: what changed, whether to believe it, and what to do."""

    headline: str
    """The sentence without what does not matter in the first second; a full stop is missing."""
    belief: tuple[str, ...] = ()
    """How far to believe it, in sentences."""
    steps: tuple[str, ...] = ()
    """What to do next, the first thing first; empty where nothing changed."""
    commands: tuple[str, ...] = ()
    """Calls of the last of `steps`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitView:
    """The permanent page of a commit.

    `rows` are what this commit changed or may have changed, worst first, at most 100, of the unsure ones the first
    four, and of what it was suspected of at first sight the first three, last; `rest` counts the measurements
    that are not among them (no-change, standing regressions, or past the hundred).
    `csv` holds all of them, one line each, and is published beside the page: benchmark, parameters, metric,
    environment, unit, value, baseline (base unit), noise_floor (fraction), verdict, standing (`standing` where the
    regression began earlier); empty for what is not known. Values have twelve significant digits, what was
    computed from them six. One file serves people, programs and the page's script.
    """

    ref: CommitRef
    sentence: str
    answer: CommitAnswer
    state: str
    """The worst verdict, for the colour of the heading: `regression`, `improvement`, `no-change`, `unsure`."""
    author: str
    time: str
    branch: str | None
    pull_request: int | None
    pull_request_url: str | None
    commit_url: str | None
    notes: tuple[str, ...]
    """Off-branch, dirty work tree, shallow history: whatever makes this commit special."""
    counts: Counts
    rows: tuple[CommitRow, ...]
    rest: int
    missing: tuple[str, ...]
    """Series measured at the previous measured commit but not here, as text; at most 20."""
    missing_count: int
    runs: tuple[RunView, ...]
    older: CommitRef | None
    """The measured commit before this one: what changed, changed after it."""
    newer: CommitRef | None
    skipped: int
    """Commits between `older` and this one that were not measured."""
    compare_url: str | None
    """The commits after `older` up to this one, at the repository's host."""
    csv: str
    data: str = "data.csv"
    """File beside the page that holds them; `data.csv.gz` where they are packed."""
    causes: tuple[str, ...] = ()
    """What else changed at this run, environment by environment: machines, facts, all benchmarks together."""
    incidents: tuple[IncidentLine, ...] = ()
    """Those whose culprit this commit may be."""
    hints: tuple[HintView, ...] = ()
    more: int = 0
    """How many more there are of what `rows` lists: unsure, withdrawn, or past the hundred."""
    release: tuple[str, str] | None = None
    """Name and URL of the first release that holds the commit; None where none does or none is known."""
    reruns: str = ""
    """How far the runs of the commit lie apart; empty where no series was measured twice."""
    is_aside: bool = False
    """Whether no trend holds the commit: a pull request's, or one that left the branch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitLine:
    """One line of the list of commits."""

    ref: CommitRef
    author: str
    sentence: str
    state: str
    counts: Counts
    environments: int
    pull_request: int | None
    is_aside: bool = False
    """Whether no trend holds the commit: a pull request's, or one that left the branch."""
    releases: tuple[tuple[str, str], ...] = ()
    """Name and URL of the releases whose newest commit this is, the highest first."""
