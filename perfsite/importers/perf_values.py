"""The numbers of a hand-written baseline, brought to base units: what nobody told is assumed, once, and said."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from perfsite.importers.perf_names import Kind, Named
from perfsite.model.event import PinnedValue
from perfsite.model.units import format_number, format_value, parse_unit
from perfsite.sources.base import LONGEST_TEXT, metric_of
from perfsite.sources.document import Document, is_storable, shorten, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfsite.model.run import Direction

_TEXT: Final = re.compile(r"([+-]?\d{1,15}(?:\.\d{1,20})?(?:[eE][+-]?\d{1,3})?) ?([^\d\s<>=+-][^\d<>=]{0,30})?\Z")
_BASES: Final = {
    Kind.TIME: ("s",),
    Kind.RATE: ("1/s", "B/s"),
    Kind.SHARE: ("1",),
    Kind.SIZE: ("B",),
    Kind.COUNT: ("1",),
}
_EXAMPLES: Final = {
    Kind.TIME: "of time (ms, s, us)",
    Kind.RATE: "of a rate (1/s, rps)",
    Kind.SHARE: "of a share (%, 1)",
    Kind.SIZE: "of size (MB, B)",
    Kind.COUNT: "of a count (1)",
}
_SHARES: Final = frozenset({"ratio", "fraction", "share"})


@dataclass(frozen=True, slots=True)
class Amount:
    """A number as it was written, and the unit written with it, if any."""

    number: float
    unit: str | None = None


def amount_of(value: Any, at: str, document: Document) -> Amount | None:
    """Return the number that stands under a metric: `120`, `"120 ms"`, `{"value": 120, "unit": "ms"}`.

    Anything else is noted as a problem.
    """
    unit = None
    if isinstance(value, dict):
        told = value.get("unit")
        if told is not None and not isinstance(told, str):
            document.expected(f"{at}.unit", "text", told)
            return None
        unit, value, at = (told or "").strip() or None, value.get("value"), f"{at}.value"
    if isinstance(value, str):
        match = _TEXT.match(value.strip())
        if match is None:
            document.expected(at, "a number, alone or with its unit", value)
            return None
        unit, value = unit or (match[2] or "").strip() or None, float(match[1])
    number = document.as_number(value, at, least=0)
    return None if number is None else Amount(number, unit)


@dataclass(frozen=True, slots=True)
class _Found:
    """A metric of a benchmark with its amount; `unit` is what was told anywhere, None: nothing was."""

    benchmark: str
    named: Named
    number: float
    unit: str | None
    at: str


class Amounts:
    """All amounts of one file. How the error rates are written is the same for all of them."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._found: list[_Found] = []
        self._counts: dict[str, dict[str, float]] = {}
        self._values: list[PinnedValue] = []
        self._places: dict[tuple[str, str], tuple[str, float]] = {}
        self.warnings: list[str] = []

    def add(self, benchmark: str, named: Named, amount: Amount, unit: str | None, at: str) -> None:
        """Take an amount of a named metric; `unit` is that of the place, for amounts and names that tell none."""
        if named.kind is Kind.COUNT:
            self._counts.setdefault(benchmark, {})[named.metric] = amount.number
        else:
            self._found.append(_Found(benchmark, named, amount.number, amount.unit or named.unit or unit, at))

    def add_unnamed(self, key: str, value: dict[str, Any], at: str, benchmark: str) -> None:
        """Take an amount with a unit under a name of the owner's own, which it keeps."""
        amount = amount_of(value, at, self._document)
        if amount is None:
            return
        if not key or not is_storable(key) or len(key) > LONGEST_TEXT:
            self._document.note(at, "the name of the metric cannot be stored: empty, too long, or no text")
            return
        metric, unit = metric_of(key, (amount.unit or "")[:100])
        self._keep(benchmark, metric.name, metric.unit, metric.direction, unit.to_base(amount.number), at)

    def resolved(self) -> tuple[PinnedValue, ...]:
        """Return all values in base units; what had to be assumed is told in `warnings`."""
        share = self._share_unit()
        timeless = [one for one in self._found if one.named.kind is Kind.TIME and one.unit is None]
        if timeless:
            # Seconds look like this, most often.
            small = next((one.number for one in timeless if 0 < one.number < 1), None)
            example = "" if small is None else f" ({format_number(small)} is {format_value(small / 1000, 's')})"
            self._assume(timeless, f"taken as milliseconds{example}; else write the unit, as in 'p95_s'")
        rates = [one for one in self._found if one.named.kind is Kind.RATE and one.unit is None]
        if rates:
            self._assume(rates, "taken as requests a second")
        guessed = [one for one in self._found if one.named.kind is Kind.TIME and one.named.is_guess]
        if guessed:
            names = _listed([one.at for one in guessed])
            self.warnings.append(f"{names} does not say which statistic it is: taken as the mean")
        if self._counts:
            self.warnings.append("counts of requests and failures are left out: they depend on how long a test ran")
        for one in self._found:
            self._resolve(one, share)
        return tuple(self._values)

    def _share_unit(self) -> str:
        """Return how error rates without a unit are written in this file: `%` or `1`."""
        rates = [one for one in self._found if one.named.kind is Kind.SHARE and one.unit is None and one.number]
        if not rates:
            return "1"
        unit, why = "1", "a fraction, since it is at most 1"
        for one in rates:
            counts = self._counts.get(one.benchmark, {})
            requests, failures = counts.get("requests", 0), counts.get("failures")
            if requests and failures:
                share = failures / requests
                is_percent = abs(one.number / 100 - share) < abs(one.number - share)
                unit = "%" if is_percent else "1"
                told = f"{format_number(failures)} failures of {format_number(requests)} requests"
                why = f"{'percent' if is_percent else 'a fraction'}, as {told} are {format_number(share * 100)} %"
                break
        else:
            large = next((one for one in rates if one.number > 1), None)
            if large is not None:
                unit, why = "%", f"percent, since {format_number(large.number)} is more than all"
        self._assume(rates, f"taken as {why}")
        return unit

    def _assume(self, found: Sequence[_Found], what: str) -> None:
        names = dict.fromkeys(one.named.metric for one in found)
        self.warnings.append(f"no unit is told for {_listed(list(names))}: {what}")

    def _resolve(self, one: _Found, share: str) -> None:
        kind = one.named.kind
        written = one.unit or {Kind.TIME: "ms", Kind.RATE: "1/s", Kind.SHARE: share}.get(kind, "")
        unit = "1" if kind is Kind.SHARE and written.lower() in _SHARES else written
        known = parse_unit(unit)
        if known is None or known.base not in _BASES[kind]:
            problem = f"expected a unit {_EXAMPLES[kind]} for {one.named.metric}, found {shown(written)}"
            self._document.note(one.at, problem)
            return
        number, base = known.to_base(one.number), known.base
        if kind is Kind.SHARE and number > 1:
            self._document.note(one.at, f"an error rate of {format_number(number * 100)} % is more than all requests")
            return
        name = "bytes_per_second" if base == "B/s" else one.named.metric
        metric, _ = metric_of(name, base)
        self._keep(one.benchmark, name, base, metric.direction, number, one.at)

    def _keep(self, benchmark: str, metric: str, unit: str, direction: Direction, number: float, at: str) -> None:
        if not math.isfinite(number):
            self._document.note(at, f"the value in {unit} is too large to be a number")
            return
        at_first, first = self._places.setdefault((benchmark, metric), (at, number))
        if at_first == at:
            self._values.append(
                PinnedValue(benchmark=benchmark, metric=metric, unit=unit, direction=direction, value=number)
            )
        elif first != number:
            name = shorten(benchmark)
            self._document.note(
                at, f"{shorten(metric)} of '{name}' is there twice, first at {at_first}, with another value"
            )


def _listed(names: Sequence[str], most: int = 6) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"
