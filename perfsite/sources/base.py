"""The contract of a source, and how what it reads becomes measurements."""

from __future__ import annotations

import math
from array import array
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Protocol, TextIO

from perfsite.model.run import Direction, Measurement, Metric, Reading
from perfsite.model.units import Unit, guess_direction, parse_unit
from perfsite.sources.document import Document, shorten, storable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import tzinfo

    from perfsite.model.run import FactValue


MOST_MEASUREMENTS: Final = 250_000
"""Most measurements of one file: more make no line that a history keeps, and every one of them costs memory."""
_MANY_SAMPLES: Final = 1000
"""So many samples are packed until the record thins them: eight bytes each instead of thirty-two."""
LONGEST_TEXT: Final = 20_000
"""Most characters of any one name, unit or value of a parameter that a history keeps."""
_LARGEST_COUNT: Final = 2**53


class Source(Protocol):
    """A benchmark format: a module (or object) with these members.

    `NAME` is what `--format` takes, `TITLE` one line about it, `MAKE` the command that writes such a file. `accepts`
    recognises a file by its first `HEAD_CHARACTERS` characters and must not be fooled by similar formats. `parse` gets
    a named, seekable stream and raises InputError for whatever it cannot read, naming the place inside the file; what
    the tool itself reports as failed is a measurement with that status, not an error. Names are data and stay as they
    are; a NUL or half a surrogate pair in a name is an error, in values of parameters, facts and messages it becomes
    U+FFFD.

    Two members are optional. `FOLDER` is a glob, such as `**/new/estimates.json`: which files of the folder that the
    tool writes are its result files. `COMPANIONS` names files beside the result file (`benchmark.json`, `../x.json`)
    that belong to it; `parse` then takes those that exist as `companions`, name -> stream.
    """

    NAME: str
    TITLE: str
    MAKE: str

    def accepts(self, head: str) -> bool:
        """Whether a file that begins with this text is of this format."""
        ...

    def parse(self, stream: TextIO, *, origin: str) -> Reading:
        """Return what the file says; `origin` is its name, for messages."""
        ...


@lru_cache(maxsize=1024)
def metric_of(name: str, unit: str, *, direction: Direction | None = None) -> tuple[Metric, Unit]:
    """Return the metric in its base unit, and the unit that brings written values there.

    A unit that is not known stays as it was written and is its own base unit.
    """
    known = parse_unit(unit) or Unit(base=storable(unit.strip()))
    metric = Metric(
        name=name,
        unit=known.base,
        direction=direction or guess_direction(name, known.base),
        original_unit=unit if unit.strip() not in {"", known.base} else None,
    )
    return metric, known


def median(values: Sequence[float]) -> float:
    """Return the median of at least one finite value."""
    ordered = sorted(values)
    half = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[half]
    low, high = ordered[half - 1], ordered[half]
    return low + (high - low) / 2 if math.isfinite(high - low) else low / 2 + high / 2


def in_base(unit: Unit, measurement: Measurement) -> Measurement:
    """Return a measurement whose numbers were in `unit` with all of them in the base unit."""
    if unit.is_base:
        return measurement

    def scaled(value: float | None) -> float | None:
        return None if value is None else unit.to_base(value)

    # Not dataclasses.replace: it costs three times as much, and large files hold a million of these.
    return Measurement(
        benchmark=measurement.benchmark,
        metric=measurement.metric,
        value=scaled(measurement.value),
        parameters=measurement.parameters,
        status=measurement.status,
        count=measurement.count,
        lower=scaled(measurement.lower),
        upper=scaled(measurement.upper),
        deviation=scaled(measurement.deviation),
        samples=None if measurement.samples is None else _all_in_base(unit, measurement.samples),
        statistics=measurement.statistics and {k: unit.to_base(v) for k, v in measurement.statistics.items()},
    )


def _all_in_base(unit: Unit, samples: Sequence[float]) -> Sequence[float]:
    scaled = (unit.to_base(sample) for sample in samples)
    return array("d", scaled) if len(samples) > _MANY_SAMPLES else list(scaled)


class Rows:
    """The measurements of one file, each series at most once."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.measurements: list[Measurement] = []
        self._places: dict[tuple[str, tuple[tuple[str, str], ...], str], str] = {}

    def add(self, measurement: Measurement, at: str) -> None:
        """Keep a measurement; note as a problem one without a name, and one that was there before.

        Parameters
        ----------
        at
            The place in the document that the measurement, or its benchmark, comes from.
        """
        if fault := _nameless(measurement):
            # Its other metrics lack the name too, and a name that is missing was noted when it was looked for.
            if not self.document.is_faulty(at):
                self.document.note(at, fault, hint="Give every benchmark of a file a name of its own.")
            return
        parameters = measurement.parameters
        key = (measurement.benchmark, tuple(sorted(parameters.items())) if parameters else (), measurement.metric.name)
        first = self._places.setdefault(key, at)
        if first != at:
            name = describe(measurement.benchmark, measurement.parameters)
            self.document.note(
                at,
                f"the benchmark '{shorten(name)}' is there twice, first at {first}",
                hint="Give every benchmark of a file its own name or parameters; which of the two counts is not clear.",
            )
        elif not _is_finite(measurement):
            self.document.note(at, f"the value in {measurement.metric.unit} is too large to be a number")
        elif measurement.count is not None and not 1 <= measurement.count <= _LARGEST_COUNT:
            self.document.note(
                at, f"expected a number of values from 1 to 2^53, found {shorten(str(measurement.count))}"
            )
        elif len(self.measurements) >= MOST_MEASUREMENTS:
            self.document.note(
                at,
                f"more than {MOST_MEASUREMENTS:,} measurements in one file",
                hint="Record it in parts, each with its own `--suite`.",
            )
            self.document.finish()
        else:
            samples = measurement.samples
            if samples and len(samples) > _MANY_SAMPLES and set(map(type, samples)) == {float}:
                measurement = replace(measurement, samples=array("d", samples))
            self.measurements.append(measurement)

    def reading(self) -> Reading:
        """Return the measurements as a reading without facts; raises what was noted, or that there is nothing."""
        if not self.measurements and not self.document.problems:
            self.document.note(
                self.document.top, "holds no benchmark", hint="Did the benchmark tool run any? Look at its output."
            )
        self.document.finish()
        return Reading(measurements=tuple(self.measurements))


def checked(measurements: Sequence[Measurement], *, origin: str, plugin: str) -> Sequence[Measurement]:
    """Return the measurements that a plug-in read, each of which a history can keep.

    Raises
    ------
    InputError
        One without a name, one that is there twice, or one that is no finite number; all of them.
    """
    document = Document(origin, hint=f"The plug-in of the format '{plugin}' reads the file so.", top="")
    rows = Rows(document)
    for i, measurement in enumerate(measurements):
        rows.add(measurement, f"measurement {i + 1}")
    return rows.reading().measurements


def _nameless(measurement: Measurement) -> str | None:
    """Return why the names of a measurement cannot be kept; None where they can."""
    metric, parameters = measurement.metric, measurement.parameters
    sizes = (len(measurement.benchmark), len(metric.name), len(metric.unit), *map(len, parameters))
    longest = max(sizes) if not parameters else max(*sizes, *map(len, parameters.values()))
    if all(sizes) and longest <= LONGEST_TEXT:
        return None
    if longest > LONGEST_TEXT:
        return f"a name, unit or parameter of {longest:,} characters; at most {LONGEST_TEXT:,} can be stored"
    words = ["the name of the benchmark", "the name of the metric", "the unit"]
    empty = [*words, *("the name of a parameter" for _ in parameters)][sizes.index(0)]
    return f"{empty} is empty"


def _is_finite(measurement: Measurement) -> bool:
    # Infinities and NaN survive every sum.
    known = (measurement.value, measurement.lower, measurement.upper, measurement.deviation)
    total = sum(number / 4 for number in known if number is not None)
    if measurement.statistics:
        total += sum(0 * number for number in measurement.statistics.values())
    if measurement.samples:
        total += sum(0 * number for number in measurement.samples)
    return math.isfinite(total)


def describe(benchmark: str, parameters: Mapping[str, str]) -> str:
    """Return a benchmark with its parameters, as messages name it."""
    inner = ", ".join(f"{name}={value}" for name, value in parameters.items())
    return f"{benchmark} ({inner})" if inner else benchmark


def parse_time(text: object, *, without_zone: tzinfo | None = None) -> datetime | None:
    """Return an ISO 8601 time in UTC; None for anything else.

    Parameters
    ----------
    without_zone
        The zone that the tool means where it writes none; None: not known, and neither is the time.

    Examples
    --------
    >>> parse_time("2019-11-16T12:10:30+09:00")
    datetime.datetime(2019, 11, 16, 3, 10, 30, tzinfo=datetime.timezone.utc)
    >>> parse_time("2016-08-02 17:44:46") is None
    True
    """
    if not isinstance(text, str):
        return None
    try:
        found = datetime.fromisoformat(text.strip())
        if found.tzinfo is None:
            found = found.replace(tzinfo=without_zone)
        return None if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


_LONGEST_FACT: Final = 1000
_LARGEST_FACT: Final = 2**53


def _fact(text: str | None) -> str | None:
    """Return a text beside the measurements as it can be stored; None where nothing is in it."""
    text = storable(text or "").strip()
    return (text if len(text) <= _LONGEST_FACT else f"{text[: _LONGEST_FACT - 1]}…") or None


def text_of(value: object) -> str | None:
    """Return a value beside the measurements, such as a version, as a text that can be stored; None for no text."""
    return _fact(value) if isinstance(value, str) else None


def tidied(reading: Reading) -> Reading:
    """Return a reading whose texts beside the measurements can all be stored: not empty, not endless, no NUL.

    Measurements are left as they are: what is wrong with them is an error of the file.
    """
    commit = reading.commit
    return replace(
        reading,
        tool=_fact(reading.tool),
        tool_version=_fact(reading.tool_version),
        suite=_fact(reading.suite),
        branch=_fact(reading.branch),
        commit=commit and replace(commit, subject=_fact(commit.subject), author=_fact(commit.author)),
        facts=facts_of(reading.facts),
        earlier=tuple(tidied(part) for part in reading.earlier),
    )


def facts_of(found: Mapping[str, object]) -> dict[str, FactValue]:
    """Return the facts that are known: texts that are not empty, finite numbers, truths."""
    facts: dict[str, FactValue] = {}
    for key, value in found.items():
        name = _fact(key)
        if name is None:
            continue
        if isinstance(value, str):
            text = _fact(value)
            if text:
                facts[name] = text
        elif isinstance(value, bool) or (isinstance(value, (int, float)) and -_LARGEST_FACT < value < _LARGEST_FACT):
            facts[name] = value
    return facts
