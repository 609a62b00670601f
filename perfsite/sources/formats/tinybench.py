"""tinybench: its tasks, results or table as JSON, or `console.table(bench.table())`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, TextIO

from perfsite.model.run import Direction, Measurement, Metric, Reading, Status
from perfsite.sources.base import Rows, facts_of, in_base, metric_of
from perfsite.sources.document import Document, shorten, step
from perfsite.sources.entries import Entries, Members
from perfsite.sources.formats.tinybench_statistics import spread_of
from perfsite.sources.formats.tinybench_table import HEADER, is_row, read_row, read_tables
from perfsite.sources.lines import plain
from perfsite.sources.loading import objects_in, outline, rewound

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from perfsite.model.run import FactValue

NAME: Final = "tinybench"
TITLE: Final = "tinybench tasks, results or table as JSON, and its console table"
MAKE: Final = "node -e \"… writeFileSync('bench.json', JSON.stringify(bench.table()))\""
_HINT: Final = "Write JSON.stringify(bench.tasks.map(({ name, result }) => ({ name, result }))), or bench.table()."
_RESULT: Final = frozenset({"latency", "throughput", "hz", "state"})
_LATENCY: Final = frozenset({"mean", "p50", "sd", "rme"})
_LISTS: Final = ("tasks", "results")
_UNMEASURED: Final = frozenset({"not-started", "started", "aborted"})
_TIME: Final = Metric(name="time", unit="s", direction=Direction.LOWER, original_unit="ms")
_THROUGHPUT: Final = Metric(name="throughput", unit="1/s", direction=Direction.HIGHER, original_unit="ops/s")


def accepts(head: str) -> bool:
    """Whether a file that begins so holds tinybench's tasks, results or table rows."""
    document = outline(head)
    if document is None:
        return HEADER.search(plain(head)) is not None
    if isinstance(document, dict):
        lists = [document[key] for key in _LISTS if isinstance(document.get(key), list)]
        entries = objects_in(lists[0]) if lists else objects_in(list(document.values()))
        return any(_is_result(entry) or (bool(lists) and _is_entry(entry)) for entry in entries)
    return any(_is_entry(entry) for entry in objects_in(document))


def _is_entry(entry: Mapping[str, Any]) -> bool:
    result = entry.get("result")
    return is_row(entry) or _is_result(entry) or (isinstance(result, dict) and "name" in entry and _is_result(result))


def _is_result(entry: Mapping[str, Any]) -> bool:
    """Whether an object is a task's result: since version 3 with statistics of latency, before with `hz` and `mean`."""
    latency = entry.get("latency")
    if isinstance(latency, dict):
        return not _LATENCY.isdisjoint(latency) and "value" not in latency
    return {"hz", "rme", "period"} <= entry.keys() and "stats" not in entry


def parse(stream: TextIO, *, origin: str) -> Reading:
    """Return the measurements of tinybench (versions 1 to 6).

    tinybench has no file format; people write one of these: an array of tasks or of `{name, result}`, an object of
    name -> result, the rows of `bench.table()` as JSON or on the console, each also under a key `tasks` or `results`.
    Of `bench.results` alone the names are lost: tasks are then numbered, with a warning.

    `time` (latency, in ms) and `throughput` have tinybench's own statistics each. A task with an error is failed, one
    that did not run or was aborted is skipped.
    """
    head, stream = rewound(stream, origin=origin)
    is_json = outline(head) is not None
    rows = Rows(Document(origin, hint=_HINT, top="$" if is_json else ""))
    reader = _Tasks(rows)
    if is_json:
        for at, entry, name in _entries(head, stream, rows.document):
            reader.read(entry, at, name)
    else:
        read_tables(stream, rows, reader.warnings)
    found = rows.reading()
    if reader.numbered:
        reader.warnings.append(f"{reader.numbered} results have no names and are numbered; write the tasks with names")
    return Reading(
        measurements=found.measurements, tool="tinybench", facts=reader.facts, warnings=tuple(reader.warnings)
    )


def _entries(head: str, stream: TextIO, document: Document) -> Iterator[tuple[str, dict[str, Any], str | None]]:
    """Yield place, object and name (where it stands before the object) of each task."""
    root = outline(head)
    key = next((key for key in _LISTS if isinstance(root, dict) and isinstance(root.get(key), list)), None)
    if key is None and isinstance(root, dict):
        for at, name, value in Members(stream, document):
            if isinstance(value, dict):
                yield at, value, name
    else:
        yield from ((at, entry, None) for at, entry in Entries(stream, document, key=key))


class _Tasks:
    """Reads tasks, and collects what they tell beside measurements."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.document = rows.document
        self.warnings: list[str] = []
        self.facts: dict[str, FactValue] = {}
        self.numbered = 0

    def read(self, entry: Mapping[str, Any], at: str, name: str | None) -> None:
        if name is None and is_row(entry):
            read_row(entry, at, self.rows, self.warnings)
            return
        result = entry
        if "name" in entry or "result" in entry:
            name = self.document.text(entry, "name", at)
            if not _is_result(entry):
                result = self.document.mapping(entry, "result", at, required=False) or {}
                at = step(at, "result")
        elif name is None:
            self.numbered += 1
            name = f"task {self.numbered}"
        if name is not None:
            self._read_result(name, result, at)

    def _read_result(self, name: str, result: Mapping[str, Any], at: str) -> None:
        self._note_runtime(result)
        state = self.document.text(result, "state", at, required=False)
        if result.get("error") is not None or state == "errored":
            self._absent(name, at, Status.FAILED, _message(result.get("error")))
        elif state in _UNMEASURED or _RESULT.isdisjoint(result) or (result.get("aborted") and not result.get("hz")):
            self._absent(name, at, Status.SKIPPED, state if state is not None else "it did not run")
        else:
            if state == "aborted-with-statistics" or result.get("aborted"):
                self.warnings.append(f"{shorten(name)}: was aborted; what was measured until then counts")
            self._measured(name, result, at)

    def _measured(self, name: str, result: Mapping[str, Any], at: str) -> None:
        if "latency" not in result:
            # Versions 1 and 2: one sample, and a rate that follows from its mean.
            spread = spread_of(result, at, self.document)
            self._add(name, _TIME, spread, at)
            hz = self.document.number(result, "hz", at, least=0)
            rate = None if hz is None else {"value": hz, "count": None if spread is None else spread["count"]}
            self._add(name, _THROUGHPUT, rate, at, needed=False)
            return
        for key, metric in (("latency", _TIME), ("throughput", _THROUGHPUT)):
            stats = self.document.mapping(result, key, at, required=key == "latency")
            if stats is not None:
                self._add(name, metric, spread_of(stats, step(at, key), self.document), step(at, key))

    def _add(self, name: str, metric: Metric, spread: dict[str, Any] | None, at: str, *, needed: bool = True) -> None:
        if spread is None:
            if needed and not self.document.is_faulty(at):
                self.document.note(at, "has neither samples nor a median nor a mean")
            return
        if self.document.is_faulty(at):
            return
        unit = metric_of(metric.name, metric.original_unit or "")[1]
        self.rows.add(in_base(unit, Measurement(benchmark=name, metric=metric, **spread)), at)

    def _absent(self, name: str, at: str, status: Status, reason: str) -> None:
        self.warnings.append(f"{shorten(name)}: {status}: {shorten(reason)}")
        self.rows.add(Measurement(benchmark=name, metric=_TIME, value=None, status=status), at)

    def _note_runtime(self, result: Mapping[str, Any]) -> None:
        runtime = result.get("runtime")
        if isinstance(runtime, str) and re.match(r"[a-z][a-z0-9.-]{0,30}\Z", runtime):
            self.facts |= facts_of({f"runtime.{runtime}": result.get("runtimeVersion")})
        self.facts |= facts_of({"tinybench.timer": result.get("timestampProviderName")})


def _message(error: object) -> str:
    """Return what an error says; errors themselves become empty objects as JSON."""
    message = error.get("message") if isinstance(error, dict) else error
    return message if isinstance(message, str) and message else "no reason given"
