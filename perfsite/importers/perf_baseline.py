"""Baselines that people wrote down for a script of their own: `perf_baseline.json` in, a pinned baseline out.

There is no format, but a habit, seen in many public repositories: an object with a time, a commit and `metrics`, or the
metrics at its top, or for each endpoint or scenario, times in milliseconds, with or without a unit in the name:

    {"version": "1.0", "timestamp": "2026-01-27T00:00:00Z", "commit": "8a5b79d9",
     "metrics": {"p50": 120, "p95": 350, "p99": 480, "error_rate": 0.5, "requests_per_sec": 15}}

What a name does not tell is assumed, and said. Limits (`thresholds`, `p95_ms_max`), settings and counts of requests,
which depend on how long a test ran, are no baseline and left out; so is what is not understood, and that is said, too.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from perfsite.errors import InputError
from perfsite.importers.files import read_bytes
from perfsite.importers.perf_names import Kind, metric_named, time_group, words
from perfsite.importers.perf_values import Amounts, amount_of
from perfsite.model.event import BaselinePinned
from perfsite.sources.base import LONGEST_TEXT, parse_time
from perfsite.sources.document import Document, is_storable, step, storable
from perfsite.sources.loading import read_json

if TYPE_CHECKING:
    from pathlib import Path

NAME: Final = "perf-baseline"
TITLE: Final = "a hand-written perf_baseline.json, as a pinned baseline"
TOTAL: Final = "Aggregated"
"""The benchmark of metrics that name none: what Locust calls the total of a load test."""

_HINT: Final = (
    'For example: {"timestamp": "2026-01-27T00:00:00Z", "metrics": {"p95_ms": 120, "error_rate_percent": 0.5}}'
)
_MOST_BYTES: Final = 16 << 20
_DEEPEST: Final = 12
_SAME: Final = frozenset(
    {
        "metrics", "metric", "baseline", "baselines", "results", "result", "stats", "statistics", "summary", "values",
        "aggregate", "aggregated", "global", "overall", "total", "totals", "current", "performance", "measurements",
        "expected", "measured", "observed", "load", "test",
    }
)  # fmt: skip
"""Objects that only hold: what is in them belongs to the benchmark they stand in."""
_MANY: Final = frozenset(
    {
        "endpoint", "endpoints", "scenario", "scenarios", "benchmarks", "tests", "operations", "routes", "requests",
        "programs", "tools", "services", "apis", "urls", "pages", "transactions", "cases", "perf",
    }
)  # fmt: skip
"""Objects and arrays that hold one benchmark an entry."""
_NEVER: Final = frozenset(
    {
        "threshold", "thresholds", "tolerance", "tolerances", "limit", "limits", "target", "targets", "budget",
        "budgets", "slo", "slos", "sla", "slas", "environment", "config", "configuration", "settings", "system",
        "units", "history", "profile", "aggregation", "method", "methodology",
    }
)  # fmt: skip
"""Objects that hold no baseline."""
_ABOUT: Final = frozenset({"metadata", "meta", "info", "source", "about"})
"""Objects that say where the baseline comes from."""
_NAMES: Final = ("name", "endpoint", "scenario", "operation", "route", "path", "url", "benchmark", "test")
_TIMES: Final = (
    "timestamp", "captured_at", "recorded_at", "measured_at", "generated_at", "created_at", "saved_at", "updated_at",
    "last_updated", "updated", "created", "captured", "date", "time", "datetime",
)  # fmt: skip
_COMMITS: Final = ("commit", "commit_sha", "commit_hash", "commit_id", "git_commit", "git_sha", "sha", "revision")
_REASONS: Final = ("reason", "notes", "note", "description", "comment")
_AUTHORS: Final = ("author", "captured_by", "created_by", "updated_by")
_UNKNOWN: Final = frozenset({"", "unknown", "none", "null", "n/a", "-", "..."})


def read(path: Path, *, environment: str | None = None) -> tuple[BaselinePinned, list[str]]:
    """Return the baseline that a file holds, and what was assumed and left out, in words.

    Its time is the file's own, else when the file was last written, so that reading it again gives the same event.

    Raises
    ------
    InputError
        It cannot be opened, is no JSON object, holds no metric, or a metric is no number, at each bad place.
    """
    where = str(path)
    raw = read_bytes(path, where=where)
    if len(raw) > _MOST_BYTES:
        raise InputError(f"has {len(raw):,} bytes: nobody wrote that by hand", where=where, hint=_HINT)
    stream = io.TextIOWrapper(io.BytesIO(raw), encoding="utf-8", errors="strict", newline="")
    told = read_json(stream, origin=where, hint=_HINT)
    document = Document(where, hint=_HINT)
    amounts = Amounts(document)
    walk = _Walk(document, amounts)
    if isinstance(told, dict):
        walk.take(told, "$", TOTAL, None)
    elif isinstance(told, list):
        walk.take_list("", told, "$", None)
    else:
        document.expected("$", "an object", told)
    values = amounts.resolved()
    if not values and not document.problems:
        left = "; ".join(["", *walk.warnings()])
        document.note("$", f"holds no metric that a baseline could be made of (p50, p95, error_rate, rps …){left}")
    document.finish()
    about = _About(told if isinstance(told, dict) else {})
    warnings = [*amounts.warnings, *walk.warnings()]
    time = about.time()
    if time is None:
        time = datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
        warnings.append(
            f"no time that can be read is told: the baseline is dated {time.date()}, when the file was last written"
        )
    event = BaselinePinned(
        time=time,
        values=values,
        author=about.text(_AUTHORS),
        reason=about.text(_REASONS),
        source=storable(path.name)[:LONGEST_TEXT],
        environment=environment,
        commit=about.text(_COMMITS),
    )
    return event, warnings


class _Walk:
    """Finds the metrics of a document, wherever they stand."""

    def __init__(self, document: Document, amounts: Amounts) -> None:
        self._document = document
        self._amounts = amounts
        self._left: list[str] = []

    def take(self, node: dict[str, Any], at: str, benchmark: str, unit: str | None, depth: int = 0) -> None:
        """Take the metrics of an object, those in objects inside it included.

        Parameters
        ----------
        benchmark
            What metrics belong to that stand here.
        unit
            The unit of times whose name tells none; None: not told.
        """
        if depth > _DEEPEST:
            self._document.note(at, "is nested too deeply to be a baseline")
            return
        unit, units = _units(node, unit)
        for key, value in node.items():
            place = step(at, key)
            if isinstance(value, dict) and not ("value" in value and _is_amount(key, value)):
                self._take_object(key, value, place, benchmark, unit, depth)
            elif isinstance(value, list):
                self.take_list(key, value, place, unit, depth)
            else:
                self._take_value(key, value, place, benchmark, units.get(key, unit))

    def _take_object(
        self, key: str, value: dict[str, Any], at: str, benchmark: str, unit: str | None, depth: int
    ) -> None:
        told = words(key)
        last = told[-1] if told else ""
        is_times, own = time_group(key)
        if last in _NEVER or (told and told[0] in _NEVER):
            self._left.append(at)
        elif key in _ABOUT or key.lstrip("_") in _ABOUT:
            return
        elif told and set(told) <= _SAME:
            self.take(value, at, benchmark, unit, depth + 1)
        elif is_times and not any(isinstance(inner, dict) for inner in value.values()):
            self.take(value, at, benchmark, own or unit, depth + 1)
        elif last in _MANY and any(isinstance(inner, dict) for inner in value.values()):
            for name, inner in value.items():
                if isinstance(inner, dict):
                    self._take_benchmark(name, inner, step(at, name), unit, depth)
                elif isinstance(inner, int | float):
                    self._left.append(step(at, name))
        else:
            inside = key if benchmark == TOTAL else f"{benchmark}/{key}"
            self._take_benchmark(inside, value, at, unit, depth)

    def take_list(self, key: str, values: list[Any], at: str, unit: str | None, depth: int = 0) -> None:
        """Take an array of benchmarks, each an object with its name."""
        told = words(key)
        if told and told[-1] in _NEVER:
            self._left.append(at)
            return
        if metric_named(key) is not None:
            self._document.expected(at, "a number", values)
            return
        for i, value in enumerate(values):
            if isinstance(value, dict):
                name = next((value[one] for one in _NAMES if isinstance(value.get(one), str)), None)
                if name is None:
                    self._left.append(step(at, i))
                else:
                    self._take_benchmark(name, value, step(at, i), unit, depth)

    def _take_benchmark(self, name: str, node: dict[str, Any], at: str, unit: str | None, depth: int) -> None:
        if not name or len(name) > LONGEST_TEXT or not is_storable(name):
            fault = "is empty" if not name else "cannot be stored: too long, a NUL, or half a surrogate pair"
            self._document.note(at, f"the name of the benchmark {fault}")
            return
        self.take(node, at, name, unit, depth + 1)

    def _take_value(self, key: str, value: Any, at: str, benchmark: str, unit: str | None) -> None:
        named = metric_named(key)
        if named is None:
            if isinstance(value, dict):
                self._amounts.add_unnamed(key, value, at, benchmark)
            elif isinstance(value, int | float) and not isinstance(value, bool) and key not in _KNOWN:
                self._left.append(at)
            return
        if value is None or (isinstance(value, dict) and value.get("value") is None):
            self._left.append(at)
            return
        amount = amount_of(value, at, self._document)
        if amount is not None:
            told = unit if named.kind is Kind.TIME else None
            self._amounts.add(benchmark, named, amount, told, at)

    def warnings(self) -> list[str]:
        """Return what was left out, in words."""
        if not self._left:
            return []
        more = f" and {len(self._left) - 8} more" if len(self._left) > 8 else ""
        return [f"left out, being null or no metric that is known: {', '.join(self._left[:8])}{more}"]


_KNOWN: Final = frozenset({"version", "schema_version", "baseline_version", *_TIMES})
"""Numbers that need no mention when they are left out."""


def _is_amount(key: str, value: dict[str, Any]) -> bool:
    return metric_named(key) is not None or isinstance(value.get("unit"), str)


def _units(node: dict[str, Any], unit: str | None) -> tuple[str | None, dict[str, str]]:
    """Return the unit of an object's times, as it tells it, and those it tells for some of its keys."""
    for key in ("unit", "time_unit", "latency_unit", "units"):
        told = node.get(key)
        if isinstance(told, str) and told.strip():
            unit = told.strip()[:100]
    listed = node.get("units")
    each = {key: one for key, one in listed.items() if isinstance(one, str)} if isinstance(listed, dict) else {}
    return unit, each


class _About:
    """What a document says of itself: at its top, or in an object such as `metadata`."""

    def __init__(self, told: dict[str, Any]) -> None:
        places = _ABOUT | _SAME
        inner = [value for key, value in told.items() if key.lstrip("_") in places and isinstance(value, dict)]
        self._facts = [{"_".join(words(key)): value for key, value in place.items()} for place in (told, *inner)]

    def text(self, names: tuple[str, ...]) -> str | None:
        """Return the first text under one of the names; of an object its sha; None where there is none."""
        for facts in self._facts:
            for name in names:
                value = facts.get(name)
                if isinstance(value, dict):
                    value = next((value[key] for key in ("sha", "id", "hash") if isinstance(value.get(key), str)), None)
                if isinstance(value, str) and value.strip().lower() not in _UNKNOWN:
                    return storable(value.strip())[:LONGEST_TEXT]
        return None

    def time(self) -> datetime | None:
        """Return the first time under one of the usual names; one without a zone is taken as UTC."""
        for facts in self._facts:
            for name in _TIMES:
                value = facts.get(name)
                found = _since_1970(value) if isinstance(value, int | float) else parse_time(value, without_zone=UTC)
                if found is not None:
                    return found
        return None


def _since_1970(number: float) -> datetime | None:
    """Return seconds or milliseconds since 1970 as a time; None for any other number."""
    if isinstance(number, bool) or not 1e8 <= number < 1e14:
        return None
    return datetime.fromtimestamp(number if number < 1e11 else number / 1000, UTC)
