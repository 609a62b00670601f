"""asv (airspeed velocity): one result file of `asv run`, `results/MACHINE/COMMIT-ENVIRONMENT.json`.

Whole results folders come in with `perfsite import asv`, which reads the same numbers under the same names. What
asv measures of one commit later, it adds to the same file. Left out are the hash of each benchmark's code (`version`),
its duration, the profile, and how many calls a sample holds (`stats_number`); where samples are kept, quartiles too.

The format is documented at https://asv.readthedocs.io/en/stable/dev.html#file-format; version 1 was written by asv up
to 0.4, version 2 since.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TextIO

from perfsite.errors import InputError
from perfsite.model.run import Reading
from perfsite.sources.base import facts_of
from perfsite.sources.document import Document, step
from perfsite.sources.formats.asv_benchmarks import Suite, is_benchmark
from perfsite.sources.formats.asv_results import Facts, result_of
from perfsite.sources.loading import outline, read_json

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME: Final = "asv"
TITLE: Final = "asv (airspeed velocity): one result file"
MAKE: Final = "asv run HEAD^!"
COMPANIONS: Final = ("../benchmarks.json", "machine.json")
_HINT: Final = "asv writes it with `asv run` into results/MACHINE/; was this file edited?"
_KEYS: Final = frozenset(
    {"commit_hash", "env_name", "result_columns", "requirements", "params", "date", "durations", "python",
     "started_at", "ended_at", "benchmark_version", "profiles", "env_vars"}
)  # fmt: skip
_BY_BENCHMARK: Final = ("results", "benchmark_version", "started_at", "ended_at")


def accepts(head: str) -> bool:
    """Whether a file that begins so is a result file of asv: its keys, or results with names as asv gives them."""
    document = outline(head)
    if not isinstance(document, dict) or "benchmarks" in document:
        return False
    if {"commit_hash", "result_columns"} <= document.keys():
        return True
    # Of hundreds of benchmarks, the head may hold only what version 1 wrote of them before or beside the results.
    by_benchmark = [value for key in _BY_BENCHMARK if isinstance(value := document.get(key), dict)]
    if any(is_benchmark(name) for value in by_benchmark for name in value):
        return True
    is_cut = "results" not in document or isinstance(document["results"], dict)
    return is_cut and "commit_hash" in document and len(_KEYS & document.keys()) >= 3


def parse(stream: TextIO, *, origin: str, companions: Mapping[str, TextIO] | None = None) -> Reading:
    """Return the measurements of an asv result file.

    The value is asv's own, the median of the samples of a time, with its 99 % confidence bounds. `null` is a failed
    measurement and NaN a skipped one, as asv defines them. Units, names of parameters and the kind of a benchmark are
    in ../benchmarks.json, facts in machine.json; without them the file and the benchmarks' names tell what they can.
    """
    beside = companions or {}
    document = Document(origin, hint=_HINT)
    root = read_json(stream, origin=origin, hint=_HINT)
    if not isinstance(root, dict):
        document.expected("$", "an object", root)
    elif isinstance(root.get("results"), dict) and not root["results"]:
        document.note("$.results", "holds no benchmark", hint="Did asv run any? Look at its output.")
    document.finish()
    suite = Suite(_companion(beside, "../benchmarks.json"))

    def tell(benchmark: str, place: str, problem: str, _consequence: str) -> None:
        document.note(step("$.results", benchmark) + place, problem)

    found = None
    try:
        machine = _companion(beside, "machine.json")
        found = result_of(root, machine, suite, facts=Facts(), where=origin, tell=tell)
    except InputError as error:
        document.problems.append(error)
    document.finish()
    assert found is not None
    warnings = suite.doubts()
    if COMPANIONS[0] not in beside:
        warnings.append("there is no ../benchmarks.json: units and parameter names are guessed from benchmarks' names")
    return Reading(
        measurements=tuple(found.columns),
        tool="asv",
        time=found.time,
        commit=found.commit,
        facts={**found.facts, **facts_of({"asv.environment": found.environment})},
        warnings=tuple(warnings),
    )


def _companion(companions: Mapping[str, TextIO], name: str) -> dict[str, Any]:
    """Return a file beside the result; errors name it."""
    if name not in companions:
        return {}
    content = read_json(companions[name], origin=name, hint="asv writes it with `asv run`; was this file edited?")
    if isinstance(content, dict):
        return content
    raise InputError("is not an object", where=name, hint="asv writes it with `asv run`; was this file edited?")
