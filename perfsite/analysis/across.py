"""Many series, one run: how many of its findings chance alone would have made (the false discovery rate).

With a thousand series in a run, one comparison in a thousand that is wrong is one false alarm in every run. So what a
run shows at first sight counts only if it stands out among all comparisons of that run, not only among its own series.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from perfsite.analysis.verdicts import IMPROVEMENT, REGRESSION, UNSURE
from perfsite.model.findings import SEVERITIES, Doubt, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from perfsite.model.findings import Judgement
    from perfsite.model.series import Series

    FloatArray = NDArray[np.float64]
    BoolArray = NDArray[np.bool_]
    IntArray = NDArray[np.int64]


def discoveries(p_values: FloatArray, tests: int, rates: FloatArray | float) -> BoolArray:
    """Return which of the p-values count, so that on average a share of at most `rate` of those that count is false.

    Parameters
    ----------
    p_values
        Shape (k,), in [0, 1]; any k from 0.
    tests
        How many comparisons were made in all, >= k; those that are not given failed already.
    rates
        The false discovery rate in (0, 1), one for all or one for each.

    Notes
    -----
    The step-up procedure of Benjamini & Hochberg [1]_. It holds for independent tests and for tests that depend on one
    another positively [2]_, as those of one run do: a slow machine slows all of them. The variant for any dependence
    whatever (BY) asks for log(tests) times more, seven times for a thousand series, against a dependence that
    benchmarks do not have. Where nothing changed at all, any finding is false: then a run has one with probability
    `rate` at most, however many series it has.

    References
    ----------
    .. [1] Y. Benjamini, Y. Hochberg, J. R. Statist. Soc. B 57(1), 1995, 289-300.
    .. [2] Y. Benjamini, D. Yekutieli, Ann. Statist. 29(4), 2001, 1165-1188.

    Examples
    --------
    >>> found = np.array([0.0001, 0.03])
    >>> discoveries(found, 2, 0.05).tolist(), discoveries(found, 50, 0.05).tolist()
    ([True, True], [True, False])
    """
    shares = p_values / rates
    ranked = np.sort(shares)
    passing = np.flatnonzero(ranked * tests <= np.arange(1, len(ranked) + 1))
    if not len(passing):
        return np.zeros(len(shares), dtype=np.bool_)
    counted: BoolArray = shares <= ranked[passing[-1]]
    return counted


def weigh_together(
    series: Sequence[Series], judgements: Sequence[Judgement], rates: Sequence[float]
) -> list[Judgement]:
    """Return the judgements with what does not stand out among all comparisons of its commit called unsure.

    Parameters
    ----------
    series, judgements
        Those of one timeline: their commits are positions in one order. A commit's comparisons are one family,
        whatever their environment: they have one page and one exit code.
    rates
        The false discovery rate that each series' owner allows.

    Notes
    -----
    Only findings that no later run confirms are weighed: those that the judgement has a p-value for. Hindsight has
    its own evidence, and a comparison whose noise is not known is none.
    """
    judged = list(judgements)
    suspects = [(i, point) for i, one in enumerate(judged) for point in suspects_of(one)]
    if not suspects:
        return judged
    tests = np.bincount(
        np.concatenate([one.commits[~np.isnan(found.floors)] for one, found in zip(series, judged, strict=True)])
    )
    families: dict[int, list[tuple[int, int]]] = {}
    for number, point in suspects:
        families.setdefault(int(series[number].commits[point]), []).append((number, point))
    chance: dict[int, list[int]] = {}
    for commit, members in families.items():
        p_values = np.array([judged[number].p_values[point] for number, point in members])
        counted = discoveries(p_values, int(tests[commit]), np.array([rates[number] for number, _ in members]))
        for (number, point), counts in zip(members, counted.tolist(), strict=True):
            if not counts:
                chance.setdefault(number, []).append(point)
    for number, points in chance.items():
        judged[number] = _leave_to_chance(judged[number], np.array(points))
    return judged


def suspects_of(judgement: Judgement) -> list[int]:
    """Return the findings that a p-value stands behind; what is excused by now is none."""
    is_finding = (judgement.verdicts == REGRESSION) | (judgement.verdicts == IMPROVEMENT)
    points: list[int] = np.flatnonzero(is_finding & ~np.isnan(judgement.p_values)).tolist()
    return points


def _leave_to_chance(judgement: Judgement, points: IntArray) -> Judgement:
    """Return a judgement that is unsure of some points, since among so many comparisons chance makes such ones."""
    verdicts, doubts = judgement.verdicts.copy(), judgement.doubts.copy()
    severities, rules = judgement.severities.copy(), judgement.rules.copy()
    since, standing = judgement.since.copy(), judgement.standing.copy()
    verdicts[points] = UNSURE
    doubts[points] |= int(Doubt.MANY_TESTS)
    severities[points] = SEVERITIES.index(Severity.NONE)
    rules[points] = Rule.PASS
    since[points] = -1
    standing[points] = False
    return replace(
        judgement, verdicts=verdicts, doubts=doubts, severities=severities, rules=rules, since=since, standing=standing
    )
