"""What a reader will see, as data: texts are worded here, templates only place them.

URLs are relative to the root of the site and end with a slash (`benchmarks/parse-3f2a/`); a page adds its own way up.
Every text may be hostile: it comes from result files and commits and is escaped where it is placed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from perfsite.report.benchmark_shape_views import ALONE, NO_SHAPE, Beside, Shape

if TYPE_CHECKING:
    from perfsite.report.benchmark_words import BenchmarkStep
    from perfsite.report.hint_views import HintView
    from perfsite.report.incident_views import IncidentLine
    from perfsite.report.overview_views import GroupView, NextStep, PeriodView
    from perfsite.report.quality import NoiseView


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitRef:
    """A commit as it is mentioned: short sha, subject (one line), date (`2026-11-21`), URL of its page."""

    sha: str
    short: str
    subject: str
    date: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesRow:
    """One series as it stands now: a row of the overview and of its benchmark's page.

    `spark` codes up to 60 newest values for a sparkline, one character a point: `A`..`Z`, `a`..`z` from low to high
    (52 levels); empty where there is one point only. `mark` is the position within `spark` of the last change point,
    -1: none. `rank` sorts worst first.
    """

    benchmark: str
    url: str
    parameters: str
    metric: str
    environment: str
    current: str
    baseline: str
    delta: str
    noise: str
    verdict: str
    severity: str
    rule: str
    doubts: tuple[str, ...]
    since: CommitRef | None
    last: CommitRef
    points: int
    spark: str
    mark: int
    direction: str
    rank: int
    retired: bool
    """Not measured for long: listed, but not counted in the health of the site."""
    pinned: str = ""
    """When and from what the baseline was pinned; empty where it is the series' own."""
    missing: str = ""
    """Since when the series was not measured any more, and that it failed; empty where the newest run has it."""
    causes: tuple[str, ...] = ()
    """What else changed where the newest points left their level: facts of the machine."""
    level: str = ""
    """Why the verdict holds though the newest point alone is within the noise; empty where it is not."""
    trend: str = ""
    """By how much the level moved in 30 days: `+5.2 %`, `steady`, or `new`; empty where it is not known."""
    is_old: bool = False
    """A regression that began more than half a year ago and on which nobody has decided."""
    incident: str = ""
    """URL of the page of the incident that the regression is part of; empty where it is of none."""
    decision: str = ""
    """`acknowledged`, `ignored` or `reopened` where somebody decided on that incident; empty else."""
    groups: tuple[str, ...] = ()
    """Names of the groups that it belongs to."""

    @property
    def standing(self) -> str:
        """Return what the overview sorts and counts the series under.

        `new` (regression of the newest commit), `standing` (of an earlier one), `unsure`, `improvement`, `no-change`,
        `long-standing` (of half a year ago) or `retired`: the order of urgency.
        """
        if self.retired:
            return "retired"
        if self.verdict != "regression":
            return self.verdict
        if self.is_old:
            return "long-standing"
        return "standing" if self.since is not None and self.since.sha != self.last.sha else "new"


STANDINGS: Final = ("new", "standing", "unsure", "improvement", "no-change", "long-standing", "retired")
"""What `SeriesRow.standing` may be, in the order of urgency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRow:
    """One change point: from which level to which, how sure, and which commits may have done it."""

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
    commit: CommitRef
    previous: CommitRef
    skipped: int
    """Commits between `previous` and `commit` that were not measured."""
    compare_url: str | None
    """The commit range at the repository's host; None where the host is not known."""
    sure: str = ""
    """How sure it is that the level changed here; empty where it is not known."""
    evidence: tuple[str, ...] = ()
    """What speaks for it, in sentences."""
    stage: str = ""
    """`suspected` where only the newest run shows it; empty else."""
    others: int = 0
    """Further series that changed at the same commit and stand behind this row (overview only)."""
    causes: tuple[str, ...] = ()
    """Why it may not be the code: another machine, all benchmarks together, facts that changed at the same run."""
    incident: str = ""
    """URL of the page of the incident that the change is part of; empty where it is of none."""
    hint: str = ""
    """What the evidence says of its cause, in a sentence; empty where it says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many measurements of a commit, or series of a site, have which verdict.

    `standing` regressions began at an earlier commit; they are not among `regression`.
    """

    regression: int = 0
    improvement: int = 0
    no_change: int = 0
    unsure: int = 0
    standing: int = 0
    failing: int = 0

    @property
    def total(self) -> int:
        """Return how many were counted."""
        return self.regression + self.improvement + self.no_change + self.unsure + self.standing


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineRow:
    """One version of one series' baseline; `kind` is `automatic`, `accepted` or `pinned`.

    `points` is text, empty where it is not known; `current` tells whether it is what the next point is held against.
    """

    metric: str
    environment: str
    parameters: str
    version: int
    kind: str
    value: str
    points: str
    date: str
    commit: CommitRef | None
    why: str
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkView:
    """The page of a benchmark: its series as rows, its change points, and the document its chart reads.

    `chart` is the JSON text published as `data.json` beside the page: `version` 1, `benchmark` its name, and `series`,
    each with `parameters` (text), `metric`, `unit`, `direction`, `environment`, `label` (text), `pinned` (text, only
    where the baseline is pinned), and arrays of one length n: `commits` (positions in the site's `data/commits.json`),
    `values`, `baselines` (base unit), `floors` (fractions), `levels` (base unit), `verdicts` (codes: 0 regression,
    1 unsure, 2 improvement, 3 no-change); then `outliers` (indices) and `changes` (`[{"index", "delta", "lower",
    "upper", "verdict", "severity", "confirmed"}]`, oldest first); null for what is not known. Values are as measured;
    what was computed from them has six significant digits.
    Only where there are any: `suspected` and `withdrawn` (indices of points), `thresholds` (`{"name", "warn", "fail"}`,
    the values beyond which the newest point warns or fails), `budgets` (`[{"name", "lowest", "highest"}]`), `facts`
    (`[[index, words]]`: what changed in the environment), `drift` (`{"start", "from", "to", "delta"}`), `machines`
    (texts) with `machine` (a position in it for each point).
    Of the whole chart: `releases` (`[[commit, name]]`) and `minutes`, when the commits of all its series, in their
    order, were made: minutes since 1970, each but the first as the difference from the one before.
    """

    name: str
    slug: str
    url: str
    sentence: str
    state: str
    rows: tuple[SeriesRow, ...]
    changes: tuple[ChangeRow, ...]
    first: CommitRef
    last: CommitRef
    points: int
    chart: str
    noise: tuple[NoiseView, ...] = ()
    noise_rest: int = 0
    """Series that have something to say of their noise beyond `noise`."""
    baselines: tuple[BaselineRow, ...] = ()
    """The versions of the baselines of all series, newest first within each; at most 30."""
    baseline_count: int = 0
    """How many versions there are in all."""
    hints: tuple[HintView, ...] = ()
    withdrawn: tuple[str, ...] = ()
    """Confirmed findings that the newest runs took back, in words."""
    next_step: BenchmarkStep | None = None
    shape: Shape = NO_SHAPE
    beside: Beside = ALONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something in the history that could not be read, with its place and the next step."""

    where: str
    problem: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentView:
    """One environment: its newest facts and when they changed."""

    name: str
    runs: int
    commits: int
    first: str
    last: str
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class OverviewView:
    """The front page: health in one sentence, what changed, and every series."""

    sentence: str
    state: str
    counts: Counts
    series: int
    benchmarks: int
    commits: int
    runs: int
    measurements: int
    last: CommitRef | None
    changes: tuple[ChangeRow, ...]
    rows: tuple[SeriesRow, ...]
    environments: tuple[EnvironmentView, ...]
    metrics: tuple[str, ...]
    problems: int
    missing: tuple[SeriesRow, ...] = ()
    """Series that went missing and are not retired yet, as in `rows`; at most 20."""
    missing_count: int = 0
    incidents: tuple[IncidentLine, ...] = ()
    """The first of the open ones, of which there are `open_incidents`."""
    open_incidents: int = 0
    old_incidents: int = 0
    """Further ones that stand for more than half a year without a decision."""
    step: NextStep | None = None
    """What to do next."""
    standings: Mapping[str, int] = field(default_factory=dict)
    """How many series there are of each `SeriesRow.standing`."""
    periods: tuple[PeriodView, ...] = ()
    """What changed this week, and since the last release."""
    groups: tuple[GroupView, ...] = ()
    """Series that belong together, what needs attention first."""
    quality: str = ""
    """How many series can tell a change that matters, a sentence; empty where none is measured."""
    budgets: str = ""
    """How the budgets stand, a sentence; empty where none is set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataView:
    """The page on the data: what there is, what could not be read, and where to download it."""

    problems: tuple[Problem, ...]
    problem_count: int
    runs: int
    measurements: int
    failed: int
    skipped: int
    notes: tuple[str, ...]
    examples: Mapping[str, str]
    """What stands for `benchmark`, `environment`, `release` (slugs) and `sha` in addresses, as far as there is one."""
