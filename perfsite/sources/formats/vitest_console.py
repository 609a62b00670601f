"""The tables that vitest prints: one per group, below a line that names the file and the titles around it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Final, TextIO

from perfsite.model.run import Direction, Measurement, Metric, Status
from perfsite.sources.base import MOST_MEASUREMENTS, in_base, metric_of
from perfsite.sources.formats.vitest_names import BREAK, short_paths
from perfsite.sources.lines import read_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from perfsite.sources.document import Document

HEADER: Final = re.compile(
    r"^[ \t]{1,60}name {1,2000}hz {1,60}min {1,60}max {1,60}mean {1,60}p75 {1,60}p99 ", re.MULTILINE
)
"""The head line of a table."""
# A project of several stands between bars, or where there are colours between spaces.
_GROUP: Final = re.compile(
    r"( {0,80})[✓✔√×✗❯] (?:\|(?P<barred>[^|]{1,100})\| | (?P<spaced>\S{1,100})  )?(?=\S)", re.ASCII
)
_TESTS: Final = re.compile(r" \(\d{1,9}(?: tests?)?(?: \| [^()]{1,80})?\)\Z", re.ASCII)
_DURATION: Final = re.compile(r" {1,8}\d{1,12}(?:\.\d{1,6})? ?m?s\Z", re.ASCII)
_FIGURES: Final = ("hz", "min", "max", "mean", "p75", "p99", "p995", "p999")
_STATISTICS: Final = {"min": "min", "max": "max", "p75": "p75", "p99": "p99", "p99.5": "p995", "p99.9": "p999"}
_NUMBER: Final = re.compile(r"[\d,]{1,40}(?:\.\d{1,20})?\Z", re.ASCII)
_REMARKS: Final = frozenset({"fastest", "slowest", "⇑", "⇓"})
_TIME: Final = Metric(name="time", unit="s", direction=Direction.LOWER, original_unit="ms")
_THROUGHPUT: Final = Metric(name="throughput", unit="1/s", direction=Direction.HIGHER, original_unit="hz")
_MS: Final = metric_of("time", "ms")[1]


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of a table: where, in which project and file, its name with the titles, and its ten figures."""

    at: str
    project: str
    file: str
    name: str
    cells: tuple[str, ...]


def read_tables(stream: TextIO, document: Document) -> Iterator[tuple[Measurement, str]]:
    """Yield the measurements of all tables, each with its place; what else is printed is left out.

    `time` is the mean, which the console rounds to 0.1 µs, with tinybench's margin as bounds; the JSON has more. A
    row of zeros from no samples is a benchmark that failed. Versions 3 and 4 print some tables twice: the same row
    again is left out. The project is a parameter of what ran in several.
    """
    # With more than can be kept the file is refused: the rest would only cost memory.
    rows = list(islice(_rows(stream, document), MOST_MEASUREMENTS + 1))
    files = list(dict.fromkeys(row.file for row in rows if row.file))
    short = dict(zip(files, short_paths(files), strict=True))
    names = [f"{short[row.file]}{BREAK}{row.name}" if row.file else row.name for row in rows]
    projects: dict[str, set[str]] = {}
    for row, name in zip(rows, names, strict=True):
        projects.setdefault(name, set()).add(row.project)
    seen: dict[tuple[str, str], tuple[str, ...]] = {}
    for row, name in zip(rows, names, strict=True):
        if seen.get((name, row.project)) == row.cells:
            continue
        seen[name, row.project] = row.cells
        is_told_apart = len(projects[name]) > 1 and row.project
        yield from _measurements(name, {"project": row.project} if is_told_apart else {}, row, document)


def _rows(stream: TextIO, document: Document) -> Iterator[_Row]:
    titles: list[tuple[int, str]] = []
    project = file = ""
    for at, line in read_lines(stream, origin=document.origin):
        if not line:
            continue
        group = _GROUP.match(line)
        if group is not None:
            depth, text = len(group[1]), _DURATION.sub("", line[group.end() :].rstrip())
            counted = _TESTS.search(text[-200:]) is not None
            text = _TESTS.sub("", text[-200:]) if counted and len(text) <= 200 else text
            titles = [title for title in titles if title[0] < depth]
            project = project if titles else group["barred"] or group["spaced"] or ""
            if counted and not titles:
                # Version 5: a line for the file, then one for each title, ever deeper.
                file = text
                titles = [(depth, "")]
            else:
                file = file if titles else ""
                titles.append((depth, text))
            continue
        found = _cells(line)
        if found is not None:
            name, cells = found
            path = [title for _, title in titles if title]
            yield _Row(at, project, file, BREAK.join([*path, name]), cells)


def _cells(line: str) -> tuple[str, tuple[str, ...]] | None:
    """Return the name and the ten figures of a row; None for any other line, and for rows of an earlier file."""
    text = line.rstrip()
    while True:
        rest, _, last = text.rpartition(" ")
        if last not in _REMARKS and not (last.startswith("[") and last.endswith("x]")):
            break
        text = rest.rstrip()
    cells = text.rsplit(None, len(_FIGURES) + 2)
    if len(cells) != len(_FIGURES) + 3 or not cells[-2].startswith("±") or not cells[-2].endswith("%"):
        return None
    if not all(_NUMBER.match(cell) for cell in (*cells[1:-2], cells[-1])):
        return None
    return cells[0].strip().removeprefix("· "), tuple(cells[1:])


def _measurements(
    name: str, parameters: Mapping[str, str], row: _Row, document: Document
) -> Iterator[tuple[Measurement, str]]:
    numbers = [document.written(cell.strip("±%"), row.at) for cell in row.cells]
    figures = dict(zip((*_FIGURES, "rme", "count"), numbers, strict=True))
    mean, hz, rme, count = (figures[key] for key in ("mean", "hz", "rme", "count"))
    if mean is None or hz is None or rme is None or count is None:
        return
    named = partial(Measurement, benchmark=name, parameters=parameters)
    if count == 0:
        yield named(metric=_TIME, value=None, status=Status.FAILED), row.at
        return
    half = mean * rme / 100
    told = {key: number for key, column in _STATISTICS.items() if (number := figures[column]) is not None}
    time = named(
        metric=_TIME,
        value=mean,
        count=int(count),
        lower=mean - half,
        upper=mean + half,
        statistics=told,
    )
    yield in_base(_MS, time), row.at
    yield named(metric=_THROUGHPUT, value=hz, count=int(count)), row.at
