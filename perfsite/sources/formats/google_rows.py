"""The entries of Google Benchmark, in whichever of its formats, as measurements: repetitions, aggregates, counters."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from perfsite.model.run import Direction, Measurement, Metric, Status
from perfsite.sources.base import in_base, median, metric_of
from perfsite.sources.document import is_storable, shorten, shown, step, storable
from perfsite.sources.formats.google_names import Name, split_aggregate, split_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from perfsite.sources.base import Rows
    from perfsite.sources.document import Document

TIME_UNITS: Final = frozenset({"ns", "us", "ms", "s"})
_TIMES: Final = {"real_time": "time", "cpu_time": "cpu_time"}
# Name in the file -> perfsite's name and the unit; all other counters keep their names and have no unit.
_KNOWN: Final = {
    "items_per_second": ("items_per_second", "1/s"),
    "bytes_per_second": ("bytes_per_second", "B/s"),
    "allocs_per_iter": ("allocations", ""),
    "max_bytes_used": ("memory", "B"),
    "total_allocated_bytes": ("total_allocated_bytes", "B"),
    "net_heap_growth": ("net_heap_growth", "B"),
    "CYCLES": ("cycles", ""),
    "INSTRUCTIONS": ("instructions", ""),
}
_NOT_COUNTERS: Final = frozenset(
    {
        "name", "run_name", "run_type", "repetitions", "repetition_index", "threads", "iterations", "time_unit",
        "family_index", "per_family_instance_index", "aggregate_name", "aggregate_unit", "label", "error_occurred",
        "error_message", "skipped", "skip_message", "big_o", "rms", "cpu_coefficient", "real_coefficient",
        *_TIMES,
    }
)  # fmt: skip
# What stands for the sample rather than for a figure of its own.
_CENTRES: Final = ("median", "mean")


class Entry(NamedTuple):
    """One entry of a file, under the keys that the JSON has.

    `units` are those of counters, where the format tells them. `further` are the numbers of more repetitions of the
    same benchmark, by their keys, where a reader puts them together.
    """

    at: str
    data: Mapping[str, Any]
    units: Mapping[str, str] = {}
    further: Mapping[str, Sequence[float]] = {}


def add_entries(entries: Iterable[Entry], rows: Rows, warnings: list[str]) -> None:
    """Add the measurements of all entries, each benchmark's together, in the file's order."""
    document = rows.document
    named = [(entry, document.text(entry.data, "name", entry.at)) for entry in entries]
    known = {name for _, name in named if name is not None}
    groups: dict[str, _Group] = {}
    for entry, name in named:
        if name is None:
            continue
        base, aggregate = split_aggregate(name, entry.data, known)
        if not is_storable(base):
            document.note(entry.at, "the name of the run holds a NUL or half a surrogate pair")
            continue
        groups.setdefault(base, _Group(split_name(base), entry.at)).take(aggregate, entry, document)
    for group in groups.values():
        group.read(rows, warnings)


class _Group:
    """All entries of one benchmark: its repetitions and the aggregates over them."""

    def __init__(self, name: Name, at: str) -> None:
        self.name = name
        self.at = at
        self.repetitions: list[Entry] = []
        self.aggregates: dict[str, Entry] = {}
        self._places: dict[int, str] = {}

    def take(self, aggregate: str | None, entry: Entry, document: Document) -> None:
        """Take one entry of this benchmark; one that stands there already is noted as a problem."""
        first = entry.at
        if aggregate is not None:
            first = self.aggregates.setdefault(aggregate, entry).at
        else:
            self.repetitions.append(entry)
            index = entry.data.get("repetition_index")
            # Versions before 1.5 number nothing: there a name that comes again is another repetition.
            if isinstance(index, int):
                first = self._places.setdefault(index, entry.at)
        if first != entry.at:
            what = f"aggregate '{shorten(aggregate)}'" if aggregate else "repetition"
            document.note(
                entry.at,
                f"the benchmark '{shorten(self.name.text)}' is there twice (same {what}), first at {first}",
                hint="Give every benchmark its own name; which of the two counts is not clear.",
            )

    def read(self, rows: Rows, warnings: list[str]) -> None:
        """Add the measurements of this benchmark."""
        status = self._status(warnings)
        if status is not Status.OK:
            for time in _TIMES.values():
                metric = Metric(name=time, unit="s", direction=Direction.LOWER)
                rows.add(self._row(metric, None, status=status), self.at)
            return
        self._read_complexity(rows)
        for key in self._keys():
            self._read_metric(key, rows, warnings)

    def _status(self, warnings: list[str]) -> Status:
        """Return whether this benchmark came about; says why not as a warning."""
        for entry in self.repetitions:
            for flag, status in (("skipped", Status.SKIPPED), ("error_occurred", Status.FAILED)):
                if entry.data.get(flag):
                    reason = entry.data.get("skip_message") or entry.data.get("error_message") or "no reason given"
                    warnings.append(f"{shorten(self.name.text)}: {status}: {shorten(storable(str(reason)))}")
                    return status
        entries = [*self.repetitions, *self.aggregates.values()]
        if not any({"time_unit", "big_o", "rms", *_TIMES} & entry.data.keys() for entry in entries):
            warnings.append(f"{shorten(self.name.text)}: skipped: the file has no time for it")
            return Status.SKIPPED
        return Status.OK

    def _keys(self) -> list[str]:
        """Return what was measured: both times, then the counters in the file's order."""
        entries = [*self.repetitions, *self.aggregates.values()]
        counters = [key for entry in entries for key in _counters(entry.data)]
        return list(dict.fromkeys([*_TIMES, *counters]))

    def _read_metric(self, key: str, rows: Rows, warnings: list[str]) -> None:
        document = rows.document
        found = [_number(document, entry, key) for entry in self.repetitions if _has(entry, key)]
        samples = [number for number in found if number is not None]
        if len(samples) < len(found):
            return
        for entry in self.repetitions:
            samples += entry.further.get(key, ())
        values = {name: _number(document, entry, key) for name, entry in self.aggregates.items() if _has(entry, key)}
        told = next((name for name in _CENTRES if values.get(name) is not None), None)
        centre = median(samples) if samples else values[told] if told else None
        if not values and centre is None:
            return
        # Without a centre, what is told of the sample stands for itself.
        written_in = self.repetitions[0] if samples else self.aggregates[told or next(iter(values))]
        metric, written = self._metric(key, written_in, document)
        if not is_storable(metric.name):
            document.note(step(self.at, key), "the name of a counter holds a NUL or half a surrogate pair")
            return
        statistics, shares = self._statistics(values, is_derivable=bool(samples), told=told)
        for name, value in shares.items():
            share = Metric(name=f"{metric.name}_{name}", unit="1", direction=Direction.NEITHER)
            rows.add(self._row(share, value), self.at)
        if centre is None:
            for name, value in statistics.items():
                rows.add(in_base(written, self._row(replace(metric, name=f"{metric.name}_{name}"), value)), self.at)
            return
        if not all(math.isfinite(sample) for sample in [centre, *samples]):
            warnings.append(f"{shorten(self.name.text)}: failed: {shorten(metric.name)} is no finite number")
            rows.add(self._row(metric, None, status=Status.FAILED), self.at)
            return
        repetitions = written_in.data.get("repetitions")
        count = len(samples) or (repetitions if isinstance(repetitions, int) and repetitions > 1 else None)
        row = self._row(
            metric,
            centre,
            count=count,
            deviation=_spread(values.get("stddev")) if count != 1 else None,
            samples=samples if len(samples) > 1 else None,
            statistics=statistics or None,
        )
        rows.add(in_base(written, row), self.at)

    def _metric(self, key: str, entry: Entry, document: Document) -> tuple[Metric, Any]:
        if key in _TIMES:
            return metric_of(_TIMES[key], time_unit(entry, document), direction=Direction.LOWER)
        name, unit = _KNOWN.get(key, (key, ""))
        # A counter of the owner's own may have that name already.
        name = key if name != key and name in entry.data else name
        return metric_of(name, entry.units.get(key, unit))

    def _statistics(
        self, values: Mapping[str, float | None], *, is_derivable: bool, told: str | None
    ) -> tuple[dict[str, float], dict[str, float]]:
        """Return the figures beside the centre in the metric's unit, and those that are shares of it."""
        statistics, shares = dict[str, float](), dict[str, float]()
        for name, value in values.items():
            number = _finite(value)
            is_told = name in {"cv", told} or (name == "stddev" and (is_derivable or told is not None))
            data = self.aggregates[name].data
            if (
                number is None
                or is_told
                or (is_derivable and name in _CENTRES)
                or not {"big_o", "rms"}.isdisjoint(data)
            ):
                continue
            is_share = data.get("aggregate_unit") == "percentage"
            (shares if is_share else statistics)[storable(name)[:200]] = number
        return statistics, shares

    def _read_complexity(self, rows: Rows) -> None:
        document = rows.document
        fit = next((entry for entry in self.aggregates.values() if "big_o" in entry.data), None)
        order = document.text(fit.data, "big_o", fit.at) if fit else None
        more = {"big_o": order} if order else {}
        for entry in self.aggregates.values():
            if "big_o" in entry.data:
                unit = time_unit(entry, document)
                for key in ("real_coefficient", "cpu_coefficient"):
                    value = document.number(entry.data, key, entry.at, required=False)
                    metric, written = metric_of(key, unit, direction=Direction.LOWER)
                    if value is not None:
                        row = self._row(metric, value, more=more)
                        rows.add(in_base(written, row), entry.at)
            elif "rms" in entry.data:
                value = document.number(entry.data, "rms", entry.at, least=0)
                if value is not None:
                    metric = Metric(name="rms", unit="1", direction=Direction.NEITHER)
                    rows.add(self._row(metric, value, more=more), entry.at)

    def _row(
        self, metric: Metric, value: float | None, *, more: Mapping[str, str] | None = None, **rest: Any
    ) -> Measurement:
        parameters = {**self.name.parameters, **(more or {})}
        return Measurement(benchmark=self.name.benchmark, parameters=parameters, metric=metric, value=value, **rest)


def _counters(data: Mapping[str, Any]) -> list[str]:
    return [
        key
        for key, value in data.items()
        if key not in _NOT_COUNTERS and isinstance(value, (int, float)) and not isinstance(value, bool)
    ]


def _has(entry: Entry, key: str) -> bool:
    is_fit = not {"big_o", "rms"}.isdisjoint(entry.data)
    return key in entry.data or (key == "real_time" and not is_fit)


def _number(document: Document, entry: Entry, key: str) -> float | None:
    """Return a number of an entry; one that is none in counters and aggregates, where the tool writes such, as NaN."""
    value = entry.data.get(key)
    if isinstance(value, float) and not math.isfinite(value) and (key not in _TIMES or "aggregate_name" in entry.data):
        return math.nan
    is_never_negative = key in _TIMES or entry.data.get("aggregate_name") == "stddev"
    return document.number(entry.data, key, entry.at, least=0 if is_never_negative else None)


def _spread(value: float | None) -> float | None:
    # Files of the first versions do not say that an entry is a deviation; a negative one is none.
    return value if value is not None and 0 <= value < math.inf else None


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def time_unit(entry: Entry, document: Document) -> str:
    """Return the unit of an entry's times; the oldest versions wrote none and meant nanoseconds."""
    unit = entry.data.get("time_unit", "ns")
    if isinstance(unit, str) and unit in TIME_UNITS:
        return unit
    document.note(step(entry.at, "time_unit"), f"expected one of ns, us, ms, s, found {shown(unit)}")
    return "ns"
