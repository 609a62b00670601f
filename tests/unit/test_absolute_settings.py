"""Absolute thresholds in perfsite.toml."""

from __future__ import annotations

import pytest

from perfsite import config
from perfsite.errors import ConfigError
from perfsite.model.run import Direction
from perfsite.model.series import SeriesKey

KEY = SeriesKey(benchmark="checkout", metric="error_rate", environment="load")


def threshold(text):
    return config.parse(text, where="perfsite.toml").policy(KEY, "1", Direction.LOWER).threshold


def test_a_difference_replaces_the_fractions_of_the_presets():
    found = threshold("[[rules]]\nmetric = 'error_rate'\nwarn_absolute = 0.01\nfail_absolute = 0.02\n")
    assert (found.warn, found.fail, found.warn_absolute, found.fail_absolute) == (None, None, 0.01, 0.02)


def test_a_rule_that_sets_both_kinds_has_both():
    found = threshold("[[rules]]\nfail = 0.5\nfail_absolute = 0.02\n")
    assert (found.fail, found.fail_absolute) == (0.5, 0.02)


def test_a_later_rule_wins_setting_by_setting():
    found = threshold("[[rules]]\nwarn_absolute = 0.01\nfail_absolute = 0.02\n[[rules]]\nfail_absolute = 0.05\n")
    assert (found.warn_absolute, found.fail_absolute) == (0.01, 0.05)


@pytest.mark.parametrize("value", ["0", "-1", "true", "'2 points'", "inf", "nan"])
def test_a_difference_must_be_a_number_above_zero(value):
    with pytest.raises(ConfigError, match="fail_absolute"):
        threshold(f"[[rules]]\nfail_absolute = {value}\n")


def test_the_false_discovery_rate_can_be_set():
    policy = config.parse("false_discovery_rate = 0.01\n", where="perfsite.toml").judging
    assert policy.false_discovery_rate == 0.01
