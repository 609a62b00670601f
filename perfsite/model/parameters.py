"""Parameters of a benchmark as numbers: sizes of an input, loads, and numbers that only name something."""

from __future__ import annotations

import math
import re
from typing import Final

LOADS: Final = frozenset(
    {"users", "vus", "clients", "connections", "concurrency", "rate", "rps", "load", "threads", "thread", "workers",
     "jobs", "procs", "processes", "cpus", "cores"}
)  # fmt: skip
"""Parameters that say how much goes on at once: numbers that grow, and no sizes of an input."""
NAMES: Final = frozenset({"seed", "port", "year", "version", "python", "run", "id", "rep", "repeat", "iteration"})
"""Parameters that are numbers and only tell one thing from another."""
_NUMBER: Final = re.compile(r"\s*(\d[\d_,']{0,30}(?:\.\d{1,30})?)(?:e\+?(\d{1,2}))?\s*([kKMG]i?)?[bB]?\s*\Z", re.ASCII)
_SCALES: Final = {"k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "ki": 2.0**10, "Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30}


def as_number(text: str) -> float | None:
    """Return a parameter's value as a positive number; None for anything else.

    Examples
    --------
    >>> as_number("1_000"), as_number("64k"), as_number("1e6"), as_number("3.8"), as_number("fast")
    (1000.0, 64000.0, 1000000.0, 3.8, None)
    """
    match = _NUMBER.match(text)
    if match is None:
        return None
    value = float(re.sub(r"[_,']", "", match[1])) * 10.0 ** int(match[2] or 0) * _SCALES.get(match[3] or "", 1.0)
    return value if value > 0 and math.isfinite(value) else None
