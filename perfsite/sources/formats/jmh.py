"""JMH: the JSON of `-rf json`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TextIO

from perfsite.model.run import Reading
from perfsite.sources.base import Rows, facts_of
from perfsite.sources.document import Document, is_storable, step, storable
from perfsite.sources.entries import Entries
from perfsite.sources.formats.jmh_names import is_finite, percentile_name, secondary_name
from perfsite.sources.formats.jmh_results import Figure, Result, Shared, add_results
from perfsite.sources.loading import objects_in, outline

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NAME: Final = "jmh"
TITLE: Final = "JMH (Java): the JSON of -rf json"
MAKE: Final = "java -jar target/benchmarks.jar -rf json -rff jmh.json"
_HINT: Final = "JMH writes it with `-rf json -rff FILE`; was this file edited?"
_SETTINGS: Final = (
    "forks", "warmupIterations", "warmupTime", "warmupBatchSize",
    "measurementIterations", "measurementTime", "measurementBatchSize",
)  # fmt: skip
_MARKS: Final = frozenset({"primaryMetric", "jmhVersion", "measurementIterations", "warmupIterations"})


def accepts(head: str) -> bool:
    """Whether a file that begins so is an array of objects with a benchmark, its mode and what else JMH writes."""
    return any({"benchmark", "mode"} <= entry.keys() and _MARKS & entry.keys() for entry in objects_in(outline(head)))


def parse(stream: TextIO, *, origin: str) -> Reading:
    """Return the measurements of a JMH file (all versions since 1.0).

    The score is `throughput` (mode `thrpt`) or `time` (`avgt`, `sample`, `ss`) with JMH's confidence bounds; its
    samples are the scores of all iterations of all forks, in mode `sample` their means. In that mode the percentiles
    of the single operations are metrics (`p50`, `p99.9`, `min`, `max`); elsewhere they describe the iterations and
    are kept as statistics where those themselves are not. Secondary metrics keep their names, without the dot that
    JMH before 1.36 put before those of profilers. `jvm` (a path) and arguments of the JVM that hold paths are left out.

    The format: `org.openjdk.jmh.results.format.JSONResultFormat` of https://github.com/openjdk/jmh.
    """
    document = Document(origin, hint=_HINT)
    rows = Rows(document)
    warnings: list[str] = []
    shared = Shared(("jmhVersion", "jdkVersion", "vmName", "vmVersion", "threads", "jvmArgs", *_SETTINGS))
    results: list[Result] = []
    for at, entry in Entries(stream, document, key=None):
        shared.take(entry)
        result = _result(entry, at, document)
        if result is not None:
            results.append(result)
    add_results(results, rows, warnings)
    found = rows.reading()
    version = shared.told("jmhVersion")
    return Reading(
        measurements=found.measurements,
        tool="jmh",
        tool_version=storable(version) if isinstance(version, str) else None,
        facts=_facts(shared),
        warnings=tuple(warnings),
    )


def _result(entry: Mapping[str, Any], at: str, document: Document) -> Result | None:
    benchmark = document.text(entry, "benchmark", at)
    mode = document.text(entry, "mode", at)
    threads = entry.get("threads")
    primary = document.mapping(entry, "primaryMetric", at)
    secondary = document.mapping(entry, "secondaryMetrics", at, required=False) or {}
    parameters = _parameters(entry, at, document)
    if benchmark is None or mode is None or primary is None:
        return None
    result = Result(at=at, benchmark=benchmark, mode=mode, parameters=parameters)
    result.threads = threads if isinstance(threads, int) and not isinstance(threads, bool) else None
    place = step(at, "primaryMetric")
    result.main = _figure(primary, place, document)
    if mode == "sample" and result.main:
        _add_percentiles(primary, place, result, document)
    inside = step(at, "secondaryMetrics")
    for label in secondary:
        metric = document.mapping(secondary, label, inside)
        name, is_percentile = secondary_name(label)
        if metric is None or (is_percentile and name in result.secondary):
            continue  # JMH tells the percentiles of sampled operations twice
        if not is_storable(label):
            document.expected(step(inside, label), "a name without NUL and half surrogate pairs", label)
        elif (figure := _figure(metric, step(inside, label), document)) is not None:
            result.secondary[name] = figure
    return result


def _parameters(entry: Mapping[str, Any], at: str, document: Document) -> dict[str, str]:
    found = document.mapping(entry, "params", at, required=False) or {}
    parameters = {}
    for name, value in found.items():
        if isinstance(value, (str, int, float)) and not isinstance(value, bool) and is_storable(name):
            parameters[name] = storable(str(value))
        else:
            document.expected(step(step(at, "params"), name), "text", value)
    return parameters


def _figure(metric: Mapping[str, Any], at: str, document: Document) -> Figure | None:
    unit = document.text(metric, "scoreUnit", at)
    if "score" not in metric:
        document.note(at, "'score' is missing")
    score = _number(metric.get("score", "NaN"), step(at, "score"), document)
    bounds = _numbers(metric.get("scoreConfidence"), step(at, "scoreConfidence"), document)
    error = _number(metric.get("scoreError", "NaN"), step(at, "scoreError"), document)
    samples = _samples(metric, at, document)
    if unit is None:
        return None
    figure = Figure(at=at, unit=unit, score=score, samples=samples)
    if len(bounds) == 2 and None not in bounds:
        figure.lower, figure.upper = bounds
    elif score is not None and error is not None:
        figure.lower, figure.upper = score - error, score + error
    percentiles = _percentiles(metric, at, document)
    if percentiles and not samples:
        figure.statistics = {"median" if name == "p50" else name: value for name, value in percentiles.items()}
    return figure


def _samples(metric: Mapping[str, Any], at: str, document: Document) -> list[float]:
    """Return the scores of all iterations of all forks, those of a histogram as the mean of each iteration."""
    found: list[float] = []
    for key in ("rawData", "rawDataHistogram"):
        forks = metric.get(key)
        if forks is None:
            continue
        if not isinstance(forks, list):
            document.expected(step(at, key), "an array", forks)
            continue
        for i, fork in enumerate(forks):
            place = step(step(at, key), i)
            if not isinstance(fork, list):
                document.expected(place, "an array of iterations", fork)
            elif key == "rawData":
                found += [number for number in _numbers(fork, place, document) if number is not None]
            else:
                means = [_mean(iteration, step(place, j), document) for j, iteration in enumerate(fork)]
                found += [mean for mean in means if mean is not None]
    return found


def _mean(histogram: object, at: str, document: Document) -> float | None:
    """Return the mean of an iteration's operations, given as pairs of a time and how many took it."""
    if not isinstance(histogram, list):
        document.expected(at, "an array of pairs", histogram)
        return None
    total = operations = 0.0
    for i, pair in enumerate(histogram):
        if not isinstance(pair, list) or len(pair) != 2:
            document.expected(step(at, i), "a pair of a time and a number of operations", pair)
            return None
        time = document.as_number(pair[0], step(step(at, i), 0))
        number = document.as_number(pair[1], step(step(at, i), 1), least=0)
        if time is None or number is None:
            return None
        total += time * number
        operations += number
    return total / operations if operations else None


def _add_percentiles(metric: Mapping[str, Any], at: str, result: Result, document: Document) -> None:
    if result.main is None:
        return
    operations = _operations(metric)
    for name, value in _percentiles(metric, at, document).items():
        place = step(at, "scorePercentiles")
        result.secondary[name] = Figure(at=place, unit=result.main.unit, score=value, count=operations)
    result.main.statistics = None


def _operations(metric: Mapping[str, Any]) -> int | None:
    """Return how many operations were sampled; what is wrong with the histogram's shape was noted before."""
    total = 0.0
    for fork in _arrays(metric.get("rawDataHistogram")):
        for iteration in _arrays(fork):
            for pair in _arrays(iteration):
                number = pair[1] if len(pair) == 2 else None
                total += number if isinstance(number, (int, float)) and 0 <= number < 2**53 else 0
    return int(min(total, 2**53)) or None


def _arrays(values: object) -> Iterator[list[Any]]:
    return (value for value in values if isinstance(value, list)) if isinstance(values, list) else iter(())


def _percentiles(metric: Mapping[str, Any], at: str, document: Document) -> dict[str, float]:
    found = document.mapping(metric, "scorePercentiles", at, required=False) or {}
    inside = step(at, "scorePercentiles")
    percentiles = {}
    for key, value in found.items():
        percent = document.written(key, step(inside, key), least=0)
        number = _number(value, step(inside, key), document)
        if percent is not None and number is not None:
            percentiles[percentile_name(percent)] = number
    return percentiles


def _number(value: object, at: str, document: Document) -> float | None:
    """Return a number; None for the texts that JMH writes instead of NaN and infinities."""
    return document.as_number(value, at) if is_finite(value) else None


def _numbers(values: object, at: str, document: Document) -> list[float | None]:
    if values is None:
        return []
    if not isinstance(values, list):
        document.expected(at, "an array of numbers", values)
        return []
    return [_number(value, step(at, i), document) for i, value in enumerate(values)]


def _facts(shared: Shared) -> Mapping[str, Any]:
    """Return what all benchmarks say alike of Java and of how they were run."""
    found: dict[str, object] = {
        "runtime.java": shared.told("jdkVersion"),
        "jmh.vm": shared.told("vmName"),
        "jmh.vm_version": shared.told("vmVersion"),
        "jmh.threads": shared.told("threads"),
        **{f"jmh.{key}": shared.told(key) for key in _SETTINGS},
    }
    arguments = shared.told("jvmArgs")
    if isinstance(arguments, list):
        kept = [text for text in arguments if isinstance(text, str) and "/" not in text and "\\" not in text]
        found["jmh.jvmArgs"] = " ".join(kept)[:300]
    return facts_of(found)
