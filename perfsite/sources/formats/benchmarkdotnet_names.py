"""What BenchmarkDotNet calls its benchmarks, their parameters and their jobs."""

from __future__ import annotations

import re
from typing import Final

_PART: Final = re.compile(r"([^\W\d]\w{0,199})[=:]\s?(.*)\Z", re.DOTALL)
_CUT: Final = re.compile(r"\(\.\.\.\).{0,200} \[\d{1,9}\]\Z", re.DOTALL)
_JOB: Final = re.compile(r"Job-[A-Z]{1,20}\((.+)\)\Z", re.DOTALL)
_OPENING: Final = "([{<"
_CLOSING: Final = ")]}>"


def split_name(text: str) -> tuple[str, dict[str, str]]:
    """Return the benchmark and the parameters of a full name, as the file and github-action-benchmark have it.

    Examples
    --------
    >>> split_name('Sample.Bench.Sort(N: 100, text: "a, b")')
    ('Sample.Bench.Sort', {'N': '100', 'text': 'a, b'})
    """
    name, opening, rest = text.partition("(")
    if not name or not opening or not rest.endswith(")"):
        return text, {}
    parameters = {}
    for part in _parts(rest[:-1]):
        match = _PART.match(part)
        if match is None or match[1] in parameters:
            return text, {}
        parameters[match[1]] = _unquoted(match[2])
    return name, parameters


def split_parameters(text: str) -> dict[str, str]:
    """Return the parameters of the text `N=100&Flag=True`; what follows an `&` without a name belongs to the value.

    Examples
    --------
    >>> split_parameters("N=100&query=a&b"), split_parameters("N=1, M=2")
    ({'N': '100', 'query': 'a&b'}, {'N': '1', 'M': '2'})
    """
    parts = text.split("&")
    if len(parts) == 1 and all(_PART.match(part) and "=" in part for part in text.split(", ")):
        parts = text.split(", ")
    found: dict[str, list[str]] = {}
    last: list[str] | None = None
    for part in parts:
        name, equals, value = part.partition("=")
        if equals and name.strip() and name.strip() not in found:
            last = found[name.strip()] = [value]
        elif last is not None:
            last.append(part)
    return {name: "&".join(values) for name, values in found.items()}


def parameters_of(text: str, full: dict[str, str]) -> dict[str, str]:
    """Return the parameters of the text, those that BenchmarkDotNet shortened there as the full name has them."""
    found = split_parameters(text)
    if not found:
        return full
    return {name: full.get(name, value) if _CUT.search(value) else value for name, value in found.items()}


def job_of(display: str) -> str:
    """Return the job of a text such as `Bench.Sort: Job-XQZ(Runtime=.NET 8.0) [N=100]`, without its random name."""
    job = display.rpartition(": ")[2] if "(" not in display else display.partition(": ")[2]
    job = job.partition(" [")[0] if job.endswith("]") else job
    match = _JOB.match(job)
    return match[1] if match else job


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text


def _parts(text: str) -> list[str]:
    """Split at commas that stand outside of quotes and brackets."""
    parts, depth, start, quoted, i = list[str](), 0, 0, "", 0
    while i < len(text):
        character = text[i]
        if quoted:
            if character == "\\":
                i += 1
            elif character == quoted:
                quoted = ""
        elif character in "\"'":
            quoted = character
        elif character in _OPENING:
            depth += 1
        elif character in _CLOSING:
            depth = max(depth - 1, 0)
        elif depth == 0 and text.startswith(", ", i):
            parts.append(text[start:i])
            start = i + 2
        i += 1
    return [*parts, text[start:]]
