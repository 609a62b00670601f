"""The console output of Ruby's harnesses, block by block."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from perfsite.sources.base import MOST_MEASUREMENTS
from perfsite.sources.formats.ruby_rows import Line, driver_row, ips_row, report_row

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perfsite.model.run import FactValue

_RUBY: Final = re.compile(r"(?P<engine>ruby|jruby|truffleruby) (?P<version>\d[\w.]{0,40})(?P<rest>.{0,300})\Z")
_PLATFORM: Final = re.compile(r"\[(?P<arch>[\w.]{1,40}?)-(?P<os>[\w.-]{1,60})\]\s*\Z")
_CONFIDENCE: Final = re.compile(r" {0,200}with \d{1,3}(?:\.\d{1,4})?% confidence\Z")
_REHEARSAL_ENDS: Final = re.compile(r"-{1,400} total: ")
_TABLE: Final = re.compile(r"(?:benchmark results|# .{1,200}) \((?P<unit>[^()]{1,40})\):?\Z")
_RULE: Final = re.compile(r"[-=~*#_+ ]{1,1000}\Z")
"""A line that only sets others apart."""
_INDENT: Final = " " * 20


class Console:
    """Reads output line by line; what is measured is in `lines`, facts about Ruby in `facts`."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.facts: dict[str, FactValue] = {}
        self.is_bootstrapped = False
        self._block = ""
        self._heading = ""
        self._label = ""
        self._numbered = 0
        self._executables: list[str] | None = None
        self._unit: str | None = None

    def read(self, lines: Iterable[tuple[str, str]]) -> None:
        """Take all lines of an output."""
        for at, raw in lines:
            text = raw.rstrip()
            if not text:
                if self._block != "table":
                    self._block = ""
            elif not self._begins_block(text):
                self._read_line(at, text)
            if len(self.lines) > MOST_MEASUREMENTS:
                # The file will be refused: the rest would only cost memory.
                return

    def _begins_block(self, text: str) -> bool:
        """Whether a line is the head or the foot of a block."""
        if text.startswith(("Warming up ---", "Calculating ---")):
            self._enter("warming" if text.startswith("W") else "calculating")
        elif text.startswith("Rehearsal --"):
            self._enter("rehearsal")
        elif text == "Comparison:":
            self._enter("comparison")
        elif (table := _TABLE.match(text)) is not None:
            self._enter("table", table["unit"])
        elif _REHEARSAL_ENDS.match(text):
            self._enter("")
        elif _CONFIDENCE.match(text):
            self.is_bootstrapped = True
        elif text.split() == ["user", "system", "total", "real"]:
            self._label = ""
        elif (ruby := _RUBY.match(text)) is not None:
            self._note_ruby(ruby)
        else:
            return False
        return True

    def _enter(self, block: str, unit: str | None = None) -> None:
        self._block, self._unit, self._label, self._executables = block, unit, "", None

    def _note_ruby(self, ruby: re.Match[str]) -> None:
        self.facts[f"runtime.{ruby['engine']}"] = ruby["version"]
        jit = next((name for name in ("YJIT", "MJIT", "RJIT", "ZJIT", "JIT") if f"+{name}" in ruby["rest"]), None)
        if jit is not None:
            self.facts["ruby.jit"] = jit
        platform = _PLATFORM.search(ruby["rest"])
        if platform is not None:
            self.facts |= {"arch": platform["arch"], "os": platform["os"]}

    def _read_line(self, at: str, text: str) -> None:
        if self._block in {"warming", "rehearsal", "comparison"} or text.endswith(" i/100ms"):
            # Version 1 of benchmark-ips has no heading for the lines of its warm-up.
            return
        if self._block == "table":
            self._read_table_line(at, text)
            return
        found = self._rows(at, text)
        if found:
            self.lines += [line.named(line.name or self._label, self._heading) for line in found]
            self._label = ""
        elif self._block == "calculating" and self._executables is None and text.startswith(_INDENT):
            self._executables = text.split()
        else:
            self._label = text.strip()
            if not self._block and not _RULE.match(self._label):
                self._heading = self._label

    def _rows(self, at: str, text: str) -> list[Line]:
        line = ips_row(text, at)
        if line is not None:
            return [line]
        reports = report_row(text, at)
        if reports and not reports[0].name:
            self._numbered += 1
            return [report.named(f"report {self._numbered}", "") for report in reports]
        if reports or self._block != "calculating":
            return reports
        found = driver_row(text, at, self._executables or [])
        if found and self._executables is None:
            self._executables = []
        return found

    def _read_table_line(self, at: str, text: str) -> None:
        """Take a line of benchmark_driver's output simple or markdown: executables above, then a row each."""
        is_markdown = text.startswith("|")
        if is_markdown and text.startswith("|:-"):
            return
        if self._executables is None:
            cells = text.strip("|").split("|")[1:] if is_markdown else text.split()
            self._executables = [cell.strip() for cell in cells]
            return
        if is_markdown:
            cells = text[1:].removesuffix("|").rsplit("|", max(len(self._executables), 1))
            text = "  ".join(cells)
        found = driver_row(text, at, self._executables, self._unit)
        if not found and not is_markdown:
            self._block = ""
        self.lines += [line.named(line.name, self._heading) for line in found]
