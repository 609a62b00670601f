"""Google Benchmark's CSV: `BENCHMARK --benchmark_format=csv`, which the tool calls deprecated.

The columns are those of the tool's `csv_reporter.cc`; benchmarks, parameters and metrics are the same as in its JSON.
Left out is the deviation of a fit (`_RMS`), which the tool divides by a unit that it does not write.
"""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, TextIO

from perfsite.sources.base import Rows
from perfsite.sources.document import Document, shorten
from perfsite.sources.formats.google_rows import TIME_UNITS, Entry, add_entries
from perfsite.sources.formats.google_text_rows import Gathered
from perfsite.sources.lines import column_at, plain, read_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from perfsite.model.run import Reading

NAME: Final = "google-benchmark-csv"
TITLE: Final = "Google Benchmark's CSV"
MAKE: Final = "./bench --benchmark_format=csv > bench.csv"
_HINT: Final = "Google Benchmark writes it with `--benchmark_format=csv`; was this file edited?"
_COLUMNS: Final = "name,iterations,real_time,cpu_time,time_unit,"
_HEADER: Final = re.compile(rf"^{_COLUMNS}", re.MULTILINE)
_TEXTS: Final = frozenset({"name", "iterations", "time_unit", "label", "error_occurred", "error_message"})
_NO_NUMBERS: Final = frozenset({"nan", "-nan", "inf", "-inf"})


def accepts(head: str) -> bool:
    """Whether a text has the header of Google Benchmark's CSV."""
    return _HEADER.search(plain(head)) is not None


def parse(stream: TextIO, *, origin: str) -> Reading:
    """Return the measurements of Google Benchmark's CSV; what stands before its header is left out."""
    document = Document(origin, hint=_HINT, top="")
    entries = Gathered(document)
    for at, row in _rows(stream, document):
        entry = _entry(row, at, document)
        if entry is not None:
            entries.add(entry)
    rows = Rows(document)
    warnings: list[str] = []
    add_entries(entries.entries(), rows, warnings)
    return replace(rows.reading(), tool="google-benchmark", warnings=tuple(warnings))


def _rows(stream: TextIO, document: Document) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the rows below a header, which may come again."""
    place = ""

    def lines() -> Iterator[str]:
        nonlocal place
        is_table = False
        for at, line in read_lines(stream, origin=document.origin):
            place = at
            is_table = is_table or line.startswith(_COLUMNS)
            if is_table and line.strip():
                yield f"{line}\n"

    reader = csv.reader(lines(), strict=True)
    header: Sequence[str] = ()
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            document.note(place, f"is not a row of a table: {shorten(str(error))}")
            return
        if cells is None:
            return
        if ",".join(cells[:6]).startswith(_COLUMNS):
            header = cells
        elif len(cells) > len(header) or len(cells) < 5:
            document.note(place, f"expected {len(header)} cells as in the header, found {len(cells)}")
        else:
            # The row of a benchmark that failed ends before the counters.
            yield place, dict(zip(header, cells, strict=False))


def _entry(row: Mapping[str, str], at: str, document: Document) -> Entry | None:
    data: dict[str, Any] = {"name": row["name"]}
    if row.get("error_occurred"):
        flag, message = "error_occurred", "error_message"
        if row["error_occurred"] == "false":
            flag, message = "skipped", "skip_message"
        return Entry(at, {**data, flag: True, message: row.get("error_message", "")})
    order = row["time_unit"]
    if not row["iterations"] and not order:
        return None
    if order in TIME_UNITS:
        data |= {"time_unit": order, "iterations": row["iterations"]}
    elif row["iterations"] and not order:
        data |= {"aggregate_unit": "percentage", "iterations": row["iterations"]}
    elif row["iterations"]:
        document.expected(column_at(at, "time_unit"), "one of ns, us, ms, s", order)
        return None
    else:
        data["big_o"] = order
    for name, cell in row.items():
        if cell and name not in _TEXTS:
            key = {"real_time": "real_coefficient", "cpu_time": "cpu_coefficient"}.get(name, name)
            data[key if "big_o" in data else name] = _number(cell, column_at(at, name), document)
    return Entry(at, data)


def _number(cell: str, at: str, document: Document) -> float:
    if cell in _NO_NUMBERS:
        return float("nan")
    # What was noted as no number is not to be found faulty again.
    return document.written(cell, at) or 0.0
