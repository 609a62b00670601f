"""benchmark.js: what `String(event.target)` prints for each benchmark, and a suite written as JSON."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TextIO

from perfsite.model.run import Direction, Measurement, Metric, Reading, Status
from perfsite.model.units import parse_unit
from perfsite.sources.base import MOST_MEASUREMENTS, Rows, in_base, median
from perfsite.sources.document import Document, shorten, step
from perfsite.sources.entries import Entries, Members
from perfsite.sources.formats.bench_entry import metric_for
from perfsite.sources.lines import plain, read_lines
from perfsite.sources.loading import objects_in, outline, rewound

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NAME: Final = "benchmarkjs"
TITLE: Final = "benchmark.js console output or JSON of a suite"
MAKE: Final = "node bench.js | tee bench.txt"
_HINT: Final = "benchmark.js prints a line per benchmark with `.on('cycle', e => console.log(String(e.target)))`."
_LONGEST_TAIL: Final = 300
# The sign before the margin comes in many encodings: ±, +-, or what is left of it.
_MARGIN: Final = r"(?:[^\s\d(]{1,6} ?(?P<margin>[\d,.]{1,60}|Infinity|NaN)% )?"
_TAIL: Final = re.compile(
    rf"(?P<value>[\d,.]{{1,60}}|Infinity|NaN) (?P<unit>\S{{1,40}}) {{0,3}}{_MARGIN}"
    r"\((?P<count>[\d,]{1,15}) runs? sampled\)",
    re.ASCII,
)
_LINE: Final = re.compile(
    r"^[^\n]{1,2000} [x×] [\d,.]{1,60} \S{1,40} {0,3}(?:[^\s\d(]{1,6} ?[\d,.]{1,60}% )?\([\d,]{1,15} runs? sampled\)",
    re.MULTILINE,
)
# bench-node tells times of single runs after the line that benchmark.js prints.
_RANGE: Final = re.compile(r"\bmin\.\.max=\((?P<min>[\d.]{1,40}\S{1,3}) \.\.\. (?P<max>[\d.]{1,40}\S{1,3})\)")
_PERCENTILE: Final = re.compile(r"\b(?P<name>p\d{1,3})=(?P<value>[\d.]{1,40}[a-zµ]{1,3})\b")
_DURATION: Final = re.compile(r"(\d{1,20}(?:\.\d{1,20})?)([a-zµμ]{1,3})\Z", re.ASCII)
_RULE: Final = re.compile(r"[-=~*_+ ]{1,1000}\Z")
"""A line that only sets others apart."""
_ERROR: Final = re.compile(r"[A-Z]\w{0,60}(?:Error|Exception)\b", re.ASCII)
_THROUGHPUT: Final = Metric(name="throughput", unit="1/s", direction=Direction.HIGHER, original_unit="ops/sec")
_TIME: Final = Metric(name="time", unit="s", direction=Direction.LOWER)


def accepts(head: str) -> bool:
    """Whether a file that begins so has a line of benchmark.js, or benchmarks with `hz` and `stats`."""
    document = outline(head)
    if document is None:
        return _LINE.search(plain(head)) is not None
    return any(_is_benchmark(entry) for entry in _entries(document))


def parse(stream: TextIO, *, origin: str) -> Reading:
    """Return the measurements of benchmark.js (versions 1 and 2).

    Console: `throughput` with its margin as bounds; all other lines are somebody else's. `name: SomeError …`, or
    nothing after `name: `, is a benchmark that failed. Names that come again in another suite of the same output get
    the line above their suite as the parameter `suite`. `Fastest is …` repeats what the numbers say. bench-node prints
    the same line and after it times of single runs: `time` is then the rate's inverse, with those as statistics.

    JSON (`JSON.stringify(suite)`): besides, `time` with all samples. Options and cycle counts are left out.
    """
    head, stream = rewound(stream, origin=origin)
    rows = Rows(Document(origin, hint=_HINT, top="$" if outline(head) is not None else ""))
    warnings: list[str] = []
    time = None
    if rows.document.top:
        time = _read_json(head, stream, rows, warnings)
    else:
        _read_console(stream, rows, warnings)
    found = rows.reading()
    return Reading(measurements=found.measurements, tool="benchmark.js", time=time, warnings=tuple(warnings))


@dataclass(frozen=True, slots=True)
class _Line:
    """A benchmark in the console output; `margin` is a fraction."""

    at: str
    suite: str
    name: str
    tail: re.Match[str] | None = None
    error: str = ""


def _read_console(stream: TextIO, rows: Rows, warnings: list[str]) -> None:
    # With one more than can be kept the file is refused: the rest would only cost memory.
    found = list(islice(_lines(read_lines(stream, origin=rows.document.origin)), MOST_MEASUREMENTS + 1))
    if not any(line.tail for line in found):
        return
    times = Counter(line.name for line in found)
    for line in found:
        parameters = {"suite": line.suite} if times[line.name] > 1 and line.suite else {}
        _read_line(line, parameters, rows, warnings)


def _lines(lines: Iterable[tuple[str, str]]) -> Iterable[_Line]:
    suite = ""
    for at, raw in lines:
        text = raw.strip()
        if not text:
            continue
        name, tail = _split(text)
        if tail is not None:
            yield _Line(at, suite, name, tail)
        elif raw.endswith(": ") and not raw.startswith(" "):
            yield _Line(at, suite, text.removesuffix(":"), error="no reason given")
        elif (failed := _failed(text)) is not None:
            yield _Line(at, suite, failed[0], error=failed[1])
        elif not text.startswith(("Fastest is", "```")) and not _RULE.match(text):
            # In Markdown a suite stands under a heading, its lines between fences.
            suite = text.lstrip("#").lstrip() or suite


def _split(text: str) -> tuple[str, re.Match[str] | None]:
    end = text.rfind(" sampled)")
    if end < 0:
        return text, None
    start = max(text.rfind(" x ", 0, end), text.rfind(" × ", 0, end))
    if start < 1 or len(text) - start > _LONGEST_TAIL:
        return text, None
    return text[:start].removeprefix(">> "), _TAIL.match(text, start + 3)


def _failed(text: str) -> tuple[str, str] | None:
    name, colon, error = text.partition(": ")
    return (name, error) if name and colon and not name.startswith("at ") and _ERROR.match(error) else None


def _read_line(line: _Line, parameters: Mapping[str, str], rows: Rows, warnings: list[str]) -> None:
    document = rows.document
    if line.tail is None:
        warnings.append(f"{shorten(line.name)}: failed: {shorten(line.error)}")
        rows.add(_absent(line.name, parameters), line.at)
        return
    metric, written = metric_for(line.tail["unit"], name=line.name)
    if metric.direction is Direction.NEITHER:
        metric, written = metric_for(line.tail["unit"], name=line.name, direction=Direction.HIGHER)
    if line.tail["value"] in {"Infinity", "NaN"}:
        warnings.append(f"{shorten(line.name)}: failed: {line.tail['value']} {line.tail['unit']}")
        rows.add(_absent(line.name, parameters, metric), line.at)
        return
    value = document.written(line.tail["value"], line.at, least=0)
    margin = None
    if line.tail["margin"] not in {"Infinity", "NaN", None}:
        margin = document.written(line.tail["margin"], line.at)
    if value is None:
        return
    count = int(line.tail["count"].replace(",", "") or 0) or None
    half = None if margin is None else value * margin / 100
    row = Measurement(
        benchmark=line.name,
        parameters=parameters,
        metric=metric,
        value=value,
        count=count,
        lower=None if half is None else value - half,
        upper=None if half is None else value + half,
    )
    rows.add(in_base(written, row), line.at)
    single = _single_runs(line.tail.string[line.tail.end() :])
    if single and value > 0 and metric.unit == "1/s" and not document.is_faulty(line.at):
        time = replace(row, metric=_TIME, value=1 / value, lower=None, upper=None, statistics=single)
        rows.add(time, line.at)


def _single_runs(text: str) -> dict[str, float]:
    """Return what bench-node tells of single runs, in seconds: `min..max=(3.29ns ... 3.38ns) p75=3.36ns`."""
    text = text[:_LONGEST_TAIL]
    found = _RANGE.search(text)
    times = [] if found is None else [("min", found["min"]), ("max", found["max"])]
    times += [(match["name"], match["value"]) for match in _PERCENTILE.finditer(text)]
    known = {}
    for name, written in times:
        duration = _DURATION.match(written)
        unit = None if duration is None else parse_unit(duration[2])
        if duration is not None and unit is not None and unit.base == "s":
            known[name] = unit.to_base(float(duration[1]))
    return known


def _absent(name: str, parameters: Mapping[str, str], metric: Metric = _THROUGHPUT) -> Measurement:
    return Measurement(benchmark=name, parameters=parameters, metric=metric, value=None, status=Status.FAILED)


def _entries(document: object) -> list[dict[str, Any]]:
    """Return what may be benchmarks: of an array, or of a suite, which is written as an object with numbered keys."""
    if isinstance(document, dict):
        return objects_in([value for key, value in document.items() if key.isdigit()])
    return objects_in(document)


def _is_benchmark(entry: Mapping[str, Any]) -> bool:
    stats = entry.get("stats")
    return isinstance(stats, dict) and "rme" in stats and ("hz" in entry or "times" in entry)


def _read_json(head: str, stream: TextIO, rows: Rows, warnings: list[str]) -> datetime | None:
    newest: datetime | None = None
    for at, entry in _written(head, stream, rows.document):
        _read_entry(entry, at, rows, warnings)
        times = entry.get("times")
        stamp = _stamp(times.get("timeStamp")) if isinstance(times, dict) else None
        newest = stamp if newest is None or (stamp is not None and stamp > newest) else newest
    return newest


def _written(head: str, stream: TextIO, document: Document) -> Iterable[tuple[str, dict[str, Any]]]:
    """Yield the benchmarks of a file with their places: of an array, or of a suite with numbered keys."""
    if not plain(head).lstrip().startswith("{"):
        yield from Entries(stream, document, key=None)
        return
    for at, key, value in Members(stream, document):
        if key.isdigit() and not isinstance(value, dict):
            document.expected(at, "an object", value)
        elif key.isdigit():
            yield at, value


def _read_entry(entry: Mapping[str, Any], at: str, rows: Rows, warnings: list[str]) -> None:
    document = rows.document
    number = entry.get("id")
    name = document.text(entry, "name", at, required=False) or f"<Test #{number if isinstance(number, int) else '?'}>"
    if entry.get("error") is not None or entry.get("aborted"):
        warnings.append(f"{shorten(name)}: failed")
        rows.add(_absent(name, {}), at)
        return
    stats = document.mapping(entry, "stats", at)
    hz = document.number(entry, "hz", at, least=0)
    if stats is None or hz is None:
        return
    inside = step(at, "stats")
    samples = document.numbers(stats, "sample", inside, required=False, least=0)
    rme = document.number(stats, "rme", inside, required=False, least=0)
    mean = document.number(stats, "mean", inside, required=False, least=0)
    deviation = document.number(stats, "deviation", inside, required=False, least=0)
    margin = document.number(stats, "moe", inside, required=False, least=0)
    count = len(samples) if samples else None
    half = None if rme is None else hz * rme / 100
    bounds: dict[str, Any] = {
        "lower": None if half is None else hz - half,
        "upper": None if half is None else hz + half,
    }
    rows.add(Measurement(benchmark=name, metric=_THROUGHPUT, value=hz, count=count, **bounds), at)
    centre = median(samples) if samples else mean
    if centre is not None and not document.is_faulty(at):
        deviation = deviation if count != 1 else None
        spread: dict[str, Any] = {"count": count, "deviation": deviation, "samples": samples or None}
        spread["statistics"] = None if margin is None else {"moe": margin}
        rows.add(Measurement(benchmark=name, metric=_TIME, value=centre, **spread), at)


def _stamp(milliseconds: object) -> datetime | None:
    if isinstance(milliseconds, bool) or not isinstance(milliseconds, (int, float)) or not 0 < milliseconds < 1e14:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC)
