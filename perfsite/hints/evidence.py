"""Evidence: everything a rule may look at, gathered around one finding."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

from perfsite.hints.roles import Role, roles_of
from perfsite.hints.scatter import Scatter, scatter_of
from perfsite.hints.shift import TOLERANCE, Shift, shift_at
from perfsite.model.findings import VERDICTS, Doubt, Verdict
from perfsite.model.run import Direction

if TYPE_CHECKING:
    from perfsite.model.causes import CommonShift
    from perfsite.model.findings import ChangePoint, Judgement
    from perfsite.model.policy import Policy
    from perfsite.model.run import FactValue, Measurement
    from perfsite.model.series import Series, SeriesKey

_SIGNS: Final = {Direction.LOWER: 1, Direction.HIGHER: -1, Direction.NEITHER: 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A fact of the runs that is another than before; None: not told. `rate` is the share of runs that changed it."""

    name: str
    before: FactValue | None
    after: FactValue | None
    rate: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Newest:
    """What the newest run of an environment kept of one series, and which format it came in."""

    measurement: Measurement
    format: str


@dataclass(frozen=True, eq=False)
class Track:
    """One series with its findings; `policy` is how it is judged, `is_living` whether it is still measured."""

    series: Series
    judgement: Judgement
    policy: Policy
    is_living: bool = True
    newest: Newest | None = None

    @cached_property
    def key(self) -> SeriesKey:
        """Return what makes the series one."""
        return self.series.key

    @cached_property
    def roles(self) -> frozenset[Role]:
        """Return what its metric stands for."""
        return roles_of(self.series.key.metric, self.series.unit)

    @cached_property
    def sign(self) -> int:
        """Return 1 where lower is better, -1 where higher is, 0 where neither is."""
        return _SIGNS[self.series.direction]

    @cached_property
    def level(self) -> float:
        """Return the level that it has now (base unit); needs a point."""
        return float(self.judgement.levels[-1])

    @cached_property
    def scatter(self) -> Scatter | None:
        """Return since when its runs scatter more around the same middle; None where they do not."""
        return scatter_of(self.series, self.judgement)

    @cached_property
    def _shifts(self) -> dict[tuple[int, int], Shift | None]:
        return {}

    def shift(self, previous: int, commit: int) -> Shift | None:
        """Return how it moved between two commits (positions); None where it was not measured on both sides."""
        place = previous, commit
        if place not in self._shifts:
            self._shifts[place] = shift_at(self.series, self.judgement, previous, commit)
        return self._shifts[place]

    def is_open(self, change: ChangePoint) -> bool:
        """Whether a change point is where the newest level began and that level is still worse, or may be."""
        changes = self.judgement.change_points
        newest = VERDICTS[int(self.judgement.verdicts[-1])]
        bad = newest is Verdict.REGRESSION or (newest is Verdict.UNSURE and change.verdict is not Verdict.IMPROVEMENT)
        return self.is_living and bad and bool(changes) and changes[-1].index == change.index


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What is known besides the series themselves; commits are positions in the timeline.

    `facts` by (environment, commit): what changed at its run there. `files` by (previous, commit): paths changed after
    one up to the other, None where they are not known; it is asked only for findings that matter. `shifts` are the
    runs at which the benchmarks of an environment moved together, by environment and commit. `paths` returns the globs
    of files that the owner set for a benchmark. `scattered` tells how many series of an environment began to scatter
    more, of how many that are still measured.
    `rarity` counts in how many benchmarks a word of a name stands.
    """

    facts: Mapping[tuple[str, int], Sequence[Fact]] = field(default_factory=dict)
    files: Mapping[tuple[int, int], Sequence[str]] = field(default_factory=dict)
    shifts: Mapping[tuple[str, int], CommonShift] = field(default_factory=dict)
    scattered: Callable[[str], tuple[int, int]] = lambda _: (0, 0)
    paths: Callable[[str], Sequence[str]] = lambda _: ()
    rarity: Mapping[str, int] = field(default_factory=dict)
    benchmarks: int = 0


@dataclass(frozen=True, eq=False)
class Evidence:
    """Everything a rule may look at: one series, its finding, and all that was recorded around it.

    Attributes
    ----------
    track
        The series. `change` is its change point that is asked about; None where the rule is asked what the series
        itself says as it stands.
    siblings
        Other metrics of the same benchmark, parameters and environment.
    family
        The same metric and environment with other parameters; the series itself is not among them.
    elsewhere
        The same series in other environments.
    ground
        Facts, files, and what all series did.
    """

    track: Track
    change: ChangePoint | None
    siblings: Sequence[Track]
    family: Sequence[Track]
    elsewhere: Sequence[Track]
    ground: Ground

    @cached_property
    def commit(self) -> int:
        """Return the position of the commit of the change point."""
        return int(self.track.series.commits[self._change.index])

    @cached_property
    def previous(self) -> int:
        """Return the position of the commit measured before the change point."""
        return int(self.track.series.commits[self._change.index - 1])

    @property
    def _change(self) -> ChangePoint:
        if self.change is None:
            raise ValueError("evidence of a series as it stands has no commit")
        return self.change

    @cached_property
    def delta(self) -> float:
        """Return by which fraction the finding changed the level; NaN where there is no ratio."""
        return self._change.delta

    def with_role(self, *roles: Role) -> list[Track]:
        """Return the siblings whose metric stands for one of the roles, in the order of the roles, then by name."""
        return [track for role in roles for track in self.siblings if role in track.roles]

    def shift_of(self, track: Track) -> Shift | None:
        """Return how another series moved at the change point."""
        return track.shift(self.previous, self.commit)

    @cached_property
    def facts(self) -> Sequence[Fact]:
        """Return the facts of the runs that changed between the two sides of the change point, oldest first."""
        environment = self.track.key.environment
        found = self.ground.facts
        return [
            fact
            for commit in range(self.previous + 1, self.commit + 1)
            for fact in found.get((environment, commit), ())
        ]

    @cached_property
    def files(self) -> Sequence[str]:
        """Return the paths changed in the culprit range; empty where they are not known."""
        return self.ground.files.get((self.previous, self.commit), ())

    @cached_property
    def together(self) -> CommonShift | None:
        """Return the shift of the whole environment that excuses the change point; None where nothing does."""
        index = self._change.index
        if not int(self.track.judgement.doubts[index]) & Doubt.TOGETHER:
            return None
        commits = self.track.series.commits[max(index - TOLERANCE, 0) : index + TOLERANCE + 1].tolist()
        places = sorted(commits, key=lambda commit: abs(commit - self.commit))
        found = (self.ground.shifts.get((self.track.key.environment, commit)) for commit in places)
        return next((shift for shift in found if shift is not None), None)
