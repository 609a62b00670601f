"""BenchmarkDotNet: the JSON of its exporters, full, brief and compressed."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, Final, TextIO

from perfsite.model.run import Direction, Measurement, Metric, Reading, Status
from perfsite.sources.base import Rows, describe, facts_of, in_base, median, metric_of
from perfsite.sources.document import Document, shorten, step, storable
from perfsite.sources.entries import Entries
from perfsite.sources.formats.benchmarkdotnet_names import job_of, parameters_of, split_name
from perfsite.sources.loading import objects_in, outline

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from perfsite.model.units import Unit

NAME: Final = "benchmarkdotnet"
TITLE: Final = "BenchmarkDotNet (.NET): the JSON of its full and brief exporters"
MAKE: Final = "dotnet run -c Release -- --exporters json"
FOLDER: Final = "**/*-report-full*.json"
_HINT: Final = "BenchmarkDotNet writes it with `--exporters json`; was this file edited?"
_STATISTICS: Final = {
    "Min": "min", "Q1": "q1", "Mean": "mean", "Median": "median", "Q3": "q3", "Max": "max",
    "InterquartileRange": "iqr", "StandardError": "standard_error",
}  # fmt: skip
_OWN: Final = {"Allocated Memory": "allocated", "Gen0Collects": "Gen0", "Gen1Collects": "Gen1", "Gen2Collects": "Gen2"}
"""Metrics of the memory diagnoser, which stand under `Memory` too, by perfsite's names and the tool's columns."""
_ARCHITECTURES: Final = {"X64": "x86_64", "64-bit": "x86_64", "64bit": "x86_64", "Arm64": "arm64", "X86": "x86"}
_PER: Final = 1000
_LONGEST: Final = 300


def accepts(head: str) -> bool:
    """Whether a file that begins so is BenchmarkDotNet's: `HostEnvironmentInfo`, or `Benchmarks` with statistics."""
    document = outline(head)
    if not isinstance(document, dict):
        return False
    rows = objects_in(document.get("Benchmarks"))
    return "HostEnvironmentInfo" in document or any(
        "Statistics" in row and not {"FullName", "Method"}.isdisjoint(row) for row in rows
    )


def parse(stream: TextIO, *, origin: str) -> Reading:
    """Return the measurements of a BenchmarkDotNet file (versions since 0.9.9 of 2016).

    The samples are `OriginalValues`, or else the results in `Measurements`, each per operation; the value is their
    median, the bounds are the confidence interval. Allocations are `allocated`; collections of a generation are
    counted per 1,000 operations as `Gen0`, as in the tool's own columns. What other diagnosers measured are metrics by
    their identifiers. The job is a parameter only where one benchmark ran in several. A benchmark without statistics
    failed. Skewness, kurtosis and the fences of outliers follow from the samples; warm-ups and overheads are no
    measurements of the benchmark.

    The format: `JsonExporterBase` of https://github.com/dotnet/BenchmarkDotNet.
    """
    document = Document(origin, hint=_HINT)
    found = Entries(stream, document, key="Benchmarks")
    rows = Rows(document)
    warnings: list[str] = []
    entries = [_Entry(at, entry, document) for at, entry in found]
    _tell_jobs_apart(entries)
    for entry in entries:
        entry.add(rows, warnings)
    host = found.root.get("HostEnvironmentInfo")
    host = host if isinstance(host, dict) else {}
    if host.get("HasAttachedDebugger") is True or str(host.get("Configuration")).upper() == "DEBUG":
        warnings.append("this is a debug build, or a debugger was attached: its times are not those of a release")
    version = host.get("BenchmarkDotNetVersion")
    return Reading(
        measurements=rows.reading().measurements,
        tool="benchmarkdotnet",
        tool_version=storable(version).strip() if isinstance(version, str) else None,
        facts=_facts(host, entries),
        warnings=tuple(warnings),
    )


def _tell_jobs_apart(entries: Sequence[_Entry]) -> None:
    jobs: dict[tuple[str, tuple[tuple[str, str], ...]], list[_Entry]] = {}
    for entry in entries:
        jobs.setdefault((entry.benchmark, tuple(entry.parameters.items())), []).append(entry)
    for alike in jobs.values():
        if len({entry.job for entry in alike}) > 1:
            for entry in alike:
                entry.parameters.setdefault("job", entry.job)


class _Entry:
    """One benchmark with one set of parameters in one job."""

    def __init__(self, at: str, content: Mapping[str, Any], document: Document) -> None:
        self.at = at
        self.document = document
        full = document.text(content, "FullName", at, required=False)
        named = [document.text(content, key, at, required=False) for key in ("Namespace", "Type", "Method")]
        text = document.text(content, "Parameters", at, required=False)
        display = content.get("DisplayInfo")
        if full:
            name, parameters = split_name(full)
        else:
            name, parameters = ".".join(part for part in named if part), {}
        self.benchmark = name
        self.parameters = parameters_of(text or "", parameters)
        self.job = storable(job_of(display)) if isinstance(display, str) else ""
        intrinsics = content.get("HardwareIntrinsics")
        self.intrinsics = intrinsics[:_LONGEST] if isinstance(intrinsics, str) else ""
        self._found: list[tuple[Metric, Unit, dict[str, Any]]] = []
        self._is_failed = False
        if not name and not document.is_faulty(at):
            document.note(at, "neither 'FullName' nor 'Method' names the benchmark")
        self._read(content)

    def _read(self, content: Mapping[str, Any]) -> None:
        document = self.document
        statistics = document.mapping(content, "Statistics", self.at, required=False)
        before = len(document.problems)
        time = self._time(content, statistics or {})
        self._is_failed = time is None and len(document.problems) == before
        if time is not None or self._is_failed:
            self._keep(("time", "ns", Direction.LOWER), **(time or {"value": None}))
        self._read_memory(content)
        self._read_metrics(content)

    def _keep(self, what: tuple[str, str, Direction | None], value: float | None, **rest: Any) -> None:
        name, unit, direction = what
        metric, written = metric_of(name, unit, direction=direction)
        if name == "allocated":
            metric = Metric(name=name, unit="B", direction=Direction.LOWER)
        self._found.append((metric, written, {"value": value, **rest}))

    def add(self, rows: Rows, warnings: list[str]) -> None:
        """Add the measurements of this benchmark."""
        if self._is_failed:
            warnings.append(f"{shorten(describe(self.benchmark, self.parameters))}: failed: it has no statistics")
        for metric, written, told in self._found:
            status = Status.OK if told["value"] is not None else Status.FAILED
            row = Measurement(
                benchmark=self.benchmark, parameters=self.parameters, metric=metric, status=status, **told
            )
            rows.add(in_base(written, row), self.at)

    def _time(self, content: Mapping[str, Any], statistics: Mapping[str, Any]) -> dict[str, Any] | None:
        at = step(self.at, "Statistics")
        samples = self._samples(content, statistics, at)
        values = {key: self._number(statistics, key, at) for key in (*_STATISTICS, "StandardDeviation")}
        interval = self.document.mapping(statistics, "ConfidenceInterval", at, required=False) or {}
        bounds = {key: self._number(interval, key, step(at, "ConfidenceInterval")) for key in ("Lower", "Upper")}
        centre = median(samples) if samples else values["Median"] if values["Median"] is not None else values["Mean"]
        if centre is None:
            return None
        count = len(samples) or self.document.count(statistics, "N", at)
        more = None
        if not samples:
            more = {name: value for key, name in _STATISTICS.items() if (value := values[key]) is not None}
            more |= self._percentiles(statistics, at)
        has_bounds = None not in bounds.values() and count != 1
        return {
            "value": centre,
            "count": count,
            "samples": samples if len(samples) > 1 else None,
            "deviation": values["StandardDeviation"] if count != 1 else None,
            "lower": bounds["Lower"] if has_bounds else None,
            "upper": bounds["Upper"] if has_bounds else None,
            "statistics": more,
        }

    def _samples(self, content: Mapping[str, Any], statistics: Mapping[str, Any], at: str) -> list[float]:
        values = self.document.numbers(statistics, "OriginalValues", at, required=False)
        if values:
            return values
        found: dict[str, list[float]] = {}
        measurements = content.get("Measurements")
        inside = step(self.at, "Measurements")
        if measurements is not None and not isinstance(measurements, list):
            self.document.expected(inside, "an array", measurements)
        for place, one in self.document.each_object(measurements if isinstance(measurements, list) else [], inside):
            mode, stage = one.get("IterationMode"), one.get("IterationStage")
            # Until 0.10 one word told mode and stage.
            kind = str(stage if mode == "Workload" else {"Result": "Result", "MainTarget": "Actual"}.get(str(mode), ""))
            if kind in {"Result", "Actual"}:
                operations = self.document.number(one, "Operations", place, least=1)
                time = self.document.number(one, "Nanoseconds", place)
                if operations is not None and time is not None:
                    found.setdefault(kind, []).append(time / operations)
        return found.get("Result") or found.get("Actual") or []

    def _percentiles(self, statistics: Mapping[str, Any], at: str) -> dict[str, float]:
        found = self.document.mapping(statistics, "Percentiles", at, required=False) or {}
        values = {key: self._number(found, key, step(at, "Percentiles")) for key in found if re.match(r"P\d\d\Z", key)}
        return {key.lower(): value for key, value in values.items() if value is not None and key != "P50"}

    def _number(self, parent: Mapping[str, Any], key: str, at: str) -> float | None:
        """Return a number; None where there is none, which some versions write as NaN or an empty text."""
        value = parent.get(key)
        if value is None or (isinstance(value, str) and value.strip() in {"", "NaN", "Infinity", "-Infinity"}):
            return None
        if isinstance(value, float) and not math.isfinite(value):
            return None
        return self.document.as_number(value, step(at, key))

    def _read_memory(self, content: Mapping[str, Any]) -> None:
        memory = self.document.mapping(content, "Memory", self.at, required=False)
        if not memory:
            return
        at = step(self.at, "Memory")
        allocated = self._number(memory, "BytesAllocatedPerOperation", at)
        if allocated is not None:
            self._keep(("allocated", "B", Direction.LOWER), allocated)
        operations = self._number(memory, "TotalOperations", at)
        for generation in ("Gen0", "Gen1", "Gen2"):
            collections = self._number(memory, f"{generation}Collections", at)
            if collections is not None and operations:
                self._keep((generation, "", Direction.LOWER), collections / operations * _PER)

    def _read_metrics(self, content: Mapping[str, Any]) -> None:
        metrics = content.get("Metrics")
        if metrics is None:
            return
        if not isinstance(metrics, list):
            self.document.expected(step(self.at, "Metrics"), "an array", metrics)
            return
        for at, one in self.document.each_object(metrics, step(self.at, "Metrics")):
            descriptor = self.document.mapping(one, "Descriptor", at) or {}
            inside = step(at, "Descriptor")
            name = self.document.text(descriptor, "Id", inside, required=False)
            name = name or self.document.text(descriptor, "DisplayName", inside, required=bool(descriptor))
            unit = self.document.text(descriptor, "Unit", inside, required=False) or ""
            value = self._number(one, "Value", at)
            if name is None or (name in _OWN and content.get("Memory")):
                continue
            greater = descriptor.get("TheGreaterTheBetter")
            direction = Direction.HIGHER if greater is True else Direction.LOWER if greater is False else None
            self._keep((_OWN.get(name, name), unit, direction), value)


def _facts(host: Mapping[str, Any], entries: Sequence[_Entry]) -> Mapping[str, Any]:
    """Return what the file says of the machine; the operating system without its build, which updates change."""
    cpu = host.get("ProcessorName")
    cpu = cpu.get("Value") if isinstance(cpu, dict) else cpu
    system = host.get("OsVersion")
    system = system.get("Value") if isinstance(system, dict) else system
    system = system if isinstance(system, str) else ""
    jobs = {entry.job for entry in entries}
    intrinsics = {entry.intrinsics for entry in entries}
    architecture = host.get("Architecture")
    return facts_of(
        {
            "cpu.model": None if cpu == "Unknown processor" else cpu,
            "cpu.cores": host.get("LogicalCoreCount") or host.get("ProcessorCount"),
            "benchmarkdotnet.physical_cores": host.get("PhysicalCoreCount"),
            "benchmarkdotnet.processors": host.get("PhysicalProcessorCount"),
            "os": re.split(r" [(\[]", system, maxsplit=1)[0],
            "benchmarkdotnet.os": system,
            "arch": _ARCHITECTURES.get(architecture, architecture) if isinstance(architecture, str) else None,
            "runtime.dotnet": host.get("RuntimeVersion") or host.get("ClrVersion"),
            "benchmarkdotnet.sdk": host.get("DotNetCliVersion") or host.get("DotNetSdkVersion"),
            "benchmarkdotnet.configuration": host.get("Configuration"),
            "benchmarkdotnet.ryujit": host.get("HasRyuJit"),
            "benchmarkdotnet.timer": host.get("HardwareTimerKind"),
            "benchmarkdotnet.intrinsics": next(iter(intrinsics)) if len(intrinsics) == 1 else None,
            "benchmarkdotnet.job": next(iter(jobs)) if len(jobs) == 1 else None,
        }
    )
