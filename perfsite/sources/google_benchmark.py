"""Google Benchmark: `BENCHMARK --benchmark_format=json`, or `--benchmark_out=FILE`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TextIO

from perfsite.model.run import Direction, Measurement, Metric, Reading, Status
from perfsite.sources.base import Rows, facts_of, in_base, median, metric_of, parse_time
from perfsite.sources.document import Document, shorten, shown, storable
from perfsite.sources.google_names import Name, split_aggregate, split_name
from perfsite.sources.loading import objects_in, outline, read_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from perfsite.model.run import FactValue

NAME: Final = "google-benchmark"
TITLE: Final = "Google Benchmark --benchmark_format=json"
MAKE: Final = "./bench --benchmark_format=json > bench.json"
_HINT: Final = "Google Benchmark writes it with `--benchmark_out=FILE`; was this file edited?"
_TIME_UNITS: Final = frozenset({"ns", "us", "ms", "s"})
_TIMES: Final = ("real_time", "cpu_time")
_UNITS: Final = {
    "items_per_second": "1/s",
    "bytes_per_second": "B/s",
    "max_bytes_used": "B",
    "total_allocated_bytes": "B",
    "net_heap_growth": "B",
}
_NOT_COUNTERS: Final = frozenset(
    {
        "name", "run_name", "run_type", "repetitions", "repetition_index", "threads", "iterations", "time_unit",
        "family_index", "per_family_instance_index", "aggregate_name", "aggregate_unit", "label", "error_occurred",
        "error_message", "skipped", "skip_message", "big_o", "rms", "cpu_coefficient", "real_coefficient",
        *_TIMES,
    }
)  # fmt: skip
# What stands for the sample rather than for a metric of its own.
_CENTRES: Final = ("median", "mean")
_SPREADS: Final = frozenset({"median", "mean", "stddev", "cv"})


def accepts(head: str) -> bool:
    """Whether a file that begins so is Google Benchmark's: `benchmarks` with times or run types, no `stats`."""
    document = outline(head)
    if not isinstance(document, dict):
        return False
    context, benchmarks = document.get("context"), objects_in(document.get("benchmarks"))
    if benchmarks:
        return any(not {"real_time", "cpu_time", "run_type", "error_occurred"}.isdisjoint(row) for row in benchmarks)
    return isinstance(context, dict) and not {"library_build_type", "mhz_per_cpu"}.isdisjoint(context)


def parse(stream: TextIO, *, origin: str) -> Reading:
    """Return the measurements of a Google Benchmark file.

    Repetitions are samples of one benchmark; the value is their median. Where only aggregates were kept, the value is
    the `_median` or else the `_mean`, the deviation the `_stddev`. Aggregates that the owner added (`_max`) are
    metrics. Complexity fits become `real_coefficient` and `cpu_coefficient`, with the fitted order as a parameter
    because coefficients of different orders do not compare, and `rms`.
    """
    document = Document(origin, hint=_HINT)
    root = read_json(stream, origin=origin, hint=_HINT)
    if not isinstance(root, dict):
        document.expected("$", "an object", root)
        document.finish()
        root = {}
    rows = Rows(document)
    warnings: list[str] = []
    for group in _grouped(document.objects(root, "benchmarks", "$"), document):
        group.read(rows, warnings)
    found = rows.reading()
    context = root.get("context")
    context = context if isinstance(context, dict) else {}
    version = context.get("library_version")
    return Reading(
        measurements=found.measurements,
        tool="google-benchmark",
        tool_version=storable(version).removeprefix("v") if isinstance(version, str) else None,
        time=parse_time(context.get("date")),
        facts=_facts(context),
        warnings=tuple(warnings),
    )


def _facts(context: Mapping[str, Any]) -> dict[str, FactValue]:
    """Return the context under perfsite's names; the host's name and the load of the moment are left out."""
    return facts_of(
        {
            "cpu.cores": context.get("num_cpus"),
            "cpu.mhz": context.get("mhz_per_cpu"),
            "cpu.scaling": context.get("cpu_scaling_enabled"),
            "build.google-benchmark": context.get("library_build_type"),
        }
    )


def _grouped(entries: Sequence[tuple[str, dict[str, Any]]], document: Document) -> list[_Group]:
    """Return the entries of each benchmark together, in the file's order."""
    named = [(at, entry, document.text(entry, "name", at)) for at, entry in entries]
    known = {name for _, _, name in named if name is not None}
    groups: dict[str, _Group] = {}
    for at, entry, name in named:
        if name is None:
            continue
        base, aggregate = split_aggregate(name, entry, known)
        group = groups.setdefault(base, _Group(split_name(base), at))
        group.take(aggregate, at, entry, document)
    return list(groups.values())


class _Group:
    """All entries of one benchmark: its repetitions and the aggregates over them."""

    def __init__(self, name: Name, at: str) -> None:
        self.name = name
        self.at = at
        self.repetitions: list[tuple[str, dict[str, Any]]] = []
        self.aggregates: dict[str, tuple[str, dict[str, Any]]] = {}
        self._places: dict[int, str] = {}

    def take(self, aggregate: str | None, at: str, entry: dict[str, Any], document: Document) -> None:
        """Take one entry of this benchmark; one that stands there already is noted as a problem."""
        if aggregate is not None:
            first = self.aggregates.setdefault(aggregate, (at, entry))[0]
        else:
            self.repetitions.append((at, entry))
            index = entry.get("repetition_index")
            # Versions before 1.5 number nothing: there a name that comes again is another repetition.
            first = self._places.setdefault(index, at) if isinstance(index, int) else at
        if first != at:
            what = f"aggregate '{shorten(aggregate)}'" if aggregate else "repetition"
            document.note(
                at,
                f"the benchmark '{shorten(self.name.text)}' is there twice (same {what}), first at {first}",
                hint="Give every benchmark its own name; which of the two counts is not clear.",
            )

    def read(self, rows: Rows, warnings: list[str]) -> None:
        """Add the measurements of this benchmark."""
        status = self._status(warnings)
        if status is not Status.OK:
            for time in _TIMES:
                metric = Metric(name=time, unit="s", direction=Direction.LOWER)
                rows.add(self._row(metric, None, status=status), self.at)
            return
        self._read_complexity(rows)
        for key in self._keys():
            self._read_metric(key, rows)
        for name, (at, entry) in self.aggregates.items():
            if name not in _SPREADS and "big_o" not in entry and "rms" not in entry:
                self._read_aggregate(name, entry, at, rows)

    def _status(self, warnings: list[str]) -> Status:
        """Return whether this benchmark came about; says why not as a warning."""
        for _, entry in self.repetitions:
            for flag, status in (("skipped", Status.SKIPPED), ("error_occurred", Status.FAILED)):
                if entry.get(flag):
                    reason = entry.get("skip_message") or entry.get("error_message") or "no reason given"
                    warnings.append(f"{shorten(self.name.text)}: {status}: {shorten(str(reason))}")
                    return status
        entries = [*self.repetitions, *self.aggregates.values()]
        if not any({"time_unit", "big_o", "rms", *_TIMES} & entry.keys() for _, entry in entries):
            warnings.append(f"{shorten(self.name.text)}: skipped: the file has no time for it")
            return Status.SKIPPED
        return Status.OK

    def _keys(self) -> list[str]:
        """Return what was measured: both times, then the counters in the file's order."""
        entries = [entry for _, entry in self.repetitions]
        entries += [self.aggregates[name][1] for name in _CENTRES if name in self.aggregates]
        counters = [key for entry in entries for key in _counters(entry)]
        return list(dict.fromkeys([*_TIMES, *counters])) if entries else []

    def _read_metric(self, key: str, rows: Rows) -> None:
        samples = [_number(rows.document, entry, key, at) for at, entry in self.repetitions if _has(entry, key)]
        good = [sample for sample in samples if sample is not None]
        if len(good) < len(samples):
            return
        values = {
            name: _number(rows.document, entry, key, at)
            for name, (at, entry) in self.aggregates.items()
            if name in {"median", "mean", "stddev"} and _has(entry, key)
        }
        centre = median(good) if good else next((values[name] for name in _CENTRES if name in values), None)
        if centre is None:
            return
        at, entry = self.repetitions[0] if good else next(self.aggregates[n] for n in _CENTRES if n in values)
        unit = _time_unit(entry, at, rows.document) if key in _TIMES else _UNITS.get(key, "")
        metric, written = metric_of(key, unit, direction=Direction.LOWER if key in _TIMES else None)
        repetitions = entry.get("repetitions")
        count = len(good) or (repetitions if isinstance(repetitions, int) and repetitions > 1 else None)
        deviation = values.get("stddev") if count != 1 else None
        row = self._row(metric, centre, count=count, deviation=deviation, samples=good if len(good) > 1 else None)
        rows.add(in_base(written, row), at)

    def _read_aggregate(self, name: str, entry: Mapping[str, Any], at: str, rows: Rows) -> None:
        """Add an aggregate of the owner's own as metrics `real_time_<name>`, `cpu_time_<name>`."""
        share = entry.get("aggregate_unit") == "percentage"
        for key in _TIMES:
            value = _number(rows.document, entry, key, at)
            if value is None:
                continue
            unit = "" if share else _time_unit(entry, at, rows.document)
            direction = Direction.NEITHER if share else Direction.LOWER
            metric, written = metric_of(f"{key}_{name}", unit, direction=direction)
            rows.add(in_base(written, self._row(metric, value)), at)

    def _read_complexity(self, rows: Rows) -> None:
        for at, entry in self.aggregates.values():
            if "big_o" in entry:
                order = rows.document.text(entry, "big_o", at) or ""
                for key in ("real_coefficient", "cpu_coefficient"):
                    value = rows.document.number(entry, key, at, required=False)
                    metric, written = metric_of(key, _time_unit(entry, at, rows.document), direction=Direction.LOWER)
                    if value is not None:
                        rows.add(in_base(written, self._row(metric, value, more={"big_o": order})), at)
            elif "rms" in entry:
                value = rows.document.number(entry, "rms", at, least=0)
                if value is not None:
                    rows.add(self._row(Metric(name="rms", unit="1", direction=Direction.NEITHER), value), at)

    def _row(
        self, metric: Metric, value: float | None, *, more: Mapping[str, str] | None = None, **rest: Any
    ) -> Measurement:
        parameters = {**self.name.parameters, **(more or {})}
        return Measurement(benchmark=self.name.benchmark, parameters=parameters, metric=metric, value=value, **rest)


def _counters(entry: Mapping[str, Any]) -> list[str]:
    return [
        key
        for key, value in entry.items()
        if key not in _NOT_COUNTERS and isinstance(value, (int, float)) and not isinstance(value, bool)
    ]


def _has(entry: Mapping[str, Any], key: str) -> bool:
    return key in entry or key == "real_time"


def _number(document: Document, entry: Mapping[str, Any], key: str, at: str) -> float | None:
    return document.number(entry, key, at, least=0 if key in _TIMES else None)


def _time_unit(entry: Mapping[str, Any], at: str, document: Document) -> str:
    """Return the unit of an entry's times; the oldest versions wrote none and meant nanoseconds."""
    unit = entry.get("time_unit", "ns")
    if isinstance(unit, str) and unit in _TIME_UNITS:
        return unit
    document.note(f"{at}.time_unit", f"expected one of ns, us, ms, s, found {shown(unit)}")
    return "ns"
