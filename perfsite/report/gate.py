"""What keeps a pull request from being merged: a failing rule, or a regression of a severity."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from perfsite.model.findings import Rule, Severity, Verdict

if TYPE_CHECKING:
    from perfsite.report.check import CheckRow


class Gate(StrEnum):
    """What fails: what a rule fails, regressions of a severity or above instead, or nothing."""

    RULES = "rules"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"
    NEVER = "never"


_SIZES: Final = tuple(Severity)


def is_failing(row: CheckRow, gate: Gate, *, certain: bool = True) -> bool:
    """Return whether a row fails.

    A severity takes the place of thresholds, not of what the owner limits absolutely: a budget that every point must
    keep fails all the same. A regression that began earlier, or where it is not `certain` what the contender must be
    compared with, fails against a pinned baseline only.
    """
    if gate is Gate.NEVER:
        return False
    if gate is Gate.RULES:
        return row.rule is Rule.FAIL
    if any(budget.limit.target >= 1 for budget in row.beyond):
        return True
    if row.verdict is not Verdict.REGRESSION or (
        row.pinned is None and ((row.standing and not row.told_now) or not certain)
    ):
        return False
    return _SIZES.index(Severity(row.severity)) >= _SIZES.index(Severity(gate.value))
