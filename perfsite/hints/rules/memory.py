"""Rules on memory: allocations and collections that rose with the time, and memory that never comes down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from perfsite.hints.phrases import arrow, number, percent, signed
from perfsite.hints.roles import Role
from perfsite.hints.rules.base import Words, as_it_stands, at_change
from perfsite.model.findings import Verdict
from perfsite.model.hint import Confidence, Hint
from perfsite.model.units import format_value

if TYPE_CHECKING:
    from perfsite.hints.evidence import Evidence, Track
    from perfsite.hints.shift import Shift

LEAST_RISE: Final = 0.05
"""Memory that rose by less does not explain a time that did."""
LEAST_STEPS: Final = 3
LEAST_LEAK: Final = 0.10
_NAMES: Final = {
    Role.ALLOCATIONS: "allocations",
    Role.ALLOCATED: "bytes allocated",
    Role.MEMORY: "memory",
}


def allocations(evidence: Evidence) -> Hint | None:
    """Return that allocations or memory rose together with the time."""
    risen = _risen(evidence, Role.ALLOCATIONS, Role.ALLOCATED, Role.MEMORY)
    if not risen:
        return None
    track, shift = risen[0]
    words = " and ".join(f"{_name(one)} {arrow(s.before, s.after, one.series.unit)} ({signed(s.delta)})"
                         for one, s in risen[:2])  # fmt: skip
    counted = Role.MEMORY not in track.roles
    keeps_up = shift.delta >= evidence.delta / 2
    confidence = (
        Confidence.HIGH if counted and keeps_up else Confidence.MEDIUM if counted or keeps_up else Confidence.LOW
    )
    because = (
        "allocations are counted, not timed, and rose at the same commit"
        + (" at least half as much as the time" if keeps_up else ", but less than the time")
        if counted
        else "memory rose at the same commit; that it cost the time is likely, not measured"
    )
    added = shift.after - shift.before
    what = (
        f"the {number(added)} new allocations per operation"
        if Role.ALLOCATIONS in track.roles
        else f"what now takes {format_value(added, track.series.unit)} more"
    )
    return at_change(
        evidence,
        confidence,
        Words(
            sentence=f"Time rose {percent(evidence.delta)} together with {words}.",
            because=because,
            next_step=f"Profile allocations before and after this commit and look for {what}.",
        ),
        {"time_delta": evidence.delta, "before": shift.before, "after": shift.after, "delta": shift.delta},
        [one for one, _ in risen],
    )


def collections(evidence: Evidence) -> Hint | None:
    """Return that garbage collection took part in the rise of the time."""
    risen = _risen(evidence, Role.COLLECTIONS)
    if not risen:
        return None
    track, shift = max(risen, key=lambda pair: pair[0].series.unit == "s")
    allocated = _risen(evidence, Role.ALLOCATED, Role.ALLOCATIONS)
    figures = {"time_delta": evidence.delta, "before": shift.before, "after": shift.after, "delta": shift.delta}
    own = evidence.shift_of(evidence.track)
    share = ""
    confidence = Confidence.MEDIUM
    because = "collections rose at the same commit; how much time they took was not measured"
    if track.series.unit == "s" and own is not None and own.after > own.before:
        part = (shift.after - shift.before) / (own.after - own.before)
        figures["share"] = part
        if 0.1 <= part <= 1.2:
            share = f", {percent(min(part, 1.0))} of what the time rose by"
            confidence = Confidence.HIGH if part >= 0.5 else Confidence.MEDIUM
            because = "the time in collections was measured beside the whole"
    cause = (
        f"allocations rose too ({signed(allocated[0][1].delta)}): fewer of them is the way down"
        if allocated
        else "allocations did not: look at how long objects live and at the size of the heap"
        if evidence.with_role(Role.ALLOCATED, Role.ALLOCATIONS)
        else "measure allocations too, to tell more garbage from longer-lived objects"
    )
    return at_change(
        evidence,
        confidence,
        Words(
            sentence=f"Garbage collection rose with the time: {track.key.metric} "
            f"{arrow(shift.before, shift.after, track.series.unit)}{share}.",
            because=because,
            next_step=f"Look at the collector's log before and after this commit; {cause}.",
        ),
        figures,
        [track],
    )


def _risen(evidence: Evidence, *roles: Role) -> list[tuple[Track, Shift]]:
    """Return the siblings of these roles that rose at the finding's commit."""
    pairs = ((track, evidence.shift_of(track)) for track in evidence.with_role(*roles))
    return [(track, shift) for track, shift in pairs if shift is not None and shift.is_up(LEAST_RISE)]


def _name(track: Track) -> str:
    return next((word for role, word in _NAMES.items() if role in track.roles), track.key.metric)


def leak(evidence: Evidence) -> Hint | None:
    """Return that memory goes up in steps, or within one run, and never comes down."""
    return _within_run(evidence) or _staircase(evidence)


def _staircase(evidence: Evidence) -> Hint | None:
    judgement, series = evidence.track.judgement, evidence.track.series
    steps = 0
    for change in reversed(judgement.change_points):
        if not change.delta > 0:
            break
        steps += 1
    if steps < LEAST_STEPS:
        return None
    first = judgement.change_points[-steps]
    growth = evidence.track.level / first.before - 1 if first.before > 0 else 0.0
    machine = sum(change.verdict is Verdict.UNSURE for change in judgement.change_points[-steps:])
    if growth < LEAST_LEAK or machine:
        return None
    since = len(series) - first.index
    return as_it_stands(
        evidence,
        Confidence.MEDIUM if steps >= 5 else Confidence.LOW,
        Words(
            sentence=f"{series.key.metric} went up in {steps} steps over the last {since} points, "
            f"{arrow(first.before, evidence.track.level, series.unit)} ({signed(growth)}), and never came down.",
            because=f"{steps} rises and no fall; features that need memory look the same",
            next_step="Take a heap snapshot at the oldest and the newest of these levels and compare what is held.",
        ),
        {"steps": steps, "before": first.before, "after": evidence.track.level, "delta": growth},
        growth,
    )


def _within_run(evidence: Evidence) -> Hint | None:
    """Return that memory rose from sample to sample of the newest run.

    Notes
    -----
    Mann-Kendall: of all pairs of samples, nine in ten must rise; ten samples in chance order do so once in 10^6.
    """
    newest = evidence.track.newest
    samples = None if newest is None else newest.measurement.samples
    if newest is None or samples is None or len(samples) < 10 or (newest.measurement.count or 0) > len(samples):
        return None
    values = np.asarray(samples, dtype=np.float64)
    rising = np.sign(values[None, :] - values[:, None])[np.triu_indices(len(values), 1)]
    tau = float(rising.mean())
    third = max(len(values) // 3, 1)
    start, end = float(np.median(values[:third])), float(np.median(values[-third:]))
    if tau < 0.8 or start <= 0 or end / start - 1 < LEAST_LEAK or _is_sorted_by_the_tool(values):
        return None
    per_sample = (end - start) / (len(values) - third)
    unit = evidence.track.series.unit
    return as_it_stands(
        evidence,
        Confidence.MEDIUM,
        Words(
            sentence=f"Within the newest run {evidence.track.key.metric} rose from sample to sample, "
            f"{arrow(start, end, unit)} over {len(values)} samples.",
            because=f"{percent((1 + tau) / 2)} of all pairs of samples rise; a cache that fills looks the same",
            next_step=f"Repeat the work ten times as often: a leak keeps growing by {format_value(per_sample, unit)} "
            "a sample, a cache stops.",
        ),
        {"before": start, "after": end, "tau": tau, "samples": len(values)},
        end / start - 1,
    )


def _is_sorted_by_the_tool(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> bool:
    """Whether the samples rise without a single exception: then the order is the file's, not that of time."""
    return bool((np.diff(values) >= 0).all())
