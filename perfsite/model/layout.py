"""How a table of the owner's own is laid out, as data; reading it from a file is `perfsite.config`'s work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perfsite.model.run import Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueColumn:
    """A column that holds values of one metric, and what is known of them."""

    column: str
    metric: str
    unit: str = ""
    direction: Direction | None = None
    """None: told by unit and name."""
    deviation: str | None = None
    """The column of the standard deviation."""
    lower: str | None = None
    upper: str | None = None
    count: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TableLayout:
    """Which columns of a CSV, or keys of JSON objects, hold what.

    In JSON a column is a path of keys between dots (`stats.p95`), and `rows` the path to the array of rows, empty for
    the document itself; a single object counts as an array of one.

    A table is wide (`values`: a column for each metric) or long (a row for each metric: `metric` and `value`, with
    `unit` where the rows tell it).
    """

    name: str
    benchmark: tuple[str, ...] = ()
    """Columns that name the benchmark, joined by slashes; none: the benchmark is called as the layout."""
    parameters: tuple[str, ...] = ()
    values: tuple[ValueColumn, ...] = ()
    metric: str | None = None
    value: str | None = None
    unit: str | None = None
    rows: str = ""
    delimiter: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that every row must have."""
        long = (self.metric, self.value, self.unit)
        return tuple(
            name
            for name in (*self.benchmark, *self.parameters, *(value.column for value in self.values), *long)
            if name is not None
        )
