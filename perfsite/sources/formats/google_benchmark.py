"""Google Benchmark: `BENCHMARK --benchmark_format=json`, or `--benchmark_out=FILE`.

The format is described in the tool's user guide (https://google.github.io/benchmark/user_guide.html#output-formats) and
by its `json_reporter.cc`; versions 1.0 to 1.9 are read. Left out are the label (free text of the owner's), the numbers
of iterations, threads (the name has them) and families, and of the context the host's name, the executable's path and
the load of the moment.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any, Final, TextIO, cast

from perfsite.model.run import Reading
from perfsite.sources.base import Rows, facts_of, parse_time
from perfsite.sources.document import Document, storable
from perfsite.sources.entries import Entries
from perfsite.sources.formats.google_rows import Entry, add_entries
from perfsite.sources.loading import objects_in, outline

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfsite.model.run import FactValue

NAME: Final = "google-benchmark"
TITLE: Final = "Google Benchmark's JSON"
MAKE: Final = "./bench --benchmark_out=bench.json"
_HINT: Final = "Google Benchmark writes it with `--benchmark_out=FILE`; was this file edited?"
# Versions before 1.2 wrote `"rms": 5%`, which is no JSON.
_PERCENT: Final = re.compile(r'"rms": (-?\d{1,9})%')
_NAMED_FACTS: Final = {
    "num_cpus": "cpu.cores",
    "mhz_per_cpu": "cpu.mhz",
    "cpu_scaling_enabled": "cpu.scaling",
    "library_build_type": "google-benchmark.build",
}
_NO_FACTS: Final = frozenset(
    {"date", "host_name", "executable", "load_avg", "caches", "library_version", "json_schema_version", *_NAMED_FACTS}
)
_PATH: Final = re.compile(r"/|~|[A-Za-z]:\\")
_UNREAD: Final = frozenset({"family_index", "per_family_instance_index", "threads", "iterations", "label"})
_UNREAD_OF_REPETITIONS: Final = _UNREAD | {"run_name", "repetitions"}
_CACHES: Final = {"Data": "d", "Instruction": "i", "Unified": ""}


def accepts(head: str) -> bool:
    """Whether a file that begins so is Google Benchmark's: `benchmarks` with times or run types, no `stats`."""
    document = outline(_mended(head))
    if not isinstance(document, dict):
        return False
    context, benchmarks = document.get("context"), objects_in(document.get("benchmarks"))
    if benchmarks:
        return any(not {"real_time", "cpu_time", "run_type", "error_occurred"}.isdisjoint(row) for row in benchmarks)
    return isinstance(context, dict) and not {"library_build_type", "mhz_per_cpu"}.isdisjoint(context)


def parse(stream: TextIO, *, origin: str) -> Reading:
    """Return the measurements of a Google Benchmark file.

    `real_time` is `time`. Repetitions are samples of one benchmark; the value is their median. Where only aggregates
    were kept, the value is the `_median` or else the `_mean`, the deviation the `_stddev`. Aggregates that the owner
    added (`_max`) are statistics; those in percent, and those of a sample without a centre, are metrics. Complexity
    fits become `real_coefficient` and `cpu_coefficient`, with the fitted order as a parameter because coefficients of
    different orders do not compare, and `rms`. Of the memory manager, allocations per iteration are `allocations`, the
    peak is `memory`. A counter that is no finite number is failed.
    """
    document = Document(origin, hint=_HINT)
    # Only `read` is asked of the stream.
    found = Entries(cast("TextIO", _Mended(stream)), document, key="benchmarks")
    rows = Rows(document)
    warnings: list[str] = []
    add_entries((Entry(at, _needed(entry)) for at, entry in found), rows, warnings)
    reading = rows.reading()
    context = found.root.get("context")
    context = context if isinstance(context, dict) else {}
    version = context.get("library_version")
    return Reading(
        measurements=reading.measurements,
        tool="google-benchmark",
        tool_version=storable(version).removeprefix("v") if isinstance(version, str) else None,
        time=parse_time(context.get("date")),
        facts=_facts(context),
        warnings=tuple(warnings),
    )


class _Mended:
    """A stream without the percent signs of the first versions."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def read(self, size: int) -> str:
        """Return about as many characters, up to the end of a line where lines are not endless."""
        text = self._stream.read(size)
        if text and not text.endswith("\n"):
            text += self._stream.readline(size)
        return _mended(text)


def _mended(text: str) -> str:
    return _PERCENT.sub(lambda match: f'"rms": {int(match[1]) / 100}', text) if "%" in text else text


def _needed(entry: dict[str, Any]) -> dict[str, Any]:
    """Return an entry without what is not read, since all of a large file are held; its keys are shared with others."""
    is_aggregate = entry.get("run_type") == "aggregate" or "aggregate_name" in entry
    left_out = _UNREAD if is_aggregate else _UNREAD_OF_REPETITIONS
    return {sys.intern(key): value for key, value in entry.items() if key not in left_out}


def _facts(context: Mapping[str, Any]) -> dict[str, FactValue]:
    """Return the context under perfsite's names; what the owner added (`--benchmark_context`) under the tool's."""
    found: dict[str, object] = {name: context.get(key) for key, name in _NAMED_FACTS.items()}
    for cache in objects_in(context.get("caches")):
        kind, level = cache.get("type"), cache.get("level")
        if isinstance(kind, str) and kind in _CACHES and isinstance(level, int):
            found[cache_fact(kind, level)] = cache.get("size")
    own = {
        f"google-benchmark.{storable(key)}": value
        for key, value in context.items()
        if key not in _NO_FACTS and not (isinstance(value, str) and _PATH.match(value))
    }
    return facts_of({**found, **own})


def cache_fact(kind: str, level: int) -> str:
    """Return the fact that a cache's size is: `cpu.cache.l1d` for the data cache of level 1."""
    return f"cpu.cache.l{level}{_CACHES.get(kind, '')}"
