"""vegeta: `vegeta report` as text, histogram (`-type=hist[…]`), JSON (`-type=json`) or plot (`-type=hdrplot`).

The format is `lib/reporters.go` and `lib/metrics.go` of https://github.com/tsenart/vegeta. Reports name no URL: the
benchmark is called `vegeta`. To keep several attacks apart, record each report by itself,
`perfsite record --suite NAME FILE`. Single requests, `vegeta encode`, are read by `vegeta_requests`.

`requests_per_second` is vegeta's rate (requests sent in the time of the attack), `throughput` its answers with success
in that time and the wait for the last of them; `duration` is the attack's, `wait` what came after. `failures` are
requests without an answer (status 0) or with one below 200 or from 400 on, as vegeta counts success. Latencies of
failed requests are in vegeta's percentiles. The plot has no error counts; its 130 percentiles past the usual ones are
statistics of `p50`; its counts are percentile times requests and left out, as is the total duration, attack plus wait.
How many requests fell into each bucket that the owner chose is `requests_from_10000000ns`, by the bucket's lower end.
`bytes_in`, `bytes_out` and their means are `bytes_received`, `bytes_sent`, `size`, `size_sent`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, TextIO

from perfsite.model.run import Reading
from perfsite.model.units import Unit
from perfsite.sources.base import parse_time
from perfsite.sources.document import Document, step
from perfsite.sources.formats.http_load import (
    BYTES,
    PER_CENT,
    PER_SECOND,
    SECONDS,
    TWICE,
    Figures,
    Runs,
    messages_of,
    percentile_name,
)
from perfsite.sources.formats.vegeta_requests import is_encoded, read_requests
from perfsite.sources.lines import plain, read_lines
from perfsite.sources.loading import outline, read_json, rewound

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

NAME: Final = "vegeta"
TITLE: Final = "vegeta: report as text, histogram, JSON or hdrplot, and single requests of `vegeta encode`"
MAKE: Final = "vegeta report -type=json results.bin > vegeta.json"
_HINT: Final = "Give the whole output of `vegeta report`, or of `vegeta encode --to json` or `csv`."
_REPORT: Final = re.compile(r"^[ \t]*Requests[ \t]+\[total, rate[\],]", re.MULTILINE)
_PLOT: Final = re.compile(r"^[ \t]*Value\(ms\)[ \t]+Percentile[ \t]+TotalCount", re.MULTILINE)
_HISTOGRAM: Final = re.compile(r"^[ \t]*Bucket[ \t]+#[ \t]+%[ \t]+Histogram[ \t]*$", re.MULTILINE)
_BUCKET: Final = re.compile(
    r"[ \t]*\[([^\s,]{1,40}),[ \t]+[^\s,]{1,40}\][ \t]+(\d{1,18})[ \t]+\S{1,20}%[ \t]*#*[ \t]*\Z", re.ASCII
)
_ROW: Final = re.compile(r"[ \t]*([A-Z][A-Za-z ]{0,30}?)[ \t]+\[([^\]]{1,200})\][ \t]*(.*)\Z")
_PLOTTED: Final = re.compile(r"[ \t]*(\S+)[ \t]+(\S+)[ \t]+(\S+)[ \t]+\S+[ \t]*\Z")
_PART: Final = re.compile(r"(\d{1,12}(?:\.\d{1,12})?)(ns|us|µs|μs|ms|h|m|s)", re.ASCII)
_PERCENT: Final = re.compile(r"(\d{1,3}(?:\.\d{1,6})?)(?:th|st|nd|rd)?\Z", re.ASCII)
_CODE: Final = re.compile(r"(\d{1,3}):(\S+)\Z", re.ASCII)
_LENGTHS: Final = {
    "ns": Unit(base="s", divide=10**9),
    "us": Unit(base="s", divide=10**6),
    "µs": Unit(base="s", divide=10**6),
    "μs": Unit(base="s", divide=10**6),
    "ms": Unit(base="s", divide=1000),
    "s": SECONDS,
    "m": Unit(base="s", multiply=60),
    "h": Unit(base="s", multiply=3600),
}
_NS: Final = _LENGTHS["ns"]
_BYTES: Final = {"bytes_in": ("bytes_received", "size"), "bytes_out": ("bytes_sent", "size_sent")}
_ROWS: Final = frozenset({"Requests", "Duration", "Latencies", "Bytes In", "Bytes Out", "Success", "Status Codes"})
_NEEDED: Final = ("Duration", "Latencies", "Success", "Status Codes")
_KEPT: Final = frozenset({0.5, 0.75, 0.9, 0.95})


def accepts(head: str) -> bool:
    """Whether a text is one of vegeta's reports, or its encoded requests."""
    text = plain(head)
    if is_encoded(text) or _REPORT.search(text) or _HISTOGRAM.search(text) or _PLOT.match(text.lstrip()):
        return True
    document = outline(head)
    if not isinstance(document, dict):
        return False
    latencies = document.get("latencies")
    return isinstance(latencies, dict) and bool({"50th", "99th"} & latencies.keys() or "status_codes" in document)


def parse(stream: TextIO, *, origin: str) -> Reading:
    """Return the measurements of a report, or of single requests."""
    head, stream = rewound(stream, origin=origin)
    text = plain(head).lstrip()
    is_json = text.startswith(("{", "[")) and not is_encoded(text)
    runs = Runs(Document(origin, hint=_HINT, top="$" if is_json else ""))
    warnings: tuple[str, ...] = ()
    time: datetime | None = None
    if is_json:
        warnings, time = _read_json(stream, runs)
    elif is_encoded(text):
        warnings, time = read_requests(stream, runs)
    elif _REPORT.search(text) or _HISTOGRAM.search(text):
        warnings = _read_report(stream, runs)
    else:
        _read_plot(stream, runs)
    found = runs.rows.reading()
    return Reading(measurements=found.measurements, tool="vegeta", time=time, warnings=warnings)


def seconds_of(text: str) -> float | None:
    """Return a duration as Go writes it in seconds; None for anything else.

    Examples
    --------
    >>> seconds_of("1m0.5s"), seconds_of("641.287µs"), seconds_of("0s"), seconds_of("fast")
    (60.5, 0.000641287, 0.0, None)
    """
    total, at = 0.0, 0
    while match := _PART.match(text, at):
        total, at = total + _LENGTHS[match[2]].to_base(float(match[1])), match.end()
    return total if text and at == len(text) else None


def _read_report(stream: TextIO, runs: Runs) -> tuple[str, ...]:
    """Read reports as text: rows of a label, the names of its values in brackets, and the values; then buckets."""
    document = runs.rows.document
    figures: Figures | None = None
    seen: set[str] = set()
    errors: dict[str, None] = {}
    in_errors = in_buckets = False
    for at, line in read_lines(stream, origin=document.origin):
        if not line or line.isspace():
            continue
        row = _ROW.match(line)
        if row and row[1] == "Requests":
            _finish(runs, figures, seen)
            figures, seen, in_errors, in_buckets = Figures(document, at, "vegeta"), set(), False, False
        if _HISTOGRAM.match(line):
            if figures is None or in_buckets:
                _finish(runs, figures, seen)
                figures, seen = Figures(document, at, "vegeta"), set(_NEEDED)
            in_errors, in_buckets = False, True
        elif figures is None:
            continue
        elif in_buckets:
            in_buckets = line.lstrip().startswith("[")
            if in_buckets:
                _take_bucket(figures, line, at)
        elif line.strip() == "Error Set:":
            in_errors = True
        elif row and row[1] in _ROWS and not in_errors:
            seen.add(row[1])
            _take_row(figures, row, at)
        elif in_errors and len(errors) < 1000:
            errors[line.strip()] = None
    _finish(runs, figures, seen)
    return messages_of((text, None) for text in errors)


def _finish(runs: Runs, figures: Figures | None, seen: set[str]) -> None:
    if figures is None:
        return
    missing = [name for name in _NEEDED if name not in seen]
    if missing:
        figures.document.note(figures.at, f"this report breaks off: '{missing[0]}' is missing")
        return
    runs.add(figures)


def _take_row(figures: Figures, row: re.Match[str], at: str) -> None:
    label, names, values = row[1], [name.strip() for name in row[2].split(",")], row[3]
    if label == "Status Codes":
        _take_codes(figures, values.split(), at)
        return
    texts = [text.strip() for text in values.split(",")]
    if len(texts) != len(names):
        figures.document.expected(at, f"{len(names)} values ({row[2]})", values)
        return
    for name, text in zip(names, texts, strict=True):
        _take_value(figures, label, (name, text), at)


def _take_value(figures: Figures, label: str, named: tuple[str, str], at: str) -> None:
    name, text = named
    if label == "Success":
        figures.put_written("success_rate", text, at, {"%": PER_CENT}, "a share in %")
    elif label in {"Duration", "Latencies"}:
        value = seconds_of(text)
        if value is None:
            figures.document.expected(at, "a duration as vegeta writes it (1m2.5s, 1.2ms)", text)
        else:
            metric = {"attack": "duration", "wait": "wait"}.get(name) if label == "Duration" else _latency(name)
            if metric:
                figures.put(metric, value, SECONDS)
    elif (number := _number(figures, text, at)) is not None:
        kind = {"Bytes In": "bytes_in", "Bytes Out": "bytes_out"}.get(label)
        if kind:
            figures.put(_BYTES[kind][name == "mean"], number, BYTES)
        elif name == "total":
            figures.put("requests", number)
        else:
            figures.put({"rate": "requests_per_second"}.get(name, name), number, PER_SECOND)


def _take_bucket(figures: Figures, line: str, at: str) -> None:
    """Read `[10ms,   20ms]   17   1.70%   #`; the last bucket ends at `+Inf`."""
    match = _BUCKET.match(line)
    begin = seconds_of(match[1]) if match else None
    if match is None or begin is None:
        figures.document.expected(at, "a bucket as in '[10ms, 20ms] 17 1.70% #'", line.strip())
    else:
        figures.put(f"requests_from_{round(begin * 10**9)}ns", float(match[2]))


def _number(figures: Figures, text: str, at: str) -> float | None:
    return None if text in {"NaN", "+Inf", "-Inf"} else figures.document.written(text, at, least=0)


def _latency(name: str) -> str | None:
    """Return the metric of a latency: `50`, `99th`, `mean`; None for the sum of all."""
    percent = _PERCENT.match(name)
    return percentile_name(float(percent[1])) if percent else None if name == "total" else name


def _take_codes(figures: Figures, texts: list[str], at: str) -> None:
    codes: dict[str, float] = {}
    for text in texts:
        match = _CODE.match(text)
        number = figures.document.written(match[2], at, least=0) if match else None
        if match is None:
            figures.document.expected(at, "a status code and how often it came, as in '200:17'", text)
        elif number is not None:
            codes[match[1]] = number
    put_outcome(figures, codes)


def put_outcome(figures: Figures, codes: Mapping[str, float]) -> None:
    """Keep the status codes and what counts as failed."""
    figures.status_codes(codes)
    bad = sum(number for code, number in codes.items() if len(code) != 3 or code[0] not in "23")
    figures.outcome(bad, sum(codes.values()))


def _read_json(stream: TextIO, runs: Runs) -> tuple[tuple[str, ...], datetime | None]:
    document = runs.rows.document
    root = read_json(stream, origin=document.origin, hint=_HINT)
    if not isinstance(root, dict):
        document.expected("$", "an object", root)
        return (), None
    figures = Figures(document, "$", "vegeta")
    requests = document.number(root, "requests", "$", least=0)
    figures.put("requests", requests)
    for key, name in (("rate", "requests_per_second"), ("throughput", "throughput")):
        if key in root:
            figures.put(name, document.number(root, key, "$", required=False, least=0), PER_SECOND)
    for key in ("duration", "wait"):
        if key in root:
            figures.put(key, document.number(root, key, "$", required=False, least=0), _NS, "ns")
    _put_latencies(figures, root, measured=bool(requests))
    for key, names in _BYTES.items():
        part = document.mapping(root, key, "$", required=False) or {}
        for inner, name in zip(("total", "mean"), names, strict=True):
            if inner in part:
                figures.put(name, document.number(part, inner, step("$", key), required=False, least=0), BYTES)
    if "success" in root:
        figures.put("success_rate", document.number(root, "success", "$", required=False, least=0))
    table = document.mapping(root, "status_codes", "$") or {}
    codes = {code: document.number(table, code, "$.status_codes", least=0) for code in table}
    put_outcome(figures, {code: number for code, number in codes.items() if number is not None})
    _put_buckets(figures, root)
    runs.add(figures)
    time = parse_time(root.get("earliest"))
    errors = root.get("errors")
    texts = [text for text in errors if isinstance(text, str)] if isinstance(errors, list) else []
    return messages_of((text, None) for text in texts), time if time is not None and time.year > 1 else None


def _put_latencies(figures: Figures, root: Mapping[str, Any], *, measured: bool) -> None:
    document = figures.document
    latencies = document.mapping(root, "latencies", "$") or {}
    total = document.number(latencies, "total", "$.latencies", required=False, least=0)
    for key in latencies:
        name = _latency(key)
        if name is None:
            continue
        value = document.number(latencies, key, "$.latencies", required=False, least=0)
        statistics = {"sum": total} if name == "mean" and total is not None else None
        figures.put(name, value if measured else None, _NS, "ns", statistics=statistics)


def _put_buckets(figures: Figures, root: Mapping[str, Any]) -> None:
    """Keep how many requests fell into each bucket that the owner chose with `-buckets`."""
    document = figures.document
    buckets = document.mapping(root, "buckets", "$", required=False) or {}
    for key in buckets:
        number = document.number(buckets, key, "$.buckets", required=False, least=0)
        if number is not None:
            figures.put(f"requests_from_{key}ns", number)


def _read_plot(stream: TextIO, runs: Runs) -> None:
    document = runs.rows.document
    figures: Figures | None = None
    found: dict[float, float] = {}
    count = 0.0
    for at, line in read_lines(stream, origin=document.origin):
        if not line or line.isspace():
            continue
        if _PLOT.match(line):
            if figures is not None:
                document.note(at, f"the benchmark 'vegeta' is there twice, first at {figures.at}", hint=TWICE)
                return
            figures = Figures(document, at, "vegeta")
        elif figures is not None:
            match = _PLOTTED.match(line)
            if match is None:
                document.expected(at, "a value, a percentile and a count", line)
                continue
            numbers = [document.written(text, at, least=0) for text in match.groups()]
            if None not in numbers:
                value, share, count = (number or 0.0 for number in numbers)
                found[share] = value
    if figures is None or not found:
        return
    if max(found) < 1:
        document.note(figures.at, "this plot breaks off: the percentile 1.0 is missing")
        return
    ms = _LENGTHS["ms"]
    figures.put("requests", count)
    for share, value in found.items():
        name = percentile_name(share * 100)
        if share in _KEPT or name in {"min", "max"}:
            further = {percentile_name(s * 100): v for s, v in found.items() if 0 < s < 1 and s not in _KEPT}
            figures.put(name, value, ms, "ms", statistics=further if share == 0.5 else None)
    runs.add(figures)
