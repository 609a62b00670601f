"""What else happened where something changed, in words: facts, machines, and all benchmarks together."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Final

from perfsite.model.findings import Doubt
from perfsite.model.machine import Machine
from perfsite.report import wording

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perfsite.model.causes import CommonShift, FactChange
    from perfsite.report.context import Context

_EXCUSES: Final = Doubt.NEW_LABEL | Doubt.TOGETHER | Doubt.SAME_CODE
_NEAR: Final = 2
"""Points either side of a change point at which what explains it may have been seen."""

_RUNTIMES: Final = {
    "bun": "Bun",
    "clang": "Clang",
    "cpython": "CPython",
    "deno": "Deno",
    "dotnet": ".NET",
    "gcc": "GCC",
    "go": "Go",
    "java": "Java",
    "julia": "Julia",
    "jvm": "JVM",
    "node": "Node.js",
    "pypy": "PyPy",
    "python": "Python",
    "ruby": "Ruby",
    "rust": "Rust",
    "rustc": "rustc",
}


def fact_text(change: FactChange) -> str:
    """Return a fact that changed, in words.

    Examples
    --------
    >>> from perfsite.model.causes import FactChange
    >>> fact_text(FactChange(name="runtime.python", before="3.11.4", after="3.12.1"))
    'Python 3.11.4 → 3.12.1'
    >>> fact_text(FactChange(name="runner.image", before="ubuntu24 1", after="ubuntu24 2"))
    'runner image ubuntu24 1 → ubuntu24 2'
    """
    kind, _, rest = change.name.partition(".")
    if kind == "runtime" and rest:
        name = _RUNTIMES.get(rest, rest)
    elif kind == "tool" and rest:
        name = rest
    else:
        name = change.name.replace(".", " ")
    before, after = wording.short_name(change.before, 60), wording.short_name(change.after, 60)
    return f"{wording.short_name(name, 60)} {before} → {after}"


def facts_text(changes: Iterable[FactChange]) -> str:
    """Return what changed at the same run, in one sentence without a full stop; empty where nothing did."""
    words = ", ".join(fact_text(change) for change in changes)
    return f"changed at the same run: {words}" if words else ""


def change_causes(context: Context, number: int, point: int) -> tuple[str, ...]:
    """Return what may have changed a series at a change point beside the code."""
    series = context.timeline.series[number]
    judgement = context.judged.judgements[number]
    bits = int(judgement.doubts[point]) & _EXCUSES
    texts = context.doubts(number, point, bits, unsure=False)
    shift = _shift_near(context, number, point) if bits & Doubt.TOGETHER else None
    if shift is not None:
        together = wording.doubt_texts(int(Doubt.TOGETHER))[0]
        texts = tuple(wording.together_text(shift) if text == together else text for text in texts)
    if point == 0:
        return texts
    older, newer = int(series.commits[point - 1]), int(series.commits[point])
    facts = facts_text(context.facts.changes(series.key.environment, older, newer))
    return (*texts, facts) if facts else texts


def newest_causes(context: Context, number: int) -> tuple[str, ...]:
    """Return the facts that changed where the newest points left their level; none where they did not."""
    judgement = context.judged.judgements[number]
    unconfirmed = (judgement.doubts & int(Doubt.UNCONFIRMED)) != 0
    start = len(unconfirmed) - int(unconfirmed[::-1].argmin()) if unconfirmed.any() else len(unconfirmed)
    if not 0 < start < len(unconfirmed):
        return ()
    series = context.timeline.series[number]
    older, newer = int(series.commits[start - 1]), int(series.commits[start])
    facts = facts_text(context.facts.changes(series.key.environment, older, newer))
    return (facts,) if facts else ()


def run_causes(context: Context, commit: int) -> tuple[str, ...]:
    """Return what else changed at the runs of a commit of the trend, against the run of each environment before."""
    texts = []
    for environment in sorted({run.environment for run in context.runs_at.get(commit, ())}):
        stops = context.stops.get(environment, ())
        place = bisect_left(stops, commit)
        if place >= len(stops) or stops[place] != commit:
            continue
        shift = context.shifts_at.get((environment, commit))
        if shift is not None:
            texts.append(f"{wording.together_text(shift)}.")
        older = int(stops[place - 1]) if place else None
        changes = () if older is None else context.facts.changes(environment, older, commit)
        machine = "" if older is None else _machine_text(context, environment, older, commit)
        words = [text for text in (machine, *(fact_text(change) for change in changes)) if text]
        if words:
            texts.append(f"{environment}: {', '.join(words)}.")
    return tuple(texts)


def _machine_text(context: Context, environment: str, older: int, newer: int) -> str:
    """Return in what the machines of an environment's runs at two commits differ; empty where it has several."""
    facts = [
        {id(run.facts): run.facts for run in context.runs_at[commit] if run.environment == environment}
        for commit in (older, newer)
    ]
    # Equal facts are one object.
    if facts[0].keys() == facts[1].keys():
        return ""
    before, after = ({Machine.of(told) for told in found.values()} for found in facts)
    return wording.not_comparable(*before, *after) if len(before) == len(after) == 1 else ""


def _shift_near(context: Context, number: int, point: int) -> CommonShift | None:
    series = context.timeline.series[number]
    near = sorted(range(max(point - _NEAR, 0), min(point + _NEAR + 1, len(series))), key=lambda i: abs(i - point))
    found = (context.shifts_at.get((series.key.environment, int(series.commits[i]))) for i in near)
    return next((shift for shift in found if shift is not None), None)
