"""The timeline: every run of a history in the order of its commits, its measurements as series."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from perfsite.history.points import Reruns

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from perfsite.model.calibration import Calibration
    from perfsite.model.machine import Machine
    from perfsite.model.run import Commit, FactValue, Source
    from perfsite.model.series import Series


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """A run without its measurements; `commit` is a position in `Timeline.commits`."""

    id: str
    commit: int
    environment: str
    time: datetime
    source: Source
    suite: str | None
    branch: str | None
    pull_request: int | None
    facts: Mapping[str, FactValue]
    measurements: int
    failed: int
    skipped: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """A whole history, ready to be judged.

    `commits` are all measured commits, oldest first, in the order that `arrange` gave them; `places` their positions
    on the first-parent line of the default branch, -1 where the repository does not say. Commits of `off_trend`
    (position: why) left the branch or never were on it: their values, and those of pull requests' runs, have no
    point in `series` but stand in `aside`, series of the same numbers as far as these have any. `labels` are the
    machines that the codes in `Series.labels` stand for. `absent` holds, by series number, the commits where it failed
    or was skipped. `releases` are positions in `commits` of the newest one that a release holds, and its name, oldest
    first; none where no repository tells. `versions` numbers the code of each commit, the same where only files differ
    that the owner told perfsite to ignore (-1: not known); empty where nothing is to be ignored. `calibrations` are
    what calibration runs say of series, by number; those runs are nowhere else. `reruns` are the points that several
    runs of a commit stand behind. `suites` holds, by the name that runs gave their suite, the numbers of the series
    that those runs measured, sorted. `unmeasured` are the releases, by name, whose own commit was not measured: its
    sha, and how many commits it is after the one that stands for it.
    """

    commits: tuple[Commit, ...]
    places: tuple[int, ...]
    off_trend: Mapping[int, str]
    runs: tuple[RunFacts, ...]
    series: tuple[Series, ...]
    aside: Mapping[int, Series]
    labels: tuple[Machine, ...]
    absent: Mapping[int, tuple[int, ...]]
    measurements: int
    failed: int
    skipped: int
    releases: tuple[tuple[int, str], ...] = ()
    versions: tuple[int, ...] = ()
    calibrations: Mapping[int, Calibration] = field(default_factory=dict)
    reruns: Reruns = field(default_factory=Reruns.none)
    suites: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    unmeasured: Mapping[str, tuple[str, int]] = field(default_factory=dict)

    def is_on_trend(self, run: RunFacts) -> bool:
        """Whether the values of a run are points of the trend: not those of a pull request or a commit that left."""
        return run.pull_request is None and run.commit not in self.off_trend

    @property
    def trend(self) -> frozenset[int]:
        """The positions of the commits that have a run on the trend."""
        return frozenset(run.commit for run in self.runs if self.is_on_trend(run))
