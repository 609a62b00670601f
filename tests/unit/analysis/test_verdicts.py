from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from perfsite.analysis.judge import judge
from perfsite.analysis.rulings import severity_codes
from perfsite.model.findings import SEVERITIES, VERDICTS, Rule, Severity, Verdict
from perfsite.model.policy import Policy, Severities, Threshold
from perfsite.model.run import Direction

REGRESSION = VERDICTS.index(Verdict.REGRESSION)
ANY_VALUES = hnp.arrays(np.float64, st.integers(1, 40), elements=st.floats(-1e300, 1e300, allow_subnormal=False))


@given(values=ANY_VALUES, direction=st.sampled_from(Direction))
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_values_a_judgement_is_consistent(series, values, direction):
    judgement = judge(series(values, direction=direction), Policy(threshold=Threshold(warn=0.05, fail=0.1)))
    regressed = judgement.verdicts == REGRESSION
    assert (judgement.since[~regressed] == -1).all()
    assert (judgement.since[regressed] >= 0).all()
    assert (judgement.since <= np.arange(len(values))).all()
    assert (judgement.rules[~regressed] == Rule.PASS).all()
    assert not np.isinf(judgement.deltas).any()
    if direction is Direction.NEITHER:
        assert not regressed.any()


@pytest.mark.parametrize("factor", [0.125, 1e-6, 3.7e5])
def test_scaling_the_unit_changes_no_verdict(series, factor):
    rng = np.random.default_rng(8)
    values = np.concatenate([rng.normal(10, 0.3, 80), rng.normal(12, 0.3, 60), rng.normal(9, 0.3, 60)])
    values[[20, 100]] *= 2
    policy = Policy(threshold=Threshold(warn=0.05, fail=0.1))
    one, other = judge(series(values), policy), judge(series(values * factor), policy)
    for name in ("verdicts", "severities", "rules", "doubts", "since", "outliers"):
        assert getattr(one, name).tolist() == getattr(other, name).tolist(), name
    assert one.deltas[1:] == pytest.approx(other.deltas[1:], abs=1e-9)


def test_severity_codes_are_positions_among_the_severities():
    codes = severity_codes(np.array([0.01, -0.03, 0.05, 0.5, np.nan]), Severities())
    assert [SEVERITIES[code] for code in codes] == [
        Severity.NONE,
        Severity.MINOR,
        Severity.MAJOR,
        Severity.CRITICAL,
        Severity.NONE,
    ]
