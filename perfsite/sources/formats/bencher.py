"""Bencher Metric Format (BMF): the JSON of `bencher mock` and of the adapter `json`."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, TextIO

from perfsite.model.run import Measurement, Metric, Reading
from perfsite.sources.base import Rows, in_base
from perfsite.sources.document import Document, is_storable, step, storable
from perfsite.sources.entries import Members
from perfsite.sources.formats.bencher_measures import measure_of
from perfsite.sources.loading import objects_in, outline

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME: Final = "bencher"
TITLE: Final = "Bencher Metric Format (BMF) JSON, versions 0 and 1"
MAKE: Final = "bencher mock > bench.json, or any harness that writes {benchmark: {measure: {value: …}}}"
_HINT: Final = 'It looks like {"benchmark": {"latency": {"value": 88.0, "lower_value": 87.4, "upper_value": 88.9}}}.'
_TRIPLE: Final = frozenset({"value", "lower_value", "upper_value"})
BOUNDS: Final = {
    "lower_bound": "lower_value",
    "upper_bound": "upper_value",
    "low_value": "lower_value",
    "high_value": "upper_value",
}
"""Names that bounds had in 2023, and have in CCF's harness -> those they have now."""
_IGNORE: Final = "-bencher-ignore"
_DEVIATIONS: Final = ("stddev", "std_dev", "sd", "standard_deviation")
_STATISTICS: Final = frozenset({"min", "max", "mean", "median", "q1", "q3", "iqr", "mad", "standard_error"})
_CENTRES: Final = ("value", "median", "mean")
_PERCENTILE: Final = re.compile(r"p\d{1,2}(?:\.\d{1,4})?\Z|p100\Z", re.ASCII)


def accepts(head: str) -> bool:
    """Whether a file that begins so maps benchmarks to measures with a `value`, and nothing else."""
    document = outline(head)
    if not isinstance(document, dict) or not document:
        return False
    found = [_has_values(value) for value in document.values()]
    return None not in found and any(found)


def _has_values(value: object) -> bool | None:
    """Whether a benchmark has a measure with a value, as far as its text goes; None: it is none of this format."""
    if isinstance(value, list):
        entries = objects_in(value)
        fits = all(entry.keys() <= {"parameters", "measures"} for entry in entries)
        return any(isinstance(entry.get("measures"), dict) for entry in entries) if fits else None
    if not isinstance(value, dict):
        return None
    measures = list(value.values())
    if not all(isinstance(measure, dict) and measure.keys() <= _TRIPLE | BOUNDS.keys() for measure in measures):
        return None
    return any("value" in measure for measure in measures)


def parse(stream: TextIO, *, origin: str) -> Reading:
    """Return the measurements of a BMF file (https://bencher.dev/docs/reference/bencher-metric-format/).

    Version 0 maps benchmark -> measure -> `value` with optional bounds. Version 1 maps a benchmark to entries of
    `parameters` and `measures`, whose names are free: percentiles (and names nobody knows) are metrics of their own,
    `p99` of latency, `throughput_p99` of others; `min`, `mean` and the like are statistics where there is a value.
    Entries with equal parameters are one benchmark; of a name that comes twice the later counts.

    Bounds that do not enclose the value are no bounds (some harnesses write distances there): statistics
    `lower_value`, `upper_value`. The ending `-bencher-ignore` only mutes alerts and is no part of the name.
    """
    document = Document(origin, hint=_HINT)
    rows = Rows(document)
    for at, name, value in Members(stream, document):
        if not is_storable(name):
            document.note(at, "the name holds a NUL or half a surrogate pair, which no text file can keep")
            continue
        benchmark = name.removesuffix(_IGNORE) or name
        if isinstance(value, list):
            _read_entries(benchmark, value, at, rows)
        elif isinstance(value, dict):
            _read_measures(benchmark, {}, {key: [(at, value)] for key in value}, rows)
        else:
            document.expected(at, "measures or an array of entries", value)
    return Reading(measurements=rows.reading().measurements, tool="bencher")


def _read_entries(benchmark: str, entries: list[Any], at: str, rows: Rows) -> None:
    document = rows.document
    merged: dict[tuple[tuple[str, str], ...], dict[str, list[tuple[str, dict[str, Any]]]]] = {}
    for inside, entry in document.each_object(entries, at):
        parameters = document.mapping(entry, "parameters", inside, required=False) or {}
        measures = document.mapping(entry, "measures", inside)
        texts = parameters_of(parameters, step(inside, "parameters"), document)
        found = merged.setdefault(tuple(sorted(texts.items())), {})
        for measure in measures or {}:
            found.setdefault(measure, []).append((step(inside, "measures"), measures or {}))
    for key, places in merged.items():
        _read_measures(benchmark, dict(key), places, rows)


def parameters_of(parameters: Mapping[str, Any], at: str, document: Document) -> dict[str, str]:
    """Return parameters as text; 16, 16.0 and 1.6e1 are the same."""
    texts = {}
    for name, value in parameters.items():
        if not is_storable(name) or isinstance(value, (dict, list)) or value is None:
            document.expected(step(at, name), "text, a number or a truth", value)
        elif isinstance(value, str):
            texts[name] = storable(value)
        else:
            number = int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 1e15 else value
            texts[name] = json.dumps(number)
    return texts


def _read_measures(
    benchmark: str,
    parameters: Mapping[str, str],
    places: Mapping[str, list[tuple[str, dict[str, Any]]]],
    rows: Rows,
) -> None:
    """Add the measurements of one benchmark; each measure may stand at several places, of which later ones win."""
    document = rows.document
    for measure, found in places.items():
        numbers: dict[str, float] = {}
        at = step(found[-1][0], measure)
        if not is_storable(measure):
            document.note(at, "the name holds a NUL or half a surrogate pair, which no text file can keep")
            continue
        for place, measures in found:
            inside = step(place, measure)
            values = document.mapping(measures, measure, place) or {}
            for key in values:
                number = document.number(values, key, inside, required=False)
                if number is not None and is_storable(key):
                    numbers[BOUNDS.get(key, key)] = number
        if not numbers:
            if not document.is_faulty(at):
                document.note(at, "'value' is missing")
            continue
        metric, unit = measure_of(measure)
        for row in measurements_of(numbers, metric):
            rows.add(in_base(unit, replace(row, benchmark=benchmark, parameters=parameters)), at)


def measurements_of(numbers: Mapping[str, float], metric: Metric) -> list[Measurement]:
    """Return the measurements, without a benchmark's name, of one measure's named numbers in the written unit."""
    centre = next((name for name in _CENTRES if name in numbers), None)
    rows = []
    if centre is not None:
        value = numbers[centre]
        lower, upper = numbers.get("lower_value"), numbers.get("upper_value")
        statistics = {name: numbers[name] for name in _STATISTICS & numbers.keys() if name != centre}
        if (lower is not None and lower > value) or (upper is not None and upper < value):
            bounds = {"lower_value": lower, "upper_value": upper}
            statistics |= {name: number for name, number in bounds.items() if number is not None}
            lower = upper = None
        deviation = next((numbers[name] for name in _DEVIATIONS if name in numbers), None)
        rows.append(
            Measurement(
                benchmark="",
                metric=metric,
                value=value,
                lower=lower,
                upper=upper,
                deviation=deviation,
                statistics=dict(sorted(statistics.items())) or None,
            )
        )
    known = {
        *_TRIPLE,
        *(_CENTRES if centre else ()),
        *(_STATISTICS if centre else ()),
        *(_DEVIATIONS if centre else ()),
    }
    for name, number in numbers.items():
        if name not in known or (centre is None and name in _TRIPLE):
            rows.append(Measurement(benchmark="", metric=_own(name, metric), value=number))
    return rows


def _own(name: str, metric: Metric) -> Metric:
    """Return the metric that a named number of a measure is."""
    plain = metric.name == "time" and _PERCENTILE.match(name) is not None
    return Metric(
        name=name if plain else f"{metric.name}_{name}",
        unit=metric.unit,
        direction=metric.direction,
        original_unit=metric.original_unit,
    )
