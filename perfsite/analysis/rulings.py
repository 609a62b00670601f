"""What the owner's thresholds and severities say of a delta or a difference: the codes that judgements carry."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from perfsite.model.findings import SEVERITIES, Rule, Severity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from perfsite.model.policy import Severities, Threshold

    FloatArray = NDArray[np.float64]

ROUNDING = 1e-12
"""6 / 5 - 1 is a little less than 0.2 in binary; a delta that equals a threshold reaches it."""


def severity_codes(deltas: FloatArray, severities: Severities) -> NDArray[np.int8]:
    """Return the severity of each delta as a position in SEVERITIES; NaN: none."""
    size = np.abs(deltas)
    codes = np.full(len(deltas), SEVERITIES.index(Severity.NONE), dtype=np.int8)
    for level, severity in (
        (severities.minor, Severity.MINOR),
        (severities.major, Severity.MAJOR),
        (severities.critical, Severity.CRITICAL),
    ):
        codes[size >= level - ROUNDING] = SEVERITIES.index(severity)
    return codes


def least_of(threshold: Threshold) -> float:
    """Return the smallest delta the owner wants to know of; infinite where there is no threshold."""
    return min((level for level in (threshold.warn, threshold.fail) if level is not None), default=math.inf) - ROUNDING


def least_absolute(threshold: Threshold) -> float:
    """Return the smallest difference, in the base unit, the owner wants to know of; infinite where none is set."""
    levels = (threshold.warn_absolute, threshold.fail_absolute)
    return min((level for level in levels if level is not None), default=math.inf) * (1 - ROUNDING)


def rule_codes(worse: FloatArray, more: FloatArray, threshold: Threshold) -> NDArray[np.int8]:
    """Return what the owner's threshold says of regressions; `worse` are their deltas, `more` their differences."""
    rules = np.full(len(worse), Rule.PASS, np.int8)
    for level, difference, rule in (
        (threshold.warn, threshold.warn_absolute, Rule.WARN),
        (threshold.fail, threshold.fail_absolute, Rule.FAIL),
    ):
        if level is not None:
            rules[worse >= level - ROUNDING] = rule
        if difference is not None:
            rules[more >= difference * (1 - ROUNDING)] = rule
    return rules
