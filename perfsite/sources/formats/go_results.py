"""Lines of Go's benchmark format as measurements: https://golang.org/design/14313-benchmark-format and its readers."""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING, Final

from perfsite.model.run import Direction, Status
from perfsite.sources.document import Document, shorten
from perfsite.sources.formats.go_names import is_name, split_suffix
from perfsite.sources.formats.go_readings import Sample, readings

if TYPE_CHECKING:
    from perfsite.model.run import Reading

_MOST_CONFIGURATIONS: Final = 10_000
_MOST_KEYS: Final = 200
_PLAIN: Final = 40
_NEVER_NEGATIVE: Final = frozenset({"ns/op", "B/op", "allocs/op", "MB/s"})
_ENDING: Final = re.compile(r"--- (FAIL|SKIP): (\S+)")
_DIED: Final = ("panic: ", "fatal error: ", "exit status ", "signal: ", "FAIL\t", "*** Test killed")
_NUMBER: Final = re.compile(r"[+-]?(?:\d+(?:\.\d*)?(?:e[+-]?\d+)?|nan|inf)\Z", re.ASCII | re.IGNORECASE)
_NOT_FINITE: Final = frozenset({"nan", "+nan", "-nan", "inf", "+inf", "-inf"})
# Words of compilers, linkers and of `go test` itself that look like configuration.
_NOISE: Final = frozenset(
    {"panic", "testing", "coverage", "warning", "error", "fatal", "signal", "ld", "vet", "exit", "make", "info"}
)


class Lines:
    """The lines of one file or one package's output, taken one by one in their order.

    Repetitions of a benchmark (`-count`) gather in one sample. What stands between result lines (compiler output,
    logs, `PASS`) is skipped, but for what tells of benchmarks that failed or were skipped.
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self.samples: dict[tuple[int, int, str, str | None], Sample] = {}
        self.directions: dict[str, Direction] = {}
        self.units: dict[tuple[str, str], str] = {}
        self.endings: dict[tuple[int, int, str], tuple[str, Status, str]] = {}
        self.unbuilt: list[str] = []
        self._config: dict[str, str] = {}
        self._configurations: dict[tuple[tuple[str, str], ...], int] = {}
        self._current: int | None = None
        self._open: tuple[str, str, bool] | None = None
        self._reason: tuple[int, int, str] | None = None
        self._section = 0
        self._packages: dict[int, str] = {}

    def take(self, at: str, line: str) -> None:
        """Take one line."""
        reason, self._reason = self._reason, None
        if line.startswith("Benchmark"):
            self._take_benchmark(at, line)
        elif line.startswith("--- "):
            self._take_ending(at, line)
        elif line.startswith(_DIED):
            self._take_death(line)
        elif line.startswith("ok  \t"):
            self._end_package(line)
        elif reason and line[:1].isspace():
            place, status, _ = self.endings[reason]
            self.endings[reason] = (place, status, line.strip())
        elif self._open and self._open[2] and "\t" in line and self._take_late(at, line):
            pass
        elif line.startswith(("Unit ", "Unit\t")):
            self._take_unit(at, line)
        else:
            self._take_configuration(line)

    def finish(self) -> None:
        """Say that the last line was taken: a benchmark that was running then was cut off."""
        if self._open and self._open[2]:
            at, name, _ = self._open
            self.document.note(at, f"the file ends in the middle of the benchmark '{shorten(name)}'")
        self._end_running()

    def _end_running(self) -> None:
        if self._open:
            at, name, _ = self._open
            self._fail(at, name, "it did not finish")
            self._open = None

    def readings(self) -> list[Reading]:
        """Return the runs of these lines, oldest first; errors as `Document.finish`."""
        names = sorted({key[2] for key in self.samples} | {key[2] for key in self.endings})
        for (configuration, section, name), (at, status, reason) in self.endings.items():
            if not _is_parent(name, names):
                self._sample((configuration, section), name, at).end(status, reason)
        for (_, section, _, _), sample in self.samples.items():
            sample.package = sample.package or self._packages.get(section)
        configurations = [dict(items) for items in self._configurations]
        return readings(list(self.samples.values()), configurations, self)

    def begin(self, package: str) -> None:
        """Say that the output of a package begins, whatever came before."""
        self._end_running()
        self._config = {"pkg": package}
        self._current = None

    def _sample(self, place: tuple[int, int], text: str, at: str) -> Sample:
        name, processes = split_suffix(text)
        key = (*place, name, processes)
        if key not in self.samples:
            self.samples[key] = Sample(at, place[0], name, processes)
        return self.samples[key]

    def _place(self) -> tuple[int, int]:
        """Return the numbers of the configuration and the package's section that the current line belongs to.

        Go before 1.9 names a package only after its benchmarks: there each `ok` ends a section.
        """
        if self._current is None:
            items = tuple(self._config.items())
            self._current = self._configurations.setdefault(items, len(self._configurations))
            if self._current >= _MOST_CONFIGURATIONS:
                self.document.note("", f"holds more than {_MOST_CONFIGURATIONS:,} different configurations")
                self.document.finish()
        return self._current, 0 if "pkg" in self._config else self._section

    def _take_benchmark(self, at: str, line: str) -> None:
        fields = line.split()
        if not is_name(fields[0]):
            return
        if len(fields) > 1 and fields[1].isdecimal():
            self._open = None
            self._take_values(at, fields[0], fields[2:], len(fields[1]))
        elif len(fields) == 1 or "\t" in line:
            # Without -v Go writes the name, runs the benchmark and then goes on in the same line.
            self._open = (at, fields[0], "\t" in line)
            rest = line.partition("\t")[2]
            if rest.strip() and not self._take_late(at, rest) and rest.startswith(_DIED):
                self._take_death(rest)

    def _take_late(self, at: str, line: str) -> bool:
        """Take the numbers of the benchmark that runs, which its own output separated from its name."""
        before, tab, rest = line.partition("\t")
        count = re.search(r"\d{1,19}\Z", before.rstrip())
        fields = rest.split()
        if not (tab and count and self._open and len(fields) >= 2 and len(fields) % 2 == 0 and _is_number(fields[0])):
            return False
        name, self._open = self._open[1], None
        self._take_values(at, name, fields, len(count[0]))
        return True

    def _take_values(self, at: str, text: str, fields: list[str], digits: int) -> None:
        document = self.document
        if digits > 19:
            document.note(at, f"the number of iterations of '{shorten(text)}' is too large to be one")
            return
        if len(fields) < 2 or len(fields) % 2:
            where = f"after {shorten(fields[-1])}" if fields else "after the iterations"
            document.note(at, f"the line of '{shorten(text)}' ends {where}: expected pairs of a number and a unit")
            return
        sample = self._sample(self._place(), text, at)
        units = fields[1::2]
        if len(set(units)) < len(units):
            document.note(at, f"a unit stands twice in the line of '{shorten(text)}'")
            return
        for written, unit in zip(fields[::2], units, strict=True):
            # Nearly all numbers are plain, and large files hold millions of them.
            if len(written) < _PLAIN and written.isascii() and written.replace(".", "", 1).isdigit():
                sample.add(unit, float(written))
            elif written.lower() in _NOT_FINITE:
                sample.add(unit, None)
            else:
                value = document.written(written, at, least=0 if unit in _NEVER_NEGATIVE else None)
                if value is not None:
                    sample.add(unit, value)

    def _take_ending(self, at: str, line: str) -> None:
        match = _ENDING.match(line)
        if match is None or not is_name(match[2]):
            return
        if self._open and self._open[1] == match[2]:
            self._open = None
        key = (*self._place(), match[2])
        status = Status.FAILED if match[1] == "FAIL" else Status.SKIPPED
        self.endings.setdefault(key, (at, status, ""))
        self._reason = key

    def _take_death(self, line: str) -> None:
        if self._open:
            place, name, _ = self._open
            self._fail(place, name, line.strip())
            self._open = None
        if line.startswith("FAIL\t"):
            if line.rstrip().endswith("failed]"):
                self.unbuilt.append(line[5:].strip())
            else:
                self._end_package(line)

    def _end_package(self, line: str) -> None:
        self._open = None
        if "pkg" not in self._config:
            self._packages[self._section] = line.split()[1] if len(line.split()) > 1 else ""
            self._section += 1

    def _fail(self, at: str, name: str, reason: str) -> None:
        self.endings.setdefault((*self._place(), name), (at, Status.FAILED, reason))

    def _take_unit(self, at: str, line: str) -> None:
        unit, *pairs = line.split()[1:] or [""]
        for pair in pairs:
            key, equals, value = pair.partition("=")
            if not equals or not key:
                return  # a line of words that begins with this one
            if self.units.setdefault((unit, key), value) != value:
                first = self.units[unit, key]
                self.document.note(at, f"{shorten(key)} of {shorten(unit)} is {shorten(value)}, was {shorten(first)}")
            if key == "better" and value in {"higher", "lower"}:
                self.directions[unit] = Direction(value)

    def _take_configuration(self, line: str) -> None:
        key, colon, value = line.partition(":")
        if not colon or not key[:1].islower() or any(c.isspace() or c.isupper() for c in key):
            return
        if value and value[0] not in " \t":
            return
        value = value.strip()
        # benchstat's own files tell runs apart by one word in a note; a compiler's note is a sentence.
        is_noise = key in _NOISE or (key == "note" and " " in value)
        if is_noise or len(key) > 100 or (key == "go" and not value.startswith("go1")):
            return
        if key == "pkg":
            self._open = None
        if not value:
            self._config.pop(key, None)
        elif key in self._config or len(self._config) < _MOST_KEYS:
            self._config[key] = value
        self._current = None


def _is_parent(name: str, names: list[str]) -> bool:
    """Whether a benchmark only holds others; `names` are sorted."""
    below = f"{split_suffix(name)[0]}/"
    place = bisect_left(names, below)
    return place < len(names) and names[place].startswith(below)


def _is_number(text: str) -> bool:
    return len(text) < 100 and _NUMBER.match(text) is not None
