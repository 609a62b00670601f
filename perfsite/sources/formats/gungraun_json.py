"""gungraun's JSON summaries of one benchmark each, versions 1 to 7 of their schema.

After https://github.com/gungraun/gungraun (`gungraun-summary/schemas`, before `iai-callgrind-runner/schemas`):

- 1 and 2 (iai-callgrind 0.9 to 0.13): `callgrind_summary` with `events` of each process, other tools apart from it
- 3 and 4 (0.14, 0.15): `tool_summaries`, each with `segments` and their `total`
- 5 and 6 (0.16, gungraun 0.17): `profiles` with `parts` and `total`; numbers are `{"Int": 1}` or `{"Float": 0.1}`
- 7: `profiles` with `data`, `new` and `old` instead of `Left` and `Right`, and perf with units and standard errors

What the log of a tool says in words (`details`, `output`: Memcheck's heap summary) is left out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from perfsite.sources.document import Document, is_storable, step, storable
from perfsite.sources.formats.gungraun_metrics import Benchmark, Value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SIDES: Final = ("Left", "Right", "Both", "new", "old")
_ERRORS: Final = {
    "errors": "Errors", "contexts": "Contexts", "supp_errors": "Suppressed Errors",
    "supp_contexts": "Suppressed Contexts",
}  # fmt: skip
_ERROR_TEXT: Final = re.compile(
    r"(\d{1,20}) errors from (\d{1,20}) contexts \(suppressed: (\d{1,20}) from (\d{1,20})\)\Z"
)
_HEAP_TEXT: Final = re.compile(r"([\d,]{1,40}) bytes(?: in ([\d,]{1,40}) blocks)?\Z")


def is_summary(root: Any) -> bool:
    """Whether a JSON document is the summary of a benchmark, of any version."""
    return isinstance(root, dict) and "module_path" in root and "benchmark_exe" in root


def read_summary(root: Mapping[str, Any], at: str, document: Document) -> tuple[Benchmark, list[Value]] | None:
    """Return a benchmark and its values; None where a problem was noted."""
    path = document.text(root, "module_path", at)
    id_ = document.text(root, "id", at, required=False)
    before = len(document.problems)
    found = list(_values(root, at, document))
    if path is None or len(document.problems) > before:
        return None
    arguments = root.get("description") or root.get("details")
    return Benchmark(path, {"id": id_} if id_ else {}, storable(arguments) if isinstance(arguments, str) else ""), found


def _values(root: Mapping[str, Any], at: str, document: Document) -> Iterator[Value]:
    callgrind = document.mapping(root, "callgrind_summary", at, required=False)
    if callgrind is not None:
        yield from _summed("Callgrind", callgrind, step(at, "callgrind_summary"), document)
    key = next((key for key in ("profiles", "tool_summaries") if key in root), None)
    if key is None:
        if callgrind is None:
            document.note(at, "'profiles' is missing")
        return
    for place, profile in document.objects(root, key, at):
        tool = document.text(profile, "tool", place) or ""
        if isinstance(profile.get("summaries"), list):
            yield from _summed(tool, profile, place, document)
        else:
            yield from _profile(tool, profile, place, document)


def _profile(tool: str, profile: Mapping[str, Any], at: str, document: Document) -> Iterator[Value]:
    """Yield the totals of a tool (since version 3); its parts where it has no total, as perf."""
    key = "data" if "data" in profile else "summaries"
    data = document.mapping(profile, key, at)
    if data is None:
        return
    place = step(at, key)
    total = document.mapping(data, "total", place)
    if total is None:
        return
    found = list(_results(total, step(place, "total"), document))
    parts_key = "segments" if "segments" in data else "parts"
    if found or parts_key not in data:
        yield from (_value(tool, label, result, where, document) for label, result, where in found)
        return
    parts = document.objects(data, parts_key, place)
    for number, (where, part) in enumerate(parts, start=1):
        name = str(number) if len(parts) > 1 else None
        for label, result, result_at in _results(part, where, document):
            yield _value(tool, label, result, result_at, document, part=name)


def _results(holder: Mapping[str, Any], at: str, document: Document) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Yield (metric, its result, its place) of a total or a part."""
    key = next((key for key in ("summary", "metrics_summary", "metrics") if key in holder), "metrics")
    if holder.get(key) == "None":
        return
    metrics = document.mapping(holder, key, at)
    place = step(at, key)
    for name, entry in (metrics or {}).items():
        where = step(place, name)
        if not isinstance(entry, dict):
            document.expected(where, "an object", entry)
        elif not is_storable(name):
            document.note(where, "a metric's name that no text file can keep")
        elif _is_result(entry):
            yield name, entry, where
        else:
            # Up to version 6 the metrics stand one step deeper, below what kind of tool it is.
            for label, result in entry.items():
                if isinstance(result, dict) and is_storable(label):
                    yield label, result, step(where, label)
                else:
                    document.expected(step(where, label), "an object by the name of a metric", result)


def _is_result(entry: Mapping[str, Any]) -> bool:
    sides = next((entry[key] for key in ("metrics", "values") if key in entry), entry)
    return isinstance(sides, dict) and any(side in sides for side in _SIDES)


def _value(
    tool: str, label: str, result: Mapping[str, Any], at: str, document: Document, *, part: str | None = None
) -> Value:
    """Return the new value of a metric, with what perf says about it; None where only the old run has one."""
    key = next((key for key in ("metrics", "values") if key in result), None)
    sides = result if key is None else document.mapping(result, key, at)
    place = at if key is None else step(at, key)
    if sides is None or not any(side in sides for side in _SIDES):
        document.note(place, "expected a new or an old value")
        return Value(label=label, value=None, at=at, tool=tool)
    side = next((side for side in ("Left", "Both", "new") if side in sides), None)
    written = None if side is None else sides[side]
    if side == "Both":
        if not isinstance(written, list) or len(written) != 2:
            document.expected(step(place, side), "an array of the new and the old value", written)
            return Value(label=label, value=None, at=at, tool=tool)
        written = written[0]
    where = place if side is None else step(place, side)
    unit, count, error = None, None, None
    if isinstance(written, dict) and "value" in written:
        unit = document.text(written, "unit", where, required=False)
        count = document.count(written, "n", where)
        error = document.number(written, "rse", where, required=False, least=0)
        written = written["value"]
    return Value(
        label=label,
        value=_number(written, where, document),
        at=at,
        tool=tool,
        unit=unit,
        count=count,
        error=error,
        part=part,
    )


def _number(written: Any, at: str, document: Document) -> float | None:
    """Return a number that may stand within its type: `{"Int": 1}`."""
    if isinstance(written, dict):
        kind = next((kind for kind in ("Int", "Float") if kind in written), None)
        if kind is None:
            document.expected(at, "a number, `Int` or `Float`", written)
            return None
        written, at = written[kind], step(at, kind)
    return None if written is None else document.as_number(written, at)


def _summed(tool: str, summary: Mapping[str, Any], at: str, document: Document) -> Iterator[Value]:
    """Yield the values of a tool in versions 1 and 2, summed over the processes as later versions do it."""
    sums: dict[str, float | None] = {}
    for place, run in document.objects(summary, "summaries", at):
        for label, number in _run_values(tool, run, place, document):
            known = sums.get(label)
            sums[label] = number if known is None else known + (number or 0)
    yield from (Value(label=label, value=number, at=step(at, label), tool=tool) for label, number in sums.items())


def _run_values(tool: str, run: Mapping[str, Any], at: str, document: Document) -> Iterator[tuple[str, float | None]]:
    for key in ("events", "costs_summary"):
        for label, cost in (document.mapping(run, key, at, required=False) or {}).items():
            where = step(step(at, key), label)
            if isinstance(cost, dict) and is_storable(label):
                yield label, _number(cost.get("new"), where, document)
            else:
                document.expected(where, "an object by the name of a metric", cost)
    errors = run.get("error_summary")
    if isinstance(errors, dict):
        for key, label in _ERRORS.items():
            yield label, document.number(errors, key, step(at, "error_summary"), required=False)
    elif isinstance(errors, str) and (match := _ERROR_TEXT.match(errors)):
        yield from zip(_ERRORS.values(), map(float, match.groups()), strict=True)
    if tool == "DHAT" and not run.get("costs_summary"):
        for what, text in (document.mapping(run, "summary", at, required=False) or {}).items():
            if isinstance(text, str) and (match := _HEAP_TEXT.match(text)):
                for kind, digits in zip(("bytes", "blocks"), match.groups(), strict=True):
                    if digits is not None:
                        yield f"{what.rstrip(':')} {kind}", document.written(digits, step(at, "summary"))
