"""What a reader will see of releases, as data; every text may be hostile and is escaped where it is placed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perfsite.report.views import CommitRef


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRef:
    """A release as it is mentioned."""

    tag: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRow:
    """The geometric mean of a group: `mean` in words (`3.2 % faster`), `interval` of the delta, `state` a verdict."""

    name: str
    metric: str
    environment: str
    series: int
    delta: str
    interval: str
    words: str
    state: str
    worse: int
    better: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MoverRow:
    """One series then and now: values, delta with its 95 % interval, and the commit that changed most of it."""

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
    doubt: str = ""
    stage: str = ""
    commit: CommitRef | None = None
    more: int = 0
    """Further commits that changed it, too."""
    others: int = 0
    """Further series that moved the same way: of the benchmark, on the overview at the same commit."""
    incident: str = ""
    """URL of the page of the incident that the change is part of; empty: none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseRow:
    """A commit between two releases that changed levels: what it did in words, its incident's URL (empty: none)."""

    commit: CommitRef
    sentence: str
    state: str
    incident: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseView:
    """The page of a release: `url` is `releases/<name>/`, where the name is made of the tag and is unique.

    `previous` is the release it is compared with, None for the first; then only `tag`, `ref`, `sentence` and `notes`
    say something. Lists hold the first of what their counts tell.
    """

    tag: str
    url: str
    sentence: str
    state: str
    ref: CommitRef
    previous: ReleaseRef | None = None
    newer: ReleaseRef | None = None
    compare: str = ""
    """URL that shows every series of the two."""
    others: tuple[str, ...] = ()
    """Tags that it may be compared with instead, the nearest first."""
    host_url: str | None = None
    """The commits between the two, at the repository's host."""
    notes: tuple[str, ...] = ()
    counts: tuple[tuple[str, str, int], ...] = ()
    """(words, state for the colour, number)."""
    groups: tuple[GroupRow, ...] = ()
    groups_rest: int = 0
    worse: tuple[MoverRow, ...] = ()
    """One row of each benchmark, as in `better` and `unsure`; the counts are of series."""
    worse_count: int = 0
    better: tuple[MoverRow, ...] = ()
    better_count: int = 0
    unsure: tuple[MoverRow, ...] = ()
    unsure_count: int = 0
    causes: tuple[CauseRow, ...] = ()
    cause_count: int = 0
    added: tuple[tuple[str, str], ...] = ()
    """(name, URL) of benchmarks that the previous one lacks."""
    added_count: int = 0
    removed: tuple[tuple[str, str], ...] = ()
    removed_count: int = 0
    left_out: tuple[tuple[str, str], ...] = ()
    """(environment, why none of its series is compared)."""
    remarks: tuple[str, ...] = ()
    """What stands for what was not measured itself, in sentences."""
    no_ratio: str = ""
    """How many series have no ratio, and why; empty: every one has."""
    text: str = ""
    """A section for release notes, in Markdown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseLine:
    """A release in the list."""

    tag: str
    url: str
    ref: CommitRef
    sentence: str
    state: str
    previous: str
    delta: str
    interval: str
    words: str
    worse: int
    better: int
    added: int
    removed: int
    is_prerelease: bool
    compare: str = ""
    """URL that compares it with the one before in the browser."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixRow:
    """A row of the matrix: a group, or a series; `cells` are (delta, heat), in the order of the columns.

    The delta is a signed percentage, empty where nothing is known; the heat a name: `worse-1` to `worse-3`,
    `better-1` to `better-3`, `less` and `more` where neither is better, empty where it is close to zero.
    """

    name: str
    url: str
    of: str
    cells: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixView:
    """Ratios of all releases at a glance, the newest first; `columns` are (tag, URL, tag it is compared with)."""

    columns: tuple[tuple[str, str, str], ...]
    groups: tuple[MatrixRow, ...]
    rows: tuple[MatrixRow, ...]
    series: int
    has_older: bool = False
    """Whether there are releases beyond those shown, on demand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasesView:
    """The list of releases, newest first: `lines` in full, `older` by name only."""

    sentence: str
    state: str
    lines: tuple[ReleaseLine, ...] = ()
    older: tuple[ReleaseRef, ...] = ()
    matrix: MatrixView | None = None
