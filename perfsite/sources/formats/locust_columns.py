"""The columns of Locust's CSV files over its versions, and what its names mean."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from perfsite.sources.formats.load_metrics import percentile_name
from perfsite.sources.lines import cells_of, column_at, plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfsite.sources.document import Document

# Locust 0.x wrote the second spelling of each.
_COLUMNS: Final = {
    "type": "method",
    "method": "method",
    "name": "name",
    "timestamp": "timestamp",
    "user count": "users",
    "request count": "requests",
    "# requests": "requests",
    "total request count": "requests",
    "failure count": "failures",
    "# failures": "failures",
    "total failure count": "failures",
    "requests/s": "requests_per_second",
    "failures/s": "failures_per_second",
    "requests failed/s": "failures_per_second",
    "median response time": "median",
    "total median response time": "median",
    "average response time": "mean",
    "total average response time": "mean",
    "min response time": "min",
    "total min response time": "min",
    "max response time": "max",
    "total max response time": "max",
    "average content size": "size",
    "total average content size": "size",
    "error": "error",
    "occurrences": "occurrences",
    "count": "count",
    "message": "message",
    "traceback": "traceback",
    "nodes": "nodes",
}
TOTAL: Final = "Aggregated"
"""What Locust calls all endpoints together; before 0.12 it was `Total`."""
_MOST: Final = 10_000
_PLAIN: Final = re.compile(r"\d{1,20}(?:\.\d{1,20})?\Z", re.ASCII)
_NOT_KNOWN: Final = frozenset({"", "N/A", "n/a", "None", "nan"})


def meaning(column: str) -> str:
    """Return what a column holds: a metric's name, `method`, `name`, `timestamp`; else that it is none of Locust's.

    Examples
    --------
    >>> meaning("# requests"), meaning("Requests Failed/s"), meaning("99.9%"), meaning("99.999"), meaning("Odd")
    ('requests', 'failures_per_second', 'p99.9', 'p99.999', 'column Odd')
    """
    text = column.strip()
    # 0.14 and 1.0 forgot the sign of `99.999`.
    return _COLUMNS.get(text.lower()) or percentile_name(text.removesuffix("%")) or f"column {text}"


def meanings(head: str) -> frozenset[str]:
    """Return what the columns of a table hold, from the head of its file; none where it begins with no table."""
    first = next((line for line in plain(head).split("\n") if line.strip()), "")
    if len(first) > 5_000:
        return frozenset()
    cells = cells_of(first)
    return frozenset(meaning(cell) for cell in cells) if len(cells) > 2 else frozenset()


def split_name(name: str, method: str) -> tuple[str, dict[str, str]]:
    """Return the benchmark and the parameters of an endpoint.

    Examples
    --------
    >>> split_name("/cart", "POST"), split_name("Total", "None"), split_name("Total", "GET")
    (('/cart', {'method': 'POST'}), ('Aggregated', {}), ('Total', {'method': 'GET'}))
    """
    method = "" if method == "None" else method
    if not method and name == "Total":
        name = TOTAL
    return name, {"method": method} if method else {}


def split_distribution(text: str) -> tuple[str, dict[str, str]]:
    """Return the benchmark and the parameters of an endpoint of `_distribution.csv`, where the method comes first.

    Examples
    --------
    >>> split_distribution("GET /cart"), split_distribution("None Total"), split_distribution("Aggregated")
    (('/cart', {'method': 'GET'}), ('Aggregated', {}), ('Aggregated', {}))
    """
    if text in {TOTAL, "Total"}:
        return TOTAL, {}
    method, space, name = text.partition(" ")
    return split_name(name, method) if space and name else (text, {})


def figure(document: Document, row: Mapping[str, str], column: str, at: str) -> float | None:
    """Return the number of a cell; None where Locust wrote that it is not known, or after noting the problem."""
    text = row[column]
    # Most cells; a file may hold millions of them.
    if _PLAIN.match(text):
        return float(text)
    if text.strip() in _NOT_KNOWN:
        return None
    return document.written(text, column_at(at, column), least=0)


def is_operation_figure(kind: str) -> bool:
    """Whether a column holds a figure of single requests, in milliseconds."""
    return kind in {"median", "mean", "min", "max"} or percentile_name(kind.removeprefix("p")) == kind


def error_rate(requests: float | None, failures: float | None) -> float | None:
    """Return which fraction failed; None where nothing was asked."""
    if requests is None or failures is None or not (requests or failures):
        return None
    return failures / requests if failures <= requests else failures / (requests + failures)


def check_number(endpoints: int, at: str, document: Document) -> None:
    """Refuse a file with more endpoints than anyone tests: requests without a name of their own, each with its id."""
    if endpoints > _MOST:
        document.note(
            at,
            f"holds more than {_MOST:,} endpoints",
            hint="Give requests that differ by an id one name: `client.get(url, name=...)`.",
        )
        document.finish()
