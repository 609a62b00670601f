from __future__ import annotations

import numpy as np

from perfsite.analysis.changepoint import find_changes
from perfsite.analysis.stepsize import measure_changes, severity_of
from perfsite.model.findings import Severity, Verdict
from perfsite.model.policy import Severities


def test_severities_are_reached_at_their_size_in_both_directions():
    sizes = Severities()
    found = [severity_of(delta, sizes) for delta in (0.019, -0.02, 0.05, -0.5, float("nan"))]
    assert found == [Severity.NONE, Severity.MINOR, Severity.MAJOR, Severity.CRITICAL, Severity.NONE]


def measured(noise: float, factor: float = 1.2):
    """Return the one change of forty points by a factor, under so much noise."""
    strays = np.random.default_rng(0).normal(0, noise, 40)
    changes = find_changes(10 * np.where(np.arange(40) < 20, 1.0, factor) * np.exp(strays))
    return measure_changes(
        changes, np.array([10.0, 10 * factor]), np.ones(1), sign=1, severities=Severities(), confounded=()
    )[0]


def test_the_interval_of_a_change_holds_its_delta_and_shrinks_with_the_noise():
    weak, strong = measured(0.05), measured(0.005)
    assert weak.lower < strong.lower < 0.2 < strong.upper < weak.upper
    assert strong.verdict is Verdict.REGRESSION
