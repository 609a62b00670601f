"""Dart's benchmark_harness: what its score emitters print, and the JSON of its results."""

from __future__ import annotations

import re
from datetime import UTC
from typing import TYPE_CHECKING, Any, Final, TextIO

from perfsite.model.run import Direction, Measurement, Metric, Reading
from perfsite.sources.base import Rows, facts_of, in_base, median, metric_of, parse_time
from perfsite.sources.document import Document, shorten, step, storable
from perfsite.sources.entries import Entries
from perfsite.sources.lines import plain, read_lines
from perfsite.sources.loading import objects_in, outline, read_json, rewound

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from perfsite.model.run import FactValue

NAME: Final = "dart-benchmark"
TITLE: Final = "Dart benchmark_harness output: `Name(RunTime): 123.4 us.`"
MAKE: Final = "dart run benchmark_harness:bench --flavor aot --target benchmark/main.dart | tee bench.txt"
_HINT: Final = "benchmark_harness prints a line per benchmark: `Name(RunTime): 123.4 us.`; is its output complete?"
_NUMBER: Final = r"[-+]?\d[\d,]{0,39}(?:\.\d{1,40})?(?:e[-+]?\d{1,4})?"
_KNOWN: Final = "RunTime|RunTimeRaw|CpuCycles|MajorPageFaults|CodeSize|MemoryUse"
_LINE: Final = re.compile(
    rf"^[^\n]{{1,2000}}(?:\((?:{_KNOWN})\): {_NUMBER}(?: [a-zµ]{{1,12}}\.?)?|: avg={_NUMBER} ms · median=)[^\n]*$",
    re.MULTILINE | re.ASCII,
)
_SCORE: Final = re.compile(rf"(?P<value>{_NUMBER}|Infinity|NaN)(?: (?P<unit>[A-Za-zµμ%/]{{1,30}}))?\.?\s*\Z", re.ASCII)
_METRIC: Final = re.compile(r"[A-Za-z]\w{0,60}\Z", re.ASCII)
_DETAILED: Final = re.compile(
    rf"avg=(?P<mean>{_NUMBER}) ms · median=(?P<median>{_NUMBER}) ms · CV=(?P<cv>{_NUMBER}|NaN)%"
    rf" · samples=(?P<count>\d{{1,15}}) · min=(?P<min>{_NUMBER}) ms\s*\Z",
    re.ASCII,
)
_FLAVOR: Final = re.compile(r"(AOT|JIT|JS|WASM) - RUN\s*\Z")
_LOGGED: Final = re.compile(r"(?:[A-Z]/flutter ?\([ \d]{1,10}\): |flutter: )")
_TIMES: Final = frozenset({"RunTime", "RunTimeRaw"})
_METRICS: Final = {
    "CpuCycles": Metric(name="cycles", unit="1", direction=Direction.LOWER),
    "MajorPageFaults": Metric(name="MajorPageFaults", unit="1", direction=Direction.LOWER),
    "totalIterations": Metric(name="totalIterations", unit="1", direction=Direction.NEITHER),
    "CodeSize": Metric(name="CodeSize", unit="B", direction=Direction.LOWER),
    "MemoryUse": Metric(name="memory", unit="B", direction=Direction.LOWER),
}
_INNER: Final = re.compile(r"\((CpuCycles|MajorPageFaults)\)\Z")
_TIME: Final = Metric(name="time", unit="s", direction=Direction.LOWER, original_unit="us")


def accepts(head: str) -> bool:
    """Whether a file that begins so has a line of benchmark_harness, or results with its raw samples."""
    document = outline(head)
    if document is None:
        return _LINE.search(plain(head)) is not None
    return any(
        "raw_samples_us" in entry for entry in objects_in(document if isinstance(document, list) else [document])
    )


def parse(stream: TextIO, *, origin: str) -> Reading:
    """Return the measurements of benchmark_harness (https://pub.dev/packages/benchmark_harness, versions 1 to 2.5).

    `Name(RunTime): 1.5 us.` is `time`: of ten runs together, as the harness means it. Other metrics of its emitters
    (`CpuCycles`, an owner's own) are metrics by their name. `reportDetailed()` has median, mean, deviation and
    minimum. The flavor that the `bench` command ran (`AOT - RUN`) is a parameter.
    JSON results have all samples; statistics `mean_lower` and `mean_upper` bound the mean.
    """
    head, stream = rewound(stream, origin=origin)
    is_json = outline(head) is not None
    rows = Rows(Document(origin, hint=_HINT, top="$" if is_json else ""))
    warnings: list[str] = []
    facts: dict[str, FactValue] = {}
    time = None
    if is_json:
        for at, entry in _entries(head, stream, rows.document):
            _read_entry(entry, at, rows, warnings)
            facts |= _facts(entry)
            time = parse_time(entry.get("timestamp"), without_zone=UTC) or time
    else:
        _read_console(stream, rows, warnings)
    found = rows.reading()
    return Reading(
        measurements=found.measurements,
        tool="benchmark_harness",
        time=time,
        facts=facts,
        warnings=tuple(warnings),
    )


def _entries(head: str, stream: TextIO, document: Document) -> Iterable[tuple[str, dict[str, Any]]]:
    """Return the results of a file: an array of them, or a single one."""
    if not plain(head).lstrip().startswith("{"):
        return Entries(stream, document, key=None)
    return [("$", read_json(stream, origin=document.origin, hint=_HINT))]


def _read_console(stream: TextIO, rows: Rows, warnings: list[str]) -> None:
    parameters: dict[str, str] = {}
    for at, line in read_lines(stream, origin=rows.document.origin):
        if not line:
            continue
        logged = _LOGGED.match(line)
        text = line[logged.end() :] if logged else line
        flavor = _FLAVOR.match(text)
        if flavor is not None:
            parameters = {"flavor": flavor[1].lower()}
            continue
        name, colon, rest = text.rstrip().rpartition(": ")
        if not colon or len(rest) > 300:
            continue
        if rest.startswith("avg="):
            _read_detailed(name.strip(), rest, parameters, at, rows)
        elif name.endswith(")"):
            _read_score(name.strip(), rest, parameters, at, rows)
            if (rest.startswith(("NaN", "Infinity"))) and not rows.document.is_faulty(at):
                warnings.append(f"{shorten(name)}: left out: {shorten(rest)}")


def _read_detailed(name: str, text: str, parameters: Mapping[str, str], at: str, rows: Rows) -> None:
    match = _DETAILED.match(text)
    if match is None:
        rows.document.expected(at, "avg, median, CV, samples and min", text)
        return
    mean = float(match["mean"])
    deviation = None if match["cv"] == "NaN" else mean * float(match["cv"]) / 100
    row = Measurement(
        benchmark=name,
        parameters=parameters,
        metric=metric_of("time", "ms")[0],
        value=float(match["median"]),
        count=int(match["count"]) or None,
        deviation=deviation,
        statistics={"mean": mean, "min": float(match["min"])},
    )
    rows.add(in_base(metric_of("time", "ms")[1], row), at)


def split_name(text: str) -> tuple[str, str]:
    """Return benchmark and metric of what stands before the colon of a score.

    Version 2.3 wrote the counters of `perf` into the name.

    Examples
    --------
    >>> split_name("Template(RunTime)"), split_name("Template(CpuCycles)(RunTime)")
    (('Template', 'RunTime'), ('Template', 'CpuCycles'))
    >>> split_name("Template.totalIterations(RunTime)")
    ('Template', 'totalIterations')
    """
    name, _, metric = text.removesuffix(")").rpartition("(")
    if metric == "RunTime":
        inner = _INNER.search(name)
        if inner is not None:
            return name[: inner.start()], inner[1]
        if name.endswith(".totalIterations"):
            return name.removesuffix(".totalIterations"), "totalIterations"
    return name, metric


def _read_score(text: str, rest: str, parameters: Mapping[str, str], at: str, rows: Rows) -> None:
    benchmark, kind = split_name(text)
    # People print the same time again in other units: `1.5 us | 0.0015 ms`.
    match = _SCORE.match(rest.partition(" | ")[0])
    if match is None or not _METRIC.match(kind):
        if kind in _TIMES:
            rows.document.expected(at, "a number and a unit", rest)
        return
    if match["value"] in {"NaN", "Infinity"}:
        return
    value = rows.document.written(match["value"], at)
    if value is None:
        return
    if kind in _TIMES:
        metric, unit = metric_of("time", match["unit"] or "us")
    elif kind in _METRICS:
        metric, unit = _METRICS[kind], metric_of(kind, _METRICS[kind].unit)[1]
    else:
        metric, unit = metric_of(kind, match["unit"] or "")
    row = Measurement(benchmark=benchmark, parameters=parameters, metric=metric, value=value)
    rows.add(in_base(unit, row), at)


def _read_entry(entry: Mapping[str, Any], at: str, rows: Rows, warnings: list[str]) -> None:
    document = rows.document
    name = document.text(entry, "name", at)
    samples = document.numbers(entry, "raw_samples_us", at, least=0)
    metrics = document.mapping(entry, "metrics", at, required=False) or {}
    inside = step(at, "metrics")
    mean = document.number(metrics, "mean_us", inside, required=False, least=0)
    middle = document.number(metrics, "median_us", inside, required=False, least=0)
    deviation = document.number(metrics, "std_dev_us", inside, required=False, least=0)
    bounds = document.numbers(metrics, "confidence_interval_95", inside, required=False) or []
    value = median(samples) if samples else (mean if middle is None else middle)
    if name is None or value is None:
        if not document.is_faulty(at):
            document.note(at, "has no sample")
        return
    texts = {key: entry.get(key) for key in ("variant", "platform")}
    row = Measurement(
        benchmark=name,
        parameters={key: storable(text) for key, text in texts.items() if isinstance(text, str) and text},
        metric=_TIME,
        value=value,
        count=len(samples) if samples else document.count(metrics, "samples_count", inside),
        deviation=deviation,
        samples=samples or None,
        statistics=dict(zip(("mean_lower", "mean_upper"), bounds, strict=False)) or None,
    )
    rows.add(in_base(metric_of("time", "us")[1], row), at)
    if metrics.get("isStable") is False:
        warnings.append(f"{shorten(name)}: did not come to a steady state while warming up")


def _facts(entry: Mapping[str, Any]) -> dict[str, FactValue]:
    environment = entry.get("environment")
    if not isinstance(environment, dict):
        return {}
    known = {"os": environment.get("os"), "runtime.dart": environment.get("dart_sdk_version")}
    return facts_of({name: value for name, value in known.items() if value != "unknown"})
