"""JMH: the tables of `-rf csv` and `-rf scsv`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TextIO

from perfsite.model.run import Reading
from perfsite.sources.base import Rows
from perfsite.sources.document import Document, storable
from perfsite.sources.formats.jmh_names import is_not_finite, secondary_name
from perfsite.sources.formats.jmh_results import Figure, Result, add_results
from perfsite.sources.lines import column_at, plain, read_table

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME: Final = "jmh-csv"
TITLE: Final = "JMH (Java): the table of -rf csv or -rf scsv"
MAKE: Final = "java -jar target/benchmarks.jar -rf csv -rff jmh.csv"
_HINT: Final = "JMH writes it with `-rf csv -rff FILE`; was this file edited? `-rf json` tells more."
_HEADER: Final = re.compile(
    r'^"?Benchmark"?[,;\t]"?Mode"?[,;\t]"?Threads"?[,;\t]"?Samples"?[,;\t]"?Score"?[,;\t]', re.ASCII
)
_ERROR: Final = re.compile(r"Score Error \([\d.,]{1,9}%\)\Z", re.ASCII)
_PARAMETER: Final = "Param: "


def accepts(head: str) -> bool:
    """Whether a text begins with the header of JMH's table."""
    return _HEADER.match(plain(head).lstrip()) is not None


def parse(stream: TextIO, *, origin: str) -> Reading:
    """Return the measurements of JMH's table; it has no samples, which `-rf json` has.

    A row whose name goes on after a colon (`Bench.sort:gc.alloc.rate`) is a secondary metric. Numbers are written as
    the machine's language wants them, with a point or a comma before the decimals.
    """
    document = Document(origin, hint=_HINT, top="")
    rows = Rows(document)
    results: dict[tuple[str, ...], Result] = {}
    for at, row in read_table(stream, document, required=("Benchmark", "Mode", "Threads", "Samples", "Score", "Unit")):
        _take(at, row, results, document)
    warnings: list[str] = []
    add_results(list(results.values()), rows, warnings)
    return Reading(measurements=rows.reading().measurements, tool="jmh", warnings=tuple(warnings))


def _take(at: str, row: Mapping[str, str], results: dict[tuple[str, ...], Result], document: Document) -> None:
    label, _, secondary = row["Benchmark"].partition(":")
    parameters = {
        storable(column.removeprefix(_PARAMETER)): storable(cell)
        for column, cell in row.items()
        if column.startswith(_PARAMETER) and cell
    }
    threads, samples = (_number(row[column], at, column, document) for column in ("Threads", "Samples"))
    figure = Figure(at=at, unit=row["Unit"].strip(), score=_number(row["Score"], at, "Score", document))
    figure.count = int(samples) if samples and samples >= 1 else None
    error = next((_number(cell, at, column, document) for column, cell in row.items() if _ERROR.match(column)), None)
    if figure.score is not None and error is not None:
        figure.lower, figure.upper = figure.score - error, figure.score + error
    key = (label, row["Mode"], row["Threads"], *parameters.values())
    count = int(threads) if threads else None
    result = results.setdefault(
        key, Result(at=at, benchmark=label, mode=row["Mode"], parameters=parameters, threads=count)
    )
    if not secondary:
        if result.main:
            document.note(at, f"the benchmark is there twice, first at {result.main.at}")
        result.main = figure
    else:
        result.secondary[secondary_name(secondary)[0]] = figure


def _number(text: str, at: str, column: str, document: Document) -> float | None:
    if is_not_finite(text) or text.strip() == "\ufffd":  # the sign that Java writes NaN with in some languages
        return None
    if text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    return document.written(text, column_at(at, column))
