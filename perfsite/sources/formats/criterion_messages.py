"""cargo-criterion: `cargo criterion --message-format=json`, one JSON object per line (`benchmark-complete`).

After https://bheisler.github.io/criterion.rs/book/cargo_criterion/external_tools.html and cargo-criterion's
`src/message_formats/json.rs`. The value is the median, its bounds are those of the tool; what it calls `typical` is
its `slope`, or `mean` where there is none, and so is kept as one of them. Left out: `change` (against an earlier run),
`group-complete` (a list of names), the messages of cargo and lines that are no JSON, which cargo writes between them.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final, TextIO

from perfsite.model.run import Direction, Measurement, Reading
from perfsite.sources.base import Rows, in_base, median, metric_of
from perfsite.sources.document import Document, step
from perfsite.sources.formats.bench_entry import metric_for
from perfsite.sources.formats.cargo_output import split_name
from perfsite.sources.formats.criterion_throughput import read_amounts, throughput_rows
from perfsite.sources.lines import plain, read_lines

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfsite.model.run import Metric
    from perfsite.model.units import Unit

NAME: Final = "criterion-messages"
TITLE: Final = "cargo-criterion's messages (--message-format=json)"
MAKE: Final = "cargo criterion --message-format=json > messages.json"
_HINT: Final = "cargo-criterion writes one JSON object on each line; was this file edited?"
_COMPLETE: Final = re.compile(r'^[ \t]*\{[ \t]*"reason"[ \t]*:[ \t]*"(?:benchmark|group)-complete"', re.MULTILINE)
_ESTIMATES: Final = {"mean": "mean", "slope": "slope", "median_abs_dev": "mad"}


def accepts(head: str) -> bool:
    """Whether a file that begins so holds a message of cargo-criterion."""
    return _COMPLETE.search(plain(head)) is not None


def parse(stream: TextIO, *, origin: str) -> Reading:
    """Return the measurements of cargo-criterion's messages."""
    document = Document(origin, hint=_HINT, top="")
    rows = Rows(document)
    for at, line in read_lines(stream, origin=origin):
        if not line or not _COMPLETE.match(line):
            continue
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            document.note(at, "is not a whole JSON object", hint="Was the file cut off? Let cargo-criterion run again.")
            continue
        if message["reason"] == "benchmark-complete":
            _read_message(message, at, rows)
    return Reading(measurements=rows.reading().measurements, tool="cargo-criterion")


def _read_message(message: Mapping[str, Any], at: str, rows: Rows) -> None:
    document = rows.document
    place = f"{at}: $"
    before = len(document.problems)
    name = document.text(message, "id", place)
    unit = document.text(message, "unit", place, required=False) or "ns"
    samples = _samples(message, place, document)
    found = _estimates(message, place, unit, document)
    middle = (
        median(samples) if samples else next((found[key] for key in ("median", "slope", "mean") if key in found), None)
    )
    amounts = read_amounts(
        document.objects(message, "throughput", place) if message.get("throughput") else [], document
    )
    if middle is None and len(document.problems) == before:
        document.note(place, "holds no samples and no estimate of a median, slope or mean")
    if name is None or middle is None:
        return
    benchmark, parameters = split_name(name)
    metric, written = _metric(unit, benchmark)
    lower, upper = found.pop("median_lower", None), found.pop("median_upper", None)
    found.pop("median", None)
    time = Measurement(
        benchmark=benchmark,
        parameters=parameters,
        metric=metric,
        value=middle,
        count=len(samples) if samples else None,
        samples=samples,
        statistics=found or None,
        lower=lower,
        upper=upper,
    )
    in_seconds = in_base(written, time)
    rows.add(in_seconds, at)
    for rate_at, rate in throughput_rows(in_seconds, amounts) if metric.unit == "s" else ():
        rows.add(rate, rate_at)


def _metric(unit: str, benchmark: str) -> tuple[Metric, Unit]:
    """Return the metric of a unit: `time`, or for a custom measurement (cycles, …) what its unit names."""
    metric, written = metric_for(unit, name=benchmark)
    return metric_of("time", unit, direction=Direction.LOWER) if metric.unit == "s" else (metric, written)


def _samples(message: Mapping[str, Any], place: str, document: Document) -> list[float] | None:
    """Return what one iteration took in each sample, in the message's unit."""
    counts = document.numbers(message, "iteration_count", place, required="measured_values" in message, least=0)
    values = document.numbers(message, "measured_values", place, required="iteration_count" in message)
    if counts is None or values is None:
        return None
    if len(counts) != len(values):
        document.note(
            step(place, "measured_values"), f"expected {len(counts)} values, as many as counts, found {len(values)}"
        )
    elif not all(counts):
        document.expected(f"{step(place, 'iteration_count')}[{counts.index(0)}]", "a number above 0", 0)
    else:
        return [value / count for value, count in zip(values, counts, strict=True)]
    return None


def _estimates(message: Mapping[str, Any], place: str, unit: str, document: Document) -> dict[str, float]:
    """Return the estimates with their bounds in the message's unit: `median`, `median_lower`, `mean`."""
    found: dict[str, float] = {}
    for key, name in {"median": "median", **_ESTIMATES}.items():
        estimate = document.mapping(message, key, place, required=False)
        if estimate is None:
            continue
        at = step(place, key)
        own = document.text(estimate, "unit", at, required=False) or unit
        for field, suffix in (("estimate", ""), ("lower_bound", "_lower"), ("upper_bound", "_upper")):
            value = document.number(estimate, field, at, required=field == "estimate")
            if value is not None:
                found[name + suffix] = value if own == unit else _converted(value, own, unit)
    return found


def _converted(value: float, unit: str, to: str) -> float:
    """Return a value in another unit; unchanged where either is not known."""
    _, written = metric_of("time", unit)
    _, wanted = metric_of("time", to)
    if written.base != wanted.base:
        return value
    return written.to_base(value) / wanted.to_base(1.0)
