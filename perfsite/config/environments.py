"""The section `[environments."NAME"]`: what the owner adjusts for the environments that a glob selects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

from perfsite.config import checks

if TYPE_CHECKING:
    from perfsite.config.checks import Check
    from perfsite.config.reader import Reader
    from perfsite.model.policy import Policy

ENVIRONMENT_SETTINGS: Final[Mapping[str, Check]] = {
    "factor": checks.fraction,
    "alpha": checks.share,
    "min_points": checks.count,
    "baseline_points": checks.count,
    "sensitivity": checks.fraction,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """How the series of some environments are judged otherwise; None: as everywhere.

    `factor` multiplies every warning and failing threshold, presets included: 2.0 on a noisy runner, 0.5 on a quiet
    one. The others stand for the settings of the same name.
    """

    environment: str
    factor: float | None = None
    alpha: float | None = None
    min_points: int | None = None
    baseline_points: int | None = None
    sensitivity: float | None = None

    def selects(self, environment: str) -> bool:
        """Whether this is about an environment; globs are case-sensitive."""
        return fnmatchcase(environment, self.environment)

    def applied(self, policy: Policy) -> Policy:
        """Return the policy of a series of such an environment; of two factors, both count."""
        threshold = policy.threshold
        if self.factor is not None:
            levels = ("warn", "fail", "warn_absolute", "fail_absolute")
            known = {name: getattr(threshold, name) for name in levels if getattr(threshold, name) is not None}
            threshold = replace(threshold, **{name: level * self.factor for name, level in known.items()})
        return replace(
            policy,
            threshold=threshold,
            alpha=policy.alpha if self.alpha is None else self.alpha,
            min_points=policy.min_points if self.min_points is None else self.min_points,
            baseline_points=policy.baseline_points if self.baseline_points is None else self.baseline_points,
            sensitivity=policy.sensitivity if self.sensitivity is None else self.sensitivity,
        )


def read_adjustments(reader: Reader, table: Mapping[str, Any]) -> tuple[Adjustment, ...]:
    """Return what the section says, glob by glob; faults are noted in the reader."""
    found = []
    for glob, settings in table.items():
        if not isinstance(settings, dict):
            reader.fault(glob, f"environments.{glob}: expected a table, found {settings!r}")
            continue
        found.append(
            Adjustment(environment=glob, **reader.read(settings, ENVIRONMENT_SETTINGS, f"environments.{glob}"))
        )
    return tuple(found)
