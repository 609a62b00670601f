"""What a reader will see on the overview, as data; every text may be hostile and is escaped where it is placed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perfsite.report.release_views import MoverRow
    from perfsite.report.views import CommitRef, Counts, SeriesRow


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """What to do next: a text, and a link to where (`url` from the root of the site, empty: none)."""

    text: str
    link: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodView:
    """What changed in a stretch of the history that ends with the newest commit.

    Counts are of series, each by what is left of all its changes: `worse`, `better`, `unsure`, or `back` to where it
    was. `falls` and `rises` are the largest of those that became worse and better, one a commit. `left_out` are
    environments that are not compared, each with why.
    """

    name: str
    """`week`, `month` or `release`."""
    title: str
    span: str
    sentence: str
    state: str
    worse: int
    better: int
    unsure: int
    back: int
    added: int
    gone: int
    falls: tuple[MoverRow, ...]
    rises: tuple[MoverRow, ...]
    base: CommitRef | None
    """What it is compared with; None: nothing was measured before."""
    head: CommitRef
    release_url: str = ""
    left_out: tuple[tuple[str, str], ...] = ()

    @property
    def compare_url(self) -> str:
        """Return where both ends are compared in full; empty where there is no other end."""
        return f"compare/?base={self.base.sha}&head={self.head.sha}" if self.base else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupView:
    """Series that belong together: how they stand, and how they moved.

    `kind` is `group`, `service`, `suite`, or empty for a group found by the beginning of its names. `spark` codes the
    median of its series, each as a multiple of its first level, as in `SeriesRow`; up is more of what the metric
    measures where all have one direction, else up is worse.
    """

    name: str
    kind: str
    series: int
    counts: Counts
    long_standing: int
    state: str
    worst: SeriesRow | None
    """Its worst regression that is not of long ago; `worst_name` names it in short."""
    worst_name: str
    spark: str
    change: str
    """The geometric mean of how the levels moved in 30 days, as on the pages of releases; empty: not known."""
    interval: str
    change_state: str
