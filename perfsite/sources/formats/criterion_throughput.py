"""Throughput in criterion.rs's files: how much one iteration works through, and the rate that makes with its time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from perfsite.model.run import Direction, Measurement
from perfsite.sources.base import metric_of
from perfsite.sources.document import step, storable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from perfsite.sources.document import Document

_UNITS: Final = {"bytes": "B/s", "bytesdecimal": "B/s", "bits": "bit/s", "elements": "elem/s"}
Amount = tuple[str, float, str]
"""What one iteration works through: (unit per second, how much, the place that says so)."""


def read_throughputs(root: Mapping[str, Any], document: Document) -> list[Amount]:
    """Return the throughput of a `benchmark.json`: `{"Bytes": 4096}`, one kind or (criterion.rs >= 0.6) two at once."""
    written = document.mapping(root, "throughput", "$", required=False) or {}
    amounts = []
    for kind, value in written.items():
        at = step("$.throughput", kind)
        if isinstance(value, dict):
            amounts += [_amount(part, value[part], step(at, part), document) for part in value]
        else:
            amounts.append(_amount(kind, value, at, document))
    return [amount for amount in amounts if amount is not None]


def read_amounts(values: Sequence[tuple[str, Mapping[str, Any]]], document: Document) -> list[Amount]:
    """Return the throughputs of a message: `{"per_iteration": 4096, "unit": "bytes"}`, each with its place."""
    amounts = []
    for at, value in values:
        unit = document.text(value, "unit", at)
        if unit is not None:
            amounts.append(_amount(unit, value.get("per_iteration"), step(at, "per_iteration"), document))
    return [amount for amount in amounts if amount is not None]


def _amount(kind: str, value: object, at: str, document: Document) -> Amount | None:
    number = document.as_number(value, at, least=0)
    unit = _UNITS.get(kind.lower(), storable(f"{kind}/s"))
    return None if number is None else (unit, number, at)


def throughput_rows(time: Measurement, amounts: Sequence[Amount]) -> Iterator[tuple[str, Measurement]]:
    """Yield (place, throughput) of a benchmark whose time, in s, is known; none where the time is 0.

    One is the metric `throughput`; of two kinds the bytes are, and the others are `elements_per_second`.
    """
    if not time.value:
        return
    for unit, amount, at in amounts:
        is_second = len(amounts) > 1 and unit == "elem/s"
        name = "elements_per_second" if is_second else "throughput"
        metric, written = metric_of(name, unit, direction=Direction.HIGHER)
        work = written.to_base(amount)
        rate = Measurement(
            benchmark=time.benchmark,
            parameters=time.parameters,
            metric=metric,
            value=work / time.value,
            count=time.count,
            lower=work / time.upper if time.upper else None,
            upper=work / time.lower if time.lower else None,
            # To first order: the relative deviation of a reciprocal is that of the number itself.
            deviation=work / time.value * (time.deviation / time.value) if time.deviation is not None else None,
        )
        yield at, rate
