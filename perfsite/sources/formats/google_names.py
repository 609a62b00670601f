"""What the names of Google Benchmark mean: `Group/BM_sort<int>/64/threads:4_mean`.

Everything after a colon is a parameter, settings of the tool too (`iterations:100`, `min_time:0.500`, `repeats:3`): the
tool itself tells benchmarks apart by them, the same work may be registered under several, and how long or often
something runs is part of what is measured. Which clock counts (`real_time`, `process_time`, `manual_time`) has no name
and stays in the benchmark's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from perfsite.sources.names import split_parts

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_POSITIONAL: Final = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?(ki|Mi|Gi|k|M|G)?\Z", re.IGNORECASE)
_NAMED: Final = re.compile(r"([A-Za-z_]\w*):(?!:)(.+)\Z", re.DOTALL)
_SUFFIX: Final = re.compile(r"(.+)_(mean|median|stddev|cv|BigO|RMS)\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Name:
    """A benchmark's name as written, and the benchmark and parameters in it."""

    text: str
    benchmark: str
    parameters: Mapping[str, str] = field(default_factory=dict)


def split_name(text: str) -> Name:
    """Return the parts of a name: numbers after a slash are arguments by position, `key:value` are named.

    Examples
    --------
    >>> name = split_name("Group/BM_sort/64/threads:4/real_time")
    >>> name.benchmark, name.parameters
    ('Group/BM_sort/real_time', {'arg0': '64', 'threads': '4'})
    """
    return Name(text, *split_parts(_segments(text), number=_POSITIONAL, named=_NAMED))


def _segments(text: str) -> list[str]:
    """Split at slashes that stand outside of template arguments."""
    segments, depth, start = [], 0, 0
    for i, character in enumerate(text):
        if character == "<":
            depth += 1
        elif character == ">":
            depth = max(depth - 1, 0)
        elif character == "/" and depth == 0:
            segments.append(text[start:i])
            start = i + 1
    return [*segments, text[start:]]


def split_aggregate(name: str, entry: Mapping[str, Any], known: Collection[str]) -> tuple[str, str | None]:
    """Return the name of the benchmark that an entry belongs to, and which aggregate it is; None: a repetition.

    Versions before 1.5 tell aggregates by the name's ending only: such a name is one where the benchmark itself, or
    another aggregate of it, stands in the file too.
    """
    aggregate = entry.get("aggregate_name")
    run_name = entry.get("run_name")
    if isinstance(aggregate, str) and aggregate:
        ending = f"_{aggregate}"
        if isinstance(run_name, str) and run_name:
            return run_name, aggregate
        return (name.removesuffix(ending) or name), aggregate
    if entry.get("run_type") == "aggregate" and isinstance(run_name, str) and name.startswith(f"{run_name}_"):
        return run_name, name[len(run_name) + 1 :]
    if "run_type" in entry:
        return name, None
    match = _SUFFIX.match(name)
    if match and ({"big_o", "rms"} & entry.keys() or match[1] in known or _has_siblings(match[1], match[2], known)):
        return match[1], match[2]
    return name, None


def _has_siblings(base: str, ending: str, known: Collection[str]) -> bool:
    return any(f"{base}_{other}" in known for other in ("mean", "median", "stddev") if other != ending)
