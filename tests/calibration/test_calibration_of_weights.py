"""What standard errors from within the runs bring: power at a small step, and no false alarms where they are wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from perfsite.analysis.changepoint import find_changes

if TYPE_CHECKING:
    from numpy.typing import NDArray

SAMPLES = 5
POINTS = 80
STEP_AT = 40
SPREAD_OF_SPREADS = 0.85
"""Standard deviation of the log of the runs' own spreads: the noisiest tenth is nine times as noisy as the calmest."""


def make_runs(
    rng: np.random.Generator, *, step: float, spread: float = SPREAD_OF_SPREADS, between: float = 0.0
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the means of runs of five samples and their standard errors, as the samples tell them.

    `step` and `between` (the standard deviation between runs) are in units of a point's typical standard deviation,
    which is 3 % of the level.
    """
    spreads = np.exp(rng.normal(0, spread, POINTS))
    samples = rng.normal(size=(POINTS, SAMPLES)) * spreads[:, None]
    within = np.sqrt(np.exp(2 * spread**2) / SAMPLES)
    means = samples.mean(axis=1) / within + between * rng.normal(size=POINTS)
    means += step * (np.arange(POINTS) >= STEP_AT)
    errors = samples.std(axis=1, ddof=1) / np.sqrt(SAMPLES) / within
    return 1 + 0.03 * means, 0.03 * errors


def found(values: NDArray[np.float64], errors: NDArray[np.float64] | None) -> bool:
    places = find_changes(values, standard_errors=errors).indices
    return any(abs(place - STEP_AT) <= 10 for place in places)


def power(series: int, *, weighted: bool, between: float = 0.0) -> float:
    hits = 0
    for number in range(series):
        values, errors = make_runs(np.random.default_rng([11, number]), step=0.5, between=between)
        hits += found(values, errors if weighted else None)
    return hits / series


def spoil(how: str, errors: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Return standard errors that are wrong in one of the ways in which they are wrong in practice."""
    n = len(errors)
    wrong = {
        "as they are": errors,
        "all three times too large": 3 * errors,
        "each wrong by a factor of three": errors * 3.0 ** rng.choice([-1, 1], n),
        "of other runs": rng.permutation(errors),
        "all equal": np.full(n, errors.mean()),
        "zero for one in five": np.where(rng.random(n) < 0.2, 0.0, errors),
        "not known for one in three": np.where(rng.random(n) < 0.3, np.nan, errors),
    }
    return wrong[how]


def false_alarms(how: str, series: int, spread: float, between: float) -> float:
    alerts = 0
    for number in range(series):
        rng = np.random.default_rng([12, number])
        values, errors = make_runs(rng, step=0.0, spread=spread, between=between)
        alerts += bool(find_changes(values, standard_errors=spoil(how, errors, rng)).indices)
    return alerts / series


def test_a_step_of_half_a_deviation_is_found_more_often_with_standard_errors():
    assert power(40, weighted=True) >= 2 * power(40, weighted=False)


@pytest.mark.slow
def test_power_at_half_a_deviation_goes_from_one_in_four_to_four_in_five():
    assert 0.18 <= power(400, weighted=False) <= 0.3
    assert power(400, weighted=True) >= 0.78


@pytest.mark.slow
def test_power_falls_towards_that_of_equal_points_where_the_noise_is_between_the_runs():
    unweighted, weighted = (power(300, weighted=weighted, between=0.7) for weighted in (False, True))
    assert weighted >= unweighted - 0.02


@pytest.mark.slow
@pytest.mark.parametrize("between", [0.0, 0.5])
@pytest.mark.parametrize(
    "how",
    [
        "as they are",
        "all three times too large",
        "each wrong by a factor of three",
        "of other runs",
        "all equal",
        "zero for one in five",
        "not known for one in three",
    ],
)
def test_at_most_three_in_a_hundred_series_without_a_change_alert_whatever_the_standard_errors(how, between):
    assert false_alarms(how, 300, SPREAD_OF_SPREADS, between) <= 0.03


@pytest.mark.slow
def test_at_most_three_in_a_hundred_alert_where_the_runs_differ_a_lot():
    assert false_alarms("as they are", 400, 1.5, 0.3) <= 0.03
