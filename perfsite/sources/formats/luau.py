"""Luau: what its `bench.py` prints."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TextIO

from perfsite.model.run import Direction, Measurement, Metric, Reading, Status
from perfsite.model.units import Unit
from perfsite.sources.base import MOST_MEASUREMENTS, Rows, facts_of, in_base
from perfsite.sources.document import Document, shorten
from perfsite.sources.lines import plain, read_lines

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME: Final = "luau"
TITLE: Final = "Luau: what its bench/bench.py prints"
MAKE: Final = "python bench/bench.py | tee bench.txt"
_HINT: Final = "Luau's bench.py prints it; give its output unchanged."
_SUCCESS: Final = "SUCCESS: "
_FAILED: Final = "FAILED:"
_VALUE: Final = re.compile(r" *: +(\S{1,60})ms \+/- +(\S{1,60})% on (.*)\Z", re.DOTALL)
_COMPARED: Final = re.compile(r" \([^()]{0,99}%, [^()]{0,99}\)\Z")
_LINE: Final = re.compile(r"^SUCCESS: .*: +[\d.]+ms \+/- +\S+% on ", re.MULTILINE)
_TABLE: Final = re.compile(r"^Test +\| Min +\| Average +\| StdDev% +\| Driver", re.MULTILINE)
_COLUMNS: Final = frozenset({"Test", "Min", "Average", "StdDev%", "Driver"})
_TIME: Final = Metric(name="time", unit="s", direction=Direction.LOWER, original_unit="ms")
_MS: Final = Unit(base="s", divide=1000)


@dataclass(slots=True)
class _Test:
    at: str
    average: float | None = None
    percent: float | None = None
    least: float | None = None
    failed: bool = False
    seen: set[str] = field(default_factory=set)


def accepts(head: str) -> bool:
    """Whether a text that begins so holds a line of a test that came about, or the table's header."""
    text = plain(head)
    return _LINE.search(text) is not None or _TABLE.search(text) is not None


def parse(stream: TextIO, *, origin: str) -> Reading:
    """Return the measurements of what bench.py prints.

    The value is the average of all runs. The tool calls its percentage a standard deviation, but it is half of the
    95 % confidence interval: it gives the bounds. The least time stands in the table at the end and is kept with it.
    The driver, which is the executable with its arguments, is a parameter only where several were compared. How they
    compare and the sums over all tests are left out, as they follow from the times. Failed tests have no time.

    The format: `bench/bench.py` of https://github.com/luau-lang/luau.
    """
    document = Document(origin, hint=_HINT, top="")
    tests: dict[tuple[str, str], _Test] = {}
    columns: list[str] = []
    for at, line in read_lines(stream, origin=origin):
        if line.startswith(_SUCCESS):
            _take_success(line, at, tests, document)
        elif line.startswith(_FAILED):
            _take_failure(line, at, tests)
        elif _TABLE.match(line):
            columns = [cell.strip() for cell in line.split("|")]
            if missing := _COLUMNS - set(columns):
                document.note(at, f"the column '{min(missing)}' is missing")
                columns = []
        elif columns and "|" in line:
            _take_row(line, at, columns, tests, document)
        elif columns and not line.startswith("---"):
            columns = []
        if len(tests) > MOST_MEASUREMENTS:
            # The file will be refused: the rest would only cost memory.
            break
    rows = Rows(document)
    warnings: list[str] = []
    drivers = dict.fromkeys(driver for _, driver in tests)
    for (name, driver), test in tests.items():
        _add(name, {"driver": driver} if len(drivers) > 1 else {}, test, rows, warnings)
    return Reading(
        measurements=rows.reading().measurements,
        tool="luau",
        facts=facts_of({"luau.driver": next(iter(drivers)) if len(drivers) == 1 else None}),
        warnings=tuple(warnings),
    )


def _add(name: str, parameters: Mapping[str, str], test: _Test, rows: Rows, warnings: list[str]) -> None:
    if test.average is None:
        warnings.append(f"{shorten(name)}: failed")
        row = Measurement(benchmark=name, parameters=parameters, metric=_TIME, value=None, status=Status.FAILED)
    else:
        half = None if test.percent is None else test.average * test.percent / 100
        row = Measurement(
            benchmark=name,
            parameters=parameters,
            metric=_TIME,
            value=test.average,
            lower=None if half is None else test.average - half,
            upper=None if half is None else test.average + half,
            statistics=None if test.least is None else {"min": test.least},
        )
    rows.add(in_base(_MS, row), test.at)


def _take_success(line: str, at: str, tests: dict[tuple[str, str], _Test], document: Document) -> None:
    # From the right: a name may hold anything.
    place = line.rfind("ms +/- ")
    colon = line.rfind(":", 0, max(place, 0))
    match = _VALUE.match(line, len(line[:colon].rstrip(" "))) if colon > len(_SUCCESS) else None
    if match is None:
        document.note(
            at, f"expected a test with its time, as in 'SUCCESS: x : 1.5ms +/- 0.1% on luau', found '{shorten(line)}'"
        )
        return
    name = line[len(_SUCCESS) : match.start()]
    average = document.written(match[1], at, least=0)
    test = _test(name, _COMPARED.sub("", match[3]).strip(), "line", at, tests, document)
    if average is not None:
        test.average = average
        test.percent = _percentage(match[2], at, document)


def _take_failure(line: str, at: str, tests: dict[tuple[str, str], _Test]) -> None:
    """Take `FAILED:  'path' on 'vm'`; the path's last part is the test's name, and the vm's the driver's."""
    parts = line[len(_FAILED) :].strip().split("' on '")
    if len(parts) != 2:
        return
    name, driver = (part.strip("'").replace("\\", "/") for part in parts)
    name = name.rpartition("/")[2].removesuffix(".lua").removesuffix(".luau")
    executable, space, arguments = driver.partition(" ")
    tests.setdefault((name, executable.rpartition("/")[2] + space + arguments), _Test(at)).failed = True


def _take_row(line: str, at: str, columns: list[str], tests: dict[tuple[str, str], _Test], document: Document) -> None:
    cells = [cell.strip() for cell in line.split("|")]
    if len(cells) < len(columns):
        document.note(at, f"expected {len(columns)} cells as in the header, found {len(cells)}")
        return
    # A name may hold the table's own separator.
    extra = len(cells) - len(columns)
    cells = ["|".join(line.split("|")[: extra + 1]).strip(), *cells[extra + 1 :]]
    found = dict(zip(columns, cells, strict=True))
    name, driver = found["Test"], found["Driver"]
    if found["StdDev%"] == "---" or not name:
        return
    if found["Average"] == "FAILED":
        name = name.replace("\\", "/").rpartition("/")[2].removesuffix(".lua").removesuffix(".luau")
        tests.setdefault((name, driver), _Test(at)).failed = True
        return
    test = _test(name, driver, "table", at, tests, document)
    least = document.written(found["Min"].removesuffix("ms"), at, least=0)
    average = document.written(found["Average"].removesuffix("ms"), at, least=0)
    percent = _percentage(found["StdDev%"].removesuffix("%").strip(), at, document)
    test.least = least
    if test.average is None:
        test.average, test.percent = average, percent


def _test(name: str, driver: str, kind: str, at: str, tests: dict[tuple[str, str], _Test], document: Document) -> _Test:
    test = tests.setdefault((name, driver), _Test(at))
    if kind in test.seen:
        document.note(at, f"the test '{shorten(name)}' is there twice, first at {test.at}")
    test.seen.add(kind)
    return test


def _percentage(text: str, at: str, document: Document) -> float | None:
    """Return a percentage; None for `nan`, which stands there where a test took no time."""
    return None if text.lower() in {"nan", "inf"} else document.written(text, at, least=0)
