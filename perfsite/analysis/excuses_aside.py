"""Excuses of points aside of the trend: pull requests measured on a slower machine, or whose code is that of the trend.

What `perfsite.analysis.together` and `perfsite.analysis.excuses` are for the trend, by one run alone: nothing follows
a pull request's run that could confirm it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from perfsite.analysis.excuses import ALIKE
from perfsite.analysis.together import FEWEST_BENCHMARKS, SIGNS, Moves, code_names, moved_together
from perfsite.analysis.verdicts import IMPROVEMENT, REGRESSION, UNSURE
from perfsite.model.findings import Doubt, Judgement, Rule

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from perfsite.model.series import Series

    FloatArray = NDArray[np.float64]
    BoolArray = NDArray[np.bool_]

DEVIATIONS: Final = 3.3
"""Standard deviations in a noise floor, at the usual level of significance."""


def excuse_aside(
    trend: Sequence[Series],
    aside: Mapping[int, Series],
    judgements: Mapping[int, Judgement],
    versions: Sequence[int] = (),
) -> dict[int, Judgement]:
    """Return the findings of points aside with those excused that the code did not change, or hardly.

    Parameters
    ----------
    trend
        The series of the history.
    aside, judgements
        Points that are in no trend and their findings, by number of their series.
    versions
        A number for the code of each commit, as `perfsite.analysis.excuses.mark_same_code` takes them.
    """
    codes = np.array(versions, dtype=np.int32)
    found = {number: _of_same_code(trend[number], aside[number], one, codes) for number, one in judgements.items()}
    grouped: dict[str, list[int]] = {}
    for number in found:
        if aside[number].unit in SIGNS and len(aside[number]):
            grouped.setdefault(aside[number].key.environment, []).append(number)
    for numbers in grouped.values():
        shifts = _shifts([aside[number] for number in numbers], [found[number] for number in numbers])
        for number in numbers if shifts else ():
            found[number] = _of_shifts(aside[number], found[number], shifts)
    return found


def _of_same_code(trend: Series, aside: Series, judgement: Judgement, versions: NDArray[np.int32]) -> Judgement:
    """Return the findings with those excused that measured the code or artefact of the trend's point before them."""
    before = trend.commits.searchsorted(aside.commits, side="right") - 1
    if not (before >= 0).any():
        return judgement
    newest = trend.part(np.maximum(before, 0))
    same = (aside.artifacts >= 0) & (newest.artifacts == aside.artifacts)
    if len(versions):
        of_aside = np.where(aside.eligible, versions[aside.commits], -1)
        same |= (of_aside >= 0) & newest.eligible & (versions[newest.commits] == of_aside)
    same &= before >= 0
    return _excused(judgement, same, Doubt.SAME_CODE)


def _shifts(aside: Sequence[Series], judgements: Sequence[Judgement]) -> dict[int, float]:
    """Return the common shift, as a log ratio of times, of each commit that has one."""
    benchmarks, families = code_names([one.key.benchmark for one in aside])
    if int(benchmarks.max()) + 1 < FEWEST_BENCHMARKS:
        return {}
    lengths = [len(one) for one in aside]
    sizes = np.concatenate([_sizes(one, judgement) for one, judgement in zip(aside, judgements, strict=True)])
    strays = np.log1p(np.concatenate([judgement.floors for judgement in judgements])) / DEVIATIONS
    commits = np.concatenate([one.commits for one in aside]).astype(np.int64)
    moves = Moves(commits, sizes, strays, sizes, benchmarks.repeat(lengths), families.repeat(lengths))
    moves = moves.pick(np.isfinite(sizes) & np.isfinite(strays))
    found = {}
    for commit in np.unique(moves.commits).tolist():
        together = moved_together(moves.pick(moves.commits == commit))
        if together is not None:
            found[commit] = together.size
    return found


def _sizes(aside: Series, judgement: Judgement) -> FloatArray:
    """Return how far each point is off its baseline, as a log ratio of times; NaN where it has none."""
    told = (judgement.deltas > -1) & np.isfinite(judgement.deltas)
    return np.where(told, SIGNS[aside.unit] * np.log1p(np.where(told, judgement.deltas, 0.0)), np.nan)


def _of_shifts(aside: Series, judgement: Judgement, shifts: Mapping[int, float]) -> Judgement:
    common = np.array([shifts.get(commit, 0.0) for commit in aside.commits.tolist()])
    own = _sizes(aside, judgement)
    alike = (own * common > 0) & (np.abs(own) <= ALIKE * np.abs(common))
    return _excused(judgement, alike, Doubt.TOGETHER)


def _excused(judgement: Judgement, which: BoolArray, doubt: Doubt) -> Judgement:
    """Return the findings with some changes unsure; regressions of the trend that a point shares stay."""
    changed = np.isin(judgement.verdicts, (REGRESSION, IMPROVEMENT)) & ~judgement.standing & which
    if not changed.any():
        return judgement
    return replace(
        judgement,
        verdicts=np.where(changed, np.int8(UNSURE), judgement.verdicts),
        severities=np.where(changed, np.int8(0), judgement.severities),
        rules=np.where(changed, np.int8(Rule.PASS), judgement.rules),
        doubts=judgement.doubts | np.where(changed, np.int16(doubt), np.int16(0)),
    )
