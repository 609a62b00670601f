"""What calibration runs showed: the noise between and within runs, benchmark by benchmark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from perfsite.report import wording

if TYPE_CHECKING:
    from perfsite.model.calibration import Calibration
    from perfsite.model.series import SeriesKey

HEAD: Final = ("benchmark", "metric", "runs", "between runs", "within", "noise floor")


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibratedRow:
    """One series: what the runs say of its noise (None: no ratio, or it did not run twice), and the noise floor.

    `floor` is the smallest delta that one run can be told from chance by, given the mean of as many others.
    """

    key: SeriesKey
    found: Calibration | None
    floor: float | None

    @property
    def cells(self) -> tuple[str, ...]:
        """Return the row as people read it; see `HEAD`."""
        parameters = f" ({self.key.parameter_text})" if self.key.parameters else ""
        name = (wording.short_name(self.key.benchmark + parameters), wording.short_name(self.key.metric, 40))
        if self.found is None:
            return (*name, wording.NONE, wording.NONE, wording.NONE, wording.NONE)
        return (
            *name,
            str(self.found.runs),
            wording.noise_text(self.found.deviation),
            wording.noise_text(self.found.within),
            wording.noise_text(self.floor),
        )

    def document(self) -> dict[str, Any]:
        """Return the row for programs."""
        found = self.found
        return {
            "benchmark": self.key.benchmark,
            "parameters": dict(self.key.parameters),
            "metric": self.key.metric,
            "environment": self.key.environment,
            "runs": None if found is None else found.runs,
            "between_runs": None if found is None else found.deviation,
            "within_runs": None if found is None else found.within,
            "noise_floor": self.floor,
        }


def summary(rows: tuple[CalibratedRow, ...]) -> str:
    """Return the middle and the worst of all noise in one sentence."""
    told = sorted((row.found.deviation, row.key.benchmark) for row in rows if row.found is not None)
    if not told:
        return "No benchmark ran twice with a value above zero, so there is no noise to tell."
    middle, (most, worst) = told[len(told) // 2][0], told[-1]
    series, at_worst = wording.plural(len(told), "series", "series"), wording.noise_text(most)
    middling = f"{wording.noise_text(middle)} between runs in the middle of {series}"
    return f"{middling}, {at_worst} at worst ({wording.short_name(worst)})."
