"""Result files as somebody who means harm would change them, for the tests of every format."""

from __future__ import annotations

import copy
import json
import signal
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from perfsite.history.codec import encode
from perfsite.model.run import Columns, Commit, Environment, Run, Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perfsite.model.run import Reading

DATA = Path(__file__).parents[2] / "data"
RECORDED = sorted(
    [path for path in DATA.glob("*/*") if path.is_file() and path.name != "README.md"]
    # criterion.rs writes a folder, so its result files lie deeper.
    + [path for path in DATA.glob("criterion/tree/**/new/*.json") if path.name in {"estimates.json", "sample.json"}]
)


def format_of(path: Path) -> str:
    """Return the format of a recorded file."""
    return path.relative_to(DATA).parts[0]


NUMBERS = ["1e999", "-1e999", "NaN", "Infinity", "-1", "0", "9" * 400, "1e-400", "0x10", "1_000", "--1", "1.2.3", "٣"]
TEXTS = [
    "",
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "a|b",
    "a\nb",
    "\u202eevil",
    "😀",
    "x" * 10_240,
    "\0",
    "ns",
]
VALUES: list[Any] = [None, True, -1, 1e308, 10**400, 0, "", "x", "fast", [], {}, [[]], [None], {"": {}}, *TEXTS]


class HungError(BaseException):
    """A reader did not come to an end; no part of perfsite may catch this."""


@contextmanager
def at_most(seconds: int) -> Iterator[None]:
    """Raise HungError where the block takes longer: a guard against hanging, not a measurement of speed."""

    def stop(*_: object) -> None:
        raise HungError

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@st.composite
def changed_texts(draw: st.DrawFn, text: str) -> str:
    """Draw a text with a few places cut out, doubled, or overwritten."""
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 40)))
        match draw(st.integers(0, 4)):
            case 0:
                text = text[:start] + text[end:]
            case 1:
                text = text[:end] + text[start:]
            case 2:
                text = text[:start] + draw(st.sampled_from(NUMBERS + TEXTS)) + text[end:]
            case 3:
                text = text[:start]
            case _:
                text = text[:start] + draw(st.text(max_size=8)) + text[end:]
    return text


@st.composite
def changed_lines(draw: st.DrawFn, text: str) -> str:
    """Draw a text whose lines, or the words in them, come in another way."""
    lines = text.split("\n")
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(lines) - 1))
        match draw(st.integers(0, 3)):
            case 0:
                del lines[at : at + draw(st.integers(1, 3))]
                lines = lines or [""]
            case 1:
                lines.insert(draw(st.integers(0, len(lines))), lines[at])
            case 2:
                other = draw(st.integers(0, len(lines) - 1))
                lines[at], lines[other] = lines[other], lines[at]
            case _:
                words = lines[at].split(" ")
                words[draw(st.integers(0, len(words) - 1))] = draw(st.sampled_from(NUMBERS + TEXTS))
                lines[at] = " ".join(words)
    return "\n".join(lines)


@st.composite
def changed_documents(draw: st.DrawFn, text: str) -> str:
    """Draw a JSON document with a few nodes or keys replaced."""
    top: dict[str, Any] = {"root": json.loads(text)}
    for _ in range(draw(st.integers(1, 2))):
        parent: Any = top
        key: Any = "root"
        while isinstance(parent[key], (dict, list)) and parent[key] and draw(st.integers(0, 7)):
            parent = parent[key]
            key = draw(st.sampled_from(list(parent) if isinstance(parent, dict) else range(len(parent))))
        if isinstance(parent, dict) and parent is not top and draw(st.booleans()):
            parent[draw(st.sampled_from(TEXTS))] = parent.pop(key)
        else:
            parent[key] = copy.deepcopy(draw(st.sampled_from(VALUES)))
    return json.dumps(top["root"])


def lines_of(reading: Reading, format_name: str) -> list[str]:
    """Return the runs of a reading as the lines that a history stores; HistoryError where one cannot be stored."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return [
        encode(
            Run(
                time=part.time or now,
                commit=part.commit or Commit(sha="0" * 40),
                environment=Environment(name="x", facts=part.facts),
                source=Source(format=format_name, tool=part.tool, version=part.tool_version),
                branch=part.branch,
                suite=part.suite,
                measurements=Columns.of(part.measurements),
            )
        )
        for part in (*reading.earlier, reading)
    ]
