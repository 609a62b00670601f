"""Figures as words within a hint: `+13.8 %`, `1.2 ms -> 1.4 ms`, lists of names that do not grow without end."""

from __future__ import annotations

import math
from collections.abc import Sequence

from perfsite.model.units import format_number, format_pair

MINUS = "−"


def percent(fraction: float) -> str:
    """Return a fraction in percent, without a sign.

    Examples
    --------
    >>> percent(0.1384), percent(3.2), percent(0.0004)
    ('13.8 %', '320 %', '0.04 %')
    """
    size = abs(fraction) * 100
    if not math.isfinite(size):
        return "–"
    if size >= 100:
        return f"{float(f'{size:.3g}'):.0f} %"
    return f"{size:.1f} %" if size >= 0.1 or size == 0 else f"{size:.1g} %"


def signed(fraction: float) -> str:
    """Return a delta in percent with its sign.

    Examples
    --------
    >>> signed(0.1384), signed(-0.02)
    ('+13.8 %', '−2.0 %')
    """
    return f"{'+' if fraction > 0 else MINUS if fraction < 0 else '±'}{percent(fraction)}"


def arrow(before: float, after: float, unit: str) -> str:
    """Return two values with an arrow between them: `1.2 ms → 1.4 ms`."""
    return " → ".join(format_pair(before, after, unit))


def number(value: float) -> str:
    """Return a number with three significant digits."""
    return format_number(float(f"{value:.3g}"))


def names(found: Sequence[str], most: int = 3, longest: int = 80) -> str:
    """Return names as a list in words, those past `most` counted; a name that is too long loses its start.

    Examples
    --------
    >>> names(["a"]), names(["a", "b"]), names(["a", "b", "c", "d", "e"])
    ('a', 'a and b', 'a, b, c and 2 more')
    """
    shown = [_one_line(name, longest) for name in found[:most]]
    if len(found) > most:
        return f"{', '.join(shown)} and {len(found) - most} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def _one_line(name: str, longest: int) -> str:
    line = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    return line if len(line) <= longest else f"…{line[-(longest - 1) :]}"
