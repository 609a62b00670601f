"""`[[budgets]]` and `[[kpis]]`: limits on values, and the key figures of services."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from perfsite.config import checks
from perfsite.model.budget import Budget, Combine, Indicator, Limit
from perfsite.model.units import parse_unit

if TYPE_CHECKING:
    from perfsite.config.checks import Check
    from perfsite.config.reader import Reader


def bound(value: Any) -> str | None:
    """Return what is wrong with a bound, a number in the base unit or a text with a unit; None: nothing."""
    return None if _in_base(value) else 'expected a number in the base unit, or a text with a unit like "250 ms"'


def target(value: Any) -> str | None:
    """Return what is wrong with a target share; None: nothing."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return None if number and 0 < value <= 1 else "expected a share above 0 and up to 1, like 0.99"


def window(value: Any) -> str | None:
    """Return what is wrong with a number of days; None: nothing."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    return None if whole and 1 <= value <= 3660 else "expected a whole number of days from 1 to 3660"


_LIMIT: Final[Mapping[str, Check]] = {"min": bound, "max": bound, "target": target, "window_days": window}
_SELECTOR: Final[Mapping[str, Check]] = dict.fromkeys(("benchmark", "metric", "unit", "environment"), checks.text)
BUDGET_SETTINGS: Final[Mapping[str, Check]] = {
    "name": checks.text,
    "service": checks.text,
    **_SELECTOR,
    **_LIMIT,
}
KPI_SETTINGS: Final[Mapping[str, Check]] = {
    "name": checks.text,
    "service": checks.text,
    **_SELECTOR,
    "combine": checks.one_of(*Combine),
    **_LIMIT,
}
_WRITTEN: Final = re.compile(r"([-+]?(?:\d{1,300}(?:\.\d{0,300})?|\.\d{1,300})(?:[eE][-+]?\d{1,3})?)\s*(\S.{0,30})\Z")


def read_budget(reader: Reader, table: Mapping[str, Any]) -> Budget | None:
    """Return a budget; None where it is none, which the reader notes."""
    line = reader.line("budgets")
    found = reader.read(table, BUDGET_SETTINGS, "budgets")
    limit = _limit(reader, found, "budgets", line)
    if limit is None:
        if table.keys().isdisjoint(("min", "max")):
            reader.fault("budgets", "budgets: give `max`, `min` or both", line=line)
        return None
    found.setdefault("name", _name(found))
    return Budget(**found, limit=limit)


def read_indicator(reader: Reader, table: Mapping[str, Any]) -> Indicator | None:
    """Return a key figure of a service; None where it is none, which the reader notes."""
    line = reader.line("kpis")
    found = reader.read(table, KPI_SETTINGS, "kpis")
    limit = _limit(reader, found, "kpis", line)
    missing = [name for name in ("service", "name") if name not in found]
    if missing:
        reader.fault("kpis", f"kpis: give {' and '.join(f'`{name}`' for name in missing)}", line=line)
        return None
    found["combine"] = Combine(found.get("combine", Combine.WORST))
    return Indicator(**found, limit=limit)


def _limit(reader: Reader, found: dict[str, Any], inside: str, line: int) -> Limit | None:
    """Take what makes a limit out of the settings that were found; a unit that a bound names selects by unit."""
    bounds = {name: _in_base(found.pop(name)) for name in ("min", "max") if name in found}
    more = {name: found.pop(name) for name in ("target", "window_days") if name in found}
    units = {told[1] for told in bounds.values() if told and told[1]}
    if len(units) > 1:
        reader.fault(inside, f"{inside}: `min` and `max` have different units", line=line)
    if units:
        found.setdefault("unit", min(units))
    values = {name: told[0] for name, told in bounds.items() if told}
    if values.get("min", -math.inf) > values.get("max", math.inf):
        reader.fault(inside, f"{inside}: `min` is above `max`", line=line)
    return Limit(lowest=values.get("min"), highest=values.get("max"), **more) if values else None


def _in_base(value: Any) -> tuple[float, str] | None:
    """Return a bound in its base unit and that unit, empty where it names none; None where it is no bound."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return (float(value), "") if math.isfinite(value) else None
    match = _WRITTEN.match(value) if isinstance(value, str) else None
    if match is None:
        return None
    if match[2].strip() == "%":
        return float(match[1]) / 100, "1"
    unit = parse_unit(match[2].strip())
    number = math.nan if unit is None else unit.to_base(float(match[1]))
    return (number, unit.base) if unit and math.isfinite(number) else None


def _name(found: Mapping[str, Any]) -> str:
    return " ".join(str(found[name]) for name in ("benchmark", "metric") if name in found) or "everything"
