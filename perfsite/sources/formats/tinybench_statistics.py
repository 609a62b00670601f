"""The statistics that tinybench computes of a task, as tinybench and vitest write them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from perfsite.model.run import MAX_SAMPLES
from perfsite.sources.base import median

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfsite.sources.document import Document

_STATISTICS: Final = {
    "min": "min",
    "max": "max",
    "mean": "mean",
    "p75": "p75",
    "p99": "p99",
    "p995": "p99.5",
    "p999": "p99.9",
    "mad": "mad",
    "aad": "aad",
    "sem": "standard_error",
    "moe": "moe",
}
"""tinybench's name -> perfsite's; `aad` is the mean absolute deviation, `moe` the margin of error of the mean."""
_PLAIN: Final = frozenset({"min", "max", "mean", "standard_error"})


def spread_of(stats: Mapping[str, Any], at: str, document: Document) -> dict[str, Any] | None:
    """Return value and spread of a task's statistics, as fields of a measurement; None where there is no centre.

    The value is the median: of the samples, else as written (`p50`, `median`; not before tinybench 3), else the mean
    with its margin of error as bounds. Of statistics, what samples that all stay tell plainly is not repeated;
    `variance`, `rme`, `df`, `critical` and `totalTime` follow from the rest.
    """
    samples = document.numbers(stats, "samples", at, required=False, least=0)
    middle = _number(stats, ("p50", "median"), at, document)
    known = {name: _number(stats, (key,), at, document) for key, name in _STATISTICS.items()}
    deviation = _number(stats, ("sd",), at, document)
    count = _count(stats, at, document) or (len(samples) if samples else None)
    centre = median(samples) if samples else middle
    spread: dict[str, Any] = {"count": count, "deviation": deviation if count != 1 else None}
    if centre is None:
        centre, margin = known.pop("mean"), known.pop("moe")
        if centre is not None and margin is not None:
            spread |= {"lower": centre - margin, "upper": centre + margin}
    if centre is None:
        return None
    plain = _PLAIN if samples and len(samples) <= MAX_SAMPLES else frozenset()
    told = {name: number for name, number in known.items() if number is not None and name not in plain}
    return {**spread, "value": centre, "samples": samples or None, "statistics": told or None}


def _number(stats: Mapping[str, Any], keys: tuple[str, ...], at: str, document: Document) -> float | None:
    key = next((key for key in keys if key in stats), keys[0])
    return document.number(stats, key, at, required=False, least=0)


def _count(stats: Mapping[str, Any], at: str, document: Document) -> int | None:
    key = next((key for key in ("samplesCount", "sampleCount") if key in stats), None)
    return None if key is None or stats[key] == 0 else document.count(stats, key, at)
