"""Which series something speaks of: globs on benchmark, metric, unit and environment."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perfsite.model.series import SeriesKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """Globs that must all match; case-sensitive. `unit` is a base unit: `s`, `B`, `1/s`, `1`."""

    benchmark: str = "*"
    metric: str = "*"
    unit: str = "*"
    environment: str = "*"

    def selects(self, key: SeriesKey, unit: str) -> bool:
        """Whether a series of this key and unit is meant."""
        return (
            fnmatchcase(key.benchmark, self.benchmark)
            and fnmatchcase(key.metric, self.metric)
            and fnmatchcase(unit, self.unit)
            and fnmatchcase(key.environment, self.environment)
        )
