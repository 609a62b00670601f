"""Parameters that stand in a benchmark's name, as tools without a convention of their own write them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

NUMBER: Final = re.compile(r"[+-]?\d{1,40}(?:\.\d{1,40})?(?:e[+-]?\d{1,5})?\Z", re.ASCII | re.IGNORECASE)
"""A number that stands by itself in a name: `64`, `0.5`, `1e6`."""
NAMED: Final = re.compile(r"([^\W\d]\w{0,99})=(.+)\Z", re.DOTALL)
"""A named parameter in a name: `n=100`."""


def split_slashes(text: str) -> tuple[str, dict[str, str]]:
    """Return the benchmark and the parameters of a name of parts between slashes.

    `key=value` is a parameter by that name; a number after the first part is one by its position. A part that names a
    parameter again stays in the benchmark's name.

    Examples
    --------
    >>> split_slashes("parse/json/n=100/64")
    ('parse/json', {'n': '100', 'arg0': '64'})
    >>> split_slashes("64/and more")
    ('64/and more', {})
    """
    return split_parts(text.split("/"), number=NUMBER, named=NAMED)


def split_parts(parts: Sequence[str], *, number: re.Pattern[str], named: re.Pattern[str]) -> tuple[str, dict[str, str]]:
    """Return the benchmark and the parameters of the parts of a name, at least one.

    Parameters
    ----------
    number
        What a parameter by its position looks like.
    named
        What one by name looks like: its name is the first group, its value the second.
    """
    first, *rest = parts
    kept, parameters, position = [first], dict[str, str](), 0
    for part in rest:
        found = named.match(part)
        if number.match(part):
            parameters[f"arg{position}"] = part
            position += 1
        elif found and found[1] not in parameters:
            parameters[found[1]] = found[2]
        else:
            kept.append(part)
    return "/".join(kept), parameters
