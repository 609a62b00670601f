"""Documents as compact JSON: the same bytes for the same numbers, unrounded."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_NUMBERS: Final = {float, type(None)}
_SIMPLE: Final = {float, int, bool, str, type(None)}
_LONG: Final = 16
"""Lists shorter than this are left to the standard encoder."""


def dump(document: Mapping[str, Any]) -> bytes:
    """Return a document as JSON.

    Levels, baselines and noise floors repeat themselves over hundreds of points, and writing a number as text is
    most of the work: a list of numbers that repeats itself is written with each number spelled once.

    Raises
    ------
    ValueError
        Where a number is not finite: JSON has no word for it, and None says "not known".

    Examples
    --------
    >>> dump({"version": 1, "values": [0.1, None]})
    b'{"version":1,"values":[0.1,null]}'
    """
    return _text(document).encode()


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{_plain(str(key))}:{_text(inner)}" for key, inner in value.items()) + "}"
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list | tuple):
        kinds = set(map(type, value))
        if len(value) >= _LONG and kinds <= _NUMBERS and (repeated := _numbers(value)) is not None:
            return repeated
        if not kinds <= _SIMPLE:
            return "[" + ",".join(map(_text, value)) + "]"
    elif hasattr(value, "items"):
        return _text(dict(value))
    return _plain(value)


def _numbers(values: Sequence[Any]) -> str | None:
    """Return a list of floats and None that repeats itself as text, None for any other list."""
    distinct = dict.fromkeys(values)
    if len(distinct) * 2 > len(values):
        return None
    words = {value: "null" if value is None else _number(value) for value in distinct}
    return "[" + ",".join([words[value] for value in values]) + "]"


def _number(value: float) -> str:
    if not math.isfinite(value):
        raise ValueError(f"a published number must be finite: {value}")
    return repr(value)


def _plain(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
