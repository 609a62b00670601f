"""The document behind the list of series: every row of the overview, what repeats told once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from perfsite.pages import slots

if TYPE_CHECKING:
    from perfsite.report.views import CommitRef, OverviewView, SeriesRow

PLAIN: Final = (
    "benchmark", "url", "parameters", "current", "baseline", "delta", "noise", "trend", "mark", "level",
)  # fmt: skip
"""Columns that hold what a row says itself."""
CODED: Final = ("metric", "environment", "verdict", "severity", "rule", "standing", "decision", "incident", "missing")
"""Columns that hold positions in `texts`, since few texts repeat on most rows."""


SPARKS: Final = 500
"""Sparklines in one document: they weigh more than all else, and only rows that are seen need theirs."""


class _Texts:
    """Texts in the order they come, each with its position."""

    def __init__(self) -> None:
        self.known: dict[Any, int] = {}

    def code(self, text: Any) -> int:
        """Return the position of a text; a new one is appended."""
        return self.known.setdefault(text, len(self.known))


def overview_document(view: OverviewView) -> dict[str, Any]:
    """Return every series of the overview, worst first: what the filter works on.

    `{"version": 1, "columns": […], "texts": {column: […]}, "commits": [[sha, date], …], "groups": […], "rows": […]}`:
    a row has a value for each column. In a column of `texts` it is a position there; `since` and `last` are positions
    in `commits`, -1: none; `groups` are positions in the list of that name. `sparks` tells how many rows have their
    sparklines in one of the documents that `spark_documents` returns.
    """
    texts = {column: _Texts() for column in CODED}
    commits, groups = _Texts(), _Texts()

    def position(ref: CommitRef | None) -> int:
        return -1 if ref is None else commits.code((ref.sha, ref.date))

    def told(row: SeriesRow) -> list[Any]:
        plain = [getattr(row, column) for column in PLAIN]
        coded = [texts[column].code(getattr(row, column)) for column in CODED]
        return [*plain, *coded, position(row.since), position(row.last), [groups.code(name) for name in row.groups]]

    rows = [told(row) for row in view.rows]
    return {
        "version": 1,
        "columns": [*PLAIN, *CODED, "since", "last", "groups"],
        "texts": {column: list(one.known) for column, one in texts.items()},
        "commits": [list(one) for one in commits.known],
        "groups": list(groups.known),
        "sparks": SPARKS,
        "rows": rows,
    }


def spark_documents(view: OverviewView) -> dict[str, dict[str, Any]]:
    """Return the sparklines of the rows, in their order, by path: `SeriesRow.spark` in pieces of `SPARKS` rows."""
    rows = view.rows
    return {
        f"{slots.ASSETS}sparks/{start // SPARKS}.json": {
            "version": 1,
            "first": start,
            "sparks": [row.spark for row in rows[start : start + SPARKS]],
        }
        for start in range(0, len(rows), SPARKS)
    }
