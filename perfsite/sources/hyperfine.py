"""hyperfine: `hyperfine --export-json FILE`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TextIO

from perfsite.model.run import Direction, Measurement, Metric, Reading, Status
from perfsite.sources.base import Rows, describe, median
from perfsite.sources.document import Document, is_storable, shorten, step
from perfsite.sources.loading import objects_in, outline, read_json

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME: Final = "hyperfine"
TITLE: Final = "hyperfine --export-json"
MAKE: Final = "hyperfine --export-json bench.json 'COMMAND'"
_HINT: Final = "hyperfine writes it with `--export-json FILE`; was this file edited?"
_NUMBERS: Final = frozenset({"times", "mean", "median", "stddev", "exit_codes"})
_TIME: Final = Metric(name="time", unit="s", direction=Direction.LOWER)
_USER: Final = Metric(name="user", unit="s", direction=Direction.LOWER)
_SYSTEM: Final = Metric(name="system", unit="s", direction=Direction.LOWER)
_MEMORY: Final = Metric(name="memory", unit="B", direction=Direction.LOWER)


def accepts(head: str) -> bool:
    """Whether a file that begins so is hyperfine's: `results` whose entries have a command and times."""
    document = outline(head)
    results = document.get("results") if isinstance(document, dict) else None
    return any("command" in result and not _NUMBERS.isdisjoint(result) for result in objects_in(results))


def parse(stream: TextIO, *, origin: str) -> Reading:
    """Return the measurements of a hyperfine file.

    The value of `time` is the median of all runs. `user` and `system` are hyperfine's means, one value each;
    `memory` (hyperfine >= 1.19) is the median again. Runs that all ended with the same exit code, if not 0, count
    with a warning: hyperfine goes on only where it was told to. Runs that ended differently, or by a signal, did not
    do the same work: such a benchmark is failed.
    """
    document = Document(origin, hint=_HINT)
    root = read_json(stream, origin=origin, hint=_HINT)
    rows = Rows(document)
    warnings: list[str] = []
    if isinstance(root, dict):
        for at, result in document.objects(root, "results", "$"):
            _read_result(result, at, rows, warnings)
    else:
        document.expected("$", "an object", root)
    found = rows.reading()
    return Reading(measurements=found.measurements, tool="hyperfine", warnings=tuple(warnings))


def _read_result(result: Mapping[str, Any], at: str, rows: Rows, warnings: list[str]) -> None:
    document = rows.document
    command = document.text(result, "command", at)
    parameters = _parameters(result, at, document)
    times = document.numbers(result, "times", at, required="mean" not in result, least=0)
    centre = document.number(result, "median", at, required=False, least=0)
    mean = document.number(result, "mean", at, required=not result.get("times"), least=0)
    deviation = document.number(result, "stddev", at, required=False, least=0)
    user = document.number(result, "user", at, required=False, least=0)
    system = document.number(result, "system", at, required=False, least=0)
    memory = document.numbers(result, "memory_usage_byte", at, required=False, least=0)
    if centre is None:
        centre = median(times) if times else mean
    if command is None or centre is None:
        return
    failure = _failure(result, at, document)
    if failure:
        warnings.append(f"{shorten(describe(command, parameters))}: {failure[1]}")
    status = Status.FAILED if failure and failure[0] else Status.OK
    count = len(times) if times else None

    def add(metric: Metric, value: float | None, **spread: Any) -> None:
        if value is None:
            return
        if status is not Status.OK:
            value, spread = None, {}
        row = Measurement(
            benchmark=command or "", parameters=parameters, metric=metric, value=value, status=status, **spread
        )
        rows.add(row, at)

    add(_TIME, centre, count=count, deviation=deviation if count != 1 else None, samples=times)
    add(_USER, user, count=count)
    add(_SYSTEM, system, count=count)
    if memory:
        add(_MEMORY, median(memory), count=len(memory), samples=memory)


def _parameters(result: Mapping[str, Any], at: str, document: Document) -> dict[str, str]:
    found = document.mapping(result, "parameters", at, required=False) or {}
    parameters = {}
    for name, value in found.items():
        text = value if isinstance(value, str) else None if isinstance(value, bool) else _number_text(value)
        if text is None or not is_storable(text) or not is_storable(name):
            document.expected(step(step(at, "parameters"), name), "text or a number", value)
        else:
            parameters[name] = text
    return parameters


def _number_text(value: object) -> str | None:
    return str(value) if isinstance(value, (int, float)) else None


def _failure(result: Mapping[str, Any], at: str, document: Document) -> tuple[bool, str] | None:
    """Return (whether the benchmark failed, why) where not every run ended with exit code 0."""
    codes = result.get("exit_codes")
    if codes is None:
        return None
    place = step(at, "exit_codes")
    if not isinstance(codes, list):
        document.expected(place, "an array of exit codes", codes)
        return None
    for i, code in enumerate(codes):
        if code is not None and (isinstance(code, bool) or not isinstance(code, int)):
            document.expected(step(place, i), "an exit code", code)
            return None
    bad = [code for code in codes if code != 0]
    if not bad:
        return None
    named = ", ".join("a signal" if code is None else f"exit code {code}" for code in dict.fromkeys(bad))
    if len(bad) == len(codes) and len(set(bad)) == 1 and bad[0] is not None:
        return False, f"all {len(codes)} runs ended with {named}; they are counted, as hyperfine was told to go on"
    return True, f"{len(bad)} of {len(codes)} runs ended with {named}; counted as failed"
