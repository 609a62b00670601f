"""Verdicts: what a comparison says of every point, rule by rule, a later rule overruling an earlier one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from perfsite.analysis.baseline import NEAR
from perfsite.analysis.excuses import NOTHING
from perfsite.analysis.rulings import ROUNDING, least_absolute, least_of, rule_codes, severity_codes
from perfsite.model.findings import VERDICTS, Doubt, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from perfsite.analysis.baseline import Stand
    from perfsite.analysis.excuses import Excuses
    from perfsite.analysis.labels import Newest
    from perfsite.model.policy import Policy

    FloatArray = NDArray[np.float64]
    BoolArray = NDArray[np.bool_]
    IntArray = NDArray[np.int64]

REGRESSION, UNSURE, IMPROVEMENT, NO_CHANGE = (
    VERDICTS.index(v) for v in (Verdict.REGRESSION, Verdict.UNSURE, Verdict.IMPROVEMENT, Verdict.NO_CHANGE)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known of each point of a series; arrays have shape (n,) and share one unit; `counts` make the baselines.

    `widths` is half the prediction interval of a single run, `detectable` the difference that one run shows four times
    out of five, `lasting_widths` the smallest lasting change that the runs from this point to the end of its level
    could show; NaN: noise not known. `p_value` tells how often noise makes runs in succession differ so much. `levels`
    is the level of each point's segment, and `suspected` numbers the segments whose level may be chance. `newest` are
    the points off `level_before_newest` and not yet confirmed; where that level is a regression, it began at
    `suffers_from` (-1: it is none). `mixed` and `own_means` say of the first points what `labels.own_means` says.
    `confounded` maps segments to the point until which their machine cannot be told from the code. `sign` is 1 where
    lower is better, -1 where higher is, 0 where neither. `is_pinned` says that the owner pinned the baseline,
    `accepted` are the points at which a worse level was accepted. `excuses` are of segments, `newest_doubts` of the
    newest points, and `same_code` marks points that measured the code of the point before; None: nothing is excused.
    """

    values: FloatArray
    baselines: FloatArray
    counts: IntArray
    widths: FloatArray
    lasting_widths: FloatArray
    detectable: FloatArray
    p_value: Callable[[int, float, int], float]
    levels: FloatArray
    suspected: Collection[int]
    outliers: BoolArray
    eligible: BoolArray
    stands: list[Stand]
    confounded: Mapping[int, int]
    newest: Newest
    level_before_newest: float
    suffers_from: int
    mixed: BoolArray
    own_means: FloatArray
    sign: int
    is_pinned: bool = False
    accepted: Sequence[int] = ()
    excuses: Excuses = NOTHING
    newest_doubts: NDArray[np.int16] | None = None
    same_code: BoolArray | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The fields of a `Judgement` that the rules decide; `floors` are the widths as a share of the baseline."""

    deltas: FloatArray
    floors: FloatArray
    detectable: FloatArray
    p_values: FloatArray
    verdicts: NDArray[np.int8]
    severities: NDArray[np.int8]
    rules: NDArray[np.int8]
    doubts: NDArray[np.int16]
    since: NDArray[np.int32]


class _Draft:
    """A decision in the making: every rule is a method, and they run in the order of `decide`.

    Doubts go into their array as int: it takes up a flag of an enumeration ten times as slowly.
    """

    def __init__(self, evidence: Evidence, policy: Policy) -> None:
        self.e = evidence
        self.policy = policy
        n = len(evidence.values)
        has_ratio = (evidence.baselines > 0) & (evidence.values >= 0)
        divisor = np.where(has_ratio, evidence.baselines, 1.0)
        self.deltas = np.where(has_ratio, evidence.values / divisor - 1, math.nan)
        self.floors = np.where(has_ratio, evidence.widths / divisor, math.nan)
        self.lasting = np.where(has_ratio, evidence.lasting_widths / divisor, math.nan)
        self.p_values = np.full(n, math.nan)
        self.counted = self.deltas.copy()
        """The delta that severity and rules look at: the point's own, or that of its level."""
        self.differences = evidence.values - evidence.baselines
        """The same in the values' unit, for thresholds that are absolute; NaN without a baseline."""
        self.by_level = np.zeros(n, dtype=np.bool_)
        """The points whose verdict is that of their level, whatever their own delta."""
        self.has_ratio = has_ratio
        self.verdicts = np.full(n, NO_CHANGE, dtype=np.int8)
        self.doubts = np.zeros(n, dtype=np.int16)
        self.since = np.full(n, -1, dtype=np.int32)
        self.unseen = np.zeros(n, dtype=np.bool_)
        """Where a change that the owner wants to know of could not be seen."""
        self.excused = np.zeros(n, dtype=np.bool_)
        """The regressions that somebody accepted: no rule speaks of them."""

    def mark_unseen(self) -> None:
        """Say unsure where a change that the owner wants to know of could not be seen.

        A floor above the failing threshold hides such a change: unsure, and the floor is the smallest change that
        could be told. Below it a delta that reaches the owner's threshold, but not what the noise allows, may be
        either; one that does not reach it would not be reported in any case, so no-change is honest. Both look at what
        later runs show: a point whose level went on unchanged is known not to have changed it.
        """
        threshold = self.policy.threshold
        if self.e.sign == 0:
            return
        if threshold.fail is not None:
            self.unseen |= self.lasting >= threshold.fail
        least = least_of(threshold)
        self.unseen |= (self.e.sign * self.deltas >= least) & (self.lasting >= least)
        least = least_absolute(threshold)
        if least < math.inf:
            self.unseen |= self.e.lasting_widths >= (threshold.fail_absolute or math.inf)
            self.unseen |= (self.e.sign * self.differences >= least) & (self.e.lasting_widths >= least)
        self.verdicts[self.unseen] = UNSURE

    def mark_early(self) -> None:
        """Judge the points that too few precede by the owner's threshold alone, and say so.

        Hindsight may know the noise by now; then a delta within it is no finding, however large. Where another machine
        was measured before, a delta is one only if it is one to the machine's own points too.
        """
        early = slice(0, self.policy.min_points)
        deltas = self.deltas[early]
        seen = ~(np.abs(self.differences[early]) <= self.e.widths[early])
        least, differing = least_of(self.policy.threshold), least_absolute(self.policy.threshold)
        self.verdicts[early] = UNSURE
        self.doubts[early] |= int(Doubt.NOISE_UNKNOWN)
        if self.e.sign:
            worse, more = self.e.sign * deltas, self.e.sign * self.differences[early]
            self._set(np.flatnonzero(seen & ((worse >= least) | (more >= differing))), REGRESSION)
            self._set(np.flatnonzero(seen & ((worse <= -least) | (more <= -differing))), IMPROVEMENT)
            if self.e.mixed.any():
                level = np.where(self.e.own_means > 0, self.e.own_means, math.nan)
                own = self.e.sign * (self.e.values[early] / level - 1)
                told = np.where(worse > 0, own >= least, own <= -least)
                untold = np.flatnonzero(self.e.mixed & (self.verdicts[early] != UNSURE) & ~told)
                self._doubt_machine(untold)
            self._excuse_early(len(deltas))
        self.floors[early] = math.nan

    def mark_levels(self) -> None:
        """Give a level worse than the kept baseline its verdict at all points, a better one at its first.

        Nothing follows a better level where the baseline is pinned: there all its points are that are better.
        """
        least = self.policy.severities.minor
        for stand in self.e.stands:
            if stand.since >= 0:
                held = slice(stand.start, stand.held_until)
                self.differences[held] = self.e.levels[stand.start] - stand.kept
                self.verdicts[held] = REGRESSION
                self.since[held] = stand.since
                self.counted[held] = stand.delta
                self.by_level[held] = True
                self.doubts[held] &= ~Doubt.NOISE_UNKNOWN
            elif self.e.sign * stand.delta <= -least and self.e.sign:
                better = np.arange(stand.start, stand.end if self.e.is_pinned else stand.start + 1)
                if self.e.is_pinned:
                    # The level is better; a point of it that is not would read as an improvement by +0.2 %.
                    better = better[self.e.sign * self.deltas[better] < 0]
                self.verdicts[better] = IMPROVEMENT
                self.counted[better] = stand.delta
                self.by_level[better] = True
                self.doubts[better] &= ~Doubt.NOISE_UNKNOWN

    def mark_missing_ratios(self) -> None:
        """Compare where no ratio exists by absolute difference: within the noise is no-change, beyond it unsure.

        An absolute threshold tells what matters there: less than that is no-change, too.
        """
        without = ~self.has_ratio & ~np.isnan(self.e.baselines)
        if without.any():
            self.doubts[without] |= int(Doubt.NO_RATIO)
            size, least = np.abs(self.e.values - self.e.baselines), least_absolute(self.policy.threshold)
            beyond = ~(size <= self.e.widths) & ((size >= least) | (least == math.inf))
            self.verdicts[without & beyond & (self.verdicts == NO_CHANGE)] = UNSURE

    def mark_outliers(self) -> None:
        """Excuse points off their level whose followers returned; a regression they belong to stays."""
        outliers = self.e.outliers
        if outliers.any():
            self.doubts[outliers] |= int(Doubt.OUTLIER)
            # The floor by now knows of this very run; when it came, it stood out.
            matters = np.abs(self.deltas) >= self.policy.severities.minor
            stood_out = outliers & ~self.by_level & matters & (self.e.sign != 0)
            self.doubts[stood_out] |= int(Doubt.WITHDRAWN)
            self.verdicts[outliers & ~self.by_level] = NO_CHANGE

    def mark_suspected(self) -> None:
        """Say unsure where a level changed by no more than the memory of noise may explain in so few points."""
        for number in self.e.suspected:
            stand = self.e.stands[number]
            changed = np.arange(stand.start, stand.end)
            self.verdicts[changed] = UNSURE
            self.doubts[changed] |= int(Doubt.UNCONFIRMED | Doubt.LEVEL)

    def mark_newest(self) -> None:
        """Judge the newest points, off their level, by themselves; later ones may withdraw it.

        Where that level is a regression, points clearly worse than it have a cause of their own, and begin one. A large
        delta that the noise explains may be either: its tail may hide what is far beyond the noise of a lasting change.
        """
        n = len(self.verdicts)
        start = self.e.newest.start
        if start >= n:
            return
        newest = np.arange(start, n)
        deltas = self.deltas[newest]
        self.counted[newest] = deltas
        self.doubts[newest] |= int(Doubt.UNCONFIRMED)
        counts = np.abs(deltas) >= np.fmax(self.policy.severities.minor, self.floors[newest])
        least = np.fmax(least_absolute(self.policy.threshold), self.e.widths[newest])
        self.differences[newest] = self.e.values[newest] - self.e.baselines[newest]
        counts |= ~self.has_ratio[newest] & (np.abs(self.differences[newest]) >= least)
        worse = self.e.sign * self.differences[newest]
        within = np.where(self.unseen[newest] | self._matter(newest), UNSURE, NO_CHANGE)
        self.verdicts[newest] = np.where(self.has_ratio[newest], within, self.verdicts[newest])
        self._set(newest[counts & (worse < 0)], IMPROVEMENT)
        regressed = counts & (worse > 0)
        self._set(newest[regressed], REGRESSION)
        standing = (self.e.suffers_from >= 0) & ~self._are_worse(newest)
        self.since[newest[regressed]] = np.where(standing, self.e.suffers_from, start)[regressed]
        if self.e.newest.is_new_machine:
            before = self.e.level_before_newest
            moved = np.abs(self.e.values[newest] - before) >= self.policy.severities.minor * abs(before)
            self._doubt_machine(newest[moved])
        for point in newest[counts].tolist():
            self.p_values[point] = self.e.p_value(point, float(self.differences[point]), n - start)

    def _matter(self, newest: IntArray) -> BoolArray:
        """Return which points differ by what the owner wants to know of, or critically, either way."""
        if not self.e.sign:
            return np.zeros(len(newest), dtype=np.bool_)
        deltas, threshold = self.deltas[newest], self.policy.threshold
        matter: BoolArray = self.e.sign * self.differences[newest] >= least_absolute(threshold)
        matter |= self.e.sign * deltas >= least_of(threshold)
        return matter | (np.abs(deltas) >= self.policy.severities.critical - ROUNDING)

    def _are_worse(self, newest: IntArray) -> BoolArray:
        """Return which points are worse than the level before the newest by more than the noise."""
        before = self.e.level_before_newest
        least = np.fmax(self.policy.severities.minor * abs(before), self.e.widths[newest])
        worse: BoolArray = self.e.sign * (self.e.values[newest] - before) >= least
        return worse

    def mark_confounded(self) -> None:
        """Say unsure where the machine changed with the level and nothing tells them apart yet."""
        for number, until in self.e.confounded.items():
            self._doubt_machine(np.arange(self.e.stands[number].start, until))

    def mark_accepted(self) -> None:
        """Excuse the regressions that were accepted; points after one whose level is not known yet are unsure."""
        if not len(self.e.accepted) or self.e.is_pinned:
            return
        for stand in self.e.stands:
            if stand.since >= 0 and not stand.is_standing:
                self.excused[stand.held_until - 1] = True
        start, n = self.e.newest.start, len(self.verdicts)
        accepted = [max(point, start) for point in self.e.accepted if point >= start - NEAR and start < n]
        if accepted:
            first = min(accepted)
            self.excused[first:] = True
            after = np.arange(first + 1, n)
            self.verdicts[after[self.verdicts[after] == REGRESSION]] = UNSURE
        worse = self.excused & np.isin(self.verdicts, (REGRESSION, UNSURE))
        self.doubts[worse] |= int(Doubt.ACCEPTED)

    def mark_excused(self) -> None:
        """Say unsure where a level changed with the machine alone; a regression that was open before stays one."""
        for number, doubt in self.e.excuses.doubts.items():
            stand = self.e.stands[number]
            if stand.since in (-1, stand.start):
                # The baseline followed, so that later points are judged by the new level; a pinned one stays.
                count = self.policy.min_points if self.e.is_pinned else 1
                self._doubt(np.arange(stand.start, min(stand.start + count, stand.end)), doubt)
        if self.e.newest_doubts is None:
            return
        start = self.e.newest.start
        for doubt in (Doubt.SAME_CODE, Doubt.TOGETHER):
            points = start + np.flatnonzero(self.e.newest_doubts == doubt)
            stands = (self.verdicts[points] == REGRESSION) & (self.since[points] < start)
            # Back at the baseline by the machine's doing, a regression that was open is not known to be over.
            told = (self.verdicts[points] != NO_CHANGE) | (self.e.suffers_from >= 0)
            self._doubt(points[told & ~stands], doubt)

    def _excuse_early(self, count: int) -> None:
        """Say unsure where one of the first points differs from the one before it, whose code it measured."""
        if self.e.same_code is None:
            return
        for point in np.flatnonzero(self.e.same_code[1:count]) + 1:
            if self.verdicts[point] == UNSURE:
                continue
            if self.verdicts[point] == self.verdicts[point - 1]:
                self.since[point] = self.since[point - 1]
            else:
                self._doubt(np.array([point]), Doubt.SAME_CODE)

    def mark_first(self) -> None:
        """Say unsure where there is nothing to compare with."""
        without = np.isnan(self.e.baselines)
        self.verdicts[without] = UNSURE
        self.doubts[without] = int(Doubt.FIRST_POINT)
        self.doubts[~self.e.eligible] |= int(Doubt.DIRTY)

    def finish(self) -> Decision:
        """Add severities and the owner's rules to the verdicts."""
        changed = (self.verdicts == REGRESSION) | (self.verdicts == IMPROVEMENT)
        self.since[self.verdicts != REGRESSION] = -1
        self.p_values[~changed] = math.nan
        self.doubts[self.verdicts == NO_CHANGE] &= ~int(Doubt.UNCONFIRMED)
        self.doubts[self.verdicts != UNSURE] &= ~int(Doubt.LEVEL)
        severities = np.zeros(len(self.verdicts), dtype=np.int8)
        if changed.any():
            severities[changed] = severity_codes(self.counted[changed], self.policy.severities)
        rules = np.zeros(len(self.verdicts), dtype=np.int8)
        regressed = (self.verdicts == REGRESSION) & ~self.excused
        if regressed.any():
            worse, more = self.e.sign * self.counted[regressed], self.e.sign * self.differences[regressed]
            rules[regressed] = rule_codes(worse, more, self.policy.threshold)
        return Decision(
            deltas=self.deltas,
            floors=self.floors,
            detectable=self._detectable(),
            p_values=self.p_values,
            verdicts=self.verdicts,
            severities=severities,
            rules=rules,
            doubts=self.doubts,
            since=self.since,
        )

    def _detectable(self) -> FloatArray:
        """Return the minimum detectable effect of one run at each point, as a share of its baseline."""
        divisor = np.where(self.has_ratio, self.e.baselines, math.nan)
        detectable: FloatArray = self.e.detectable / divisor
        detectable[np.isnan(self.floors)] = math.nan
        return detectable

    def _doubt_machine(self, points: IntArray) -> None:
        self._doubt(points, Doubt.NEW_LABEL)

    def _doubt(self, points: IntArray, doubt: Doubt) -> None:
        self.verdicts[points] = UNSURE
        self.doubts[points] |= int(doubt)

    def _set(self, points: IntArray, verdict: int) -> None:
        self.verdicts[points] = verdict
        if verdict == REGRESSION:
            self.since[points] = points


def decide(evidence: Evidence, policy: Policy) -> Decision:
    """Return the verdict of every point of a series with n >= 1 points."""
    draft = _Draft(evidence, policy)
    draft.mark_unseen()
    draft.mark_early()
    draft.mark_levels()
    draft.mark_missing_ratios()
    draft.mark_outliers()
    draft.mark_suspected()
    draft.mark_newest()
    draft.mark_confounded()
    draft.mark_accepted()
    draft.mark_excused()
    draft.mark_first()
    return draft.finish()
