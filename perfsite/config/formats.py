"""`[formats.NAME]`: tables of the owner's own that `record` reads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from perfsite.config import checks
from perfsite.model.layout import TableLayout, ValueColumn
from perfsite.model.run import Direction

if TYPE_CHECKING:
    from perfsite.config.checks import Check
    from perfsite.config.reader import Reader

FORMAT_SETTINGS: Final[Mapping[str, Check]] = {
    "benchmark": checks.texts,
    "parameters": checks.texts,
    "rows": checks.text,
    "delimiter": checks.character,
    "metric": checks.text,
    "value": checks.text,
    "unit": checks.text,
    "values": checks.table,
}
VALUE_SETTINGS: Final[Mapping[str, Check]] = {
    "metric": checks.text,
    "unit": checks.unit,
    "direction": checks.one_of(*Direction),
    "deviation": checks.text,
    "lower": checks.text,
    "upper": checks.text,
    "count": checks.text,
}
_FORMAT_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}\Z")


def read_layout(reader: Reader, name: str, table: Any) -> TableLayout | None:
    """Return the layout of a `[formats.NAME]` table; None where it is none, which the reader notes."""
    if not _FORMAT_NAME.match(name) or not isinstance(table, dict):
        reader.fault("formats", f"formats.{name}: expected a table with a name of letters, digits, `_` and `-`")
        return None
    at = reader.line("formats")
    found = reader.read(table, FORMAT_SETTINGS, f"formats.{name}")
    for key in ("benchmark", "parameters"):
        texts = found.get(key, [])
        found[key] = tuple([texts] if isinstance(texts, str) else texts)
    found["values"] = tuple(_value_column(reader, name, *item) for item in found.get("values", {}).items())
    is_long = "metric" in found and "value" in found
    if is_long == bool(found["values"]):
        problem = "give either `values` (a column for each metric) or `metric` and `value` (a row for each)"
        reader.fault("formats", f"formats.{name}: {problem}", line=at)
    return TableLayout(name=name, **found)


def _value_column(reader: Reader, name: str, column: str, told: Any) -> ValueColumn:
    inside = f"formats.{name}.values.{column}"
    if isinstance(told, str):
        return ValueColumn(column=column, metric=column, unit=told)
    if not isinstance(told, dict):
        reader.fault(column, f"{inside}: expected a unit or a table, found {told!r}")
        told = {}
    found = reader.read(told, VALUE_SETTINGS, inside)
    return ValueColumn(column=column, **{"metric": column, **found})
