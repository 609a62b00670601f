"""What people call the metrics of a load test: `p95_response_time_ms`, `errorRate`, `rps`, as the house's names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What a metric is a number of, in words that messages use."""

    TIME = "time"
    RATE = "rate"
    SHARE = "share"
    SIZE = "size"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class Named:
    """A metric that a key names: its house name, its kind, and the unit that the key tells (None: none).

    `is_guess` says that the key does not tell which statistic is meant.
    """

    metric: str
    kind: Kind
    unit: str | None = None
    is_guess: bool = False


_STATISTICS: Final = {
    "median": "p50", "med": "p50", "mean": "mean", "avg": "mean", "average": "mean",
    "min": "min", "minimum": "min", "max": "max", "maximum": "max",
}  # fmt: skip
_TIMES: Final = {
    "ms": "ms", "msec": "ms", "msecs": "ms", "millis": "ms", "millisecond": "ms", "milliseconds": "ms",
    "s": "s", "sec": "s", "secs": "s", "second": "s", "seconds": "s",
    "us": "us", "usec": "us", "micros": "us", "microsecond": "us", "microseconds": "us",
    "ns": "ns", "nsec": "ns", "nanos": "ns", "nanosecond": "ns", "nanoseconds": "ns",
}  # fmt: skip
_SIZES: Final = {
    "b": "B", "byte": "B", "bytes": "B", "kb": "kB", "mb": "MB", "gb": "GB", "kib": "KiB", "mib": "MiB", "gib": "GiB",
}  # fmt: skip
_SECOND: Final = frozenset({"s", "sec", "secs", "second", "seconds"})
_MINUTE: Final = frozenset({"min", "minute", "minutes"})
_RATES: Final = {"rps": "1/s", "qps": "1/s", "tps": "1/s", "rpm": "1/min"}
_WORK: Final = frozenset(
    {"request", "requests", "req", "reqs", "ops", "operations", "transactions", "queries", "calls"}
)
_FAILURES: Final = frozenset({"error", "errors", "err", "fail", "fails", "failed", "failure", "failures"})
_PERCENT: Final = frozenset({"pct", "percent", "percentage"})
_FRACTION: Final = frozenset({"ratio", "fraction", "share"})
_NUMBER: Final = frozenset({"total", "count", "num", "number"})
_MEMORY: Final = frozenset({"memory", "mem", "rss"})
_WAIT: Final = frozenset({"latency", "latencies", "rt"})
_AROUND: Final = frozenset(
    {
        "api", "http", "https", "req", "request", "response", "responses", "resp", "time", "times",
        "duration", "elapsed", "measured", "observed", "expected", "baseline", "current", "percentile", "percentiles",
        "overall", "global", "aggregated", "all", "value", *_WAIT,
    }
)  # fmt: skip
"""Words beside a statistic that change nothing; any other makes it one of something else, or a limit."""

_CAMEL: Final = re.compile(r"(?<=[a-z0-9%])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_PARENTHESES: Final = re.compile(r"\bp\((\d{1,3}(?:\.\d{1,4})?)\)")
_SPLIT: Final = re.compile(r"[^a-z0-9.%]+|(?<!\d)\.|\.(?!\d)")
_GLUED: Final = re.compile(r"(p\d{1,6}|\d{1,3}th)(ms|us|ns|s|sec)\Z")
_PERCENTILE: Final = re.compile(r"(?:p(\d{1,6}(?:\.\d{1,4})?)|(\d{1,3}(?:\.\d{1,4})?)(?:th|%))\Z")
_LONGEST: Final = 100


def words(key: str) -> list[str]:
    """Return the words of a key, in lower case, however it joins them; none of one too long to be a metric's.

    Examples
    --------
    >>> words("p95LatencyMs"), words("error-rate_%"), words("p(99.9)")
    (['p95', 'latency', 'ms'], ['error', 'rate', '%'], ['p99.9'])
    """
    if len(key) > _LONGEST:
        return []
    spaced = _CAMEL.sub("_", _PARENTHESES.sub(r"p\1", key)).lower()
    found: list[str] = []
    for word in filter(None, _SPLIT.split(spaced)):
        glued = _GLUED.match(word)
        found.extend(glued.groups() if glued else (word,))
    return found


def metric_named(key: str) -> Named | None:
    """Return the metric that a key names; None for one that names none, or a limit.

    Examples
    --------
    >>> metric_named("p95_response_time_ms")
    Named(metric='p95', kind=<Kind.TIME: 'time'>, unit='ms', is_guess=False)
    >>> metric_named("requests_per_sec").metric, metric_named("errorRatePct").unit, metric_named("max_p95_ms")
    ('requests_per_second', '%', None)
    """
    told = words(key)
    if not told:
        return None
    return _rate(told) or _share(told) or _count(told) or _memory(told) or _time(told)


def time_group(key: str) -> tuple[bool, str | None]:
    """Return whether a key names a group of times (`latency_ms`, `percentiles`), and the unit that it tells."""
    told = words(key)
    units = [word for word in told if word in _TIMES]
    rest = [word for word in told if word not in _TIMES]
    if len(units) > 1 or not rest or not set(rest) <= _AROUND:
        return False, None
    is_times = bool(set(rest) & {"latency", "latencies", "rt", "time", "times", "duration", "percentiles"})
    return is_times, _TIMES[units[0]] if units else None


def _rate(told: list[str]) -> Named | None:
    rest = list(told)
    unit = None
    for i, word in enumerate(rest):
        if word in _RATES:
            unit = _RATES[word]
            del rest[i]
            break
    else:
        per = _per(rest)
        if per is not None:
            unit, rest = per
    if unit is None and "throughput" not in rest:
        return None
    others = set(rest) - _AROUND - _WORK - {"throughput", "total", "mean", "avg", "average", "rate"}
    if others and not others <= _FAILURES:
        return None
    is_throughput = unit is None
    return Named("failures_per_second" if others else "requests_per_second", Kind.RATE, unit, is_guess=is_throughput)


def _per(told: list[str]) -> tuple[str, list[str]] | None:
    """Return the unit and the other words of `requests per second`, `req_s`, `throughput_per_sec`."""
    if len(told) < 2 or told[-1] not in _SECOND | _MINUTE:
        return None
    before = told[:-1]
    if before[-1] == "per":
        before = before[:-1]
    elif before[-1] not in _WORK or told[-1] == "min":
        # `requests_min` is the fewest of them.
        return None
    if not before or before[-1] not in _WORK | _FAILURES | {"throughput"}:
        return None
    return "1/s" if told[-1] in _SECOND else "1/min", before


def _share(told: list[str]) -> Named | None:
    rest = set(told) - _AROUND
    percent, fraction = rest & (_PERCENT | {"%"}), rest & _FRACTION
    if not rest & _FAILURES or not (percent or fraction or "rate" in rest):
        return None
    if rest - _FAILURES - percent - fraction - {"rate"}:
        return None
    return Named("error_rate", Kind.SHARE, "%" if percent else "1" if fraction else None)


def _count(told: list[str]) -> Named | None:
    rest = set(told) - _NUMBER
    if rest and rest <= _FAILURES | _WORK:
        return Named("failures" if rest & _FAILURES else "requests", Kind.COUNT)
    return None


def _memory(told: list[str]) -> Named | None:
    units = [word for word in told if word in _SIZES]
    rest = set(told) - set(units)
    if len(units) != 1 or not rest & _MEMORY or rest - _MEMORY - {"peak", "max", "usage", "used", "total"}:
        return None
    return Named("memory", Kind.SIZE, _SIZES[units[0]])


def _time(told: list[str]) -> Named | None:
    units = [word for word in told if word in _TIMES]
    rest = [word for word in told if word not in _TIMES]
    if len(units) > 1:
        return None
    unit = _TIMES[units[0]] if units else None
    statistics, others = _statistics(rest)
    if len(statistics) == 1 and set(others) <= _AROUND:
        return Named(statistics[0], Kind.TIME, unit)
    is_wait = bool(set(others) & _WAIT) or {"response", "time"} <= set(others)
    if not statistics and is_wait and set(others) <= _AROUND:
        return Named("mean", Kind.TIME, unit, is_guess=True)
    return None


def _statistics(told: list[str]) -> tuple[list[str], list[str]]:
    """Return the statistics among words, and the other words."""
    found: list[str] = []
    others: list[str] = []
    i = 0
    while i < len(told):
        word, following = told[i], told[i + 1] if i + 1 < len(told) else ""
        i += 1
        match = _PERCENTILE.match(word)
        if word in _STATISTICS:
            found.append(_STATISTICS[word])
        elif match and _is_share(match[1] or match[2]):
            digits = match[1] or match[2]
            if re.fullmatch(r"\d{1,2}", following) and word.startswith("p") and "." not in digits:
                digits, i = f"{digits}.{following}", i + 1
            found.append(_percentile(digits))
        elif word == "percentile" and re.fullmatch(r"\d{1,3}(?:\.\d{1,4})?", following):
            found.append(_percentile(following))
            i += 1
        else:
            others.append(word)
    return found, others


def _is_share(digits: str) -> bool:
    """Whether digits name a percentile: up to two, 100, a fraction, or a 9 and what follows (`999` is 99.9)."""
    whole = digits.partition(".")[0]
    return len(whole) <= 2 or digits == "100" or (whole == digits and digits.startswith("9"))


def _percentile(digits: str) -> str:
    """Return the house's name of a percentile: `p95`, and `p99.9` for `p999`, as people shorten it."""
    if "." not in digits and len(digits) > 2 and digits != "100":
        digits = f"{digits[:2]}.{digits[2:]}"
    whole, _, part = digits.partition(".")
    part = part.rstrip("0")
    name = f"{int(whole)}.{part}" if part else str(int(whole))
    return {"100": "max", "0": "min"}.get(name, f"p{name}")
