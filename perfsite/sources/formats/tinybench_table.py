"""The rows of tinybench's `table()`, whose headings changed over the versions, as JSON or on the console."""

from __future__ import annotations

import re
from collections import Counter
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TextIO

from perfsite.model.run import Measurement, Status
from perfsite.sources.base import MOST_MEASUREMENTS, Rows, in_base, metric_of
from perfsite.sources.document import Document, shorten, step
from perfsite.sources.lines import read_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HEADER: Final = re.compile(
    r"^[ \t]{0,20}[│|](?:[^\n│|]{0,200}[│|])? {0,200}Task [Nn]ame {0,2000}[│|]"
    r"[^\n]{0,400}(?:ops/|Latency|Average|Throughput)",
    re.MULTILINE,
)
_RULE: Final = re.compile(r":?-{1,1000}:?\Z")
"""The head line of a table on the console."""
_NAMES: Final = ("Task name", "Task Name")
_WORDS: Final = frozenset({"Error", "Stack", "Remarks", "Samples", "Margin", "(index)", "No", *_NAMES})
_HEADING: Final = re.compile(r"(?P<name>[^()]{1,100}?) ?\((?P<unit>[^()]{1,40})\)\Z")
_CENTRE: Final = re.compile(r"(?P<metric>.{1,100}?) (?P<centre>avg|average|med|median)\Z", re.DOTALL)
_CELL: Final = re.compile(r"(?P<centre>\S{1,60}?)(?:\s?±\s?(?P<margin>[\d.,]{1,60}|NaN|Infinity)(?P<share>%?))?\Z")
_METRICS: Final = {"Latency": "time", "Average Time": "time", "Throughput": "throughput", "ops/sec": "throughput"}
_SPACES: Final = str.maketrans("", "", "\u00a0\u202f\u2009'’ ")
_NOTHING: Final = frozenset({"", "N/A", "NaN", "undefined", "null"})


def is_row(entry: Mapping[str, Any]) -> bool:
    """Whether an object is a row of tinybench's table."""
    return any(name in entry for name in _NAMES)


def read_boxes(stream: TextIO, document: Document) -> Iterator[tuple[str, dict[str, str], str]]:
    """Yield (place, heading -> cell, the line above the table) of the rows of all tables that `console.table` drew."""
    header: list[str] = []
    above = title = ""
    for at, line in read_lines(stream, origin=document.origin):
        if not line:
            continue
        text = line.strip()
        if text[:1] not in {"│", "|"}:
            title = title if not text or text[0] in "┌├└" or not text.strip("-=~*_+ ") else text
            continue
        # A bar within a name ends no cell: console.table sets cells apart with spaces.
        cells = [cell.strip() for cell in re.split(r" [│|](?: |$)", f"{text[1:]} ")]
        cells = cells[:-1] if not cells[-1] else cells
        if any(name in cells for name in _NAMES):
            header, above = cells, title
        elif not header or all(_RULE.match(cell) for cell in cells):
            continue
        elif len(cells) == len(header):
            yield at, {key: _unquoted(cell) for key, cell in zip(header, cells, strict=True) if key}, above
        else:
            document.note(at, f"expected {len(header)} cells as in the head of the table, found {len(cells)}")


def _unquoted(cell: str) -> str:
    """Return a text without the quotes and escapes that the console writes it with."""
    if len(cell) < 2 or cell[0] != cell[-1] or cell[0] not in "'\"`":
        return cell
    return cell[1:-1].replace("\\n", "\n").replace("\\'", "'").replace("\\\\", "\\")


def read_tables(stream: TextIO, rows: Rows, warnings: list[str]) -> None:
    """Add the measurements of all tables; tasks that come again in another table have the line above it as `suite`."""
    # With more than can be kept the file is refused: the rest would only cost memory.
    found = list(islice(read_boxes(stream, rows.document), MOST_MEASUREMENTS + 1))
    times = Counter(name_of(entry) for _, entry, _ in found)
    for at, entry, title in found:
        parameters = {"suite": title} if times[name_of(entry)] > 1 and title else {}
        read_row(entry, at, rows, warnings, parameters)


def name_of(entry: Mapping[str, Any]) -> str:
    """Return the name of a row's task, as far as it is text."""
    return str(next((entry[name] for name in _NAMES if name in entry), ""))


def read_row(
    entry: Mapping[str, Any], at: str, rows: Rows, warnings: list[str], parameters: Mapping[str, str] | None = None
) -> None:
    """Add the measurements of a row.

    The value is the median where there is one; the mean's margin (`± 1.2%`) then is the statistic `moe`, else it gives
    the bounds. The median's `±` is the median absolute deviation. Columns that the owner added are metrics if they
    hold a number. `Variance` follows from what is not in the table, and is left out.
    """
    key = next(name for name in _NAMES if name in entry)
    name = rows.document.text(entry, key, at)
    if name is None:
        return
    row = _Row(entry, at, rows.document)
    named = partial(Measurement, benchmark=name, parameters=parameters or {})
    if not row.centres and not rows.document.is_faulty(at):
        error, remark = entry.get("Error"), entry.get("Remarks")
        status = Status.FAILED if error else Status.SKIPPED
        warnings.append(f"{shorten(name)}: {status}: {shorten(str(error or remark or 'no reason given'))}")
        rows.add(named(metric=metric_of("time", "ns")[0], value=None, status=status), at)
        return
    for metric, unit in row.units.items():
        measured, written = metric_of(metric, unit)
        rows.add(in_base(written, named(metric=measured, **row.spread(metric))), at)


class _Row:
    """The cells of one row, sorted by metric and centre."""

    def __init__(self, entry: Mapping[str, Any], at: str, document: Document) -> None:
        self.document = document
        self.centres: dict[tuple[str, str], tuple[float, float | None]] = {}
        self.units: dict[str, str] = {}
        samples = entry.get("Samples")
        self.count = _whole(samples)
        for heading, cell in entry.items():
            if heading not in _WORDS and cell is not None:
                self._take(heading, cell, step(at, heading) if document.top else at)
        margin = entry.get("Margin")
        time = self.centres.get(("time", "mean"))
        if isinstance(margin, str) and time is not None:
            share = self._margin(margin.lstrip("±"), at)
            self.centres["time", "mean"] = (time[0], None if share is None else time[0] * share / 100)

    def _take(self, heading: str, cell: object, at: str) -> None:
        match = _HEADING.match(heading)
        title, unit = (match["name"].strip(), match["unit"]) if match else (heading, heading)
        kind = _CENTRE.match(title)
        centre = "median" if kind and kind["centre"].startswith("med") else "mean"
        title = kind["metric"] if kind else title
        if title == "Variance" or not title.strip():
            return
        metric = _METRICS.get(title, title)
        found = self._number(cell, at, strict=metric in _METRICS.values())
        if found is not None:
            self.centres.setdefault((metric, centre), found)
            self.units.setdefault(metric, unit if match or title in _METRICS else "")

    def _number(self, cell: object, at: str, *, strict: bool) -> tuple[float, float | None] | None:
        if not isinstance(cell, str):
            is_number = isinstance(cell, (int, float)) and not isinstance(cell, bool)
            number = self.document.as_number(cell, at) if strict or is_number else None
            return None if number is None else (number, None)
        text = cell.strip()
        if text in _NOTHING:
            return None
        match = _CELL.match(text.translate(_SPACES))
        if match is None or not match["centre"][:1].isdigit():
            if strict:
                self.document.expected(at, "a number", cell)
            return None
        number = self.document.written(match["centre"], at)
        margin = None if match["margin"] is None else self._margin(match["margin"], at)
        if number is None:
            return None
        return number, number * margin / 100 if margin is not None and match["share"] else margin

    def _margin(self, text: str, at: str) -> float | None:
        text = text.strip().removesuffix("%")
        return None if text in {"NaN", "Infinity", ""} else self.document.written(text, at)

    def spread(self, metric: str) -> dict[str, Any]:
        """Return what is known of a metric, as fields of a measurement in the written unit."""
        mean, middle = self.centres.get((metric, "mean")), self.centres.get((metric, "median"))
        if middle is not None:
            told = {"mean": mean and mean[0], "moe": mean and mean[1], "mad": middle[1]}
            known = {name: number for name, number in told.items() if number is not None}
            return {"value": middle[0], "count": self.count, "statistics": known or None}
        value, margin = mean or (0.0, None)
        bounds = {} if margin is None else {"lower": value - margin, "upper": value + margin}
        return {"value": value, "count": self.count, **bounds}


def _whole(value: object) -> int | None:
    if isinstance(value, str):
        digits = value.translate(_SPACES).replace(",", "")
        return int(digits) or None if digits.isascii() and digits.isdigit() and len(digits) < 16 else None
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**15 else None
