"""Units that stand as the last word of a metric's own name, where a format tells none."""

from __future__ import annotations

import re
from typing import Final

_WORDS: Final = re.compile(r"[^0-9A-Za-z]+")
_UNITS: Final = frozenset({"bytes", "ns", "us", "ms", "nanoseconds", "microseconds", "milliseconds", "seconds"})
_NOT_PLAIN: Final = frozenset({"ops", "per", "throughput", "rate", "ratio", "count", "number"})


def words_of(name: str) -> list[str]:
    """Return the words of a name, in lower case."""
    return [word for word in _WORDS.split(name.lower()) if word]


def unit_in(name: str) -> str:
    """Return the unit that a name ends with; empty where it ends with none, or counts something per time.

    Examples
    --------
    >>> unit_in("Max Bytes"), unit_in("latency_p50_ns"), unit_in("throughput_ops_ms"), unit_in("metric1")
    ('bytes', 'ns', '', '')
    """
    words = words_of(name)
    return words[-1] if words and words[-1] in _UNITS and _NOT_PLAIN.isdisjoint(words) else ""
