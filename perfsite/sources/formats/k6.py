"""k6: the end-of-test summary, `k6 run --summary-export FILE` or what `handleSummary(data)` is given.

Source of the format: `js/summary.go` and `js/summary-wrapper.js` of k6 0.30 to 1.x,
https://grafana.com/docs/k6/latest/results-output/end-of-test/custom-summary/ and, for
`--new-machine-readable-summary`, the schema at https://github.com/grafana/k6-summary.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Final, TextIO

from perfsite.model.run import Reading
from perfsite.sources.base import Rows, facts_of, parse_time
from perfsite.sources.document import Document, is_storable, shorten, step, storable
from perfsite.sources.entries import Members
from perfsite.sources.formats.k6_metrics import KINDS, K6Rows, Kind, contents, guess_kind
from perfsite.sources.loading import objects_in, outline

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NAME: Final = "k6"
TITLE: Final = "k6: the end-of-test summary as JSON"
MAKE: Final = "k6 run --summary-export summary.json script.js"
_HINT: Final = "k6 writes it with `--summary-export FILE`, or JSON.stringify(data) in handleSummary; was it edited?"
_BUILT_IN: Final = frozenset(
    {
        "http_reqs", "http_req_duration", "http_req_failed", "iterations", "iteration_duration", "vus", "vus_max",
        "data_sent", "data_received", "checks", "group_duration", "dropped_iterations",
    }
)  # fmt: skip
_DEEPEST: Final = 100
_PASSED_OVER: Final = frozenset({"setup_data", "options"})
"""What a script's own functions return may be of any size."""


def accepts(head: str) -> bool:
    """Whether a file that begins so is k6's: its own metrics as objects, the tree of groups, or its version."""
    document = outline(head)
    if not isinstance(document, dict):
        return False
    group, metrics, metadata = (document.get(key) for key in ("root_group", "metrics", "metadata"))
    # What setup() returned comes first in some files, and may be longer than this head.
    is_setup = "setup_data" in document and document.keys() <= _PASSED_OVER | {"state"}
    is_group = isinstance(group, dict) and not {"groups", "checks", "path"}.isdisjoint(group)
    if is_setup or is_group or (isinstance(metadata, dict) and "k6Version" in metadata):
        return True
    results = document.get("results")
    if isinstance(results, dict):
        return any(entry.get("name") in _BUILT_IN for entry in objects_in(results.get("metrics")))
    if not isinstance(metrics, dict):
        return False
    return any(_is_metric(name, entry) for name, entry in metrics.items() if isinstance(entry, dict))


def _is_metric(name: str, entry: Mapping[str, Any]) -> bool:
    figures = entry["values"] if isinstance(entry.get("values"), dict) else entry
    return (name.partition("{")[0] in _BUILT_IN or "p(95)" in figures) and guess_kind(name, figures) is not None


def parse(stream: TextIO, *, origin: str) -> Reading:
    """Return the measurements of a k6 summary.

    A metric is the benchmark, the tags of a submetric its parameters: `http_req_duration` has `p50` (k6's `med`),
    `mean`, `p95`, …; `http_reqs` has `requests` and `requests_per_second`, `http_req_failed` has `error_rate` and
    `failures`. Each threshold is a measurement `passed`, 1 or 0, with its expression as the parameter `threshold`; one
    that was crossed is warned about. In `--summary-export`, true says that a threshold was crossed, in handleSummary
    `ok: true` that it was not. Checks are `checks` with the parameters `check` and `group`.

    `--summary-export` tells neither the kinds of metrics nor whether a trend holds times: they are found from the
    figures and the name. The summary of `--new-machine-readable-summary` names no group of a check, so checks of one
    name are counted together, and has no rate of a counter: it is computed from the duration. The script's name, its
    options and what setup() returned are no measurements.
    """
    document = Document(origin, hint=_HINT)
    found = K6Rows(Rows(document))
    members = Members(stream, document, key="metrics", without=_PASSED_OVER)
    for at, name, entry in members:
        metric = document.mapping({name: entry}, name, "$.metrics")
        if metric is not None and _storable(name, at, document):
            _read_metric(name, metric, at, found, seconds=None)
    root = members.root
    if members.is_found:
        reading = _read_classic(root, found, document)
    elif "results" in root and "metrics" not in root:
        reading = _read_new(root, found, document)
    else:
        if not document.problems:
            document.mapping(root, "metrics", "$")
        reading = _read_classic(root, found, document)
    return Reading(measurements=found.rows.reading().measurements, tool="k6", warnings=tuple(found.warnings), **reading)


def _read_classic(root: Mapping[str, Any], found: K6Rows, document: Document) -> dict[str, Any]:
    for at, path, check in _checks(root.get("root_group"), document):
        _read_check(check, path, at, found)
    state = root.get("state")
    duration = state.get("testRunDurationMs") if isinstance(state, dict) else None
    seconds = document.as_number(duration, "$.state.testRunDurationMs", least=0) if duration is not None else None
    return {"facts": {} if seconds is None else {"k6.seconds": seconds / 1000}}


def _read_new(root: Mapping[str, Any], found: K6Rows, document: Document) -> dict[str, Any]:
    results = document.mapping(root, "results", "$") or {}
    config = document.mapping(root, "config", "$", required=False) or {}
    metadata = document.mapping(root, "metadata", "$", required=False) or {}
    seconds = document.number(config, "duration", "$.config", required=False, least=0)
    checks = document.mapping(results, "checks", "$.results", required=False) or {}
    metrics = document.objects(results, "metrics", "$.results")
    metrics += _listed(checks.get("metrics"), "$.results.checks.metrics", document)
    named = [(at, document.text(entry, "name", at), entry) for at, entry in metrics]
    known = {name for _, name, _ in named}
    for at, name, entry in named:
        if name is not None:
            same = name == "checks_succeeded" and "checks" not in known
            _read_metric("checks" if same else name, entry, at, found, seconds=seconds)
    _read_new_checks(checks, found, document)
    if results.get("passed") is False:
        found.warnings.append("k6 says that the test failed")
    version = metadata.get("k6Version")
    return {
        "facts": facts_of({"k6.seconds": seconds, "k6.execution": config.get("execution")}),
        "time": parse_time(metadata.get("generatedAt")),
        "tool_version": storable(version).removeprefix("v") if isinstance(version, str) else None,
    }


def _read_new_checks(checks: Mapping[str, Any], found: K6Rows, document: Document) -> None:
    key = "results" if "results" in checks else "orderedChecks"
    together: dict[str, tuple[str, float, float]] = {}
    for at, check in _listed(checks.get(key), step("$.results.checks", key), document):
        name = document.text(check, "name", at)
        passes = document.number(check, "passes", at, least=0)
        fails = document.number(check, "fails", at, least=0)
        if name is not None and passes is not None and fails is not None:
            first, before, failed = together.get(name, (at, 0.0, 0.0))
            together[name] = first, before + passes, failed + fails
    for name, (at, passes, fails) in together.items():
        found.add_check(name, "", passes, fails, at)


def _listed(values: object, at: str, document: Document) -> list[tuple[str, dict[str, Any]]]:
    """Return the objects of an array, or of the object that drafts of the new summary wrote instead; None: none."""
    if isinstance(values, dict):
        return [(step(at, key), value) for key, value in values.items() if isinstance(value, dict)]
    if values is not None and not isinstance(values, list):
        document.expected(at, "an array", values)
    return document.each_object(values, at) if isinstance(values, list) else []


def _storable(name: str, at: str, document: Document) -> bool:
    if is_storable(name):
        return True
    document.note(at, "the name holds a NUL or half a surrogate pair, which no text file can keep")
    return False


def _read_metric(name: str, entry: Mapping[str, Any], at: str, found: K6Rows, *, seconds: float | None) -> None:
    document = found.rows.document
    nested = isinstance(entry.get("values"), dict)
    values, inside = (entry["values"], step(at, "values")) if nested else (entry, at)
    figures = {}
    for key in values:
        if key in {"thresholds", "type", "contains", "name", "category", "tainted"}:
            continue
        number = document.number(values, key, inside, required=False)
        if number is not None:
            figures[key] = number
    if document.is_faulty(at):
        return
    kind = _kind(name, entry, figures, at, document)
    if kind is not None:
        found.add(name, kind, _completed(kind, figures, seconds), at)
    for expression, passed, place in _thresholds(entry, at, document):
        found.add_threshold(name, expression, passed, place)
        if not passed:
            found.warnings.append(f"{shorten(name)}: the threshold '{shorten(expression)}' was crossed")


def _kind(
    name: str, entry: Mapping[str, Any], figures: Mapping[str, float], at: str, document: Document
) -> Kind | None:
    """Return the kind as told or guessed; None for a metric of which k6 wrote no figure."""
    told = entry.get("type")
    if told is None:
        kind = guess_kind(name, figures)
        if kind is None and figures:
            document.note(at, "expected the figures of a trend, counter, gauge or rate")
        return kind
    if not isinstance(told, str) or told not in KINDS:
        document.expected(step(at, "type"), "trend, counter, gauge or rate", told)
        return None
    contains = entry.get("contains")
    return Kind(told, contains if isinstance(contains, str) else contents(name.partition("{")[0], told))


def _completed(kind: Kind, figures: Mapping[str, float], seconds: float | None) -> dict[str, float | None]:
    """Return the figures under the names of the classic summary, in its meaning; None: nothing was measured.

    k6 writes zeros for a submetric that no value belonged to. Those of a trend are told from times of zero only where
    its `count` is there.
    """
    done: dict[str, float | None] = dict(figures)
    if kind.type == "trend" and figures.get("count") == 0:
        return dict.fromkeys(figures)
    if kind.type == "rate":
        if "matches" in done:
            done["passes"] = done.pop("matches")
            done["fails"] = figures.get("total", figures["matches"]) - figures["matches"]
        passes, fails = done.get("passes"), done.get("fails")
        value = done.pop("value", None)
        if passes is not None and fails is not None:
            # Versions before 0.30 wrote a `value` of 0 or 1 here.
            done["rate"] = passes / (passes + fails) if passes + fails > 0 else None
        elif value is not None:
            done.setdefault("rate", value)
    if kind.type == "counter" and seconds and "rate" not in done and "count" in done:
        done["rate"] = figures["count"] / seconds
    return done


def _thresholds(entry: Mapping[str, Any], at: str, document: Document) -> Iterator[tuple[str, bool, str]]:
    """Yield (expression, whether it was kept, place) of each threshold."""
    inside = step(at, "thresholds")
    for expression, told in (document.mapping(entry, "thresholds", at, required=False) or {}).items():
        place = step(inside, expression)
        if not _storable(expression, place, document):
            continue
        if isinstance(told, bool):
            yield expression, not told, place
        elif isinstance(told, dict) and isinstance(told.get("ok"), bool):
            yield expression, told["ok"], place
        else:
            document.expected(place, "true, false or an object with `ok`", told)


def _checks(root: object, document: Document) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield (place, path of the group, check) of all groups; both are arrays or, in `--summary-export`, objects."""
    todo = deque[tuple[str, object, int]]([("$.root_group", root, 0)])
    while todo:
        at, group, depth = todo.popleft()
        if group is None:
            continue
        if not isinstance(group, dict) or depth > _DEEPEST:
            document.expected(at, f"a group, at most {_DEEPEST} deep", group)
            continue
        path = group.get("path")
        for place, check in _listed(group.get("checks"), step(at, "checks"), document):
            yield place, path if isinstance(path, str) and is_storable(path) else "", check
        todo += [
            (place, inner, depth + 1) for place, inner in _listed(group.get("groups"), step(at, "groups"), document)
        ]


def _read_check(check: Mapping[str, Any], group: str, at: str, found: K6Rows) -> None:
    document = found.rows.document
    name = document.text(check, "name", at)
    passes = document.number(check, "passes", at, least=0)
    fails = document.number(check, "fails", at, least=0)
    if name is not None and passes is not None and fails is not None:
        found.add_check(name, group, passes, fails, at)
