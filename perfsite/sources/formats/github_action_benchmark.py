"""github-action-benchmark's own JSON: `tool: customBiggerIsBetter` and `customSmallerIsBetter`."""

from __future__ import annotations

from typing import Any, Final, TextIO

from perfsite.model.run import Direction, Measurement, Reading, Status
from perfsite.sources.base import Rows, in_base
from perfsite.sources.document import Document, shorten, step
from perfsite.sources.entries import Entries
from perfsite.sources.formats.bench_entry import metric_for, spread_of
from perfsite.sources.loading import objects_in, outline

NAME: Final = "github-action-benchmark"
TITLE: Final = "github-action-benchmark's customBiggerIsBetter and customSmallerIsBetter JSON"
MAKE: Final = "./my-benchmarks > results.json"
_HINT: Final = 'Each entry is an object with `name`, `unit` and `value`, for example {…, "unit": "ms", "value": 1.5}.'


def accepts(head: str) -> bool:
    """Whether a file that begins so is an array of objects with a name, a unit and a value."""
    return any({"name", "unit", "value"} <= entry.keys() for entry in objects_in(outline(head)))


def parse(stream: TextIO, *, origin: str) -> Reading:
    """Return the measurements of a custom file.

    The file does not say which direction is better: it is told from the unit and the name where they say it, else it
    is `neither`, with a warning. `range` (`± 300`, `1.2%`, `3`) gives the bounds; `extra` is free text and left out. A
    value of null, which JavaScript writes for NaN and infinities, is a benchmark that failed.
    """
    document = Document(origin, hint=_HINT)
    rows = Rows(document)
    undirected: list[str] = []
    failed: list[str] = []
    for at, entry in Entries(stream, document, key=None):
        _read_entry(entry, at, rows, undirected, failed)
    found = rows.reading()
    warnings = (*failed, *undirected_warning(undirected))
    return Reading(measurements=found.measurements, tool="github-action-benchmark", warnings=warnings)


def _read_entry(entry: dict[str, Any], at: str, rows: Rows, undirected: list[str], failed: list[str]) -> None:
    document = rows.document
    name = document.text(entry, "name", at)
    unit = document.text(entry, "unit", at)
    if unit is None:
        return
    metric, written = metric_for(unit, name=name or "")
    if name is not None and "value" in entry and entry["value"] is None:
        failed.append(f"{shorten(name)}: failed: its value is null")
        rows.add(Measurement(benchmark=name, metric=metric, value=None, status=Status.FAILED), at)
        return
    value = document.number(entry, "value", at, least=0 if metric.unit in {"s", "B"} else None)
    spread = entry.get("range")
    if spread is not None and (isinstance(spread, bool) or not isinstance(spread, (str, int, float))):
        document.expected(step(at, "range"), "text or a number", spread)
    if name is None or value is None:
        return
    if metric.direction is Direction.NEITHER:
        undirected.append(name)
    row = Measurement(benchmark=name, metric=metric, value=value, **spread_of(spread, value))
    rows.add(in_base(written, row), at)


def undirected_warning(names: list[str]) -> tuple[str, ...]:
    """Return the warning about benchmarks whose direction nobody told; none where there are none."""
    if not names:
        return ()
    shown = ", ".join(f"'{shorten(name)}'" for name in names[:3])
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    text = (
        f"whether lower or higher is better is not known of {shown}{more}, so they can change but never regress; "
        "write a unit that tells (`ms`, `MB`, `ops/s`) or set `direction` for them in perfsite.toml"
    )
    return (text,)
