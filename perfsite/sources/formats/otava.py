"""Otava (formerly Hunter): tables with a time, attributes and metrics, one row a run."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, TextIO

from perfsite.model.run import Reading, stand_in
from perfsite.sources.base import MOST_MEASUREMENTS, Rows
from perfsite.sources.document import Document, step
from perfsite.sources.entries import Entries
from perfsite.sources.formats.github_action_benchmark import undirected_warning
from perfsite.sources.formats.otava_histostat import HEADER, read_histostat
from perfsite.sources.formats.otava_rows import ATTRIBUTES, TIMES, Columns, Table
from perfsite.sources.lines import plain, read_table
from perfsite.sources.loading import objects_in, outline, rewound
from perfsite.sources.loose_times import time_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

NAME: Final = "otava"
TITLE: Final = "Otava (Hunter) CSV and JSON with a history, and histostat logs"
MAKE: Final = "echo 'time,commit,throughput' > history.csv; each run appends a line"
_HINT: Final = "Otava reads tables with the columns `time`, then attributes such as `commit`, then metrics."
_DELIMITERS: Final = (",", ";", "\t")
_NUMBER: Final = re.compile(r"[-+]?\d", re.ASCII)


def accepts(head: str) -> bool:
    """Whether a file that begins so is a table with a time and a metric, Otava's JSON, or a histostat log."""
    document = outline(head)
    if document is not None:
        entries = objects_in(document)
        return any("timestamp" in entry and isinstance(entry.get("metrics"), list) for entry in entries)
    text = plain(head)
    if text.startswith("#"):
        return HEADER.search(text) is not None
    lines = [line for line in text.split("\n", 20) if line.strip()][:2]
    if len(lines) < 2 or len(lines[0]) > 10_000:
        return False
    delimiter = max(_DELIMITERS, key=lines[0].count)
    names = [name.strip().strip('"') for name in lines[0].split(delimiter)]
    cells = [cell.strip().strip('"') for cell in lines[1].split(delimiter)]
    lower = [name.lower() for name in names]
    if "time" not in names and ("commit" not in lower or not set(TIMES) & set(lower)):
        return False
    when = next(lower.index(name) for name in TIMES if name in lower)
    metrics = [i for i, name in enumerate(lower) if i != when and name not in ATTRIBUTES and i < len(cells)]
    return when < len(cells) and time_of(cells[when]) is not None and any(_NUMBER.match(cells[i]) for i in metrics)


def parse(stream: TextIO, *, origin: str) -> Reading:
    """Return the newest run of a table as the reading, and the others as earlier ones.

    A column is a benchmark with one metric, as tables name no benchmark; where a column `test` (or `benchmark`) does,
    the others are its metrics. `commit` and `branch` are what they say, other texts (`version`, `run`) facts. A commit
    that is no full sha is kept as a label. An empty cell is a measurement that was skipped. Units stand in no table;
    the last word of a column may tell one (`p99_ms`).
    """
    head, stream = rewound(stream, origin=origin)
    document = Document(origin, hint=_HINT, top="$" if outline(head) is not None else "")
    if HEADER.search(plain(head)) is not None:
        return read_histostat(stream, document)
    table = Table(document)
    readings = list(_bounded(readings_of(stream, table), document))
    if not readings and not document.problems:
        Rows(document).reading()
    document.finish()
    readings.sort(key=lambda reading: reading.time.timestamp() if reading.time else 0.0)
    earlier = tuple(with_commit(reading) for reading in readings[:-1])
    return replace(readings[-1], earlier=earlier, warnings=undirected_warning(list(table.undirected)))


def _bounded(readings: Iterable[Reading], document: Document) -> Iterator[Reading]:
    """Yield readings; more of them than one call of `record` can hold are noted as a problem."""
    count = 0
    for reading in readings:
        count += len(reading.measurements)
        if count > MOST_MEASUREMENTS:
            problem = f"more than {MOST_MEASUREMENTS:,} measurements in one file"
            document.note(document.top, problem, hint="Bring it in with `perfsite import otava`.")
            document.finish()
        yield reading


def readings_of(stream: TextIO, table: Table) -> Iterator[Reading]:
    """Yield the runs of a table or of Otava's JSON in the file's order; what is bad is noted in its document."""
    document = table.document
    if document.top:
        for at, entry in Entries(stream, document, key=None):
            yield from _entry(entry, at, table)
        return
    columns: Columns | None = None
    for at, row in read_table(stream, document, decimals=True):
        columns = columns or Columns(list(row))
        reading = table.reading(row, columns, at)
        if reading is not None:
            yield reading


def _entry(entry: Mapping[str, Any], at: str, table: Table) -> Iterator[Reading]:
    document = table.document
    stamp = document.number(entry, "timestamp", at, least=0)
    attributes = document.mapping(entry, "attributes", at, required=False) or {}
    texts = {name: str(value) for name, value in attributes.items() if isinstance(value, (str, int, float))}
    metrics = document.objects(entry, "metrics", at)
    time = None if stamp is None else time_of(f"{stamp:.3f}".rstrip("0").rstrip("."))
    if time is None:
        if stamp is not None:
            document.expected(step(at, "timestamp"), "seconds since 1970", stamp)
        return
    rows = Rows(document)
    for inside, metric in metrics:
        name = document.text(metric, "name", inside)
        value = document.number(metric, "value", inside)
        if name is not None and value is not None:
            table.add(rows, name, value, inside)
    rest = {name: text for name, text in texts.items() if name not in {"commit", "branch"}}
    yield table.made(
        rows.measurements, time, label=texts.get("commit", ""), branch=texts.get("branch", ""), attributes=rest
    )


def with_commit(reading: Reading) -> Reading:
    """Return a reading with a commit: where the table names none, its time stands in."""
    if reading.commit is not None or reading.time is None:
        return reading
    return replace(reading, commit=stand_in(reading.time.isoformat(), time=reading.time))
