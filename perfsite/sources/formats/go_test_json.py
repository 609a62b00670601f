"""Go: the events of `go test -json -bench`, one JSON object a line, which carry the same text as `go test -bench`."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, TextIO

from perfsite.sources.base import parse_time
from perfsite.sources.document import Document, is_storable
from perfsite.sources.formats.go_results import Lines
from perfsite.sources.lines import plain, read_lines

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from perfsite.model.run import Reading

NAME: Final = "go-test-json"
TITLE: Final = "Go benchmarks: the events of go test -json -bench"
MAKE: Final = "go test -json -run '^$' -bench . -benchmem -count 10 ./... > bench.jsonl"
_HINT: Final = "`go test -json -bench . > bench.jsonl` writes it; was this file edited or cut off?"
_EVENT: Final = re.compile(
    r'^\{(?:"Time":"[^"\n]{1,64}",)?(?:"ImportPath":"[^"\n]{0,999}",)?'
    r'"Action":"(?:start|run|pause|cont|pass|bench|fail|output|skip|build-output|build-fail|attr|artifacts)"',
    re.MULTILINE,
)


def accepts(head: str) -> bool:
    """Whether a text that begins so holds an event of test2json."""
    return _EVENT.search(plain(head)) is not None


def parse(stream: TextIO, *, origin: str) -> Reading:
    """Return the measurements in the events of `go test -json -bench`; see `go_bench` for what they mean.

    The events of several packages may alternate: each package's output is put together before it is read. Lines that
    are no JSON come from the compiler and are skipped. The time is that of the first event.

    The format: https://pkg.go.dev/cmd/test2json.
    """
    document = Document(origin, hint=_HINT, top="")
    lines = Lines(document)
    outputs: dict[str, _Output] = {}
    time: datetime | None = None
    for at, line in read_lines(stream, origin=origin):
        event = _event(line, at, document)
        if event is None:
            continue
        time = time or parse_time(event.get("Time"))
        package, action, text = (event.get(key, "") for key in ("Package", "Action", "Output"))
        if not all(isinstance(part, str) and is_storable(part) for part in (package, action, text)):
            document.note(at, "expected texts as Package, Action and Output")
        elif action == "output":
            outputs.setdefault(package, _Output()).add(at, text)
        elif action in {"pass", "fail", "skip"} and not event.get("Test") and package in outputs:
            outputs.pop(package).flush(package, lines)
    for package, output in outputs.items():
        output.flush(package, lines)
    lines.finish()
    *earlier, newest = lines.readings()
    return replace(newest, time=newest.time or time, earlier=tuple(earlier))


def _event(line: str, at: str, document: Document) -> Mapping[str, Any] | None:
    if not line.startswith("{"):
        return None
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        document.note(at, "is not a whole event: the line is no JSON object")
        return None
    return found if isinstance(found, dict) else None


class _Output:
    """The output of one package so far; an event may hold half a line."""

    def __init__(self) -> None:
        self._lines: list[tuple[str, str]] = []
        self._begun: list[str] = []
        self._at = ""

    def add(self, at: str, text: str) -> None:
        if not self._begun:
            self._at = at
        *whole, rest = text.split("\n")
        for part in whole:
            self._lines.append((self._at, "".join([*self._begun, part]).removesuffix("\r")))
            self._begun, self._at = [], at
        if rest:
            self._begun.append(rest)

    def flush(self, package: str, lines: Lines) -> None:
        """Hand all lines over in their order."""
        lines.begin(package)
        for at, line in self._lines:
            lines.take(at, line)
        if self._begun:
            lines.take(self._at, "".join(self._begun))
