"""Quantiles of Student's t agree with scipy's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import stdtrit

from perfsite.analysis.student import interval_factor


@given(st.floats(1e-6, 0.9), st.integers(1, 5000))
def test_interval_factors_are_those_of_scipy(alpha, degrees):
    assert interval_factor(alpha, degrees) == pytest.approx(stdtrit(degrees, 1 - alpha / 2), rel=1e-6)


@pytest.mark.parametrize("degrees", [1, 2, 3, 5, 29, 30, 99, 100, 101, 102, 1000])
def test_interval_factors_are_those_of_scipy_where_the_methods_meet(degrees):
    for alpha in (0.5, 0.05, 0.001, 1e-6):
        assert interval_factor(alpha, degrees) == pytest.approx(stdtrit(degrees, 1 - alpha / 2), rel=1e-6)


@pytest.mark.parametrize(("alpha", "degrees"), [(0, 3), (1, 3), (0.05, 0)])
def test_what_is_no_interval_is_refused(alpha, degrees):
    with pytest.raises(ValueError, match="alpha must be in"):
        interval_factor(alpha, degrees)
