from __future__ import annotations

import numpy as np

from perfsite.analysis.changepoint import Changes
from perfsite.analysis.stepsize import measure_changes, severity_of
from perfsite.model.findings import Severity, Verdict
from perfsite.model.policy import Severities


def test_severities_are_reached_at_their_size_in_both_directions():
    sizes = Severities()
    found = [severity_of(delta, sizes) for delta in (0.019, -0.02, 0.05, -0.5, float("nan"))]
    assert found == [Severity.NONE, Severity.MINOR, Severity.MAJOR, Severity.CRITICAL, Severity.NONE]


def test_the_interval_of_a_change_holds_its_delta_and_shrinks_with_the_evidence():
    def measured(score: float):
        changes = Changes((5,), (score,), np.zeros(10, dtype=np.bool_), None)
        levels = np.array([10.0, 12.0])
        return measure_changes(changes, levels, np.ones(1), sign=1, severities=Severities(), confounded=())[0]

    weak, strong = measured(5.0), measured(50.0)
    assert weak.lower < strong.lower < 0.2 < strong.upper < weak.upper
    assert strong.verdict is Verdict.REGRESSION
