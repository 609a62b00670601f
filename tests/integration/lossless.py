"""Which numbers of a result file a reading holds: an audit that knows nothing of the formats.

Every number that stands in the file's text must be found among the numbers of the reading, in whatever unit the file
wrote it, or follow from its samples. What is left is a loss, unless a reason is given for it.
"""

from __future__ import annotations

import math
import re
import statistics
from bisect import bisect_left
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from perfsite.model.run import Measurement, Reading

_NUMBER: Final = re.compile(r"(?<![\w.])[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][-+]?\d+)?|(?<![\w.])\.\d+")
_KEY: Final = re.compile(r'"([^"\n]{1,80})"\s*:')
_TIME: Final = re.compile(r"\d{4}[-./]\d\d[-./]\d\d[T ]\d{1,2}:\d\d:\d\d(?:[.,]\d+)?(?:\s?[-+]\d\d:?\d\d|Z)?")
"""Times: whether they were read is seen by other tests."""
FACTORS: Final = (1, 1e3, 1e6, 1e9, 1e12, 1e2, 1e-3, 1e-6, 1e-9, 60, 3600, 1 / 1024, 1 / 1024**2, 1 / 1024**3, 8)
"""From a base unit to the units that files write."""


def numbers_in(text: str) -> Iterator[tuple[float, str, str]]:
    """Yield each number of a text but those of times: as a float, as written, and where it stands.

    The place is the JSON key before it, if any, and the line around it.
    """
    text = _TIME.sub(lambda match: " " * len(match.group()), text)
    keys = [(match.end(), match[1]) for match in _KEY.finditer(text)]
    ends = [end for end, _ in keys]
    for match in _NUMBER.finditer(text):
        at = bisect_left(ends, match.start() + 1)
        key = f"{keys[at - 1][1]}: " if at else ""
        start = max(text.rfind("\n", 0, match.start()) + 1, match.start() - 80)
        line_end = text.find("\n", match.end())
        end = min(line_end if line_end >= 0 else len(text), match.end() + 40)
        place = f"{key}{text[start : match.start()]}»{match.group()}«{text[match.end() : end]}"
        yield float(match.group().replace(",", "")), match.group(), place


class Known:
    """The numbers of a reading, in every unit that a file may write them in."""

    def __init__(self, reading: Reading) -> None:
        found: set[float] = set()
        words: list[str] = []
        for part in (*reading.earlier, reading):
            words += [str(part.tool_version), str(part.suite), str(part.branch)]
            words += [f"{key} {value}" for key, value in part.facts.items()]
            if part.commit:
                words += [part.commit.sha, str(part.commit.subject)]
            if part.time:
                found.add(part.time.timestamp())
            for row in part.measurements:
                found.update(_numbers_of(row))
                words += [row.benchmark, row.metric.name, str(row.metric.original_unit), *row.parameters.values()]
        self.words = " ".join(words)
        found.update(number for number, _, _ in numbers_in(self.words))
        scaled = {number * factor for number in found for factor in FACTORS}
        self._sorted = sorted(number for number in scaled if math.isfinite(number))

    def holds(self, number: float, written: str) -> bool:
        """Whether a number is known to the digits that the file writes."""
        mantissa, _, exponent = written.lower().partition("e")
        places = len(mantissa.partition(".")[2]) - int(exponent or 0)
        # A tool prints rounded what it computed: half a unit of the last place; whole numbers are exact.
        near = max(abs(number) * 1e-9, 0.5000001 * 10.0**-places if "." in mantissa else 0.0)
        at = bisect_left(self._sorted, number - near)
        return at < len(self._sorted) and self._sorted[at] <= number + near


def _numbers_of(row: Measurement) -> Iterable[float]:
    known = [row.value, row.lower, row.upper, row.deviation, row.count, *(row.statistics or {}).values()]
    found = {float(number) for number in known if number is not None}
    for bound in (row.lower, row.upper):
        if bound is not None and row.value is not None:
            half = abs(bound - row.value)
            found |= {half, half / abs(row.value) if row.value else 0.0}
    samples = list(row.samples or ())
    found.update(samples)
    if len(samples) > 1:
        mean, deviation = statistics.fmean(samples), statistics.stdev(samples)
        found |= {mean, deviation, deviation * deviation, sum(samples), deviation / math.sqrt(len(samples))}
        found |= {statistics.pstdev(samples), statistics.median(samples)}
        if mean:
            found |= {1 / mean, deviation / mean}
    return found


def losses(text: str, reading: Reading) -> list[str]:
    """Return the places of the numbers that are in the file and not in the reading."""
    known = Known(reading)
    return [place for number, written, place in numbers_in(text) if number != 0 and not known.holds(number, written)]
