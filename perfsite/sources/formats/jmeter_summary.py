"""Apache JMeter: `statistics.json` of its dashboard, and the table of its Aggregate and Summary Report as CSV.

Source of the formats: https://jmeter.apache.org/usermanual/generating-dashboard.html,
https://jmeter.apache.org/usermanual/component_reference.html#Aggregate_Report, and the column names in JMeter's
`messages.properties`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, TextIO

from perfsite.model.run import Reading
from perfsite.sources.base import Rows
from perfsite.sources.document import Document, is_storable
from perfsite.sources.entries import Members
from perfsite.sources.formats.jmeter_labels import TOTAL
from perfsite.sources.formats.load_metrics import Target, percentile_name
from perfsite.sources.lines import cells_of, column_at, plain, read_table
from perfsite.sources.loading import outline, rewound

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME: Final = "jmeter-summary"
TITLE: Final = "Apache JMeter: the dashboard's statistics.json, or an Aggregate Report"
MAKE: Final = "jmeter -n -t plan.jmx -l results.jtl -e -o dashboard"
FOLDER: Final = "statistics.json"
_HINT: Final = "JMeter writes it with `-e -o FOLDER`, as statistics.json; was this file edited?"
_JSON: Final = {
    "sampleCount": "requests",
    "errorCount": "failures",
    "errorPct": "error_percent",
    "meanResTime": "mean",
    "medianResTime": "p50",
    "minResTime": "min",
    "maxResTime": "max",
    "pct1ResTime": "p90",
    "pct2ResTime": "p95",
    "pct3ResTime": "p99",
    "throughput": "requests_per_second",
    "receivedKBytesPerSec": "received",
    "sentKBytesPerSec": "sent",
}
_TABLE: Final = {
    "label": "label",
    "sampler_label": "label",
    "# samples": "requests",
    "aggregate_report_count": "requests",
    "average": "mean",
    "median": "p50",
    "aggregate_report_median": "p50",
    "min": "min",
    "aggregate_report_min": "min",
    "max": "max",
    "aggregate_report_max": "max",
    "std. dev.": "deviation",
    "aggregate_report_stddev": "deviation",
    "error %": "error_percent",
    "aggregate_report_error%": "error_percent",
    "throughput": "requests_per_second",
    "aggregate_report_rate": "requests_per_second",
    "received kb/sec": "received",
    "kb/sec": "received",
    "aggregate_report_bandwidth": "received",
    "sent kb/sec": "sent",
    "aggregate_report_sent_bytes_per_sec": "sent",
    "avg. bytes": "size",
    "average_bytes": "size",
}
_LINE: Final = re.compile(r"(?:aggregate_report_)?([0-9.]{1,20})%[ _]line\Z", re.IGNORECASE)
_PER: Final = {"/sec": 1.0, "/s": 1.0, "/min": 60.0, "/hour": 3600.0}
_KILOBYTE: Final = 1024


def accepts(head: str) -> bool:
    """Whether a file that begins so is JMeter's: labels with response times, or the header of a report."""
    if plain(head).lstrip()[:1] == "{":
        document = outline(head)
        if not isinstance(document, dict):
            return False
        entries = [entry for entry in document.values() if isinstance(entry, dict)]
        return any("meanResTime" in entry or {"transaction", "sampleCount"} <= entry.keys() for entry in entries)
    first = plain(head).lstrip().partition("\n")[0]
    if len(first) > 5_000:
        return False
    cells = cells_of(first)
    held = {_column(cell) for cell in cells}
    return {"label", "requests", "mean", "requests_per_second"} <= held


def parse(stream: TextIO, *, origin: str) -> Reading:
    """Return the measurements of a JMeter report.

    A label is the benchmark; all labels together are `TOTAL`, which the dashboard calls `Total`. `pct1ResTime` to
    `pct3ResTime` are taken for the 90th, 95th and 99th percentile, JMeter's default; the file does not tell them.
    JMeter's KB are 1024 bytes. Times of a label without samples (`NaN`) are skipped.
    """
    document = Document(origin, hint=_HINT)
    rows = Rows(document)
    head, stream = rewound(stream, origin=origin)
    if plain(head).lstrip()[:1] == "{":
        _read_statistics(stream, rows)
    else:
        document.top = ""
        _read_report(stream, rows)
    return Reading(measurements=rows.reading().measurements, tool="jmeter")


def _read_statistics(stream: TextIO, rows: Rows) -> None:
    document = rows.document
    for at, key, value in Members(stream, document):
        entry = document.mapping({key: value}, key, "$")
        if entry is None:
            continue
        if not is_storable(key):
            document.note(at, "the label holds a NUL or half a surrogate pair, which no text file can keep")
            continue
        figures = {name: _json_number(entry, field, at, document) for field, name in _JSON.items() if field in entry}
        if not document.is_faulty(at):
            _add(rows, key, figures, at)


def _json_number(entry: Mapping[str, Any], field: str, at: str, document: Document) -> float | None:
    value = entry[field]
    if value == "NaN" or (isinstance(value, float) and value != value):  # noqa: PLR0124 (NaN is not itself)
        return None
    return document.number(entry, field, at, least=0)


def _column(name: str) -> str:
    text = name.strip().lower()
    line = _LINE.match(text)
    return _TABLE.get(text) or (percentile_name(line[1]) if line else None) or f"column {text}"


def _read_report(stream: TextIO, rows: Rows) -> None:
    document = rows.document
    known = {*_TABLE.values(), "label"}
    for at, row in read_table(stream, document):
        columns = {_column(column): column for column in row}
        if "label" not in columns or "requests" not in columns:
            document.note("line 1", "is no header of a JMeter report: it has no columns 'Label' and '# Samples'")
            document.finish()
        figures = {}
        for name, column in columns.items():
            if name != "label" and (name in known or percentile_name(name.removeprefix("p"))):
                figures[name] = _written(row[column], name, column_at(at, column), document)
        if not document.is_faulty(at):
            _add(rows, row[columns["label"]], figures, at)


def _written(text: str, name: str, at: str, document: Document) -> float | None:
    """Return the number of a cell: `12`, `5.00%`, `3.2/sec`, and with a comma in place of the point."""
    text = text.strip()
    if text in {"", "NaN", "N/A", "�"}:
        return None
    percent = text.endswith("%")
    divisor = 1.0
    for ending, seconds in _PER.items():
        if text.endswith(ending):
            text, divisor = text.removesuffix(ending), seconds
            break
    text = text.removesuffix("%").strip()
    if "." not in text and text.count(",") == 1:
        text = text.replace(",", ".")
    number = document.written(text, at, least=0)
    if number is None:
        return None
    if name == "error_percent" and not percent and number <= 1:
        # Versions before 2.13 wrote a fraction here, later ones a figure with its per cent sign.
        return number * 100
    return number / divisor


def _add(rows: Rows, label: str, figures: Mapping[str, float | None], at: str) -> None:
    target = Target(rows, at, TOTAL if label == "Total" else label, {})
    requests, failures = figures.get("requests"), figures.get("failures")
    count = int(requests) if requests else None
    deviation = figures.get("deviation") if count != 1 else None
    for name, value in figures.items():
        if name in {"received", "sent"}:
            metric = "bytes_per_second" if name == "received" else "bytes_sent_per_second"
            target.add(metric, None if value is None else value * _KILOBYTE)
        elif name == "error_percent":
            exact = failures / requests if failures is not None and requests else None
            target.add("error_rate", exact if exact is not None else None if value is None else value / 100)
        elif name in {"requests", "failures", "requests_per_second", "size"}:
            target.add(name, value)
        elif name != "deviation":
            target.add(name, value if count else None, count=count, deviation=deviation if name == "mean" else None)
