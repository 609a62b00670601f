"""Rules on what the processor counted: more work, the same work that waits for memory, time that is not computing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from perfsite.hints.phrases import arrow, percent, signed
from perfsite.hints.roles import Role
from perfsite.hints.rules.base import Words, at_change
from perfsite.model.hint import Confidence, Hint
from perfsite.model.units import format_value

if TYPE_CHECKING:
    from perfsite.hints.evidence import Evidence, Track
    from perfsite.hints.shift import Shift

LEAST_MISSES: Final = 0.05
_EXPLAINS: Final = (0.6, 1.67)
"""Instructions explain the time where one rose by about as much as the other."""


def same_work(evidence: Evidence) -> Hint | None:
    """Return that the same instructions now take longer."""
    work, shift = _first(evidence, Role.INSTRUCTIONS)
    if work is None or shift is None or not shift.is_flat(evidence.delta):
        return None
    pairs = [(track, evidence.shift_of(track)) for track in evidence.with_role(Role.CACHE_MISSES)]
    missed = [(track, s) for track, s in pairs if s is not None and s.is_up(LEAST_MISSES)]
    figures = {"delta": evidence.delta, "instructions_delta": shift.delta}
    start = f"{format_value(shift.after, work.series.unit)} instructions ({signed(shift.delta)})"
    if missed:
        track, more = max(missed, key=lambda pair: (pair[1].delta, pair[0].key.metric))
        return at_change(
            evidence,
            Confidence.HIGH,
            Words(
                sentence=f"The same work waits for memory: {start} as before, but {track.key.metric} "
                f"{arrow(more.before, more.after, track.series.unit)} ({signed(more.delta)}).",
                because="instructions are known to be flat and misses rose at the same commit",
                next_step="Look at the layout of the data this commit touched: larger structures, another order of "
                f"access, a table that no longer fits; watch {track.key.metric} while you change it.",
            ),
            {**figures, "misses_delta": more.delta},
            [work, track],
        )
    if pairs or Role.TIME not in evidence.track.roles:
        # Misses were counted and did not rise: nothing recorded says what it waits for.
        where = "Misses were counted and did not rise: look at the clock of the machine and its neighbours."
    else:
        where = "Count cache misses and cycles beside the time, to tell memory from a slower clock."
    return at_change(
        evidence,
        Confidence.MEDIUM,
        Words(
            sentence=f"The code does the same work: {start} as before, while the time rose {percent(evidence.delta)}.",
            because="instructions are known to be flat; memory, caches, the clock and other load are what is left",
            next_step=where,
        ),
        figures,
        [work],
    )


def more_work(evidence: Evidence) -> Hint | None:
    """Return that more instructions account for the time."""
    work, shift = _first(evidence, Role.INSTRUCTIONS)
    if work is None or shift is None or not shift.is_up():
        return None
    share = shift.delta / evidence.delta
    if not _EXPLAINS[0] <= share <= _EXPLAINS[1]:
        return None
    return at_change(
        evidence,
        Confidence.HIGH if 0.8 <= share <= 1.25 else Confidence.MEDIUM,
        Words(
            sentence=f"It is the code, not the machine: instructions rose {percent(shift.delta)} "
            f"({arrow(shift.before, shift.after, work.series.unit)}) with {percent(evidence.delta)} of time.",
            because="instructions do not depend on the clock or on other load",
            next_step="Compare instruction profiles (callgrind, perf annotate) before and after: the functions that "
            "gained instructions are the cause.",
        ),
        {"delta": evidence.delta, "instructions_delta": shift.delta},
        [work],
    )


def waiting(evidence: Evidence) -> Hint | None:
    """Return that it waits longer but computes as long as before."""
    computing, shift = _first(evidence, Role.CPU_TIME)
    own = evidence.shift_of(evidence.track)
    if computing is None or shift is None or own is None or not shift.is_flat(evidence.delta):
        return None
    if own.after <= shift.after:
        # More CPU time than time: several threads compute, and waiting does not show.
        return None
    added = own.after - own.before
    return at_change(
        evidence,
        Confidence.HIGH,
        Words(
            sentence=f"It waits, it does not compute: {computing.key.metric} stayed at "
            f"{format_value(shift.after, 's')} ({signed(shift.delta)}) while the time rose "
            f"{arrow(own.before, own.after, 's')}.",
            because="the time the processor worked is known to be flat",
            next_step="Trace system calls and locks (strace -c, perf trace, off-CPU profile) and look for the "
            f"{arrow(own.before - shift.before, own.after - shift.after, 's')} of waiting.",
        ),
        {"delta": evidence.delta, "cpu_delta": shift.delta, "added": added},
        [computing],
    )


def _first(evidence: Evidence, role: Role) -> tuple[Track | None, Shift | None]:
    for track in evidence.with_role(role):
        if track is not evidence.track:
            return track, evidence.shift_of(track)
    return None, None
