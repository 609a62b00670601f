"""JMH: the table at the end of its output, as text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TextIO

from perfsite.model.run import Reading
from perfsite.sources.base import Rows, facts_of
from perfsite.sources.document import Document, shorten
from perfsite.sources.formats.jmh_names import MODES, is_not_finite, secondary_name
from perfsite.sources.formats.jmh_results import Figure, Result, add_results
from perfsite.sources.lines import plain, read_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

NAME: Final = "jmh-text"
TITLE: Final = "JMH (Java): the table at the end of its output"
MAKE: Final = "java -jar target/benchmarks.jar | tee jmh.txt"
_HINT: Final = "Give the whole output of JMH, or its table with the header; `-rf json` tells more."
_PARAMETER: Final = re.compile(r"\((\S+)\)")
_LEVEL: Final = re.compile(r"\[\w{1,9}\] ", re.ASCII)
_NUMBER: Final = re.compile(r"[+-]?(\d{1,400})(?:[.,](\d{1,400}))?(e[+-]?\d{1,4})?\Z", re.ASCII | re.IGNORECASE)
_POWER: Final = re.compile(r"(\d{1,9})([⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,4})\Z")
_RAISED: Final = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
_ITERATION: Final = re.compile(r"Iteration +\d{1,9}: (\S{1,99})(?: ±\(\S{1,20}\) \S{1,99})? (\S{1,99})\Z", re.ASCII)
_MOST_ALIKE: Final = 100
_LABELS: Final = {"Throughput": "thrpt", "Average time": "avgt", "Sampling time": "sample", "Single shot": "ss"}
_FACTS: Final = {"# VM version: ": "jmh.vm", "# JMH version: ": "", "# Threads: ": "jmh.threads"}


def accepts(head: str) -> bool:
    """Whether a text that begins so holds the header of JMH's table, or the lines before a run."""
    text = plain(head)
    if text.lstrip()[:1] in {"{"}:
        return False
    return any(map(_is_header, text.split("\n"))) or ("\n# Benchmark mode: " in text and "\n# Benchmark: " in text)


def parse(stream: TextIO, *, origin: str) -> Reading:
    """Return the measurements of JMH's table, of all its versions.

    The samples are the iterations in the output before it, where that is there too; JMH's JSON tells more, and all
    numbers in full. The table shortens the names of classes; where the output around it names the benchmark in full
    (`# Benchmark: …`), that name is taken, the one that the JSON has. `≈ 10⁻³` is read as that number. A comma before
    the decimals, as some languages want it, is one.
    """
    document = Document(origin, hint=_HINT, top="")
    rows = Rows(document)
    results: dict[tuple[str, str, tuple[str, ...]], Result] = {}
    full: dict[str, None] = {}
    facts: dict[str, object] = {}
    header: _Header | None = None
    log = _Log()
    for at, raw in read_lines(stream, origin=origin):
        line = _without_level(raw)
        if _is_header(line):
            header = _Header(line)
        elif line.startswith("Iteration "):
            log.take_iteration(line)
        elif line.startswith("# "):
            log.take_setting(line)
            if line.startswith("# Benchmark: "):
                full[line[13:].strip()] = None
            facts |= {fact: line[len(start) :] for start, fact in _FACTS.items() if line.startswith(start)}
        elif header and not header.take(line, at, document, results) and line.strip():
            header = None
    names = _FullNames(full)
    for result in results.values():
        result.benchmark = names.of(result.benchmark)
        log.add_samples(result)
    warnings: list[str] = []
    add_results(list(results.values()), rows, warnings)
    version = str(facts.pop("", "")).split(" ")[0]
    vm = str(facts.get("jmh.vm", ""))
    match = re.match(r"JDK (\S+), ", vm)
    facts["runtime.java"] = match[1] if match else None
    if "jmh.threads" in facts:
        count = str(facts["jmh.threads"]).split(" ")[0]
        facts["jmh.threads"] = int(count) if count.isdecimal() and len(count) < 9 else None
    return Reading(
        measurements=rows.reading().measurements,
        tool="jmh",
        tool_version=version or None,
        facts=facts_of(facts),
        warnings=tuple(warnings),
    )


def _without_level(line: str) -> str:
    """Return a line without the `[info]` that sbt and Maven put before it."""
    return _LEVEL.sub("", line, count=1) if line.startswith("[") else line


def _is_header(line: str) -> bool:
    line = _without_level(line)
    if not line.startswith("Benchmark"):
        return False
    words = line.split()
    return (
        words[0] == "Benchmark" and words[-1] == "Units" and "Mode" in words and not {"Score", "Mean"}.isdisjoint(words)
    )


class _FullNames:
    """The names that the output tells in full; the table drops the packages of a name, or all but their initials."""

    def __init__(self, full: Iterable[str]) -> None:
        self._by_end: dict[str, list[list[str]]] = {}
        for name in full:
            parts = name.split(".")
            self._by_end.setdefault(".".join(parts[-2:]), []).append(parts)

    def of(self, label: str) -> str:
        """Return the one name that a label stands for; the label itself where there is none, or several."""
        short = label.split(".")
        known = self._by_end.get(".".join(short[-2:]), [])
        found = [parts for parts in known[:_MOST_ALIKE] if _stands_for(short, parts)]
        return ".".join(found[0]) if len(found) == 1 else label


def _stands_for(short: Sequence[str], parts: Sequence[str]) -> bool:
    if len(short) < len(parts):
        return list(parts[-len(short) :]) == list(short)
    pairs = zip(short, parts, strict=False)
    return len(short) == len(parts) and all(told in {part, part[:1]} for told, part in pairs)


class _Log:
    """What was measured in single iterations, by benchmark, mode and parameters, before the table sums it up."""

    def __init__(self) -> None:
        self._mode = self._benchmark = self._parameters = ""
        self._samples: dict[tuple[str, str, str, str], list[float]] = {}

    def take_setting(self, line: str) -> None:
        name, _, value = line[2:].partition(": ")
        if name == "Benchmark mode":
            self._mode = next((label for start, label in _LABELS.items() if value.startswith(start)), "")
            self._parameters = ""
        elif name == "Benchmark":
            self._benchmark = value.strip()
        elif name == "Parameters":
            self._parameters = value.strip()

    def take_iteration(self, line: str) -> None:
        match = _ITERATION.match(line)
        value = _value(match[1]) if match else None
        if match and value is not None:
            key = (self._benchmark, self._mode, self._parameters, match[2])
            self._samples.setdefault(key, []).append(value)

    def add_samples(self, result: Result) -> None:
        """Give a benchmark its samples; JMH writes parameters sorted by name, as they stand in the table."""
        inner = ", ".join(f"{name} = {value}" for name, value in result.parameters.items())
        if result.main:
            key = (result.benchmark, result.mode, f"({inner})" if inner else "", result.main.unit)
            samples = self._samples.get(key, [])
            if result.mode == "sample" and samples:
                result.main.count = len(samples)
            if len(samples) == (result.main.count or 1):
                result.main.samples = samples


class _Header:
    """The header of a table: where the columns of parameters end, and what the numbers are."""

    def __init__(self, line: str) -> None:
        mode = line.index("Mode")
        self.parameters = [(match[1], match.end()) for match in _PARAMETER.finditer(line[:mode])]
        self.has_error_column = "Score error" in line or "Mean error" in line
        self.columns = line[mode:].replace("Score error", "Error").replace("Mean error", "Error").split()

    def take(
        self, line: str, at: str, document: Document, results: dict[tuple[str, str, tuple[str, ...]], Result]
    ) -> bool:
        """Take one row; False where the line is none, so that the table is over."""
        fields = line.split()
        place = next((i for i, field in enumerate(fields) if i and field in MODES), None)
        if place is None or len(fields) < place + 3:
            return False
        label, _, secondary = fields[0].partition(":")
        parameters = self._parameters(line, len(fields[0]) + line.index(fields[0]))
        mode = fields[place]
        key = (label, mode, tuple(parameters.values()))
        result = results.setdefault(key, Result(at=at, benchmark=label, mode=mode, parameters=parameters))
        figure = self._figure(fields[place + 1 :], at, document)
        if figure is None:
            return True
        if not secondary:
            if result.main:
                document.note(at, f"the benchmark '{shorten(label)}' is there twice, first at {result.main.at}")
            result.main = figure
        else:
            name, is_percentile = secondary_name(secondary)
            if is_percentile and result.main:
                figure.count = result.main.count
            result.secondary[name] = figure
        return True

    def _parameters(self, line: str, start: int) -> dict[str, str]:
        """Return the cells under the parameters' names, which end where those do; JMH writes N/A for none."""
        found = {}
        for name, end in self.parameters:
            cell = line[start:end].strip()
            start = max(start, end)
            if cell and cell != "N/A":
                found[name] = cell
        return found

    def _figure(self, cells: list[str], at: str, document: Document) -> Figure | None:
        *cells, unit = cells
        numbers: list[float | None] = []
        marks = 0
        for cell in cells:
            value = _value(cell)
            if value is None and not is_not_finite(cell):
                if cell not in {"±", "≈"} and (len(cell) > 3 or cell.isalnum()):
                    document.expected(at, "a number", cell)
                    return None
                marks += cell != "≈"  # the sign of the error, however the terminal's encoding broke it
                continue
            numbers.append(value)
        if not numbers:
            document.note(at, "the row has no score")
            return None
        has_error = len(numbers) > 1 and (marks > 0 or self.has_error_column)
        error = numbers.pop() if has_error else None
        score = numbers.pop()
        counts = [column for column in self.columns[1:] if column in {"Cnt", "Samples", "Thr", "Sec"}]
        if len(numbers) > len(counts) or any(number is None or number < 0 for number in numbers):
            document.note(at, f"expected at most {len(counts)} counts before the score, none of them negative")
            return None
        told = dict(zip(counts[-len(numbers) :] if numbers else [], numbers, strict=False))
        count = told.get("Cnt", told.get("Samples"))
        figure = Figure(at=at, unit=unit, score=score, count=int(count) if count else None)
        if score is not None and error is not None:
            figure.lower, figure.upper = score - error, score + error
        return figure


def _value(text: str) -> float | None:
    match = _NUMBER.match(text)
    if match:
        value = float(text.replace(",", "."))
        return value if abs(value) < 1e300 else None
    power = _POWER.match(text)
    return float(f"1e{power[2].translate(_RAISED)}") if power and power[1] == "10" else None
