"""pyperf: `python -m pyperf timeit|command|…  -o FILE`, scripts with a pyperf.Runner, and pyperformance.

All versions since perf 0.7 (2016) are read; the format is documented at https://pyperf.readthedocs.io/en/latest/api.html
and its history stands at the top of pyperf/_bench.py. Values are seconds for one loop, whatever the inner loops. Left
out are warm-ups and calibration runs, which are no samples, tags, the command line that was run, what the metadata tell
of single benchmarks only, and the state of the moment (load, temperature, frequency, duration of a run).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TextIO

from perfsite.model.run import Direction, Measurement, Metric, Reading, Status
from perfsite.sources.base import Rows, median, parse_time, text_of
from perfsite.sources.document import Document, shorten, step
from perfsite.sources.entries import Entries
from perfsite.sources.formats.pyperf_facts import facts_of_metadata
from perfsite.sources.loading import objects_in, outline

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime, tzinfo

NAME: Final = "pyperf"
TITLE: Final = "pyperf and pyperformance: python -m pyperf … -o FILE"
MAKE: Final = "python -m pyperf timeit 'len([1, 2])' -o bench.json"
_HINT: Final = "pyperf writes it with `-o FILE`; was this file edited?"
_VERSIONS: Final = (3, 4, 5, 6, "1.0")
_METRICS: Final = {
    "second": Metric(name="time", unit="s", direction=Direction.LOWER),
    "byte": Metric(name="memory", unit="B", direction=Direction.LOWER),
    "integer": Metric(name="value", unit="1", direction=Direction.NEITHER),
}
# Peak memory, best first: of the command that was run, of the process that ran the benchmark, on Windows.
_MEMORY: Final = ("command_max_rss", "mem_max_rss", "mem_peak_pagefile_usage", "mem_peak", "tracemalloc_peak")
_RUN_KEYS: Final = frozenset({"values", "samples", "warmups", "metadata"})
_METADATA: Final = ("metadata", "common_metadata")


def accepts(head: str) -> bool:
    """Whether a file that begins so is pyperf's: `benchmarks` that have `runs`, or its metadata before them."""
    document = outline(head)
    if not isinstance(document, dict):
        return False
    for benchmark in objects_in(document.get("benchmarks")):
        runs = objects_in(benchmark.get("runs"))
        if any(not _RUN_KEYS.isdisjoint(run) for run in runs) or any(
            "perf_version" in _of(benchmark, k) for k in _METADATA
        ):
            return True
    return "perf_version" in _of(document, "metadata")


def _of(parent: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = parent.get(key)
    return found if isinstance(found, dict) else {}


def parse(stream: TextIO, *, origin: str) -> Reading:
    """Return the measurements of a pyperf file.

    The samples are the values of all runs, the value is their median. Peak memory that pyperf noted of each run is a
    metric beside the time. pyperf writes the times of its runs without their zone, so when the file was made is not
    known.
    """
    document = Document(origin, hint=_HINT)
    entries = Entries(stream, document, key="benchmarks")
    # What all benchmarks share stands behind them.
    found = [_Benchmark(entry, at, document) for at, entry in entries]
    return _reading(found, entries.root, document)


def reading_of(root: Any, *, origin: str) -> Reading:
    """Return the measurements of a pyperf document; errors as of `parse`."""
    document = Document(origin, hint=_HINT)
    if not isinstance(root, dict):
        document.expected("$", "an object", root)
        document.finish()
        root = {}
    found = [_Benchmark(entry, at, document) for at, entry in document.objects(root, "benchmarks", "$")]
    return _reading(found, root, document)


def _reading(found: Sequence[_Benchmark], root: Mapping[str, Any], document: Document) -> Reading:
    if root.get("version") not in _VERSIONS or isinstance(root.get("version"), (bool, float)):
        document.expected("$.version", f"one of {', '.join(map(str, _VERSIONS))}", root.get("version"))
    rows = Rows(document)
    warnings: list[str] = []
    common = document.mapping(root, "metadata", "$", required=False) or {}
    memory = _memory(common, "$.metadata", document)
    shared = _shared([benchmark.add(common, memory, rows, warnings) for benchmark in found])
    return Reading(
        measurements=rows.reading().measurements,
        tool="pyperf",
        tool_version=text_of(shared.get("perf_version")),
        facts=facts_of_metadata(shared),
        warnings=tuple(warnings),
    )


def _common(entry: Mapping[str, Any], at: str, document: Document) -> dict[str, Any]:
    """Return what is common to the runs of a benchmark; versions before 6 had another name for it."""
    key = next((key for key in _METADATA if key in entry), "metadata")
    return document.mapping(entry, key, at, required=False) or {}


def _shared(metadata: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the metadata that all of them have with the same value."""
    first, *others = metadata or [{}]
    return {key: value for key, value in first.items() if all(other.get(key) == value for other in others)}


class _Benchmark:
    """One benchmark: the values of its runs, and what their metadata say, without the runs themselves."""

    def __init__(self, entry: Mapping[str, Any], at: str, document: Document) -> None:
        self.at = at
        self.samples: list[float] = []
        self.memory: dict[str, list[float]] = {}
        self.runs = self.measured = 0
        self._common = _common(entry, at, document)
        self._shared_memory = _memory(self._common, step(at, "metadata"), document)
        self._own: dict[str, tuple[object, int]] = {}
        """What runs say for themselves: a value, and of how many of them; a count of 0 where they differ."""
        for place, run in document.objects(entry, "runs", at):
            self._take(run, place, document)

    def _take(self, run: Mapping[str, Any], place: str, document: Document) -> None:
        own = document.mapping(run, "metadata", place, required=False) or {}
        self.runs += 1
        for key, value in own.items():
            first, count = self._own.get(key, (value, 0))
            is_same = key not in self._own or (count > 0 and first == value)
            self._own[key] = (first, count + 1 if is_same else 0)
        # A run without values only looked for the number of loops or of warm-ups.
        values = document.numbers(run, "samples" if "samples" in run else "values", place, required=False, least=0)
        if values:
            self.samples += values
            self.measured += 1
            for key, number in _memory(own, step(place, "metadata"), document).items():
                self.memory.setdefault(key, []).append(number)

    def _metadata(self, common: Mapping[str, Any]) -> dict[str, Any]:
        """Return the metadata that all runs share."""
        shared = {**common, **self._common}
        for key, (value, count) in self._own.items():
            is_everywhere = count == self.runs or (count > 0 and key in shared and shared[key] == value)
            if is_everywhere:
                shared[key] = value
            else:
                shared.pop(key, None)
        return shared

    def add(
        self, common: Mapping[str, Any], memory: Mapping[str, float], rows: Rows, warnings: list[str]
    ) -> dict[str, Any]:
        """Add the measurements; returns the metadata that the runs share.

        Parameters
        ----------
        common, memory
            The metadata that all benchmarks share, and the peak memory in them.
        """
        document, at = rows.document, self.at
        metadata = self._metadata(common)
        name = document.text(metadata, "name", step(at, "metadata"))
        metric = _metric(metadata, at, document)
        if name is None:
            return metadata
        if not self.samples:
            if not document.is_faulty(at):
                warnings.append(f"{shorten(name)}: skipped: its {self.runs} runs hold no values, only calibration")
                rows.add(Measurement(benchmark=name, metric=metric, value=None, status=Status.SKIPPED), at)
            return metadata
        rows.add(_sample(name, metric, self.samples), at)
        if not document.is_faulty(at):
            for key, number in {**memory, **self._shared_memory}.items():
                found = self.memory.setdefault(key, [])
                found += [number] * (self.measured - len(found))
            _add_memory(name, self.memory, rows, at, is_taken=metric.name == "memory")
        return metadata


def _sample(name: str, metric: Metric, samples: list[float]) -> Measurement:
    return Measurement(
        benchmark=name, metric=metric, value=float(median(samples)), count=len(samples), samples=[*map(float, samples)]
    )


def _metric(metadata: Mapping[str, Any], at: str, document: Document) -> Metric:
    unit = metadata.get("unit", "second")
    if isinstance(unit, str) and unit in _METRICS:
        return _METRICS[unit]
    document.expected(step(step(at, "metadata"), "unit"), f"one of {', '.join(_METRICS)}", unit)
    return _METRICS["second"]


def _memory(metadata: Mapping[str, Any], at: str, document: Document) -> dict[str, float]:
    found = {key: document.number(metadata, key, at, least=0) for key in _MEMORY if key in metadata}
    return {key: value for key, value in found.items() if value is not None}


def _add_memory(name: str, memory: Mapping[str, list[float]], rows: Rows, at: str, *, is_taken: bool) -> None:
    """Add the peak memory of the runs that measured; the best of several figures is called `memory`."""
    byte = _METRICS["byte"]
    for key in _MEMORY:
        if memory.get(key):
            metric = Metric(name=key, unit=byte.unit, direction=byte.direction) if is_taken else byte
            rows.add(_sample(name, metric, memory[key]), at)
            is_taken = True


def started(root: Any, *, zone: tzinfo) -> datetime | None:
    """Return when the last run of a document began; its times tell no zone and are taken for those of one."""
    times = [parse_time(metadata.get("date"), without_zone=zone) for metadata in _every_metadata(root)]
    return max((time for time in times if time is not None), default=None)


def common_metadata(root: Any) -> dict[str, Any]:
    """Return the metadata that all benchmarks of a document that was read share."""
    common = _of(root, "metadata")
    return _shared([{**common, **_of(entry, "metadata")} for entry in objects_in(root.get("benchmarks"))])


def _every_metadata(root: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the metadata of the file, of its benchmarks and of their runs."""
    if isinstance(root, dict):
        yield _of(root, "metadata")
        for benchmark in objects_in(root.get("benchmarks")):
            yield from (_of(benchmark, key) for key in _METADATA)
            yield from (_of(run, "metadata") for run in objects_in(benchmark.get("runs")))
