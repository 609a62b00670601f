"""vegeta's single requests: `vegeta encode --to json` (a JSON object per line) and `--to csv` (no header).

The format is `lib/results.go` of https://github.com/tsenart/vegeta: time of the request, status, latency in ns, bytes
out and in, error, and since later versions body, attack, number, method, URL and headers. All requests together are the
benchmark `vegeta`, as in the report; the name given with `vegeta attack -name` is its parameter `attack`. With more
than one target (up to a hundred), each is a benchmark too, as `GET /items`. Bodies and headers are no figures.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, TextIO

from perfsite.sources.base import parse_time
from perfsite.sources.document import is_storable, shorten
from perfsite.sources.formats.http_load import (
    BYTES,
    PER_SECOND,
    SECONDS,
    Figures,
    Runs,
    Sample,
    benchmark_of,
    messages_of,
)
from perfsite.sources.lines import read_lines
from perfsite.sources.loading import outline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perfsite.sources.document import Document

_CSV: Final = re.compile(r"\d{16,20},\d{1,3},\d{1,20},\d{1,20},\d{1,20},", re.ASCII)
_PERCENTS: Final = (50, 90, 95, 99)
_MOST_TARGETS: Final = 100
_MOST_KINDS: Final = 1000
_LONGEST_TAIL: Final = 100_000
_MOST_LINES: Final = 1000
_MOST_INT: Final = 2**63
_MOST_CODE: Final = 65_535
_MOST_GROUPS: Final = 10_000
_MOST_NS: Final = 2.5e20
"""About the year 9900, the last that dates can hold."""
_NS: Final = 10**9
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBERS: Final = ("code", "latency", "bytes_out", "bytes_in")


def is_encoded(text: str) -> bool:
    """Whether a text begins with an encoded request."""
    first = text.lstrip().partition("\n")[0]
    if _CSV.match(first):
        return True
    if not first.startswith("{") or '"latency"' not in first[:4000]:
        return False
    found = outline(first)
    return isinstance(found, dict) and {"latency", "timestamp", "code"} <= found.keys()


_Record = tuple[int, dict[str, float], dict[str, str]]


class _Group:
    """The requests of one benchmark."""

    def __init__(self) -> None:
        self.times = Sample()
        self.codes: Counter[str] = Counter()
        self.bytes_in = self.bytes_out = 0.0
        self.begin = self.last = self.end = 0
        """When the first and the last request began and the last answer came, in ns since 1970."""

    def add(self, time: int, found: dict[str, float]) -> None:
        """Take a request that began at a time in ns since 1970."""
        latency = found["latency"]
        if not self.times.values:
            self.begin = self.last = time
        self.begin, self.last = min(self.begin, time), max(self.last, time)
        self.end = max(self.end, time + int(latency))
        self.times.values.append(latency / _NS)
        self.codes[f"{found['code']:.0f}"] += 1
        self.bytes_in += found["bytes_in"]
        self.bytes_out += found["bytes_out"]

    def figures(self, document: Document, at: str, benchmark: str, attack: str) -> Figures:
        figures = Figures(document, at, benchmark)
        if attack:
            figures.parameters = {"attack": attack}
        count = len(self.times.values)
        figures.put("requests", count)
        duration, whole = (self.last - self.begin) / _NS, (self.end - self.begin) / _NS
        figures.put("duration", duration, SECONDS)
        figures.put("wait", max(self.end - self.last, 0) / _NS, SECONDS)
        good = sum(number for code, number in self.codes.items() if len(code) == 3 and code[0] in "23")
        if duration > 0:
            figures.put("requests_per_second", count / duration, PER_SECOND)
        if whole > 0:
            figures.put("throughput", good / whole, PER_SECOND)
        self.times.put_percentiles(figures, _PERCENTS)
        for name, size, total in (
            ("bytes_received", "size", self.bytes_in),
            ("bytes_sent", "size_sent", self.bytes_out),
        ):
            figures.put(name, total, BYTES)
            figures.put(size, total / count, BYTES)
        figures.put("success_rate", good / count)
        figures.status_codes(self.codes)
        figures.outcome(count - good, count)
        return figures


def read_requests(stream: TextIO, runs: Runs) -> tuple[tuple[str, ...], datetime | None]:
    """Read encoded requests into runs; return what failed, and when the first request began."""
    document = runs.rows.document
    groups: dict[tuple[str, str], _Group] = {}
    places: dict[tuple[str, str], str] = {}
    targets: set[str] | None = set()
    errors: Counter[str] = Counter()
    first: int | None = None
    for at, time, found, texts in _records(stream, document):
        first = time if first is None else min(first, time)
        names = [""]
        if texts["url"] and targets is not None:
            target = f"{texts['method']} {benchmark_of(texts['url'])}".strip()
            targets.add(target)
            names.append(target)
            if len(targets) > _MOST_TARGETS:
                targets, names = None, [""]
                groups = {key: group for key, group in groups.items() if not key[0]}
        for name in names:
            key = (name, texts["attack"])
            places.setdefault(key, at)
            groups.setdefault(key, _Group()).add(time, found)
        if len(groups) > _MOST_GROUPS:
            document.note(at, f"more than {_MOST_GROUPS:,} attacks in one file")
            document.finish()
        if texts["error"] and (texts["error"] in errors or len(errors) < _MOST_KINDS):
            errors[texts["error"]] += 1
    for (name, attack), group in groups.items():
        if not name or (targets is not None and len(targets) > 1):
            runs.add(group.figures(document, places[name, attack], name or "vegeta", attack))
    return messages_of(errors.items()), None if first is None else _EPOCH + timedelta(microseconds=first // 1000)


def _records(stream: TextIO, document: Document) -> Iterator[tuple[str, int, dict[str, float], dict[str, str]]]:
    """Yield (place, ns since 1970, numbers, texts) of each request; the latency in ns."""
    pending: list[str] = []
    place = ""
    for at, line in read_lines(stream, origin=document.origin):
        if not pending and not line.strip():
            continue
        is_json = not pending and line.lstrip().startswith("{")
        place = place if pending else at
        # A quoted error may hold line ends: it goes on until its second quotation mark.
        is_open = not is_json and (line.count('"') % 2 == 1) != bool(pending)
        pending.append(line)
        if is_open and len(pending) < _MOST_LINES:
            continue
        whole = "\n".join(pending)
        pending.clear()
        record = _json_record(whole, place, document) if is_json else _csv_record(whole, place, document)
        if record is not None:
            yield place, *record
    if pending:
        document.note(place, "the file ends in the middle of this request")


def _json_record(line: str, at: str, document: Document) -> _Record | None:
    try:
        row: Any = json.loads(line, parse_int=lambda digits: int(digits) if len(digits) < 400 else float("inf"))
    except (ValueError, RecursionError):
        document.expected(at, "a request as JSON", line)
        return None
    if not isinstance(row, dict):
        document.expected(at, "an object", row)
        return None
    begin = parse_time(row.get("timestamp"))
    if begin is None:
        document.expected(f"{at}, timestamp", "a time", row.get("timestamp"))
    before = len(document.problems)
    found: dict[str, float] = {}
    for name in _NUMBERS:
        value = row.get(name)
        # Most values; a file may hold millions of them.
        if type(value) is int and 0 <= value <= _MOST_INT:
            found[name] = value
        else:
            number = document.as_number(0 if value is None and name != "latency" else value, f"{at}, {name}", least=0)
            found[name] = number or 0.0
    _check_code(found["code"], at, document)
    texts = {name: row[name] if isinstance(row.get(name), str) else "" for name in ("attack", "error", "method", "url")}
    if begin is None or len(document.problems) > before or not _checked(texts, at, document):
        return None
    return (begin - _EPOCH) // timedelta(microseconds=1) * 1000, found, texts


def _csv_record(line: str, at: str, document: Document) -> _Record | None:
    cells = line.split(",", 5)
    if len(cells) < 6:
        document.expected(at, "a request: time, status, latency, bytes out, bytes in, error, …", line)
        return None
    before = len(document.problems)
    names = ("timestamp", *_NUMBERS)
    values = [
        # Most cells; a file may hold millions of them.
        float(cell) if cell.isdecimal() and cell.isascii() and len(cell) < 30
        else document.written(cell, f"{at}, {name}", least=0)
        for cell, name in zip(cells, names, strict=False)
    ]  # fmt: skip
    if len(document.problems) == before and (values[0] or 0) > _MOST_NS:
        document.expected(f"{at}, timestamp", "nanoseconds since 1970", cells[0])
    _check_code(values[1], at, document)
    if len(document.problems) > before:
        return None
    found = {name: value or 0.0 for name, value in zip(_NUMBERS, values[1:], strict=True)}
    rest = _cells(cells[5])
    # error, body, attack, number, method, URL, headers
    texts = {
        name: rest[i] if len(rest) > i else "" for name, i in (("error", 0), ("attack", 2), ("method", 4), ("url", 5))
    }
    if not _checked(texts, at, document):
        return None
    digits = cells[0].strip()
    # As a float, a time of today has lost its last 100 ns.
    return int(digits) if digits.isdecimal() else int(values[0] or 0), found, texts


def _check_code(code: float | None, at: str, document: Document) -> None:
    if code is not None and not (code <= _MOST_CODE and float(code).is_integer()):
        document.expected(f"{at}, code", "a status code", code)


def _cells(text: str) -> list[str]:
    """Return the cells behind the numbers; none where the body in them is large."""
    if len(text) > _LONGEST_TAIL:
        return []
    try:
        return next(csv.reader([text]), [])
    except csv.Error:
        return []


def _checked(texts: dict[str, str], at: str, document: Document) -> bool:
    bad = [name for name in ("attack", "method", "url") if not is_storable(texts[name])]
    for name in bad:
        document.note(f"{at}, {name}", f"'{shorten(texts[name])}' cannot be kept as text")
    return not bad
