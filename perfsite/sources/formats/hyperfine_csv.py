"""hyperfine's CSV: `hyperfine --export-csv FILE`, one row for each command.

The columns are those of the tool's `export/csv.rs`: up to version 1 `mean`, `stddev`, `median`, … in seconds, since
version 2 `<metric>_unit`, `<metric>_mean`, … for each metric asked for. It holds no single runs, no exit codes and no
number of runs; the JSON does.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, TextIO

from perfsite.model.run import Measurement
from perfsite.sources.base import Rows
from perfsite.sources.document import Document, storable
from perfsite.sources.formats.hyperfine_runs import metric_in
from perfsite.sources.lines import column_at, plain, read_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfsite.model.run import Reading

NAME: Final = "hyperfine-csv"
TITLE: Final = "hyperfine --export-csv"
MAKE: Final = "hyperfine --export-csv bench.csv 'COMMAND'"
_HINT: Final = "hyperfine writes it with `--export-csv FILE`; was this file edited?"
_HEADER: Final = re.compile(r"\s*command,(?:mean,stddev,|[a-z_]{1,100}_unit,[a-z_]{1,100}_mean,)")
_FIGURES: Final = ("mean", "stddev", "median", "min", "max")
_PARAMETER: Final = "parameter_"


def accepts(head: str) -> bool:
    """Whether a text begins with the header of hyperfine's CSV."""
    return _HEADER.match(plain(head)) is not None


def parse(stream: TextIO, *, origin: str) -> Reading:
    """Return the measurements of a hyperfine CSV.

    The value is the median, before version 1.6 the mean; mean, smallest and largest are statistics. A deviation of 0 is
    what version 1 writes of a single run, and is not known.
    """
    document = Document(origin, hint=_HINT, top="")
    rows = Rows(document)
    for at, row in read_table(stream, document, required=("command",), delimiter=","):
        parameters = {
            storable(name.removeprefix(_PARAMETER)): storable(cell)
            for name, cell in row.items()
            if name.startswith(_PARAMETER) or name == "parameter"
        }
        command = document.text(row, "command", at)
        for name, unit, prefix in _metrics(row) if command is not None else []:
            fields = _fields(row, prefix, unit, name, at, document)
            if fields is not None:
                rows.add(Measurement(benchmark=command or "", parameters=parameters, **fields), at)
    return replace(rows.reading(), tool="hyperfine")


def _metrics(row: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Return (metric, unit, start of its columns' names) of all metrics that a row has."""
    found = [("time_wall_clock", "s", "")] if "mean" in row else []
    found += [(f"time_{name}", "s", name) for name in ("user", "system") if row.get(name)]
    for column, unit in row.items():
        name = column.removesuffix("_unit")
        if name != column and not column.startswith(_PARAMETER) and f"{name}_mean" in row:
            found.append((name, unit, f"{name}_"))
    return found


def _fields(
    row: Mapping[str, str], prefix: str, unit: str, name: str, at: str, document: Document
) -> dict[str, Any] | None:
    metric, written = metric_in(storable(name), storable(unit).replace("µ", "u"))
    columns = {"mean": prefix} if prefix in row else {figure: f"{prefix}{figure}" for figure in _FIGURES}
    numbers = {}
    for figure, column in columns.items():
        cell = row.get(column, "")
        number = document.written(cell, column_at(at, column), least=0) if cell else None
        if number is not None:
            numbers[figure] = written.to_base(number)
    deviation = numbers.pop("stddev", None) or None
    centre = numbers.pop("median", None)
    if centre is None:
        centre = numbers.pop("mean", None)
    if centre is None:
        if not any(row.get(column) for column in columns.values()) and not prefix:
            document.note(column_at(at, "mean"), "is empty")
        return None
    return {"metric": metric, "value": centre, "deviation": deviation, "statistics": numbers or None}
