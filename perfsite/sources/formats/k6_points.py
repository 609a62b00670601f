"""k6: every single point of a run, `k6 run --out json=FILE` or `--out csv=FILE`, streamed.

Source of the formats: https://grafana.com/docs/k6/latest/results-output/real-time/json/ and …/csv/, and
`output/json/json.go`, `output/csv/output.go` of k6 0.26 to 2.x.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, TextIO

from perfsite.model.run import Reading
from perfsite.sources.base import Rows, parse_time
from perfsite.sources.document import Document, is_storable, shorten, step
from perfsite.sources.formats.k6_metrics import KINDS, K6Rows, Kind, contents
from perfsite.sources.formats.operations import PERCENTILES, Operations
from perfsite.sources.lines import column_at, plain, read_lines, read_table
from perfsite.sources.loading import rewound

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME: Final = "k6-points"
TITLE: Final = "k6: every point of a run, as JSON lines or CSV"
MAKE: Final = "k6 run --out json=points.json script.js"
_HINT: Final = "k6 writes it with `--out json=FILE` or `--out csv=FILE`; was this file edited or cut off?"
_HEADER: Final = "metric_name,timestamp,metric_value"
_MOST: Final = 10_000
_LATEST: Final = datetime(9999, 1, 1, tzinfo=UTC).timestamp()
# CSV tells no kinds: these are k6's own metrics, all others are taken for trends.
_COUNTERS: Final = frozenset(
    {
        "http_reqs", "iterations", "dropped_iterations", "data_sent", "data_received", "ws_sessions", "ws_msgs_sent",
        "ws_msgs_received", "grpc_streams", "grpc_streams_msgs_sent", "grpc_streams_msgs_received",
        "browser_data_sent", "browser_data_received",
    }
)  # fmt: skip
_OTHERS: Final = {
    "vus": "gauge", "vus_max": "gauge", "checks": "rate", "http_req_failed": "rate", "browser_http_req_failed": "rate"
}  # fmt: skip


def accepts(head: str) -> bool:
    """Whether a file that begins so is k6's: its CSV header, or a line about a metric or a point."""
    text = plain(head).lstrip()
    if text.startswith(_HEADER):
        return True
    first = text.partition("\n")[0]
    if not first.startswith("{") or len(first) > 20_000:
        return False
    try:
        entry = json.loads(first)
    except (ValueError, RecursionError):
        return False
    return isinstance(entry, dict) and entry.get("type") in {"Metric", "Point"} and "metric" in entry


def parse(stream: TextIO, *, origin: str) -> Reading:
    """Return the measurements of k6's points, as its summary would tell them.

    Identities and metrics are those of the summary (see `k6`): percentiles as k6 computes them, `p99` besides, and
    the kept samples with `p50`. Submetrics are those that the file declares, in CSV `{expected_response:true}`. A
    counter's rate is per second between the first and the last point, which is a little shorter than the run that k6
    divides by. Whether a threshold was kept does not stand in these files, and tags that no submetric asks for do not
    split a metric. CSV tells no kind of a metric: those that are not k6's own are taken for trends.
    """
    document = Document(origin, hint=_HINT, top="")
    points = _Points(document)
    head, stream = rewound(stream, origin=origin)
    if plain(head).lstrip().startswith(_HEADER):
        _read_csv(stream, points, document)
    else:
        _read_json_lines(stream, points, document, origin=origin)
    rows = Rows(document)
    points.add_to(K6Rows(rows))
    return Reading(measurements=rows.reading().measurements, tool="k6", **points.facts())


def _read_json_lines(stream: TextIO, points: _Points, document: Document, *, origin: str) -> None:
    for at, line in read_lines(stream, origin=origin):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            document.note(at, f"is no line of JSON: '{shorten(line)}'")
            continue
        if not isinstance(entry, dict):
            document.expected(at, "an object", entry)
            continue
        name = entry.get("metric")
        data = entry.get("data")
        if not isinstance(name, str) or not isinstance(data, dict) or not is_storable(name):
            document.note(at, "expected an object with the text `metric` and the object `data`")
        elif entry.get("type") == "Metric":
            points.declare(name, data, at)
        elif entry.get("type") == "Point":
            _read_point(name, data, at, points, document)
        else:
            document.expected(f"{at}: $.type", "Metric or Point", entry.get("type"))


def _read_point(name: str, data: Mapping[str, Any], at: str, points: _Points, document: Document) -> None:
    inside = f"{at}: $.data"
    value = document.number(data, "value", inside)
    time = parse_time(data.get("time"))
    if time is None:
        document.expected(step(inside, "time"), "a time with its zone", data.get("time"))
    tags = data.get("tags")
    if value is not None and time is not None:
        points.take(name, time.timestamp(), value, tags if isinstance(tags, dict) else {}, at)


def _read_csv(stream: TextIO, points: _Points, document: Document) -> None:
    for at, row in read_table(stream, document, required=_HEADER.split(",")):
        name, written = row["metric_name"], row["timestamp"]
        value = document.written(row["metric_value"], column_at(at, "metric_value"))
        time = _seconds(written)
        if time is None:
            document.expected(column_at(at, "timestamp"), "a time", written)
        if value is None or time is None:
            continue
        if name not in points.kinds:
            kind = "counter" if name in _COUNTERS else _OTHERS.get(name, "trend")
            points.kinds[name] = Kind(kind, contents(name, kind))
            if name == "http_req_duration" and "expected_response" in row:
                points.submetrics[name] = {f"{name}{{expected_response:true}}": {"expected_response": "true"}}
        points.take(name, time, value, row, at)


def _seconds(text: str) -> float | None:
    """Return a time in seconds since 1970; k6 writes it in s, ms, µs, ns or as RFC 3339."""
    if text.isascii() and text.isdigit() and len(text) <= 19:
        number = int(text)
        while number >= _LATEST:
            number //= 1000
        return float(number)
    time = parse_time(text)
    return None if time is None else time.timestamp()


class _Sums:
    """All points of one metric, submetric or check."""

    __slots__ = ("at", "count", "greatest", "last", "least", "operations", "total", "trues")

    def __init__(self, at: str, *, keep: bool) -> None:
        self.at = at
        self.operations = Operations() if keep else None
        self.count = self.trues = 0
        self.total = self.last = 0.0
        self.least, self.greatest = float("inf"), float("-inf")

    def take(self, value: float) -> None:
        if self.operations is not None:
            self.operations.take(value)
            return
        self.count += 1
        self.trues += value != 0
        self.total += value
        self.last = value
        self.least, self.greatest = min(self.least, value), max(self.greatest, value)

    def figures(self, kind: Kind, seconds: float) -> dict[str, float]:
        """Return the figures as k6 names them."""
        if self.operations is not None:
            found = self.operations
            ends = {"avg": found.mean(), "min": found.least(), "max": found.greatest(), "count": float(len(found))}
            return {"med": found.between(50), **ends, **{f"p({p:g})": found.between(p) for p in PERCENTILES if p > 50}}
        if kind.type == "counter":
            return {"count": self.total, **({"rate": self.total / seconds} if seconds > 0 else {})}
        if kind.type == "rate":
            passes, fails = float(self.trues), float(self.count - self.trues)
            return {"rate": passes / self.count, "passes": passes, "fails": fails}
        return {"value": self.last, "min": self.least, "max": self.greatest}


class _Points:
    """All points of a file, by metric."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.kinds: dict[str, Kind] = {}
        self.submetrics: dict[str, dict[str, dict[str, str]]] = {}
        self._sums: dict[str, _Sums] = {}
        self._checks: dict[tuple[str, str], _Sums] = {}
        self._first = float("inf")
        self._last = float("-inf")

    def declare(self, name: str, data: Mapping[str, Any], at: str) -> None:
        """Take what the file says about a metric: its kind, what it contains, its submetrics."""
        kind, contains = data.get("type"), data.get("contains")
        if not isinstance(kind, str) or kind not in KINDS:
            self.document.expected(f"{at}: $.data.type", "trend, counter, gauge or rate", kind)
            return
        self.kinds[name] = Kind(kind, contains if isinstance(contains, str) else contents(name, kind))
        submetrics = data.get("submetrics")
        for entry in submetrics if isinstance(submetrics, list) else []:
            text = entry.get("name") if isinstance(entry, dict) else None
            tags = entry.get("tags") if isinstance(entry, dict) else None
            if isinstance(text, str) and text.startswith(f"{name}{{") and isinstance(tags, dict) and is_storable(text):
                self.submetrics.setdefault(name, {})[text] = {
                    key: value for key, value in tags.items() if isinstance(value, str)
                }

    def take(self, name: str, time: float, value: float, tags: Mapping[str, Any], at: str) -> None:
        """Take one point; `time` in seconds since 1970."""
        self._first, self._last = min(self._first, time), max(self._last, time)
        sums = self._sums.get(name)
        if sums is None:
            kind = self.kinds.get(name)
            if kind is None:
                self.document.note(at, f"the metric '{shorten(name)}' was not declared before")
                self.kinds[name] = kind = Kind("trend", contents(name, "trend"))
            sums = self._sums[name] = _Sums(at, keep=kind.type == "trend")
            if len(self._sums) > _MOST:
                self.document.note(at, f"holds more than {_MOST:,} metrics")
                self.document.finish()
        sums.take(value)
        for text, wanted in self.submetrics.get(name, {}).items():
            if all(tags.get(key) == told for key, told in wanted.items()):
                inner = self._sums.get(text)
                if inner is None:
                    inner = self._sums[text] = _Sums(at, keep=sums.operations is not None)
                inner.take(value)
        if name == "checks" and tags.get("check"):
            self._take_check(tags, value, at)

    def _take_check(self, tags: Mapping[str, Any], value: float, at: str) -> None:
        key = (str(tags["check"]), str(tags.get("group") or ""))
        check = self._checks.get(key)
        if check is None:
            if len(self._checks) >= _MOST:
                self.document.note(at, f"holds more than {_MOST:,} checks")
                self.document.finish()
            if not is_storable("".join(key)):
                self.document.note(at, "the name of a check holds a NUL or half a surrogate pair")
            check = self._checks[key] = _Sums(at, keep=False)
        check.take(value)

    def add_to(self, rows: K6Rows) -> None:
        """Add the measurements of everything taken."""
        seconds = self._last - self._first
        for name, sums in self._sums.items():
            kind = self.kinds.get(name) or self.kinds[name.partition("{")[0]]
            samples = sums.operations.sample() if sums.operations is not None else None
            rows.add(name, kind, sums.figures(kind, seconds), sums.at, samples=samples)
        for (name, group), check in self._checks.items():
            rows.add_check(name, group, check.trues, check.count - check.trues, check.at)

    def facts(self) -> dict[str, Any]:
        """Return when the run began and how long it took."""
        if self._first > self._last:
            return {}
        return {
            "time": datetime.fromtimestamp(min(max(self._first, 0), _LATEST), UTC),
            "facts": {"k6.seconds": self._last - self._first},
        }
