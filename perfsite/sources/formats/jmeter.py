"""Apache JMeter: the samples of a run, `jmeter -n -t PLAN -l FILE.jtl`, as CSV or XML, streamed.

Source of the format: https://jmeter.apache.org/usermanual/listeners.html#csvlogformat, and JMeter's
`CSVSaveService.java` and `SampleSaveConfiguration.java` of the versions 2.3 to 5.6.
"""

from __future__ import annotations

import csv
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, TextIO

from perfsite.model.run import Reading
from perfsite.sources.base import Rows
from perfsite.sources.document import Document, shorten
from perfsite.sources.formats.jmeter_labels import Labels, Sample
from perfsite.sources.formats.jmeter_xml import COLUMNS, accepts_xml, read_samples
from perfsite.sources.lines import cells_of, column_at, plain, read_lines, refuse_wide
from perfsite.sources.loading import rewound

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

NAME: Final = "jmeter"
TITLE: Final = "Apache JMeter: every sample of a run (JTL), as CSV or XML"
MAKE: Final = "jmeter -n -t plan.jmx -l results.jtl"
_HINT: Final = "JMeter writes it with `-l FILE`; was this file edited or cut off?"
_DELIMITERS: Final = (",", ";", "\t", "|")
_START: Final = re.compile(r"\d{12,14}([,;\t|])\d{1,12}\1", re.ASCII)
_WRITTEN_TIME: Final = re.compile(r"(\d{4})[/-](\d\d)[/-](\d\d)[ T](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,6}))?\Z", re.ASCII)
_TIMES: Final = ("Latency", "Connect")
_SIZES: Final = ("bytes", "sentBytes")
# What stands in files without a header: the columns that JMeter wrote by default, by their number.
_FIRST: Final = "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success"
_DEFAULTS: Final = {
    10: f"{_FIRST},bytes,Latency",
    11: f"{_FIRST},failureMessage,bytes,Latency",
    12: f"{_FIRST},bytes,grpThreads,allThreads,Latency",
    13: f"{_FIRST},failureMessage,bytes,grpThreads,allThreads,Latency",
    15: f"{_FIRST},failureMessage,bytes,grpThreads,allThreads,Latency,IdleTime,Connect",
    16: f"{_FIRST},failureMessage,bytes,sentBytes,grpThreads,allThreads,Latency,IdleTime,Connect",
    17: f"{_FIRST},failureMessage,bytes,sentBytes,grpThreads,allThreads,URL,Latency,IdleTime,Connect",
}
_KNOWN: Final = {name.lower(): name for name in (*_DEFAULTS[17].split(","), "label")}
_TRANSACTION: Final = "Number of samples in transaction"
_LATEST_MS: Final = datetime(9999, 1, 1, tzinfo=UTC).timestamp() * 1000


def accepts(head: str) -> bool:
    """Whether a file that begins so is a JTL: its header, a sample as JMeter writes it without one, or XML."""
    text = plain(head).lstrip()
    if text.startswith("<"):
        return accepts_xml(head)
    first = text.partition("\n")[0]
    if len(first) > 20_000:
        return False
    if _START.match(first):
        return _headerless(_cells(first)) is not None
    held = {_KNOWN.get(cell.lower(), cell) for cell in _cells(first)}
    return held >= {"timeStamp", "elapsed"} or held >= {"elapsed", "label", "success"}


def parse(stream: TextIO, *, origin: str) -> Reading:
    """Return the measurements of a JTL file: the figures of JMeter's Aggregate Report, for each label and `TOTAL`.

    Percentiles are nearest ranks, as in that report; `p50` is the median, as in the dashboard, and keeps the samples.
    `requests_per_second` and `bytes_per_second` are over the time from the first sample's start to the last one's end;
    a file whose times are in a form of the owner's has none. `latency` (until the first byte) and `connect` are
    medians. Samples of transaction controllers have their label, but are left out of `TOTAL`, which would count their
    requests twice.
    Codes, messages and threads of single samples are no measurements.
    """
    document = Document(origin, hint=_HINT, top="")
    labels = Labels(document)
    table: _Table | None = None
    head, stream = rewound(stream, origin=origin)
    if plain(head).lstrip().startswith("<"):
        table = _Table(COLUMNS, "line 1", document)
        found = read_samples(stream, origin=origin, hint=_HINT)
    else:
        found = _read_cells(stream, document, origin=origin)
    for at, cells in found:
        table = table or _Table(cells, at, document)
        if len(cells) == len(table.columns):
            if not table.is_header(cells):
                table.take(cells, at, labels)
        else:
            document.note(at, f"expected {len(table.columns)} cells as in the first line, found {len(cells)}")
    rows = Rows(document)
    labels.add_to(rows)
    started = labels.started
    has_zone = table is not None and table.is_epoch
    return Reading(
        measurements=rows.reading().measurements,
        tool="jmeter",
        time=datetime.fromtimestamp(started / 1000, UTC) if started is not None and has_zone else None,
    )


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in cells_of(line, delimiter=_delimiter(line))]


def _delimiter(line: str) -> str:
    start = _START.match(line)
    return start[1] if start else max(_DELIMITERS, key=line.count)


def _read_cells(stream: TextIO, document: Document, *, origin: str) -> Iterator[tuple[str, list[str]]]:
    """Yield (place, cells) of each row; a cell may hold line ends within quotes."""
    lines = (line for _, line in read_lines(stream, origin=origin))
    first, skipped = "", 0
    for first in lines:
        if first.strip():
            break
        skipped += 1

    def rest() -> Iterator[str]:
        yield first
        yield from lines

    refuse_wide(first, _delimiter(first), origin=origin)
    reader = csv.reader(rest(), delimiter=_delimiter(first), strict=True)
    try:
        for cells in reader:
            if cells:
                yield f"line {reader.line_num + skipped}", cells
    except csv.Error as error:
        document.note(f"line {reader.line_num + skipped}", f"is not a row of a table: {shorten(str(error))}")


def _headerless(cells: Sequence[str]) -> list[str] | None:
    """Return the columns of a file whose first row is a sample; None where it is none."""
    default = _DEFAULTS.get(len(cells))
    if default is not None and cells[7].lower() in {"true", "false"}:
        return default.split(",")
    place = next((i for i, cell in enumerate(cells) if i > 2 and cell.lower() in {"true", "false"}), None)
    if place is None:
        return None
    columns = [f"column {i + 1}" for i in range(len(cells))]
    columns[:3] = ["timeStamp", "elapsed", "label"]
    columns[place] = "success"
    return columns


def _named(cells: Sequence[str]) -> list[str]:
    """Return the names of columns; tools that write JTL files of their own spell some in lower case."""
    return [_KNOWN.get(cell.strip().lower(), cell.strip()) for cell in cells]


class _Table:
    """Where in a row what stands, and how it is read."""

    def __init__(self, first: Sequence[str], at: str, document: Document) -> None:
        self.document = document
        self.columns = _named(first)
        self.is_epoch = True
        if "elapsed" not in self.columns:
            found = _headerless(first) if first[0].strip().isdigit() else None
            if found is None:
                document.note(at, "is neither a header with the column 'elapsed' nor a sample")
                document.finish()
            self.columns = found or []
        for name in ("elapsed", "label", "timeStamp", "success"):
            if self.columns.count(name) > 1:
                document.note(at, f"the column '{name}' stands twice")
        document.finish()
        self._place = {name: i for i, name in enumerate(self.columns)}

    def is_header(self, cells: Sequence[str]) -> bool:
        """Whether a row is the header: the first one, or that of a second run appended to the file."""
        return not cells[self._place["elapsed"]].isdigit() and _named(cells) == self.columns

    def take(self, cells: Sequence[str], at: str, labels: Labels) -> None:
        """Take one sample."""
        elapsed = self._number(cells, "elapsed", at)
        if elapsed is None:
            if not cells[self._place["elapsed"]].strip():
                self.document.expected(column_at(at, "elapsed"), "a number", "")
            return
        success = self._text(cells, "success") or "true"
        if success.lower() not in {"true", "false"}:
            self.document.expected(column_at(at, "success"), "true or false", success)
            return
        sample = Sample(elapsed, success=success.lower() == "true", started=self._started(cells, at))
        sample.latency, sample.connect = (self._number(cells, name, at) for name in _TIMES)
        sample.received, sample.sent = (self._number(cells, name, at) for name in _SIZES)
        sample.is_transaction = (self._text(cells, "responseMessage") or "").startswith(_TRANSACTION)
        label = self._text(cells, "label")
        labels.take(label, sample, at)

    def _text(self, cells: Sequence[str], column: str) -> str | None:
        place = self._place.get(column)
        return None if place is None else cells[place]

    def _number(self, cells: Sequence[str], column: str, at: str) -> float | None:
        text = self._text(cells, column)
        if text is None or not text.strip():
            return None
        if text.isascii() and text.isdigit() and len(text) <= 15:
            return float(text)
        return self.document.written(text, column_at(at, column), least=0)

    def _started(self, cells: Sequence[str], at: str) -> float | None:
        """Return the start in ms since 1970; None for a form of the owner's, of which no zone or order is known."""
        text = self._text(cells, "timeStamp")
        if text is None or not text.strip():
            return None
        if text.isascii() and text.isdigit() and len(text) <= 15:
            number = float(text)
            if number < _LATEST_MS:
                return number
            self.document.expected(column_at(at, "timeStamp"), "a time in ms since 1970", text)
            return None
        self.is_epoch = False
        match = _WRITTEN_TIME.match(text.strip())
        if match is None:
            return None
        try:
            parts = [int(part) for part in match.groups()[:6]]
            time = datetime(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5], tzinfo=UTC)
        except ValueError:
            return None
        return time.timestamp() * 1000 + int((match[7] or "0").ljust(6, "0")) / 1000
