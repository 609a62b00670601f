"""Units: know them, bring values to base units, print them readably, tell which direction is better."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from perfsite.model.run import Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """How a written unit relates to its base unit: base value = written value * multiply / divide.

    Two whole numbers instead of one factor: dividing by 10**9 is correctly rounded, multiplying by 1e-9 is not.
    """

    base: str
    multiply: int = 1
    divide: int = 1

    def to_base(self, value: float) -> float:
        """Return the value in the base unit; NaN and infinities pass through."""
        if self.multiply != 1:
            value = value * self.multiply
        return value / self.divide if self.divide != 1 else value

    @property
    def is_base(self) -> bool:
        """Whether values of this unit are in the base unit already."""
        return self.multiply == 1 and self.divide == 1


_SECONDS = {
    "s": Unit(base="s"),
    "ms": Unit(base="s", divide=10**3),
    "us": Unit(base="s", divide=10**6),
    "ns": Unit(base="s", divide=10**9),
    "ps": Unit(base="s", divide=10**12),
    "min": Unit(base="s", multiply=60),
    "h": Unit(base="s", multiply=3600),
}
_SECOND_NAMES = {
    "sec": "s", "secs": "s", "second": "s", "seconds": "s",
    "msec": "ms", "msecs": "ms", "millisecond": "ms", "milliseconds": "ms",
    "µs": "us", "μs": "us", "usec": "us", "usecs": "us", "microsecond": "us", "microseconds": "us",
    "nsec": "ns", "nsecs": "ns", "nanosecond": "ns", "nanoseconds": "ns",
    "picosecond": "ps", "picoseconds": "ps", "minute": "min", "minutes": "min", "hour": "h", "hours": "h",
}  # fmt: skip
_BYTES = {
    "B": Unit(base="B"),
    "kB": Unit(base="B", multiply=10**3),
    "KB": Unit(base="B", multiply=10**3),
    "MB": Unit(base="B", multiply=10**6),
    "GB": Unit(base="B", multiply=10**9),
    "TB": Unit(base="B", multiply=10**12),
    "KiB": Unit(base="B", multiply=2**10),
    "MiB": Unit(base="B", multiply=2**20),
    "GiB": Unit(base="B", multiply=2**30),
    "TiB": Unit(base="B", multiply=2**40),
    # Lower case is common and means bytes; `Mb` may mean bits and stays unknown.
    "kb": Unit(base="B", multiply=10**3),
    "mb": Unit(base="B", multiply=10**6),
    "gb": Unit(base="B", multiply=10**9),
    "tb": Unit(base="B", multiply=10**12),
    "bit": Unit(base="B", divide=8),
    "kbit": Unit(base="B", multiply=10**3, divide=8),
    "Mbit": Unit(base="B", multiply=10**6, divide=8),
    "Gbit": Unit(base="B", multiply=10**9, divide=8),
}
_BYTE_NAMES = {
    "byte": "B", "bytes": "B", "kilobyte": "kB", "kilobytes": "kB", "megabyte": "MB", "megabytes": "MB",
    "gigabyte": "GB", "gigabytes": "GB", "terabyte": "TB", "terabytes": "TB",
    "kib": "KiB", "mib": "MiB", "gib": "GiB", "tib": "TiB", "bits": "bit",
}  # fmt: skip
_ONE = {
    "": Unit(base="1"),
    "1": Unit(base="1"),
    "%": Unit(base="1", divide=100),
    "percent": Unit(base="1", divide=100),
    "count": Unit(base="1"),
}
# One operation, iteration or run is the thing timed, not a dimension: ns/op is a time, ops/s a rate.
_WORK = {
    "op", "ops", "operation", "operations", "iter", "iters", "iteration", "iterations", "it", "req", "reqs",
    "request", "requests", "call", "calls", "run", "runs", "item", "items", "event", "events", "loop", "query",
    "queries", "transaction", "transactions", "row", "rows", "rps", "qps", "tps",
    "elem", "elems", "element", "elements",
}  # fmt: skip
_COUNT_PREFIX = {"": 1, "k": 10**3, "K": 10**3, "M": 10**6, "G": 10**9, "B": 10**9}
_RATE_WORDS = {
    "rps": "1/s",
    "qps": "1/s",
    "tps": "1/s",
    "hz": "1/s",
    "khz": "k/s",
    "mhz": "M/s",
    "ghz": "G/s",
    "fps": "1/s",
}
# Case tells bits from bytes.
_RATE_SYMBOLS = {
    "bps": "bit/s",
    "kbps": "kbit/s",
    "Mbps": "Mbit/s",
    "Gbps": "Gbit/s",
    "kBps": "kB/s",
    "KBps": "kB/s",
    "MBps": "MB/s",
    "GBps": "GB/s",
}
_PER = re.compile(r"\s*/\s*|\s+per\s+")


def parse_unit(text: str) -> Unit | None:
    """Return what a written unit means, or None where it is not known.

    A unit that is not known is its own base unit; the caller keeps it as it was written.

    Examples
    --------
    >>> parse_unit("ns/iter")
    Unit(base='s', multiply=1, divide=1000000000)
    >>> parse_unit("MiB/s")
    Unit(base='B/s', multiply=1048576, divide=1)
    >>> parse_unit("ops/sec")
    Unit(base='1/s', multiply=1, divide=1)
    >>> parse_unit("furlong") is None
    True
    """
    text = text.strip()
    simple = _simple(text)
    if simple is not None:
        return simple
    rate = _RATE_SYMBOLS.get(text) or _RATE_WORDS.get(text.lower())
    parts = _PER.split(rate or text)
    if len(parts) != 2:
        return None
    above, below = parts
    if below.lower() in _WORK and (timed := _simple(above)) is not None:
        return timed
    over = _simple(below)
    if over is None or over.base != "s":
        return None
    amount = _simple(above) or _work(above)
    if amount is None or amount.base == "s":
        return None
    return Unit(base=f"{amount.base}/s", multiply=amount.multiply * over.divide, divide=amount.divide * over.multiply)


def _simple(text: str) -> Unit | None:
    for units, names in ((_SECONDS, _SECOND_NAMES), (_BYTES, _BYTE_NAMES)):
        found = units.get(text) or units.get(names.get(text.lower(), ""))
        if found is not None:
            return found
    return _ONE.get(text.lower())


def _work(text: str) -> Unit | None:
    """Read a count of work with an optional prefix: `ops`, `k ops`, `M`."""
    if text in _COUNT_PREFIX and text:
        return Unit(base="1", multiply=_COUNT_PREFIX[text])
    if text.lower() in _WORK:
        return Unit(base="1")
    prefix, rest = text[:1], text[1:].strip()
    if prefix in _COUNT_PREFIX and rest.lower() in _WORK:
        return Unit(base="1", multiply=_COUNT_PREFIX[prefix])
    return None


_HIGHER_WORDS = re.compile(
    r"(^|[^a-z])(throughput|requests?_per_s\w*|req(uest)?s?/s|rate|speed|fps|score|hits?|bandwidth|ops|rps|qps|tps)([^a-z]|$)"
)
_LOWER_WORDS = re.compile(
    r"(^|[^a-z])(error|errors|fail|failed|failures?|failure_rate|error_rate|miss|misses|latency|time|duration|memory|rss|size|alloc\w*|instructions|cycles|p\d+)([^a-z]|$)"
)


def guess_direction(metric: str, unit: str) -> Direction:
    """Return which direction is better, from the base unit first and the metric's name second.

    Times and sizes are better low, rates better high; a failing rate is better low whatever its unit.

    Examples
    --------
    >>> guess_direction("time", "s"), guess_direction("bytes_per_second", "B/s"), guess_direction("errors", "1/s")
    (<Direction.LOWER: 'lower'>, <Direction.HIGHER: 'higher'>, <Direction.LOWER: 'lower'>)
    """
    name = metric.lower()
    if re.search(r"(^|[^a-z])(error|fail|miss)", name):
        return Direction.LOWER
    if unit in {"s", "B"}:
        return Direction.LOWER
    if unit.endswith("/s"):
        return Direction.HIGHER
    if _HIGHER_WORDS.search(name):
        return Direction.HIGHER
    if _LOWER_WORDS.search(name):
        return Direction.LOWER
    return Direction.NEITHER


_TIME_STEPS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"), (1e-12, "ps"))
_BYTE_STEPS = ((2.0**40, "TiB"), (2.0**30, "GiB"), (2.0**20, "MiB"), (2.0**10, "KiB"), (1.0, "B"))
_COUNT_STEPS = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""))


def scale_for(value: float, unit: str) -> tuple[float, str]:
    """Return (size, name) of the scaled unit in which `value` reads best: printed = value / size.

    Examples
    --------
    >>> scale_for(0.00123, "s")
    (0.001, 'ms')
    """
    if unit == "s":
        steps = _TIME_STEPS
    elif unit in {"B", "B/s"}:
        steps = _BYTE_STEPS
    elif unit == "1":
        return (1.0, "") if abs(value) < 1e6 else _step(value, _COUNT_STEPS)
    elif unit == "1/s":
        size, name = _step(value, _COUNT_STEPS)
        return size, f"{name}/s"
    else:
        return 1.0, unit
    size, name = _step(value, steps)
    return size, f"{name}/s" if unit == "B/s" else name


def _step(value: float, steps: tuple[tuple[float, str], ...]) -> tuple[float, str]:
    # As it will be printed: 0.9999 s is 1 s, not 1000 ms.
    magnitude = float(f"{abs(value):.3g}")
    if magnitude == 0 or not math.isfinite(magnitude):
        return next((step for step in steps if step[0] == 1.0), steps[-1])
    for step in steps:
        if magnitude >= step[0]:
            return step
    return steps[-1]


def format_value(value: float | None, unit: str) -> str:
    """Return a value as people read it: three significant digits and a scaled unit.

    Examples
    --------
    >>> format_value(0.00123456, "s"), format_value(5_300_000, "1/s"), format_value(None, "s")
    ('1.23 ms', '5.3 M/s', '–')
    """
    if value is None or not math.isfinite(value):
        return "–"
    size, name = scale_for(value, unit)
    number = format_number(value / size)
    if name.startswith("/"):
        return f"{number}{name}"
    return f"{number} {name}" if name else number


def format_pair(before: float | None, after: float | None, unit: str) -> tuple[str, str]:
    """Return two values that are read side by side: as many digits in both, so that neither looks more exact.

    Whole numbers of an unscaled unit are counted, not rounded, and stay as they are.

    Examples
    --------
    >>> format_pair(0.00996, 0.012, "s"), format_pair(9, 12, "1")
    (('9.96 ms', '12.0 ms'), ('9', '12'))
    """
    first, second = format_value(before, unit), format_value(after, unit)
    if _is_counted(before, unit) and _is_counted(after, unit):
        return first, second
    least = min(max(_count_digits(first), _count_digits(second)), 3)
    return _padded(first, least), _padded(second, least)


_PLAIN = re.compile(r"-?(\d+(?:\.\d+)?)(?![\d.e])")


def _is_counted(value: float | None, unit: str) -> bool:
    if value is None or not math.isfinite(value):
        return False
    # What went through a logarithm is whole but for its last bits.
    return scale_for(value, unit)[0] == 1.0 and math.isclose(value, round(value), rel_tol=1e-12)


def _count_digits(text: str) -> int:
    """Return how many significant digits a printed value starts with; 0 for zero, for `1.2e+20`, and for no value."""
    found = _PLAIN.match(text)
    return len(found[1].replace(".", "").lstrip("0")) if found else 0


def _padded(text: str, least: int) -> str:
    """Return a printed value with so many significant digits at least."""
    found, lacking = _PLAIN.match(text), least - _count_digits(text)
    if found is None or lacking <= 0 or lacking == least:
        return text
    return f"{found[0]}{'' if '.' in found[0] else '.'}{'0' * lacking}{text[found.end() :]}"


def format_number(value: float) -> str:
    """Return a number with three significant digits, whole numbers in full up to a million."""
    magnitude = abs(value)
    if magnitude != 0 and (magnitude >= 1e6 or magnitude < 1e-4):
        return f"{value:.3g}"
    if magnitude >= 100:
        return f"{value:.0f}"
    return f"{value:.3g}"
