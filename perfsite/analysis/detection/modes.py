"""Modes: levels a series goes back and forth between, as on two kinds of machine, are noise and not changes."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from perfsite.analysis.detection.noisemodel import NoiseModel, price_of_changes
from perfsite.analysis.detection.occupation import regimes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from perfsite.analysis.detection.signal import Signal

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

LONGEST_VISIT = 35
"""Median length of a level, in points, up to which recurring levels are modes rather than states of the code."""
MOST_MODES = 3
"""More modes than these are no longer told apart; `perfsite.analysis.detection.flapping` takes over."""
MOST_GAPS = 6
"""Distances between modes that are tried, spread over the sizes of the changes found."""
FEWEST_RETURNS = 2
"""Visits to a mode that was left before that it takes to call levels modes."""
PRICE_OF_MODE = 1.0
"""Description length, in units of log n, of one more mode: its level, and that there is such a thing."""
BELIEF_IN_MODES = 1.0
"""Nats by which a switch is believed before a change: levels that recur are modes if in doubt."""
DOUBT_OF_GAP = 1.5
"""By how much the variance of a switch exceeds that of its two levels: the gap itself is known from others only."""
LEAST_Z = 3.0
"""Standard errors, the modes taken for noise, that a change beside modes needs."""
PRICE_OF_STRAY_SWITCH = 4.0
"""Nats of a switch from point to point; fewer and noise alone would switch, more and short visits go unseen."""


@dataclass(frozen=True, slots=True)
class Modes:
    """Which mode each point is in.

    `offsets`, shape (n,), is by how much a point's mode lies above the one where the series is most at home; home
    moves where a rare mode takes over, at each of `moves`. `gaps` are the differences between two modes, 0 among them;
    `switches` counts the switches from point to point and `length` is what telling them costs in nats.
    """

    offsets: FloatArray
    moves: list[int]
    gaps: list[float]
    switches: int
    length: float

    def beyond_switches(self, rest: Signal, changes: list[int]) -> list[int]:
        """Return the changes of the rest, the signal without its modes, that are not merely one more switch.

        Where two modes overlap, a stretch is easily taken for the wrong one: it comes back as two changes of a gap. A
        level longer than visits are, between levels as long, is no such stretch whatever its size.
        """
        if not changes:
            return []
        story = _Levels(rest, changes, math.log(len(rest) / self.switches) + 1).tell(self.gaps)
        lengths = np.diff([0, *changes, len(rest)])
        lasting = np.minimum(lengths[1:], lengths[:-1]) > LONGEST_VISIT
        told = zip(changes, story.switched, lasting.tolist(), strict=True)
        return [change for change, switched, lasts in told if lasts or not switched]

    def outlasting(self, signal: Signal, changes: list[int]) -> list[int]:
        """Return the changes that stand where the modes are mere noise with memory: no mode unseen could make them.

        A series that has shown three modes may have a fourth: only what lasts beyond their visits is a change. The
        modes' memory is that of a chain of two states; the weakest change goes first.
        """
        memory = max(0.0, 1 - 2 * self.switches / len(signal))
        noise = NoiseModel(signal.white, float(self.offsets.var()), memory)
        edges = [0, *changes, len(signal)]
        scores = [_z(signal, noise, edges[i : i + 3]) for i in range(len(changes))]
        while scores and min(scores) < LEAST_Z:
            weakest = scores.index(min(scores))
            del edges[weakest + 1], scores[weakest]
            for i in range(max(weakest - 1, 0), min(weakest + 1, len(scores))):
                scores[i] = _z(signal, noise, edges[i : i + 3])
        return edges[1:-1]


def _z(signal: Signal, noise: NoiseModel, around: list[int]) -> float:
    """Return the difference of two neighbouring levels in standard errors, all their points counted."""
    left, place, right = around
    before, after = place - left, right - place
    variance = noise.variance_of_mean(before) + noise.variance_of_mean(after)
    variance -= 2 * noise.covariance_of_neighbours(before, after)
    return abs(signal.mean(place, right) - signal.mean(left, place)) / math.sqrt(max(variance, 1e-300))


def find_modes(signal: Signal, changes: list[int]) -> Modes | None:
    """Return the modes between which a series goes back and forth, None where its levels do not recur.

    Parameters
    ----------
    changes
        First indices of new levels, rising, at least one: all levels, as white noise would have them.

    Notes
    -----
    A hidden Markov model of few states [1]_ whose states may all shift together at a true change. A level is told
    either as a change, of any size and at the price of one, or as a switch to another mode, cheaper but only of a known
    size. Modes are added one at a time, the gap that shortens the telling most, until none does. What makes a mode is
    that it recurs: two visits must be to modes that were left before, so up, down and up again; a staircase has none.

    References
    ----------
    .. [1] L. R. Rabiner, A tutorial on hidden Markov models, Proc. IEEE 77(2), 1989, 257-286.
    """
    n, k = len(signal), len(changes)
    edges = np.array([0, *changes, n])
    if np.median(np.diff(edges)) > LONGEST_VISIT:
        return None
    levels = _Levels(signal, changes, math.log(n / k) + 1)
    rises = np.abs(np.diff(signal.levels(edges)))
    sizes = np.unique(np.quantile(rises, np.linspace(0, 1, min(k, MOST_GAPS)), method="nearest")).tolist()
    best = _Story(k * levels.change, [0] * (k + 1), [False] * k)
    offsets = [0.0]
    while len(offsets) < MOST_MODES:
        wider = None
        low, high = offsets[0], offsets[-1]
        # Of two modes it is all the same which one is called home; a third is that far from the lowest or the highest.
        near = [0.0] if low == high else [low, high]
        gaps = {end + sign * size for size in sizes for end in near for sign in ((1,) if low == high else (1, -1))}
        for gap in sorted(gaps):
            trial = sorted([*offsets, gap])
            story = levels.tell(trial)
            price = story.price + len(offsets) * PRICE_OF_MODE * math.log(n)
            if story.returns >= FEWEST_RETURNS and price < best.price:
                best, wider = _Story(price, story.modes, story.switched), trial
        if wider is None:
            break
        offsets = wider
    return _point_by_point(signal, edges, best, np.array(offsets)) if len(offsets) > 1 else None


@dataclass(frozen=True, slots=True)
class _Story:
    """Levels told as visits to modes: the price in nats, each level's mode, which of the changes are switches."""

    price: float
    modes: list[int]
    switched: list[bool]

    @property
    def returns(self) -> int:
        """How many visits are to modes visited before since the last change of the home level."""
        returns, seen = 0, {self.modes[0]}
        for mode, switched in zip(self.modes[1:], self.switched, strict=True):
            seen = seen if switched else set()
            returns += mode in seen
            seen.add(mode)
        return returns


class _Levels:
    """The levels of a segmentation, a mean and its variance each, and what a change and a switch cost in nats."""

    def __init__(self, signal: Signal, changes: list[int], switch: float) -> None:
        edges = np.array([0, *changes, len(signal)])
        self.means: list[float] = signal.levels(edges).tolist()
        self.variances: list[float] = (signal.white / np.diff(signal.points[edges])).tolist()
        self.change = price_of_changes(len(signal), len(changes)) / len(changes) + BELIEF_IN_MODES
        self.switch = switch

    def tell(self, offsets: list[float]) -> _Story:
        """Return the cheapest story (Viterbi 1967), each path with its own running estimate of the home level."""
        means, variances = self.means, self.variances
        paths = [(0.0, means[0] - offset, variances[0]) for offset in offsets]
        steps: list[list[tuple[int, bool]]] = []
        for mean, variance in zip(means[1:], variances[1:], strict=True):
            cheapest = min(paths)
            origin, price = paths.index(cheapest), cheapest[0] + self.change
            reached, step = [], []
            for mode, offset in enumerate(offsets):
                best, came = (price, mean - offset, variance), (origin, False)
                for before, (so_far, level, doubt) in enumerate(paths):
                    error, spread = mean - offset - level, doubt + variance
                    cost = so_far + self.switch + 0.5 * error * error / (DOUBT_OF_GAP * spread)
                    if before != mode and cost < best[0]:
                        share = doubt / spread
                        best, came = (cost, level + share * error, doubt * (1 - share)), (before, True)
                reached.append(best)
                step.append(came)
            paths = reached
            steps.append(step)
        return _retrace(paths.index(min(paths)), steps, min(paths)[0])


def _retrace(mode: int, steps: list[list[tuple[int, bool]]], price: float) -> _Story:
    modes, switched = [mode], []
    for step in reversed(steps):
        mode, switch = step[mode]
        modes.append(mode)
        switched.append(switch)
    return _Story(price, modes[::-1], switched[::-1])


def _point_by_point(signal: Signal, edges: IntArray, story: _Story, offsets: FloatArray) -> Modes | None:
    """Return the modes of single points: between two changes of the home level each point may choose for itself."""
    n = len(signal)
    modes, lengths = np.array(story.modes), np.diff(edges)
    home = offsets[int(np.bincount(modes, weights=lengths).argmax())]
    told = np.repeat(offsets[modes], lengths)
    bounds = [0, *(i + 1 for i, switched in enumerate(story.switched) if not switched), len(modes)]
    switches = 0
    for first, last in itertools.pairwise(bounds):
        inside = slice(int(edges[first]), int(edges[last]))
        if last - first > 1:
            x = signal.values[inside]
            told[inside] = offsets[_cheapest_path(x - (x - told[inside]).mean(), offsets, signal.white)]
        switches += int(np.count_nonzero(np.diff(told[inside])))
    if switches == 0:
        return None
    length = switches * (math.log(n / switches) + 1) + (len(offsets) - 1) * PRICE_OF_MODE * math.log(n)
    length -= BELIEF_IN_MODES * sum(story.switched)
    gaps = {0.0, *np.subtract.outer(offsets, offsets).ravel().tolist()}
    path = np.searchsorted(offsets, told)
    moves = regimes(path)
    for start, end in itertools.pairwise([0, *moves, n] if moves else []):
        told[start:end] -= offsets[int(np.bincount(path[start:end]).argmax())] - home
    return Modes(told - home, moves, sorted(gaps), switches, length)


def _cheapest_path(x: FloatArray, offsets: FloatArray, variance: float) -> IntArray:
    """Return the mode of each point, shape (n,): squared distances plus a price per switch (Viterbi 1967)."""
    distances: list[list[float]] = (np.subtract.outer(x, offsets) ** 2 / (2 * variance)).tolist()
    total = distances[0]
    steps: list[list[int]] = []
    modes = range(len(offsets))
    for distance in distances[1:]:
        least = min(total)
        origin, switch = total.index(least), least + PRICE_OF_STRAY_SWITCH
        steps.append([mode if total[mode] <= switch else origin for mode in modes])
        total = [min(total[mode], switch) + distance[mode] for mode in modes]
    path = [total.index(min(total))]
    for step in reversed(steps):
        path.append(step[path[-1]])
    return np.array(path[::-1])
