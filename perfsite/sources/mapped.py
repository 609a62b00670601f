"""A CSV or JSON of the owner's own, whose columns the configuration maps."""

from __future__ import annotations

import io
from array import array
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TextIO

from perfsite.model.layout import ValueColumn
from perfsite.model.run import Measurement, Reading, Status
from perfsite.sources.base import Rows, in_base, median, metric_of
from perfsite.sources.document import Document, is_storable, shorten, storable
from perfsite.sources.entries import Entries
from perfsite.sources.lines import column_at, plain, read_table
from perfsite.sources.loading import objects_in, outline, read_json, rewound

if TYPE_CHECKING:
    from perfsite.model.layout import TableLayout

_NO_VALUE: Final = frozenset({"", "-", "n/a", "na", "nan", "null", "none"})
"""Cells, in any case, that say there is no value."""
_PERCENT: Final = frozenset({"%", "percent"})


class Mapped:
    """A source made from a layout: rows of one identity are repetitions, their values the samples."""

    def __init__(self, layout: TableLayout) -> None:
        self.layout = layout
        self.NAME = layout.name
        self.TITLE = "a table of your own, mapped in perfsite.toml"
        self.MAKE = "your own program"
        self._hint = f"`[formats.{layout.name}]` in perfsite.toml says which columns hold what."

    def accepts(self, head: str) -> bool:
        """Whether a file that begins so has all the columns that the layout names."""
        document = outline(head)
        if document is not None:
            rows = objects_in(_rows(document, self.layout.rows))
            return any(all(_at(row, name) is not None for name in self.layout.columns) for row in rows)
        lines = [line for line in plain(head).split("\n", 20) if line.strip()]
        if len(lines) < 2:
            return False
        document = Document("", hint="", top="")
        header = next(
            read_table(io.StringIO("\n".join(lines[:2]), newline=""), document, delimiter=self.layout.delimiter),
            ("", {}),
        )[1]
        return set(self.layout.columns) <= header.keys()

    def parse(self, stream: TextIO, *, origin: str) -> Reading:
        """Return the measurements of a table.

        An empty cell, `-`, `N/A` or null is no value: left out where each metric has a column, as not every benchmark
        has every metric; skipped where a row names the metric.

        Raises
        ------
        InputError
            A column is missing, or cells are not what the layout says; all of them.
        """
        head, stream = rewound(stream, origin=origin)
        is_json = plain(head).lstrip()[:1] in {"{", "["}
        document = Document(origin, hint=self._hint, top="$" if is_json else "")
        table = self._json_rows(head, stream, document) if is_json else self._csv_rows(stream, document)
        found: dict[tuple[object, ...], _Gathered] = {}
        for at, row in table:
            self._take(_Row(at, row, document), found)
        rows = Rows(document)
        for gathered in found.values():
            rows.add(gathered.measurement(), gathered.at)
        return rows.reading()

    def _csv_rows(self, stream: TextIO, document: Document) -> Iterator[tuple[str, Mapping[str, object]]]:
        layout = self.layout
        return read_table(
            stream,
            document,
            required=tuple(dict.fromkeys(self._all_columns())),
            delimiter=layout.delimiter,
            decimals=True,
        )

    def _json_rows(self, head: str, stream: TextIO, document: Document) -> Iterator[tuple[str, Mapping[str, object]]]:
        names = dict.fromkeys(self._all_columns())
        for at, row in self._objects(head, stream, document):
            yield at, {name: _at(row, name) for name in names}

    def _objects(self, head: str, stream: TextIO, document: Document) -> Iterable[tuple[str, dict[str, Any]]]:
        """Return the rows of a document, one at a time where its head shows that they are an array."""
        way = _way(outline(head), self.layout.rows)
        if way is not None:
            return Entries(stream, document, key=way)
        root = read_json(stream, origin=document.origin, hint=self._hint)
        rows = _rows(root, self.layout.rows)
        top = "$" + "".join(f".{key}" for key in self.layout.rows.split(".") if key)
        if rows is None:
            document.expected(top, "an array of objects", None)
        return document.each_object(rows or [], top)

    def _all_columns(self) -> Iterator[str]:
        yield from self.layout.columns
        for value in self.layout.values:
            yield from (name for name in (value.deviation, value.lower, value.upper, value.count) if name)

    def _take(self, row: _Row, found: dict[Any, _Gathered]) -> None:
        layout = self.layout
        names = [row.text(name) for name in layout.benchmark]
        parameters = {name: storable(row.text(name, required=False) or "") for name in layout.parameters}
        if None in names:
            return
        benchmark = "/".join(name for name in names if name) or layout.name
        columns = layout.values
        if layout.metric is not None and layout.value is not None:
            metric = row.text(layout.metric)
            unit = row.text(layout.unit, required=False) if layout.unit else None
            columns = (ValueColumn(column=layout.value, metric=metric or "", unit=unit or ""),)
        for column in columns:
            before = len(row.document.problems)
            value = row.number(column.column, column.unit)
            if value is None and (layout.value is None or len(row.document.problems) > before):
                continue
            told = {"deviation": column.deviation, "lower": column.lower, "upper": column.upper}
            spread = {name: row.number(other, column.unit) for name, other in told.items() if other is not None}
            count = row.number(column.count, "") if column.count else None
            key = (benchmark, tuple(parameters.items()), column.metric, column.unit)
            gathered = found.get(key) or found.setdefault(key, _Gathered(row.at, benchmark, parameters, column))
            gathered.add(value, spread, count)


class _Row:
    """One row: where it stands, and what is in its cells; a bad one is noted."""

    def __init__(self, at: str, cells: Mapping[str, object], document: Document) -> None:
        self.at = at
        self._cells = cells
        self.document = document

    def text(self, name: str, *, required: bool = True) -> str | None:
        """Return a cell as text, numbers and truths as JSON writes them."""
        value = self._cells[name]
        if isinstance(value, (int, float)):
            value = str(value).lower() if isinstance(value, bool) else repr(value)
        if isinstance(value, str) and is_storable(value) and (value.strip() or not required):
            return value
        if value is not None or required:
            self.document.expected(self._place(name), "text", value)
        return None

    def number(self, name: str, unit: str) -> float | None:
        """Return a cell as a number; None where it holds nothing, or is not there."""
        value = self._cells.get(name)
        if value is None or (isinstance(value, str) and value.strip().lower() in _NO_VALUE):
            return None
        if not isinstance(value, str):
            return self.document.as_number(value, self._place(name))
        written = value.strip()
        if written.endswith("%"):
            if unit.strip() not in _PERCENT:
                told = f"a number in '{shorten(unit)}'" if unit else "a number without a unit"
                self.document.expected(self._place(name), told, value)
                return None
            written = written[:-1].rstrip()
        return self.document.written(written, self._place(name))

    def _place(self, name: str) -> str:
        return f"{self.at}.{name}" if self.document.top else column_at(self.at, name)


class _Gathered:
    """The rows of one identity."""

    def __init__(self, at: str, benchmark: str, parameters: Mapping[str, str], column: ValueColumn) -> None:
        self.at = at
        self.benchmark = benchmark
        self.parameters = parameters
        self.column = column
        self.values = array("d")
        self.spread: dict[str, float | None] = {}
        self.count: float | None = None

    def add(self, value: float | None, spread: dict[str, float | None], count: float | None) -> None:
        if value is not None:
            self.values.append(value)
            self.spread, self.count = spread, count

    def measurement(self) -> Measurement:
        metric, written = metric_of(self.column.metric, self.column.unit, direction=self.column.direction)
        # The spread of each row says nothing of all of them together; their values do.
        single = len(self.values) == 1
        count = int(self.count) if single and self.count is not None and 1 <= self.count < 2**53 else None
        spread = self.spread if single else {}
        deviation = spread.get("deviation")
        named = partial(Measurement, benchmark=self.benchmark, parameters=self.parameters, metric=metric)
        if not self.values:
            return named(value=None, status=Status.SKIPPED)
        row = named(
            value=median(self.values),
            count=count,
            deviation=abs(deviation) if deviation is not None else None,
            lower=spread.get("lower"),
            upper=spread.get("upper"),
            samples=None if single else list(self.values),
        )
        return in_base(written, row)


def _rows(document: object, path: str) -> list[Any] | None:
    """Return the rows of a document; None where nothing stands there."""
    found = _at(document, path) if path else document
    if isinstance(found, dict):
        return [found]
    return found if isinstance(found, list) else None


def _way(document: object, path: str) -> list[str] | None:
    """Return the keys on the way to an array; None where there is none, as far as the text goes."""
    keys = [path] if isinstance(document, dict) and path in document else [key for key in path.split(".") if key]
    for key in keys:
        document = document.get(key) if isinstance(document, dict) else None
    return keys if isinstance(document, list) else None


def _at(node: object, path: str) -> object:
    """Return what stands under keys between dots, a key that itself holds dots first; None: nothing."""
    if isinstance(node, dict) and path in node:
        return node[path]
    for key in path.split("."):
        if not isinstance(node, dict):
            return None
        node = node.get(key)
    return node
