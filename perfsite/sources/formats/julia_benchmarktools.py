"""Julia: the JSON of `BenchmarkTools.save`, and PkgBenchmark's result files, which hold one as text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, TextIO

from perfsite.errors import CombinedInputError, InputError
from perfsite.model.run import SHA, Commit, Direction, Measurement, Metric, Reading, Status
from perfsite.sources.base import Rows, facts_of, in_base, median, metric_of, parse_time
from perfsite.sources.document import Document, is_storable, shorten, step, storable
from perfsite.sources.loading import outline, parse_json, read_json
from perfsite.sources.names import split_slashes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from perfsite.model.run import FactValue

NAME: Final = "julia-benchmarktools"
TITLE: Final = "Julia BenchmarkTools.save, PkgBenchmark.writeresults"
MAKE: Final = 'julia -e \'include("benchmarks.jl"); BenchmarkTools.save("bench.json", run(SUITE))\''
_HINT: Final = "`BenchmarkTools.save(FILE, results)` writes it; was this file edited?"
_ALLOCATIONS: Final = Metric(name="allocations", unit="1", direction=Direction.LOWER)
_ALLOCATED: Final = Metric(name="allocated", unit="B", direction=Direction.LOWER)
_SAMPLES: Final = frozenset({"times", "gctimes"})
_COMPARISONS: Final = frozenset({"TrialRatio", "TrialJudgement"})
_KINDS: Final = frozenset({"BenchmarkGroup", "Trial", "TrialEstimate", "Parameters", "TagFilter", *_COMPARISONS})
# Within a text of a JSON document its quotes would have backslashes.
_PACKAGE: Final = re.compile(r'"benchmarkgroup"\s*:\s*"\[')
_PACKAGE_KEYS: Final = frozenset({"julia_commit", "vinfo", "benchmarkconfig"})
_VERSION: Final = re.compile(r"^Julia Version (\S{1,50})", re.MULTILINE)
_SYSTEM: Final = re.compile(r"^ {2}OS: (\S{1,50})", re.MULTILINE)
_CPU: Final = re.compile(r"^ {2}CPU: (?:\d{1,5} . )?(\S[^\n]{0,199})", re.MULTILINE)


def accepts(head: str) -> bool:
    """Whether a file that begins so is BenchmarkTools': an array that begins with versions, or PkgBenchmark's."""
    if head.lstrip()[:1] == "{" and _PACKAGE.search(head):
        return True
    document = outline(head)
    if isinstance(document, list):
        return bool(document) and isinstance(document[0], dict) and "BenchmarkTools" in document[0]
    return isinstance(document, dict) and len(_PACKAGE_KEYS & document.keys()) > 1


def parse(stream: TextIO, *, origin: str) -> Reading:
    """Return the measurements of a file of BenchmarkTools (versions since 0.2) or PkgBenchmark.

    The name is the path through the groups, with `/` between, as github-action-benchmark writes it; numbers and
    `key=value` in it are parameters. A `Trial` has all its samples: `time` and `gctime`, the time of the garbage
    collector in it; a `TrialEstimate` has one value of each. `memory` is what one evaluation allocates (`allocated`)
    and `allocs` how often. Left out: tags, the parameters of tuning, and ratios and judgements, which compare two
    other files and measure nothing.

    The format: `src/serialization.jl` of https://github.com/JuliaCI/BenchmarkTools.jl.
    """
    document = Document(origin, hint=_HINT)
    root = read_json(stream, origin=origin, hint=_HINT, packed=True)
    package: Mapping[str, Any] = {}
    top = "$"
    if isinstance(root, dict):
        package, top = root, "$.benchmarkgroup"
        root = _inner(root, document)
    versions: Mapping[str, Any] = {}
    rows = Rows(document)
    warnings: list[str] = []
    if not isinstance(root, list) or len(root) != 2 or not isinstance(root[0], dict) or not isinstance(root[1], list):
        if not document.problems:
            document.expected(top, "an array of versions and values", root)
    else:
        versions = root[0]
        _read_all(root[1], step(top, 1), rows, warnings)
    tool = versions.get("BenchmarkTools")
    commit = package.get("commit")
    return Reading(
        measurements=rows.reading().measurements,
        tool="BenchmarkTools.jl",
        tool_version=storable(tool) if isinstance(tool, str) else None,
        time=parse_time(package.get("date")),
        commit=Commit(sha=commit.lower()) if isinstance(commit, str) and SHA.match(commit.lower()) else None,
        facts=_facts(versions, package),
        warnings=tuple(warnings),
    )


def _inner(root: Mapping[str, Any], document: Document) -> Any:
    """Return what PkgBenchmark keeps as the text of another JSON document."""
    text = document.text(root, "benchmarkgroup", "$")
    if text is None:
        return None
    try:
        return parse_json(text, origin=f"{document.origin}: $.benchmarkgroup", hint=_HINT, packed=True)
    except CombinedInputError as error:
        document.problems.extend(error.errors)
    except InputError as error:
        document.problems.append(error)
    return None


def _read_all(values: list[Any], top: str, rows: Rows, warnings: list[str]) -> None:
    kinds: dict[str, None] = {}
    for at, path, kind, content in _leaves(values, top, rows.document):
        kinds[kind] = None
        if kind == "Trial":
            _read_trial(content, at, path, rows, warnings)
        elif kind == "TrialEstimate":
            _read_estimate(content, at, path, rows, warnings)
    left_out = [kind for kind in kinds if kind in _COMPARISONS]
    if rows.measurements or rows.document.problems:
        if left_out:
            warnings.append(f"{' and '.join(left_out)} are left out: they compare two other files")
    elif kinds:
        rows.document.note(
            top,
            f"holds no trial, only {' and '.join(sorted(kinds))}",
            hint="Save the results themselves: `BenchmarkTools.save(FILE, run(SUITE))`.",
        )


def _leaves(
    values: list[Any], top: str, document: Document
) -> Iterator[tuple[str, tuple[str, ...], str, dict[str, Any]]]:
    """Yield (place, path of keys, kind, content) of what is no group, in the file's order; groups may be deep."""
    todo: list[tuple[str, tuple[str, ...], Any]] = [(step(top, i), (), value) for i, value in enumerate(values)]
    todo.reverse()
    while todo:
        at, path, value = todo.pop()
        kind, content = value if isinstance(value, list) and len(value) == 2 else (None, None)
        if not isinstance(kind, str) or not isinstance(content, dict):
            document.expected(at, "an array of a type and its fields", value)
            continue
        kind = kind.removeprefix("BenchmarkTools.")
        if kind not in _KINDS:
            document.expected(at, "a type of BenchmarkTools", kind)
        elif kind == "BenchmarkGroup":
            data = document.mapping(content, "data", step(at, 1)) or {}
            inside = step(step(at, 1), "data")
            todo.extend((step(inside, key), (*path, key), inner) for key, inner in reversed(data.items()))
        elif all(is_storable(part) for part in path):
            yield at, path, kind, content
        else:
            document.expected(at, "names without NUL and half surrogate pairs", "/".join(path))


def _read_trial(content: dict[str, Any], at: str, path: tuple[str, ...], rows: Rows, warnings: list[str]) -> None:
    document, inside = rows.document, step(at, 1)
    before = len(document.problems)
    # Taken out, since all samples of a large file would else be held twice.
    told = {key: content.pop(key) for key in _SAMPLES & content.keys()}
    times = document.numbers(told, "times", inside, least=0)
    collections = document.numbers(told, "gctimes", inside, required=False, least=0)
    for key, samples in (("time", times), ("gctime", collections)):
        if samples:
            spread = {"count": len(samples), "samples": samples if len(samples) > 1 else None}
            _add(rows, at, path, metric_of(key, "ns")[0], median(samples), **spread)
    if times is not None and not times and len(document.problems) == before:
        _fail(rows, at, path, warnings)
    _read_memory(content, at, path, rows)


def _read_estimate(content: Mapping[str, Any], at: str, path: tuple[str, ...], rows: Rows, warnings: list[str]) -> None:
    document, inside = rows.document, step(at, 1)
    for key in ("time", "gctime"):
        # Julia writes NaN and infinities as null.
        value = document.number(content, key, inside, required=key not in content and key == "time", least=0)
        if value is not None:
            _add(rows, at, path, metric_of(key, "ns")[0], value)
        elif key == "time" and content.get("time", 0) is None:
            _fail(rows, at, path, warnings)
    _read_memory(content, at, path, rows)


def _read_memory(content: Mapping[str, Any], at: str, path: tuple[str, ...], rows: Rows) -> None:
    for key, metric in (("memory", _ALLOCATED), ("allocs", _ALLOCATIONS)):
        value = rows.document.number(content, key, step(at, 1), required=False, least=0)
        if value is not None:
            _add(rows, at, path, metric, value)


def _fail(rows: Rows, at: str, path: tuple[str, ...], warnings: list[str]) -> None:
    warnings.append(f"{shorten('/'.join(path))}: failed: it has no time")
    _add(rows, at, path, metric_of("time", "ns")[0], None, status=Status.FAILED)


def _add(rows: Rows, at: str, path: tuple[str, ...], metric: Metric, value: float | None, **rest: Any) -> None:
    # A trial that was saved by itself has no name: Julia forgets those of variables.
    benchmark, parameters = split_slashes("/".join(path)) if path else ("Trial", {})
    row = Measurement(benchmark=benchmark, parameters=parameters, metric=metric, value=value, **rest)
    rows.add(in_base(metric_of(metric.name, "ns")[1], row) if metric.unit == "s" else row, at)


def _facts(versions: Mapping[str, Any], package: Mapping[str, Any]) -> dict[str, FactValue]:
    text = package.get("vinfo")
    text = text if isinstance(text, str) else ""
    julia, system, cpu = (pattern.search(text) for pattern in (_VERSION, _SYSTEM, _CPU))
    return facts_of(
        {
            "runtime.julia": versions.get("Julia") or (julia and julia[1]),
            "os": system and system[1],
            "cpu.model": cpu and cpu[1].rstrip(": "),
            "julia.commit": package.get("julia_commit"),
        }
    )
