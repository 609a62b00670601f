"""What stands behind the verdict of a check: samples, bounds, evidence, and who set the threshold."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from perfsite.model.policy import PRESET_NAMES, Threshold
from perfsite.model.units import format_value
from perfsite.report import wording

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from perfsite.model.event import BaselinePinned
    from perfsite.report.check import CheckRow

CONFIDENT = 1.96
"""Standard errors in half a 95 % interval of a centre."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowDetails:
    """What a reader of a verdict may ask next; None and empty: not known.

    `samples` stand behind the value, which lies between `lower` and `upper` (base unit, 95 %) as far as its own samples
    tell; `baseline_points` make the baseline. `threshold` is the whole rule, `machine` what the run was measured on.
    """

    samples: int | None = None
    lower: float | None = None
    upper: float | None = None
    baseline_points: int | None = None
    threshold: Threshold = field(default_factory=Threshold)
    machine: str = ""
    level: float | None = None
    """By how much the level is off the baseline where many runs show a finding and this one alone does not."""

    @property
    def set_by(self) -> str:
        """Return who set the threshold, in words."""
        name = self.threshold.name
        return f"preset {name}" if name in PRESET_NAMES else "a rule of perfsite.toml" if name else "nobody"

    def document(self) -> dict[str, Any]:
        """Return the details for programs."""
        return {
            "samples": self.samples,
            "lower": self.lower,
            "upper": self.upper,
            "baseline_points": self.baseline_points,
            "warn": self.threshold.warn,
            "warn_absolute": self.threshold.warn_absolute,
            "threshold_set_by": self.set_by,
            "machine": self.machine or None,
            "level_delta": self.level,
        }


def threshold_text(threshold: Threshold, unit: str) -> str:
    """Return when a rule warns and fails, in words.

    Examples
    --------
    >>> threshold_text(Threshold(warn=0.1, fail=0.2), "s")
    'warns from 10 %, fails from 20 %'
    >>> threshold_text(Threshold(fail_absolute=0.02), "1"), threshold_text(Threshold(), "s")
    ('fails from a difference of 0.02', 'none')
    """
    told = []
    for word, share, absolute in (
        ("warns", threshold.warn, threshold.warn_absolute),
        ("fails", threshold.fail, threshold.fail_absolute),
    ):
        if share is not None:
            told.append(f"{word} from {share * 100:g} %")
        if absolute is not None:
            told.append(f"{word} from a difference of {format_value(absolute, unit)}")
    return ", ".join(told) or "none"


def detail_lines(row: CheckRow) -> Iterator[str]:
    """Yield everything that is known of a row, for a reader who asks why."""
    details = row.details
    parameters = ", ".join(f"{name}={value}" for name, value in row.parameters)
    name = f"{row.benchmark} ({parameters})" if parameters else row.benchmark
    where = wording.short_name(row.environment, 60)
    yield f"{wording.short_name(name, 120)} {wording.short_name(row.metric, 60)} in {where}: {row.cells[-1]}"
    value = format_value(row.value, row.unit)
    if details.lower is not None and details.upper is not None:
        value += f" (95 %: {format_value(details.lower, row.unit)} to {format_value(details.upper, row.unit)})"
    samples = wording.plural(details.samples, "sample") if details.samples else "number of samples not known"
    yield f"  current     {value}, {samples}"
    points = f", of {wording.plural(details.baseline_points, 'point')}" if details.baseline_points else ""
    held = f" pinned by {wording.short_name(row.pinned.author or 'somebody', 60)}" if row.pinned else points
    yield f"  baseline    {format_value(row.baseline, row.unit)}{held}; {row.direction} is better"
    chance = "" if row.p_value is None else f", noise alone differs so much {_often(row.p_value)}"
    yield f"  change      {wording.delta_text(row.delta)}, noise {wording.noise_text(row.noise_floor)}{chance}"
    if row.detectable is not None:
        yield f"  detectable  one run shows a change of {row.detectable * 100:.3g} % four times out of five"
    yield f"  threshold   {threshold_text(details.threshold, row.unit)}; set by {details.set_by}"
    if details.machine:
        yield f"  machine     {wording.short_name(details.machine, 200)}"
    for doubt in row.doubts:
        yield f"  doubt       {doubt}"


def _often(p_value: float) -> str:
    """Return how often something happens by chance.

    Examples
    --------
    >>> _often(0.034), _often(1e-12)
    ('in 3.4 of 100 runs', 'in less than one of a million runs')
    """
    if p_value < 1e-6:
        return "in less than one of a million runs"
    return f"in {p_value * 100:.2g} of 100 runs"


def pinned_document(event: BaselinePinned | None) -> dict[str, Any] | None:
    """Return where a pinned baseline comes from, for programs."""
    if event is None:
        return None
    return {
        "id": event.id,
        "time": event.time.isoformat(),
        "source": event.source,
        "revision": event.revision,
        "commit": event.commit,
        "environment": event.environment,
        "author": event.author,
        "reason": event.reason,
    }


def earlier_sentence(rows: Sequence[CheckRow]) -> str:
    """Return which regressions of earlier commits are over, and how many are told only now; empty where none is."""
    back = sorted((row for row in rows if row.mended is not None), key=lambda row: -abs(row.mended or 0.0))
    told = []
    if back:
        more = f" and {wording.count_text(len(back) - 1)} more" if len(back) > 1 else ""
        size = wording.delta_text(back[0].mended)
        told.append(f"Back from an earlier regression: {wording.short_name(back[0].benchmark)} ({size}){more}.")
    if late := sum(row.told_now for row in rows):
        told.append(f"{wording.plural(late, 'earlier regression')} could not be told from the machine before.")
    return " ".join(told)
