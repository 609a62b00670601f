"""hyperfine: `hyperfine --export-json FILE`.

The keys are those of the tool's `export/json.rs`. Versions before 1.6 wrote no median, before 1.11 one `parameter`
without its name; version 2 writes each run with all its metrics (see `hyperfine_runs`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TextIO

from perfsite.model.run import Measurement, Reading, Status
from perfsite.sources.base import Rows, describe, facts_of, median, parse_time
from perfsite.sources.document import Document, is_storable, shorten, step, storable
from perfsite.sources.entries import Entries
from perfsite.sources.formats.hyperfine_runs import METRICS, read_runs
from perfsite.sources.loading import objects_in, outline

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from perfsite.model.run import Metric

NAME: Final = "hyperfine"
TITLE: Final = "hyperfine --export-json"
MAKE: Final = "hyperfine --export-json bench.json 'COMMAND'"
_HINT: Final = "hyperfine writes it with `--export-json FILE`; was this file edited?"
_KEYS: Final = frozenset({"times", "mean", "median", "stddev", "exit_codes", "measurements", "summary"})
_TIME: Final = METRICS["time_wall_clock"]
_USER: Final = METRICS["time_user"]
_SYSTEM: Final = METRICS["time_system"]
_MEMORY: Final = METRICS["memory_peak_resident"]


def accepts(head: str) -> bool:
    """Whether a file that begins so is hyperfine's: `results` whose entries have a command and times."""
    document = outline(head)
    results = document.get("results") if isinstance(document, dict) else None
    return any("command" in result and not _KEYS.isdisjoint(result) for result in objects_in(results))


def parse(stream: TextIO, *, origin: str) -> Reading:
    """Return the measurements of a hyperfine file.

    The value of `time` is the median of all runs. `user` and `system` are means of the tool's own, one value each, up
    to version 1; `memory` (hyperfine >= 1.19) is the median again. Runs that all ended with the same exit code, if not
    0, count with a warning: hyperfine goes on only where it was told to. Runs that ended differently, or by a signal,
    did not do the same work: such a benchmark is failed.
    """
    document = Document(origin, hint=_HINT)
    results = Entries(stream, document, key="results")
    rows = Rows(document)
    warnings: list[str] = []
    for at, result in results:
        _read_result(result, at, rows, warnings)
    found = rows.reading()
    root = results.root
    metadata = root.get("metadata")
    told = {**root, **metadata} if isinstance(metadata, dict) else root
    version, platform = told.get("hyperfine_version"), told.get("platform")
    platform = platform if isinstance(platform, dict) else {}
    return Reading(
        measurements=found.measurements,
        tool="hyperfine",
        tool_version=storable(version) if isinstance(version, str) else None,
        time=parse_time(told.get("start_time")),
        facts=facts_of({"os": platform.get("os"), "arch": platform.get("architecture")}),
        warnings=tuple(warnings),
    )


def _read_result(result: Mapping[str, Any], at: str, rows: Rows, warnings: list[str]) -> None:
    document = rows.document
    key = "name" if isinstance(result.get("name"), str) and result["name"] else "command"
    command = document.text(result, key, at)
    parameters = _parameters(result, at, document)
    is_of_runs = not {"measurements", "summary"}.isdisjoint(result)
    if is_of_runs:
        codes, found = read_runs(result, at, document)
    else:
        codes, found = _exit_codes(result, at, document), _totals(result, at, document)
    if command is None:
        return
    failure = _failure(codes)
    if failure:
        warnings.append(f"{shorten(describe(command, parameters))}: {failure[1]}")
    is_failed = failure is not None and failure[0]
    for metric, told in found:
        fields = {"value": None, "status": Status.FAILED} if is_failed else told
        rows.add(Measurement(benchmark=command, parameters=parameters, metric=metric, **fields), at)


def _totals(result: Mapping[str, Any], at: str, document: Document) -> list[tuple[Metric, dict[str, Any]]]:
    """Return the metrics up to version 1, each with the fields of its measurement."""
    times = document.numbers(result, "times", at, required="mean" not in result, least=0)
    numbers = {
        name: document.number(result, name, at, required=name == "mean" and not result.get("times"), least=0)
        for name in ("mean", "median", "stddev", "user", "system", "min", "max")
    }
    memory = document.numbers(result, "memory_usage_byte", at, required=False, least=0)
    centre = numbers["median"]
    if centre is None:
        centre = median(times) if times else numbers["mean"]
    if centre is None:
        return []
    count = len(times) if times else None
    told = {name: numbers[name] for name in ("mean", "min", "max") if numbers["median"] is not None or name != "mean"}
    statistics = None if times else {name: number for name, number in told.items() if number is not None}
    deviation = numbers["stddev"] if count != 1 else None
    found: list[tuple[Metric, dict[str, Any]]] = [
        (_TIME, {"value": centre, "count": count, "deviation": deviation, "samples": times, "statistics": statistics})
    ]
    found += [
        (metric, {"value": numbers[name], "count": count})
        for name, metric in (("user", _USER), ("system", _SYSTEM))
        if numbers[name] is not None
    ]
    # Where the memory cannot be measured, hyperfine writes zeros.
    if memory and any(memory):
        found.append((_MEMORY, {"value": median(memory), "count": len(memory), "samples": memory}))
    return found


def _parameters(result: Mapping[str, Any], at: str, document: Document) -> dict[str, str]:
    if result.get("parameter") is not None:
        found, place = {"parameter": result["parameter"]}, at
    else:
        found, place = document.mapping(result, "parameters", at, required=False) or {}, step(at, "parameters")
    parameters = {}
    for name, written in found.items():
        value = written.get("value") if isinstance(written, dict) else written
        text = value if isinstance(value, str) else None if isinstance(value, bool) else _number_text(value)
        if text is None or not is_storable(text) or not is_storable(name):
            document.expected(step(place, name), "text or a number", value)
        else:
            parameters[name] = text
    return parameters


def _number_text(value: object) -> str | None:
    return str(value) if isinstance(value, (int, float)) else None


def _exit_codes(result: Mapping[str, Any], at: str, document: Document) -> list[int | None]:
    codes = result.get("exit_codes")
    if codes is None:
        return []
    place = step(at, "exit_codes")
    if not isinstance(codes, list):
        document.expected(place, "an array of exit codes", codes)
        return []
    for i, code in enumerate(codes):
        if code is not None and (isinstance(code, bool) or not isinstance(code, int)):
            document.expected(step(place, i), "an exit code", code)
            return []
    return codes


def _failure(codes: Sequence[int | None]) -> tuple[bool, str] | None:
    """Return (whether the benchmark failed, why) where not every run ended with exit code 0."""
    bad = [code for code in codes if code != 0]
    if not bad:
        return None
    named = ", ".join("a signal" if code is None else f"exit code {code}" for code in dict.fromkeys(bad))
    if len(bad) == len(codes) and len(set(bad)) == 1 and bad[0] is not None:
        return False, f"all {len(codes)} runs ended with {named}; they are counted, as hyperfine was told to go on"
    return True, f"{len(bad)} of {len(codes)} runs ended with {named}; counted as failed"
