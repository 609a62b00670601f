"""What Google Benchmark prints, as entries with the keys of its JSON."""

from __future__ import annotations

import math
import re
from array import array
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from perfsite.sources.base import MOST_MEASUREMENTS
from perfsite.sources.formats.google_rows import Entry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from perfsite.sources.document import Document

HEADER: Final = re.compile(r"Benchmark {1,20000}Time {1,100}CPU {1,100}Iterations(?= |\r?$)", re.MULTILINE)
_NUMBER: Final = r"-?(?:[\d.]{1,40}(?:e[+-]?\d{1,4})?|nan|inf)"
_TIMES: Final = re.compile(
    rf" ({_NUMBER}) (ns|us|ms|s|%) {{1,60}}({_NUMBER}) (ns|us|ms|s|%)(?: {{1,60}}(\d{{1,19}})(?= |\Z)| *\Z)"
)
_HALF: Final = re.compile(rf" {_NUMBER} (?:ns|us|ms|s)(?: |\Z)")
_FIT: Final = re.compile(rf" ({_NUMBER}) (\(1\)|N|N\^2|N\^3|lgN|NlgN|f\(N\)) {{1,60}}({_NUMBER}) \2 *\Z")
_ENDED: Final = {
    " ERROR OCCURRED: '": ("error_occurred", "error_message"),
    " SKIPPED: '": ("skipped", "skip_message"),
}
# The tool rounds to at most six digits and adds one prefix, then what a rate is per.
_AMOUNT: Final = rf"({_NUMBER})(Ki|[kMGTPEZY]i?|[munpfazy](?!s\b)|[munpfazy](?=s\b))?(/s|s|%)?"
_VALUE: Final = re.compile(rf"{_AMOUNT}\Z")
_PAIR: Final = re.compile(rf" {{1,20}}([^=]{{1,1000}})={_AMOUNT}(?= |\Z)")
_RATES: Final = (
    ("bytes_per_second", re.compile(rf" {{1,20}}({_NUMBER})([kMGTPEZY]?)B/s(?= |\Z)")),
    ("items_per_second", re.compile(rf" {{1,20}}({_NUMBER})([kMGTPEZY]?) items/s(?= |\Z)")),
)
_MOST_ENTRIES: Final = 3 * MOST_MEASUREMENTS
"""Aggregates make no measurements of their own, so that there may be more entries than those."""
_BIG: Final = "kMGTPEZY"
_SMALL: Final = "munpfazy"
_ENDINGS: Final = ("mean", "median", "stddev", "cv")
_UNITS: Final = {"/s": "1/s", "s": "s", "%": "", None: ""}


class Layout(NamedTuple):
    """What a header says: counters that have columns of their own, and whether prefixes are powers of 1024."""

    columns: str
    is_old: bool


def layout_of(header: str) -> Layout:
    """Return the layout of the lines below a header.

    Versions before 1.5 set narrower columns and wrote all numbers in powers of 1024.
    """
    found = HEADER.match(header)
    end = found.end() if found else len(header)
    columns = header[end:].rstrip()
    is_old = header[:end].rstrip().endswith("CPU Iterations")
    return Layout("" if columns.strip() in {"", "UserCounters...", "MetaData..."} else columns, is_old)


def entry_of(line: str, at: str, layout: Layout, document: Document) -> Entry | None:
    """Return the entry that a line is; None where it is something else, such as output of the benchmarks."""
    times = _TIMES.search(line)
    if times is not None:
        return _timed(line, times, at, layout, document)
    for mark, (flag, message) in _ENDED.items():
        name, found, reason = line.partition(mark)
        if found and name.strip():
            return Entry(at, {"name": name.rstrip(), flag: True, message: reason.rstrip().removesuffix("'")})
    fit = _FIT.search(line)
    if fit is not None:
        data: dict[str, Any] = {"name": line[: fit.start()].rstrip(), "big_o": fit[2]}
        _put(data, {"real_coefficient": fit[1], "cpu_coefficient": fit[3]}, at, document)
        return Entry(at, data)
    if _HALF.search(line):
        document.expected(at, "a name, two times with units and the number of iterations", line)
    return None


def _timed(line: str, times: re.Match[str], at: str, layout: Layout, document: Document) -> Entry:
    data: dict[str, Any] = {"name": line[: times.start()].rstrip()}
    if times[5] is None:
        # A fit has no iterations; its deviation is in percent of the mean.
        rms = document.written(times[3], at, least=0) if times[2] == "%" else None
        if rms is None:
            document.expected(at, "the number of iterations", line)
        data["rms"] = (rms or 0) / 100
        return Entry(at, data)
    _put(data, {"real_time": times[1], "cpu_time": times[3]}, at, document)
    data["iterations"] = times[5]
    if times[2] == "%":
        data["aggregate_unit"] = "percentage"
        for key in ("real_time", "cpu_time"):
            data[key] = data[key] / 100
    else:
        data["time_unit"] = times[2]
    units: dict[str, str] = {}
    # Newer versions pad units to four characters, so that the columns begin where the iterations end.
    _read_counters(line[times.end() :], layout, data, units)
    return Entry(at, data, units)


def _put(data: dict[str, Any], numbers: Mapping[str, str], at: str, document: Document) -> None:
    for key, text in numbers.items():
        number = float("nan") if text.lstrip("-") in {"nan", "inf"} else document.written(text, at)
        # What was noted as no number is not to be found faulty again.
        data[key] = 0.0 if number is None else number


def _read_counters(rest: str, layout: Layout, data: dict[str, Any], units: dict[str, str]) -> None:
    place = 0
    if layout.columns:
        place = _read_columns(rest, layout, data, units)
    else:
        while pair := _PAIR.match(rest, place):
            name = pair[1]
            _count(data, units, name, (pair[2], pair[3], pair[4]), layout)
            place = pair.end()
    for name, pattern in _RATES:
        rate = pattern.match(rest, place)
        if rate is not None:
            _count(data, units, name, (rate[1], rate[2], "/s"), layout)
            place = rate.end()


def _read_columns(rest: str, layout: Layout, data: dict[str, Any], units: dict[str, str]) -> int:
    """Read counters in columns; returns where what is left, a label, begins."""
    values = []
    for word in re.finditer(r"\S{1,200}", rest[: 2 * len(layout.columns) + 100]):
        value = _VALUE.match(word.group())
        if value is None:
            break
        values.append((word.end(), (value[1], value[2], value[3])))
    names = layout.columns.split()
    if len(names) > len(values):
        # Names with spaces: each stands over its value, and both end at one place.
        names, begin = [], 0
        for end, _ in values:
            names.append(layout.columns[begin:end].strip())
            begin = end
    place = 0
    for name, (end, amount) in zip(names, values, strict=False):
        if name:
            _count(data, units, name, amount, layout)
            place = end
    return place


def _count(
    data: dict[str, Any], units: dict[str, str], name: str, value: tuple[str, str | None, str | None], layout: Layout
) -> None:
    """Take a counter: the number, its prefix, and `/s`, `s` or `%` behind it."""
    written, prefix, unit = value
    try:
        number = float(written)
    except ValueError:
        number = float("nan")
    if prefix and (prefix == "Ki" or prefix[0] in _BIG):
        # Before 1.8 the i was left out, and bytes per second were the only counter that was in powers of 1024.
        is_binary = prefix.endswith("i") or layout.is_old or name == "bytes_per_second"
        number *= (1024.0 if is_binary else 1000.0) ** (_BIG.index(prefix[0].replace("K", "k")) + 1)
    elif prefix:
        number /= 1000.0 ** (_SMALL.index(prefix) + 1)
    data[name] = number / 100 if unit == "%" else number
    if name not in {"bytes_per_second", "items_per_second"}:
        units[name] = _UNITS[unit]


class Gathered:
    """Entries in their order; the repetitions of a benchmark become one entry, since large files have millions."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._entries: list[Entry] = []
        self._further: dict[str, tuple[int, dict[str, array[float]]]] = {}

    def add(self, entry: Entry) -> None:
        """Take the next entry; raises where there are more than a file may have."""
        name = entry.data["name"]
        known = self._further.get(name)
        if known is not None:
            index, further = known
            first = self._entries[index]
            if entry.units == first.units and _is_repetition(entry.data, first.data):
                if not further:
                    self._entries[index] = first._replace(further=further)
                for key, value in entry.data.items():
                    if isinstance(value, float):
                        further.setdefault(key, array("d")).append(value)
                return
        elif _is_timed(entry.data):
            self._further[name] = len(self._entries), {}
        if len(self._entries) >= _MOST_ENTRIES:
            self._document.note(
                entry.at,
                f"more than {_MOST_ENTRIES:,} benchmarks and aggregates in one file",
                hint="Record it in parts, each with its own `--suite`.",
            )
            self._document.finish()
        self._entries.append(entry)

    def entries(self) -> list[Entry]:
        """Return the entries, with what only the JSON says of aggregates."""
        return _with_aggregates(self._entries)


def _is_timed(data: Mapping[str, Any]) -> bool:
    """Whether an entry has two times that can be, and so may be a repetition like others."""
    times = (data.get("real_time"), data.get("cpu_time"))
    is_fine = all(isinstance(time, float) and 0 <= time < math.inf for time in times)
    return is_fine and "time_unit" in data and "big_o" not in data


def _is_repetition(data: Mapping[str, Any], first: Mapping[str, Any]) -> bool:
    return data.keys() == first.keys() and data["time_unit"] == first["time_unit"] and _is_timed(data)


def _with_aggregates(entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries with what only the JSON says of aggregates: of which benchmark they are, and which one.

    A line is an aggregate if it stands behind the benchmark's repetitions, or other aggregates of it, under that name
    with an ending, and stands there once: a benchmark of such a name would be repeated as often as its neighbours.
    """
    counts = Counter[str]()
    for entry in entries:
        counts[entry.data["name"]] += 1 + max(map(len, entry.further.values()), default=0)
    bases = {
        base for name in counts if (base := _base(name)) and all(f"{base}_{e}" in counts for e in ("mean", "stddev"))
    }
    made, base, unit = [], "", "ns"
    for entry in entries:
        name, data = entry.data["name"], entry.data
        unit = data.get("time_unit", unit)
        if (known := _base(name)) in bases:
            base = known
        if "big_o" in data:
            # The coefficients are in the unit of the times before them, which the line does not repeat.
            made.append(entry._replace(data={**data, "time_unit": unit}))
        elif base and counts[name] == 1 and name.startswith(f"{base}_") and "rms" not in data:
            more = {"aggregate_name": name[len(base) + 1 :], "run_name": base, "repetitions": _whole(data)}
            made.append(entry._replace(data={**data, **more}))
        else:
            base = name if counts[name] > 1 else ""
            made.append(entry)
    return made


def _base(name: str) -> str:
    """Return the benchmark whose usual aggregate a name seems to be; nothing where it is none."""
    start, _, ending = name.rpartition("_")
    return start if ending in _ENDINGS else ""


def _whole(data: Mapping[str, Any]) -> int:
    text = str(data.get("iterations", ""))
    return int(text) if text.isdecimal() and len(text) < 10 else 0
