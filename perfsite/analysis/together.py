"""Common shifts: runs at which the series of one environment moved together, as they do when the machine changes.

A slower runner slows everything by about the same factor; a change of code slows what calls it, each by its own. So
where nearly all benchmarks of an environment moved the same way by a similar factor at one run, the machine is the
likelier cause. It is no proof: shared code, a compiler or a runtime may do the same.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from perfsite.analysis.detection.quantiles import NORMAL_MEDIAN, median
from perfsite.model.causes import CommonShift

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from perfsite.model.series import Series

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]
    BoolArray = NDArray[np.bool_]

SIGNS: Final = {"s": 1.0, "1/s": -1.0, "B/s": -1.0}
"""Units that a slower machine changes, and which way; sizes and counts are the code's alone."""
WINDOW: Final = 5
"""Points on either side whose medians are compared; fewer after the newest runs."""
FEWEST_POINTS: Final = 4 * WINDOW
"""Points below which a series does not tell how far its medians stray from one another by chance."""
FEWEST_BENCHMARKS: Final = 8
"""Benchmarks that must have been able to show a shift for it to be called common."""
LEAST_SHARE: Final = 0.65
"""Share of them that must have moved alike. A commit that slows one in three, or one in two, is not excused."""
LEAST_SHARE_OF_FAMILY, LARGE_FAMILY = 0.4, 4
"""A family of so many benchmarks of which fewer than this share moved is proof that the machine did not."""
LEAST_SHIFT: Final = 0.02
"""Smallest common shift, as a log ratio, that is looked for."""
ALIKE: Final = 2.0
"""Moves between the common shift divided by this and multiplied by it are alike: machines do not slow all the same."""
TOLD: Final = 2.5
"""Standard deviations of a series' own stray that a move must exceed to be told from it."""
NEAR: Final = 3
"""Runs with a shift within so many of each other show one and the same: the medians see it from some way off."""


@dataclass(frozen=True, slots=True)
class Moves:
    """How far series moved at runs, one element each: log ratios of times, above 0 where slower.

    `strays` is how far each strays by chance (one standard deviation), `jumps` the step from the run before alone.
    `benchmarks` and `families` are codes of what the series belong to.
    """

    commits: IntArray
    sizes: FloatArray
    strays: FloatArray
    jumps: FloatArray
    benchmarks: IntArray
    families: IntArray

    def pick(self, which: IntArray | BoolArray) -> Moves:
        """Return some of the moves."""
        return Moves(*(getattr(self, name)[which] for name in Moves.__slots__))


@dataclass(frozen=True, slots=True)
class Together:
    """That benchmarks moved together: the common log ratio, how many moved, and how many could have shown it."""

    size: float
    jump: float
    moved: int
    among: int


def find_common_shifts(series: Iterable[Series]) -> tuple[CommonShift, ...]:
    """Return the common shifts of every environment, by environment and commit.

    Parameters
    ----------
    series
        The trend of all series of a history. Only those of a unit of time or rate, with FEWEST_POINTS positive
        values, take part; each benchmark has one voice, whatever its metrics and parameters.
    """
    grouped: dict[str, list[Series]] = {}
    for one in series:
        if one.unit in SIGNS and len(one) >= FEWEST_POINTS and float(one.values.min()) > 0:
            grouped.setdefault(one.key.environment, []).append(one)
    found = [shift for name, members in sorted(grouped.items()) for shift in _shifts_of(name, members)]
    return tuple(shift for shift in found if not _other_machines_agree(shift, found, grouped))


def _other_machines_agree(
    shift: CommonShift, shifts: Sequence[CommonShift], grouped: Mapping[str, Sequence[Series]]
) -> bool:
    """Return whether another machine saw the same shift at the same commit: then it was hardly the machine."""
    size = math.log1p(shift.delta)
    alike = [
        other
        for other in shifts
        if other.commit == shift.commit
        and other.environment != shift.environment
        and 1 / ALIKE <= math.log1p(other.delta) / size <= ALIKE
    ]
    own = _labels_at(grouped[shift.environment], shift.commit) if alike else set()
    others = (_labels_at(grouped[other.environment], shift.commit) for other in alike)
    return bool(own) and any(bool(labels) and not labels & own for labels in others)


def _labels_at(series: Iterable[Series], commit: int) -> set[int]:
    """Return the machines, as far as known, that measured any of the series at a commit."""
    places = ((one, int(one.commits.searchsorted(commit))) for one in series)
    labels = {int(one.labels[at]) for one, at in places if at < len(one) and one.commits[at] == commit}
    return labels - {-1}


def mark_shifts(series: Series, shifts: Iterable[CommonShift]) -> Series:
    """Return a series that knows the common shifts of its environment; one that no machine slows stays as it is."""
    marked = np.zeros(len(series))
    for shift in shifts if series.unit in SIGNS else ():
        point = int(series.commits.searchsorted(shift.commit))
        if 0 < point < len(series):
            marked[point] = SIGNS[series.unit] * math.log1p(shift.delta)
    return replace(series, shifts=marked) if marked.any() else series


def _shifts_of(environment: str, series: Sequence[Series]) -> list[CommonShift]:
    benchmarks, families = code_names([one.key.benchmark for one in series])
    if int(benchmarks.max()) + 1 < FEWEST_BENCHMARKS:
        return []
    moves = _gather(series, benchmarks, families)
    found = [
        (commit, together)
        for commit, here in moves_at_candidates(moves)
        if (together := moved_together(here)) is not None
    ]
    return [
        CommonShift(
            environment=environment,
            commit=commit,
            delta=math.expm1(one.size),
            moved=one.moved,
            among=one.among,
        )
        for commit, one in _sharpest(found, np.unique(moves.commits))
    ]


def code_names(names: Sequence[str]) -> tuple[IntArray, IntArray]:
    """Return codes of benchmarks and of their families, both of the shape of `names`.

    A family is told by the first part of the name in which the names differ: `http1_get` and `http2_get` are of the
    families `http1` and `http2`, `test_parse[1]` and `test_parse[2]` of one.
    """
    parts = [tuple(part for part in re.split(r"[^A-Za-z0-9]+", name) if part) for name in names]
    shortest = min((len(part) for part in parts), default=0)
    depth = 0
    while depth < shortest - 1 and len({part[depth] for part in parts}) == 1:
        depth += 1
    families = ["".join(part[depth : depth + 1]) for part in parts]
    return _codes(names), _codes(families)


def _codes(words: Sequence[str]) -> IntArray:
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(word, len(numbers)) for word in words], dtype=np.int64)


def _gather(series: Sequence[Series], benchmarks: IntArray, families: IntArray) -> Moves:
    parts = [_moves_of(one) for one in series]
    lengths = [len(sizes) for sizes, _, _ in parts]
    return Moves(
        np.concatenate([one.commits[WINDOW:] for one in series]).astype(np.int64),
        np.concatenate([sizes for sizes, _, _ in parts]),
        np.concatenate([strays for _, strays, _ in parts]),
        np.concatenate([jumps for _, _, jumps in parts]),
        benchmarks.repeat(lengths),
        families.repeat(lengths),
    )


def _moves_of(series: Series) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return (sizes, strays, jumps) of the points from WINDOW on, shape (n - WINDOW,).

    The median of the WINDOW points from a point on, less that of the WINDOW points before it. The newest points have
    fewer after them. How far such a difference strays by chance is told by the series itself: by the median of all.
    """
    times = SIGNS[series.unit] * np.log(series.values)
    middles = running_medians(times)
    before = middles[:-1]
    lasting = middles[WINDOW:] - before[: len(middles) - WINDOW]
    single = times[WINDOW:] - before
    newest = np.array([median(times[i:]) for i in range(len(times) - WINDOW + 1, len(times))])
    sizes = np.concatenate([lasting, newest - before[-len(newest) :]])
    stray, stray_of_one = (median(np.abs(moves)) / NORMAL_MEDIAN for moves in (lasting, single))
    strays = np.full(len(sizes), stray)
    counts = np.arange(WINDOW - 1, 0, -1)
    strays[-len(newest) :] = np.maximum(stray, stray_of_one * np.sqrt((1 / counts + 1 / WINDOW) / (1 + 1 / WINDOW)))
    return sizes, strays, np.diff(times)[WINDOW - 1 :]


def running_medians(values: FloatArray) -> FloatArray:
    """Return the median of each WINDOW (5) consecutive values, shape (n - 4,), n >= 5.

    By seven comparisons of whole arrays: the median of five is that of the smaller of the two larger, the larger of the
    two smaller, and the fifth.
    """
    a, b, c, d, e = (values[i : len(values) - WINDOW + 1 + i] for i in range(WINDOW))
    low = np.maximum(np.minimum(a, b), np.minimum(c, d))
    high = np.minimum(np.maximum(a, b), np.maximum(c, d))
    medians: FloatArray = np.maximum(np.minimum(low, high), np.minimum(np.maximum(low, high), e))
    return medians


def candidates(moves: Moves) -> list[int]:
    """Return the commits at which a third of the series were seen to move one way: few, which are then looked at."""
    if not len(moves.commits):
        return []
    told = np.abs(moves.sizes) >= np.maximum(LEAST_SHIFT / ALIKE, TOLD * moves.strays)
    most = int(moves.commits.max()) + 1
    measured = np.bincount(moves.commits, minlength=most)
    slower, faster = (
        np.bincount(moves.commits[told & (sign * moves.sizes > 0)], minlength=most) for sign in (1.0, -1.0)
    )
    found = np.maximum(slower, faster)
    return np.flatnonzero((found >= FEWEST_BENCHMARKS * LEAST_SHARE) & (found >= measured / 3)).tolist()


def moves_at_candidates(moves: Moves) -> Iterator[tuple[int, Moves]]:
    """Yield the commits of `candidates` with the moves there, in the order of the series."""
    order = moves.commits.argsort(kind="stable")
    in_order = moves.commits[order]
    for commit in candidates(moves):
        start, end = in_order.searchsorted((commit, commit + 1)).tolist()
        yield commit, moves.pick(order[start:end])


def moved_together(moves: Moves) -> Together | None:
    """Return that the benchmarks measured at one run moved together; None where they did not."""
    moves = _one_voice_each(moves)
    told = np.abs(moves.sizes) >= np.maximum(LEAST_SHIFT / ALIKE, TOLD * moves.strays)
    sign = 1.0 if float(np.sign(moves.sizes[told]).sum()) > 0 else -1.0
    same_way = told & (sign * moves.sizes > 0)
    if not same_way.any():
        return None
    size = median(sign * moves.sizes[same_way])
    # Where the noise would have hidden a move of this size, nothing is said for or against.
    telling = moves.strays * TOLD <= size
    alike = telling & (sign * moves.sizes >= size / ALIKE) & (sign * moves.sizes <= size * ALIKE)
    moved, among = int(alike.sum()), int(telling.sum())
    if among < FEWEST_BENCHMARKS or moved < LEAST_SHARE * among or _one_stood_still(moves.families, telling, alike):
        return None
    common = sign * median(sign * moves.sizes[alike])
    return Together(common, median(moves.jumps[alike]), moved, among) if abs(common) >= LEAST_SHIFT else None


def _one_voice_each(moves: Moves) -> Moves:
    """Return one move for each benchmark, that of its steadiest series."""
    order = np.lexsort((moves.strays, moves.benchmarks))
    first = np.ones(len(order), np.bool_)
    first[1:] = np.diff(moves.benchmarks[order]) != 0
    return moves.pick(order[first])


def _one_stood_still(families: IntArray, telling: BoolArray, alike: BoolArray) -> bool:
    members = np.bincount(families[telling])
    moved = np.bincount(families[alike], minlength=len(members))
    return bool(((members >= LARGE_FAMILY) & (moved < LEAST_SHARE_OF_FAMILY * members)).any())


def _sharpest(found: Sequence[tuple[int, Together]], commits: IntArray) -> list[tuple[int, Together]]:
    """Return of neighbouring runs that show one shift the one where it was: that with the largest step."""
    places = np.searchsorted(commits, [commit for commit, _ in found]).tolist()
    order = sorted(range(len(found)), key=lambda i: (-found[i][1].jump * math.copysign(1, found[i][1].size), i))
    kept: list[int] = []
    for i in order:
        if all(abs(places[i] - places[k]) > NEAR or found[i][1].size * found[k][1].size < 0 for k in kept):
            kept.append(i)
    return [found[i] for i in sorted(kept)]
