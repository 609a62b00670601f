"""oha: what it prints, `oha --output-format json` (`--json`, `-j`), and `--output-format csv`.

The format is `src/printer.rs` of https://github.com/hatoo/oha and its `schema.json`. No output names the URL: the
benchmark is called `oha`. To keep several URLs apart, record each file by itself, `perfsite record --suite NAME FILE`.

`failures` are requests without an answer (oha's errors) and answers with a status of 400 or more; `success_rate` is
oha's own figure, to which any answer is a success. Requests that oha itself broke off at its deadline are `aborted`;
they count neither as requests nor as failures. `rps` is the rate over time in slices of 10 ms or more: its median, with
the rest as statistics. Null, NaN and infinity are what oha could not measure: skipped, or failed where no request was
answered. Histograms are left out: their edges are made anew from the fastest and slowest request of each run, and the
percentiles say the same more exactly.

The CSV has a line for each answered request; those without an answer are not in it, so neither is an error rate.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, TextIO

from perfsite.model.run import Reading
from perfsite.sources.document import Document, shorten, step
from perfsite.sources.formats.http_console import Console, put_details, put_percentiles, put_summary, read_consoles
from perfsite.sources.formats.http_load import (
    BYTES,
    BYTES_PER_SECOND,
    ONE,
    PER_CENT,
    PER_SECOND,
    SECONDS,
    Figures,
    Runs,
    Sample,
    cell,
    messages_of,
    percentile_name,
    status_of,
)
from perfsite.sources.lines import plain, read_table
from perfsite.sources.loading import outline, read_json, rewound

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfsite.model.units import Unit

NAME: Final = "oha"
TITLE: Final = "oha: the printed summary, `--output-format json` and `--output-format csv`"
MAKE: Final = "oha --no-tui --output-format json URL > oha.json"
_HINT: Final = "Give what `oha --no-tui` prints, or writes with `--output-format json` or `csv`."
_SUMMARY: Final = re.compile(r"^[ \t]*Summary:[ \t]*\n(?:[ \t]*\n)?[ \t]*Success rate:[ \t]+\S+[ \t]*$", re.MULTILINE)
_HEADER: Final = "request-start,DNS,DNS+dialup,Response-delay"
_COLUMNS: Final = {"DNS": "DNS-lookup", "DNS+dialup": "DNS+dialup", "Response-delay": "first_byte"}
_PARTS: Final = {"DNSDialup": "DNS+dialup", "DNSLookup": "DNS-lookup", "firstByte": "first_byte"}
_PERCENTS: Final = (10, 25, 50, 75, 90, 95, 99, 99.9, 99.99)
_SOME: Final = {"2xx only": "successful_", "4xx + 5xx only": "unsuccessful_"}
_TABLES: Final = {
    "latencyPercentiles": "",
    "firstBytePercentiles": "first_byte_",
    "latencyPercentilesSuccessful": "successful_",
    "latencyPercentilesNotSuccessful": "unsuccessful_",
}
_SUMMARIES: Final[Mapping[str, tuple[str, Unit]]] = {
    "total": ("duration", SECONDS),
    "slowest": ("max", SECONDS),
    "fastest": ("min", SECONDS),
    "average": ("mean", SECONDS),
    "requestsPerSec": ("requests_per_second", PER_SECOND),
    "totalData": ("bytes_received", BYTES),
    "sizePerRequest": ("size", BYTES),
}
_PERCENT_KEY: Final = re.compile(r"p(\d{1,3}(?:\.\d{1,6})?)\Z", re.ASCII)
_DEADLINE: Final = "aborted due to deadline"


def accepts(head: str) -> bool:
    """Whether a text is oha's: its summary with a success rate, its JSON or the first line of its CSV."""
    text = plain(head)
    if text.lstrip().startswith(_HEADER) or _SUMMARY.search(text) is not None:
        return True
    document = outline(head)
    if not isinstance(document, dict):
        return False
    summary = document.get("summary")
    if isinstance(summary, dict) and {"requestsPerSec", "successRate"} & summary.keys():
        return True
    # Keys may stand in another order after a rewrite by other tools.
    return "responseTimeHistogram" in document or {"latencyPercentiles", "errorDistribution"} <= document.keys()


def parse(stream: TextIO, *, origin: str) -> Reading:
    """Return the measurements of oha's summary, JSON or CSV."""
    head, stream = rewound(stream, origin=origin)
    start = plain(head).lstrip()
    is_json = start.startswith(("{", "["))
    runs = Runs(Document(origin, hint=_HINT, top="$" if is_json else ""))
    warnings: tuple[str, ...] = ()
    if is_json:
        warnings = _read_json(stream, runs)
    elif start.startswith(_HEADER):
        _read_requests(stream, runs)
    else:
        for console in read_consoles(stream, runs.rows.document):
            warnings += messages_of(error for error in console.errors if error[0] != _DEADLINE)
            _read_summary(console, runs)
    found = runs.rows.reading()
    return Reading(measurements=found.measurements, tool="oha", warnings=warnings)


def _put_outcome(figures: Figures, statuses: Mapping[str, float], errors: Mapping[str, float]) -> float:
    """Keep the counts and return how many requests were answered."""
    answers = sum(statuses.values())
    aborted = errors.get(_DEADLINE, 0)
    unanswered = sum(errors.values()) - aborted
    figures.put("requests", answers + unanswered)
    figures.status_codes(statuses)
    bad = sum(number for code, number in statuses.items() if code[:1] not in {"1", "2", "3"})
    figures.outcome(unanswered + bad, answers + unanswered)
    if aborted:
        figures.put("aborted", aborted)
    return answers


def _read_summary(console: Console, runs: Runs) -> None:
    document = runs.rows.document
    figures = Figures(document, console.at, "oha")
    errors: dict[str, float] = {}
    for text, number in console.errors:
        errors[text.strip()] = errors.get(text.strip(), 0) + number
    answers = _put_outcome(figures, console.statuses, errors)
    put_summary(figures, console, answered=answers > 0)
    if "Success rate" in console.summary:
        text, at = console.summary["Success rate"]
        figures.put_written("success_rate", text, at, {"": ONE, "%": PER_CENT}, "a share")
    for label, name in (("Total data", "bytes_received"), ("Size/request", "size")):
        if label in console.summary:
            figures.size(name, *console.summary[label])
    if "Size/sec" in console.summary:
        figures.size("bytes_per_second", *console.summary["Size/sec"], per_second=True)
    put_percentiles(figures, console, _SOME)
    put_details(figures, console, {})
    runs.add(figures)


def _read_json(stream: TextIO, runs: Runs) -> tuple[str, ...]:
    document = runs.rows.document
    root = read_json(stream, origin=document.origin, hint=_HINT)
    if not isinstance(root, dict):
        document.expected("$", "an object", root)
        return ()
    figures = Figures(document, "$", "oha")
    statuses = _counts(document, root, "statusCodeDistribution")
    errors = _counts(document, root, "errorDistribution")
    _put_outcome(figures, statuses, errors)
    _put_summary(figures, document.mapping(root, "summary", "$") or {})
    for key, prefix in _TABLES.items():
        for name, value in _percentiles(document, root, key).items():
            figures.put(f"{prefix}{name}", value, SECONDS)
    _put_rate(figures, root)
    _put_parts(figures, root)
    runs.add(figures)
    return messages_of((text, number) for text, number in errors.items() if text != _DEADLINE)


def _counts(document: Document, root: Mapping[str, Any], key: str) -> dict[str, float]:
    found = document.mapping(root, key, "$", required=key == "statusCodeDistribution") or {}
    numbers = {name: document.number(found, name, step("$", key), least=0) for name in found}
    return {name: number for name, number in numbers.items() if number is not None}


def _put_summary(figures: Figures, summary: Mapping[str, Any]) -> None:
    document = figures.document
    for key, (name, unit) in _SUMMARIES.items():
        if key not in summary and key in {"total", "requestsPerSec"}:
            document.note("$.summary", f"'{key}' is missing")
        if key in summary:
            figures.put(name, document.number(summary, key, "$.summary", required=False, least=0), unit)
    rate = document.number(summary, "sizePerSec", "$.summary", required=False, least=0)
    if "sizePerSec" in summary:
        figures.put("bytes_per_second", rate, BYTES_PER_SECOND)
    if "successRate" in summary:
        figures.put("success_rate", document.number(summary, "successRate", "$.summary", required=False, least=0))


def _percentiles(document: Document, root: Mapping[str, Any], key: str, at: str = "$") -> dict[str, float | None]:
    table = document.mapping(root, key, at, required=False) or {}
    found = {}
    for name in table:
        match = _PERCENT_KEY.match(name)
        if match is None:
            document.note(step(at, key), f"expected percentiles like 'p99.9', found the key '{shorten(name)}'")
        else:
            number = document.number(table, name, step(at, key), required=False, least=0)
            found[percentile_name(float(match[1]))] = number
    return found


def _put_rate(figures: Figures, root: Mapping[str, Any]) -> None:
    document = figures.document
    rps = document.mapping(root, "rps", "$", required=False)
    if rps is None:
        return
    spread = {
        key: document.number(rps, key, "$.rps", required=False, least=0) for key in ("mean", "stddev", "min", "max")
    }
    table = _percentiles(document, rps, "percentiles", "$.rps")
    centre = table.pop("p50", None)
    statistics = {**table, **{key: value for key, value in spread.items() if key != "stddev"}}
    known = {name: value for name, value in statistics.items() if value is not None}
    # A single slice has no deviation, and none at all a mean of zero.
    figures.put("rps", centre, PER_SECOND, deviation=spread["stddev"], statistics=known or None)


def _put_parts(figures: Figures, root: Mapping[str, Any]) -> None:
    document = figures.document
    details = document.mapping(root, "details", "$", required=False) or {}
    for key in details:
        part = document.mapping(details, key, "$.details", required=False)
        if part is None:
            continue
        at = step("$.details", key)
        mean, low, high = (
            document.number(part, word, at, required=False, least=0) for word in ("average", "fastest", "slowest")
        )
        # Without a single value oha writes an average of zero beside extremes of null.
        statistics = {"min": low, "max": high} if low is not None and high is not None else None
        figures.put(_PARTS.get(key, key), mean if statistics else None, SECONDS, statistics=statistics)


def _read_requests(stream: TextIO, runs: Runs) -> None:
    document = runs.rows.document
    times, size = Sample(), Sample()
    parts = {name: Sample() for name in _COLUMNS}
    codes: Counter[str] = Counter()
    begin = end = None
    for at, row in read_table(stream, document, required=["request-start", "request-duration"]):
        time = cell(document, row, "request-duration", at)
        start = cell(document, row, "request-start", at)
        if time is None or start is None:
            continue
        times.values.append(time)
        begin, end = min(start, start if begin is None else begin), max(start + time, 0.0 if end is None else end)
        for name, sample in (*parts.items(), ("bytes", size)):
            value = cell(document, row, name, at)
            # A request on a connection that was open before has no time of connecting.
            if value is not None and not (value == 0 and name in {"DNS", "DNS+dialup"}):
                sample.values.append(value)
        if code := status_of(document, row, "status", at):
            codes[code] += 1
    if begin is None or end is None:
        return
    count = len(times.values)
    figures = Figures(document, "line 1", "oha")
    figures.put("requests", count)
    times.put_percentiles(figures, _PERCENTS)
    for name, sample in parts.items():
        sample.put_part(figures, _COLUMNS[name])
    total = sum(size.values)
    if size.values:
        figures.put("bytes_received", total, BYTES)
        figures.put("size", total / len(size.values), BYTES)
    if end > begin:
        figures.put("duration", end - begin, SECONDS)
        figures.put("requests_per_second", count / (end - begin), PER_SECOND)
        figures.put("bytes_per_second", total / (end - begin) if size.values else None, BYTES_PER_SECOND)
    figures.status_codes(codes)
    runs.add(figures)
