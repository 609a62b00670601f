"""Locust: `_stats.csv` of `locust --headless --csv NAME`, all versions since 0.8 of 2017.

Older ones are called `_requests.csv` and `_distribution.csv`; both are read. Source of the format: `locust/stats.py`
of the versions 0.8 to 2.47, and https://docs.locust.io/en/stable/retrieving-stats.html.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NoReturn, TextIO

from perfsite.errors import InputError
from perfsite.model.run import Reading
from perfsite.sources.base import Rows
from perfsite.sources.document import Document
from perfsite.sources.formats.load_metrics import Target
from perfsite.sources.formats.locust_columns import (
    check_number,
    error_rate,
    figure,
    is_operation_figure,
    meaning,
    meanings,
    split_distribution,
    split_name,
)
from perfsite.sources.lines import read_table

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME: Final = "locust"
TITLE: Final = "Locust: the statistics per endpoint, `NAME_stats.csv`"
MAKE: Final = "locust --headless -u 10 -t 1m --csv NAME"
_HINT: Final = "Locust writes it with `--csv NAME`, as NAME_stats.csv; was this file edited?"
_SUMMARY: Final = frozenset({"name", "requests", "median", "mean"})
_DISTRIBUTION: Final = frozenset({"name", "requests", "p50", "p100"})
_OTHERS: Final = {
    frozenset({"method", "name", "error", "occurrences"}): "lists what failed (Locust's `_failures.csv`)",
    frozenset({"count", "message", "traceback", "nodes"}): "lists exceptions (Locust's `_exceptions.csv`)",
}
_FIGURES: Final = ("requests", "failures", "requests_per_second", "failures_per_second", "size")


def accepts(head: str) -> bool:
    """Whether a file that begins so is Locust's: the columns of its statistics, failures or exceptions."""
    held = meanings(head)
    if "timestamp" in held:
        return False
    return held >= _SUMMARY or held >= _DISTRIBUTION or _other(held) is not None


def parse(stream: TextIO, *, origin: str) -> Reading:
    """Return the measurements of a Locust statistics file.

    An endpoint's name is the benchmark, its method (`Type`) the parameter `method`; all endpoints together are
    `Aggregated`, also where old versions wrote `Total`. `p50` is the column `50%` and `median` the column `Median
    Response Time`, which Locust computes differently. `error_rate` is failures divided by requests; where there are
    more failures than requests the version is one before 0.9, which did not count failures among the requests. What
    Locust does not know (`N/A`, or the times of an endpoint without requests) is skipped.
    """
    document = Document(origin, hint=_HINT, top="")
    rows = Rows(document)
    kinds: dict[str, str] = {}
    for number, (at, row) in enumerate(read_table(stream, document), 1):
        check_number(number, at, document)
        if not kinds:
            kinds = {column: meaning(column) for column in row}
            _check(frozenset(kinds.values()), document)
        _read_row(row, kinds, at, rows)
    if not kinds and not document.problems:
        _refuse_empty(origin)
    return Reading(measurements=rows.reading().measurements, tool="locust")


def _check(held: frozenset[str], document: Document) -> None:
    other = _other(held)
    if other:
        document.note("", f"{other} and holds no measurement", hint="Give NAME_stats.csv, which stands beside it.")
    elif not (held >= _SUMMARY or held >= _DISTRIBUTION):
        missing = ", ".join(sorted(_SUMMARY - held))
        document.note("line 1", f"is no header of Locust's statistics: it has no columns for {missing}")
    document.finish()


def _other(held: frozenset[str]) -> str | None:
    return next((text for columns, text in _OTHERS.items() if columns <= held), None)


def _refuse_empty(origin: str) -> NoReturn:
    raise InputError(
        "holds no row of statistics",
        where=origin,
        hint="Did Locust run to its end? Of the files that `--csv NAME` writes give NAME_stats.csv.",
    )


def _read_row(row: Mapping[str, str], kinds: Mapping[str, str], at: str, rows: Rows) -> None:
    document = rows.document
    texts = {kind: row[column] for column, kind in kinds.items() if kind in {"name", "method"}}
    if "median" in kinds.values():
        benchmark, parameters = split_name(texts["name"], texts.get("method", ""))
    else:
        benchmark, parameters = split_distribution(texts["name"])
    figures = {
        kind: figure(document, row, column, at)
        for column, kind in kinds.items()
        if kind in _FIGURES or is_operation_figure(kind)
    }
    if document.is_faulty(at):
        return
    target = Target(rows, at, benchmark, parameters)
    requests = figures.get("requests")
    count = int(requests) if requests else None
    for kind, value in figures.items():
        if kind in _FIGURES:
            # The distribution's number of requests stands in the file beside it too.
            if kind != "requests" or "median" in figures:
                target.add(kind, value if kind != "size" or count else None)
        else:
            target.add(kind, value if count else None, count=count)
    if "failures" in figures:
        target.add("error_rate", error_rate(requests, figures["failures"]))
