from __future__ import annotations

import numpy as np
import pytest

from perfsite.analysis.changepoint import find_changes
from perfsite.analysis.evidence import weigh_changes
from perfsite.model.findings import NoiseKind


def evidence(step: float, *, noise: float = 0.02, n: int = 100, at: int = 60, seed: int = 0, **more):
    """Return what speaks for the one change of a series."""
    strays = np.random.default_rng(seed).normal(0, noise, n)
    values = 10 * np.exp(strays + step * (np.arange(n) >= at))
    (told,) = weigh_changes(find_changes(values, **more))
    return told


def test_a_clear_change_is_sure_and_in_its_place():
    told = evidence(0.3)
    assert told.confidence > 0.99
    assert (told.first, told.last) == (60, 60)
    assert (told.points_before, told.points_after) == (60, 40)
    assert told.agreement == 1.0
    assert told.noise is NoiseKind.INDEPENDENT
    assert not told.weighted


def test_a_faint_change_is_less_sure_and_may_be_at_more_points():
    faint = evidence(0.024)
    assert 0.3 < faint.confidence < 0.95
    assert faint.first < faint.last
    assert faint.first <= 60 <= faint.last
    assert 0.5 < faint.agreement < 1


def test_a_downward_change_has_the_evidence_of_an_upward_one():
    strays = np.random.default_rng(0).normal(0, 0.02, 100)
    up, down = (
        weigh_changes(find_changes(10 * np.exp(sign * (strays + 0.05 * (np.arange(100) >= 60))))) for sign in (1, -1)
    )
    assert up[0].confidence == pytest.approx(down[0].confidence)
    assert (up[0].first, up[0].last, up[0].agreement) == (down[0].first, down[0].last, down[0].agreement)


def test_other_units_give_the_same_evidence():
    values = 10 * np.exp(np.random.default_rng(1).normal(0, 0.02, 100) + 0.05 * (np.arange(100) >= 60))
    (one,), (other,) = (weigh_changes(find_changes(values * unit)) for unit in (1.0, 2.0**-30))
    assert one.confidence == pytest.approx(other.confidence)
    assert (one.first, one.last) == (other.first, other.last)


def test_the_evidence_says_whether_points_were_weighted_and_machines_told():
    rng = np.random.default_rng(2)
    errors = 0.02 * np.exp(rng.normal(size=120))
    labels = np.arange(120) // 5 % 2
    values = 10 * np.exp(errors * rng.normal(size=120) + 0.2 * (np.arange(120) >= 60) + 0.2 * labels)
    (told,) = weigh_changes(find_changes(values, standard_errors=10 * errors, labels=labels))
    assert told.weighted
    assert told.machines_told


@pytest.mark.parametrize(
    "values",
    [
        [7.0] * 30,
        [5.0] * 10 + [6.0] * 10,
        [-5.0] * 10 + [6.0] * 10,
        [0.0] * 10 + [1.0] * 10,
        [1e-300] * 10 + [1e300] * 10,
        list(range(1, 9)),
    ],
)
def test_degenerate_series_have_evidence_within_its_bounds(values):
    changes = find_changes(np.array(values, dtype=np.float64))
    told = weigh_changes(changes)
    assert len(told) == len(changes.indices)
    for index, one in zip(changes.indices, told, strict=True):
        assert 0 <= one.confidence <= 1
        assert 1 <= one.first <= index <= one.last < len(values)
        assert one.reach >= 0
        assert 0.5 <= one.agreement <= 1


def test_a_series_without_changes_has_no_evidence():
    assert weigh_changes(find_changes(np.ones(3))) == ()
