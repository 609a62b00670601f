"""What the HTTP load generators share: names, metrics, what counts as failed, and figures of single requests.

Decided once for wrk, hey, oha, vegeta and ab, so that their numbers stand beside each other:

- The **benchmark** is the URL without scheme, host and port (`/items?page=2`): the path says what work is done, hosts
  and ports differ from run to run. Where the output names no URL (hey, oha, most of vegeta, ab's tables) it is the
  tool's name; to keep several URLs apart, each file is recorded by itself under a `--suite` name.
- **Parameters** are what defines the work where the output says so: `connections` and `threads`. How long the run took
  is the metric `duration`, which has no direction: it is a choice more often than a result.
- **failures** counts requests that got no answer, or one with a status of 400 or more (ab: what ab calls failed);
  `error_rate` is their share of all requests, a fraction.
- Times of requests are metrics in seconds: `min`, `mean`, `p50`, `p99`, … `max`. All of the sample's percentiles past
  the tool's usual ones are `statistics` of `p50`.
"""

from __future__ import annotations

import math
import re
from array import array
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from perfsite.model.run import Direction, Measurement, Metric, Status
from perfsite.model.units import Unit, guess_direction, parse_unit
from perfsite.sources.base import Rows, describe, in_base, median
from perfsite.sources.document import is_storable, shorten
from perfsite.sources.lines import column_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from perfsite.sources.document import Document

TWICE: Final = (
    "Record each run by itself: `perfsite record --suite NAME FILE`, or measure another URL or number of connections."
)
SECONDS: Final = Unit(base="s")
ONE: Final = Unit(base="1")
BYTES: Final = Unit(base="B")
PER_SECOND: Final = Unit(base="1/s")
BYTES_PER_SECOND: Final = Unit(base="B/s")
PER_CENT: Final = Unit(base="1", divide=100)
_UNDIRECTED: Final = frozenset(
    {"requests", "duration", "bytes_received", "bytes_sent", "document_length", "html_bytes",
     "aborted", "keep_alive_requests", "within_deviation", "requests_per_second_within_deviation", "size_sent"}
)  # fmt: skip
_TIMES: Final = {
    **{name: parse_unit(name) for name in ("ns", "us", "µs", "μs", "ms", "s", "sec", "secs", "h", "min")},
    "m": Unit(base="s", multiply=60),
}
_BINARY: Final = {f"{prefix}B": Unit(base="B", multiply=1024**i) for i, prefix in enumerate(("", *"KMGTPE"))}
_BINARY.update({f"{prefix}iB": unit for prefix, unit in zip("KMGTPE", list(_BINARY.values())[1:], strict=True)})
_COUNTS: Final = {prefix: Unit(base="1", multiply=1000**i) for i, prefix in enumerate(("", *"kMGTP"))}
_FIGURE: Final = re.compile(r"([^A-Za-zµμ%]+)([A-Za-zµμ%]{0,5})\Z")
_NOT_MEASURED: Final = re.compile(r"[-+]?(?:nan|inf)(?=[^a-z]|[a-zµμ%]{0,5}\Z)", re.IGNORECASE)
_SHORT: Final = re.compile(r"\d{1,15}(?:\.\d{1,15})?\Z", re.ASCII)
_STATUS: Final = re.compile(r"\d{1,3}\Z", re.ASCII)
_MOST_MESSAGES: Final = 20


def benchmark_of(url: str) -> str:
    """Return the path and query of a URL, which name the benchmark.

    Examples
    --------
    >>> benchmark_of("https://user@example.org:8443/items?page=2#top"), benchmark_of("http://localhost:8080")
    ('/items?page=2', '/')
    """
    rest = url.partition("#")[0].strip()
    scheme, separator, behind = rest.partition("://")
    if separator and "/" not in scheme and "?" not in scheme:
        rest = behind
    elif rest.startswith("/"):
        return rest
    starts = [at for at in (rest.find("/"), rest.find("?")) if at >= 0]
    if not starts:
        return "/"
    path = rest[min(starts) :]
    return path if path.startswith("/") else f"/{path}"


def percentile_name(percent: float) -> str:
    """Return how a percentile is called: `p50`, `p99.9`; the ends are `min` and `max`.

    Examples
    --------
    >>> percentile_name(50.0), percentile_name(99.0625), percentile_name(100)
    ('p50', 'p99.0625', 'max')
    """
    if percent <= 0:
        return "min"
    return "max" if percent >= 100 else f"p{round(percent, 5):.8g}"


@lru_cache(maxsize=1024)
def _metric(name: str, unit: Unit, written: str | None) -> Metric:
    undirected = name in _UNDIRECTED or name.startswith(("status_", "requests_from_"))
    return Metric(
        name=name,
        unit=unit.base,
        direction=Direction.NEITHER if undirected else guess_direction(name, unit.base),
        original_unit=None if written in {None, "", unit.base} else written,
    )


class Figures:
    """The figures of one benchmark while its output is read; each metric at most once, the first counts."""

    def __init__(self, document: Document, at: str, benchmark: str = "") -> None:
        self.document = document
        self.at = at
        self.benchmark = benchmark
        self.parameters: dict[str, str] = {}
        self._measured: dict[str, tuple[Unit, str | None, float | None, dict[str, Any]]] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._measured

    def put(self, name: str, value: float | None, unit: Unit = ONE, written: str | None = None, **spread: Any) -> None:
        """Keep a figure; None: the tool could not measure it.

        Parameters
        ----------
        value
            In `unit`, as the numbers of `spread`, which are fields of a measurement.
        written
            How the tool spells the unit, where that is not the base unit.
        """
        self._measured.setdefault(name, (unit, written, value, spread))

    def value(self, name: str) -> float | None:
        """Return a figure kept so far, in its base unit."""
        if name not in self._measured:
            return None
        unit, _, written, _ = self._measured[name]
        return None if written is None else unit.to_base(written)

    def time(self, name: str, text: str, at: str) -> None:
        """Keep a time as tools write it: `1.23ms`, `0.0012 secs`, `-nan`."""
        self.put_written(name, text, at, _TIMES, "a time")

    def size(self, name: str, text: str, at: str, *, per_second: bool = False) -> None:
        """Keep an amount of bytes; `KB` and `KiB` both mean 1024 here."""
        self.put_written(name, text, at, _BINARY, "a size", per_second=per_second)

    def count(self, name: str, text: str, at: str, *, per_second: bool = False) -> None:
        """Keep a count, with a thousands prefix where the tool writes one: `7.80k`."""
        self.put_written(name, text, at, _COUNTS, "a number", per_second=per_second)

    def put_written(
        self, name: str, text: str, at: str, units: Mapping[str, Unit | None], what: str, *, per_second: bool = False
    ) -> None:
        """Keep a figure with its unit behind it; a place that holds none is a problem."""
        found = self.written(text, at, units, what)
        if found is None:
            # It is there, if not readable: nobody is told in addition that it is missing.
            self.put(name, None)
            return
        value, unit, spelling = found
        if per_second:
            unit = Unit(base=f"{unit.base}/s", multiply=unit.multiply, divide=unit.divide)
            spelling = f"{spelling}/s" if spelling else ""
        self.put(name, value, unit, spelling)

    def seconds(self, text: str, at: str) -> tuple[float | None, str]:
        """Return a written time in seconds and its unit as written; None for one not measured or noted as wrong."""
        found = self.written(text, at, _TIMES, "a time")
        if found is None:
            return None, ""
        value, unit, spelling = found
        return None if value is None else unit.to_base(value), spelling

    def written(
        self, text: str, at: str, units: Mapping[str, Unit | None], what: str
    ) -> tuple[float | None, Unit, str] | None:
        """Return (value, unit, how the unit is spelled); None after noting a problem."""
        text = text.strip()
        if _NOT_MEASURED.match(text):
            return None, next(unit for unit in units.values() if unit is not None), ""
        match = _FIGURE.match(text)
        unit = units.get(match[2]) if match else None
        if match is None or unit is None:
            self.document.expected(at, what, text)
            return None
        number = self.document.written(match[1].strip(), at, least=0)
        return None if number is None else (number, unit, match[2])

    def outcome(self, failures: float, requests: float, *, wrong: float | None = None) -> None:
        """Keep how many requests failed, and which share of all that were tried.

        Parameters
        ----------
        wrong
            How many the share counts; None: `failures`.
        """
        self.put("failures", failures)
        bad = failures if wrong is None else wrong
        if requests > 0 or bad > 0:
            self.put("error_rate", min(1.0, bad / requests) if requests > 0 else 1.0)

    def status_codes(self, codes: Mapping[str, float]) -> None:
        """Keep how many answers had which status."""
        for code, number in sorted(codes.items()):
            self.put(f"status_{code}", number)

    def measurements(self) -> Iterable[Measurement]:
        """Yield the figures in base units; what could not be measured is failed where no request was answered."""
        requests, failures = self.value("requests"), self.value("failures")
        all_failed = failures is not None and failures > 0 and (requests is None or failures >= requests)
        missing = Status.FAILED if all_failed else Status.SKIPPED
        for name, (unit, written, value, spread) in self._measured.items():
            row = Measurement(
                benchmark=self.benchmark,
                parameters=self.parameters,
                metric=_metric(name, unit, written),
                value=value,
                status=Status.OK if value is not None else missing,
                **(spread if value is not None else {}),
            )
            yield in_base(unit, row)


class Runs:
    """The runs of one file; two of the same benchmark are a problem that is told once."""

    def __init__(self, document: Document) -> None:
        self.rows = Rows(document)
        self._begun: dict[tuple[str, tuple[tuple[str, str], ...]], str] = {}

    def add(self, figures: Figures) -> None:
        """Keep all figures of a run that was read to its end."""
        document = self.rows.document
        first = self._begun.setdefault((figures.benchmark, tuple(sorted(figures.parameters.items()))), figures.at)
        if first != figures.at:
            name = describe(figures.benchmark, figures.parameters)
            document.note(figures.at, f"the benchmark '{shorten(name)}' is there twice, first at {first}", hint=TWICE)
            return
        for measurement in figures.measurements():
            if is_storable(measurement.metric.name):
                self.rows.add(measurement, figures.at)
            else:
                name = shorten(measurement.metric.name)
                document.note(figures.at, f"the name of the metric '{name}' holds what no text file can keep")


class Sample:
    """The values of one column of a file with a line per request, in the base unit."""

    def __init__(self) -> None:
        self.values = array("d")

    def put_percentiles(self, figures: Figures, percents: Sequence[float], *, prefix: str = "") -> None:
        """Keep `min`, `mean`, the percentiles and `max`; the requests themselves are the samples of `p50`.

        A percentile is the smallest value that at least that share of the requests reached; `p50` is the median.
        """
        values = self.values
        if not values:
            return
        ordered = sorted(values)
        count = len(ordered)
        figures.put(f"{prefix}min", ordered[0], SECONDS)
        figures.put(f"{prefix}mean", _mean(values), SECONDS, count=count, deviation=_deviation(values))
        for percent in percents:
            if percent == 50:
                spread: dict[str, Any] = {"count": count, "deviation": _deviation(values), "samples": values}
                figures.put(f"{prefix}p50", median(ordered), SECONDS, **spread)
            else:
                at = max(math.ceil(round(percent / 100 * count, 6)) - 1, 0)
                figures.put(f"{prefix}{percentile_name(percent)}", ordered[at], SECONDS)
        figures.put(f"{prefix}max", ordered[-1], SECONDS)

    def put_part(self, figures: Figures, name: str, *, middle: bool = False) -> None:
        """Keep one part of the requests' time: its mean, or with `middle` its median, as the tool's summary has it."""
        values = self.values
        if not values:
            return
        mean, centre = _mean(values), median(values)
        statistics = {"min": min(values), "max": max(values), **({"mean": mean} if middle else {"median": centre})}
        spread: dict[str, Any] = {"count": len(values), "deviation": _deviation(values), "statistics": statistics}
        figures.put(name, centre if middle else mean, SECONDS, **spread)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _deviation(values: Sequence[float]) -> float | None:
    if len(values) < 2:
        return None
    mean = _mean(values)
    return math.sqrt(sum((value - mean) * (value - mean) for value in values) / (len(values) - 1))


def cell(document: Document, row: Mapping[str, str], name: str, at: str) -> float | None:
    """Return the number in a cell, not below 0; None where the column, or (noted) a number in it, is missing."""
    text = row.get(name)
    if text is None:
        return None
    # Most cells, and a file may hold millions of them.
    if _SHORT.match(text):
        return float(text)
    return document.written(text, column_at(at, name), least=0)


def status_of(document: Document, row: Mapping[str, str], name: str, at: str) -> str | None:
    """Return the status code in a cell; None where the column or a code in it is missing, or (noted) it is none."""
    text = row.get(name, "").strip()
    if text and not _STATUS.match(text):
        document.expected(column_at(at, name), "a status code", text)
        return None
    return text or None


def messages_of(errors: Iterable[tuple[str, float | None]]) -> tuple[str, ...]:
    """Return what a tool wrote about failed requests as warnings, the first twenty kinds of them."""
    told = [f"{number:g} requests failed: {shorten(text)}" if number else f"requests failed: {shorten(text)}"
            for text, number in errors]  # fmt: skip
    more = len(told) - _MOST_MESSAGES
    return (*told[:_MOST_MESSAGES], f"and {more} more kinds of failures") if more > 0 else tuple(told)
