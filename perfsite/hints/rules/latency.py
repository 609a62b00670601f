"""Rules on single operations under load: tails, saturation, errors, the part of a request that grew."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from perfsite.hints.parameters import number_of, varied
from perfsite.hints.phrases import arrow, number, percent, signed
from perfsite.hints.roles import Role
from perfsite.hints.rules.base import Words, as_it_stands, at_change
from perfsite.model.hint import Confidence, Hint
from perfsite.model.units import format_value

if TYPE_CHECKING:
    from perfsite.hints.evidence import Evidence, Track
    from perfsite.hints.shift import Shift

FEW_BEYOND: Final = 10
"""A tail made of fewer operations is chance."""
LEAST_ERRORS: Final = 0.01
"""Errors below this share are not a limit."""
LEAST_SHARE: Final = 0.7
"""A part explains a request that grew by at least this share of the growth."""
LOADS: Final = frozenset(
    {"users", "vus", "clients", "connections", "concurrency", "rate", "rps", "load", "threads", "workers"}
)
"""Parameters that say how much load was put on."""


def tail(evidence: Evidence) -> Hint | None:
    """Return that only the slowest operations became slower."""
    middle = next(iter(evidence.with_role(Role.MIDDLE)), None)
    shift = None if middle is None else evidence.shift_of(middle)
    if middle is None or shift is None or not shift.is_flat(evidence.delta) or evidence.delta < 4 * abs(shift.delta):
        return None
    own = evidence.shift_of(evidence.track)
    if own is None:
        return None
    name = evidence.track.key.metric
    beyond = 1 - float(name[1:]) / 100
    requests = next((track.level for track in evidence.with_role(Role.REQUESTS)), None)
    count = None if requests is None else beyond * requests
    if count is not None and count < FEW_BEYOND:
        return None
    seen = _risen_among(evidence, Role.COLLECTIONS, Role.CONTENTION)
    slowest = f"the slowest {percent(beyond)}" + ("" if count is None else f" (about {number(count)} a run)")
    cause = (
        f"start with {seen[0][0].key.metric}, which rose too ({signed(seen[0][1].delta)})"
        if seen
        else "slow ones in bursts point to a collector or a flush, at random to locks, on one key or host to that"
    )
    figures = {"delta": evidence.delta, "middle_delta": shift.delta, "before": own.before, "after": own.after}
    return at_change(
        evidence,
        Confidence.HIGH if seen else Confidence.MEDIUM,
        Words(
            sentence=f"Only {slowest} became slower: {name} {arrow(own.before, own.after, 's')}, while "
            f"{middle.key.metric} stayed at {format_value(shift.after, 's')} ({signed(shift.delta)}).",
            because=f"{seen[0][0].key.metric} rose at the same commit"
            if seen
            else "the median is known to be flat; what some operations wait for was not measured",
            next_step=f"Trace operations slower than {format_value(own.before, 's')}; {cause}.",
        ),
        figures,
        [middle, *(track for track, _ in seen)],
    )


def _risen_among(evidence: Evidence, *roles: Role) -> list[tuple[Track, Shift]]:
    pairs = ((track, evidence.shift_of(track)) for track in evidence.with_role(*roles))
    return [(track, shift) for track, shift in pairs if shift is not None and shift.is_up(0.05)]


def saturation(evidence: Evidence) -> Hint | None:
    """Return that throughput fell although single operations are as quick as before, under the same load."""
    middle = next(iter(evidence.with_role(Role.MIDDLE)), None)
    shift = None if middle is None else evidence.shift_of(middle)
    if middle is None or shift is None or not shift.is_flat(evidence.delta):
        return None
    users = next(iter(evidence.with_role(Role.USERS)), None)
    load = None if users is None else evidence.shift_of(users)
    if load is not None and not load.is_flat(evidence.delta):
        return None
    own = evidence.shift_of(evidence.track)
    if own is None:
        return None
    errors = _risen_among(evidence, Role.ERRORS)
    missing = own.before - own.after
    same = "" if users is None or load is None else f" and {number(load.after)} {users.key.metric} as before"
    return at_change(
        evidence,
        Confidence.MEDIUM if load is not None else Confidence.LOW,
        Words(
            sentence=f"{format_value(missing, evidence.track.series.unit)} less were served "
            f"({signed(evidence.delta)}) with {middle.key.metric} still at {format_value(shift.after, 's')}{same}: "
            "operations wait before they are timed, or are not sent.",
            because="latency is known to be flat"
            + (" and the load the same" if load is not None else "; whether the load was the same was not recorded"),
            next_step=f"Look at the errors first: they rose too ({signed(errors[0][1].delta)})."
            if errors
            else "Look for a full queue in front of the service (connection pool, accept queue, rate limit) and at the "
            "CPU of the load generator.",
        ),
        {"delta": evidence.delta, "middle_delta": shift.delta, "before": own.before, "after": own.after},
        [middle],
    )


def errors_at_change(evidence: Evidence) -> Hint | None:
    """Return what came with more errors: more load, or answers that are quicker because they fail."""
    own = evidence.shift_of(evidence.track)
    if own is None or own.after < LEAST_ERRORS:
        return None
    for track in evidence.with_role(Role.USERS):
        load = evidence.shift_of(track)
        if load is not None and load.is_up(0.1):
            return at_change(
                evidence,
                Confidence.MEDIUM,
                Words(
                    sentence=f"Errors went {percent(own.before)} → {percent(own.after)} when the load was raised, "
                    f"{number(load.before)} → {number(load.after)} {track.key.metric}.",
                    because="the load changed at the same commit, so the code need not have",
                    next_step=f"Run again with {number(load.before)} {track.key.metric}: errors that stay are the "
                    "code's, errors that go are the limit of this load.",
                ),
                {"before": own.before, "after": own.after, "load_before": load.before, "load_after": load.after},
                [track],
            )
    for track in evidence.with_role(Role.MIDDLE):
        middle = evidence.shift_of(track)
        if middle is not None and middle.is_down(0.1):
            return at_change(
                evidence,
                Confidence.MEDIUM,
                Words(
                    sentence=f"{track.key.metric} fell {percent(middle.delta)} as errors rose to "
                    f"{percent(own.after)}: part of it is operations that fail quickly.",
                    because="both moved at the same commit",
                    next_step="Do not count this as an improvement before the times of failed operations are left out.",
                ),
                {"before": own.before, "after": own.after, "middle_delta": middle.delta},
                [track],
            )
    return None


def errors_with_load(evidence: Evidence) -> Hint | None:
    """Return between which loads the errors begin, where a parameter is the load."""
    name, others = varied(evidence)
    if name is None or name.lower() not in LOADS or len(others) < 2:
        return None
    tracks = sorted([evidence.track, *others], key=lambda track: number_of(track.key, name))
    if tracks[0] is not evidence.track:
        return None
    shares = [track.level for track in tracks]
    rises = all(later >= earlier - 0.002 for earlier, later in pairwise(shares))
    # The smallest load must work, or it is not the load that errors come with.
    if not rises or shares[0] >= LEAST_ERRORS / 2 or shares[-1] < LEAST_ERRORS:
        return None
    place = next(i for i, share in enumerate(shares) if share >= LEAST_ERRORS)
    low, high = (number(number_of(tracks[i].key, name)) for i in (place - 1, place))
    return as_it_stands(
        evidence,
        Confidence.HIGH if len(tracks) >= 4 and shares[-1] >= 5 * LEAST_ERRORS else Confidence.MEDIUM,
        Words(
            sentence=f"Errors begin between {low} and {high} {name}: {percent(shares[place - 1])} below, "
            f"{percent(shares[place])} above, {percent(shares[-1])} at the most.",
            because=f"errors rise with the load over {len(tracks)} loads",
            next_step=f"Watch the service's limits (connections, threads, memory, rate limits) while {name} goes from "
            f"{low} to {high}.",
        ),
        {"below": shares[place - 1], "above": shares[place], "most": shares[-1], "loads": len(tracks)},
        shares[-1],
    )


def part(evidence: Evidence) -> Hint | None:
    """Return the part of a request that most of its growth is in."""
    own = evidence.shift_of(evidence.track)
    if own is None or own.after <= own.before:
        return None
    grown = own.after - own.before
    pairs = [(track, shift) for track, shift in _risen_among(evidence, Role.PART) if track.series.unit == "s"]
    within = [(track, shift) for track, shift in pairs if LEAST_SHARE <= (shift.after - shift.before) / grown <= 1.2]
    if not within:
        return None
    # The narrowest part says most: waiting lies within processing.
    track, shift = min(within, key=lambda pair: (pair[1].after, pair[0].key.metric))
    share = (shift.after - shift.before) / grown
    return at_change(
        evidence,
        Confidence.HIGH if share >= 0.9 else Confidence.MEDIUM,
        Words(
            sentence=f"{percent(min(share, 1.0))} of the {format_value(grown, 's')} added are in {track.key.metric} "
            f"({arrow(shift.before, shift.after, 's')}).",
            because="the tool timed the parts of each request",
            next_step=f"Look only at what happens during {track.key.metric}; the rest of the request did not grow.",
        ),
        {"share": share, "before": shift.before, "after": shift.after},
        [track],
    )


def response_size(evidence: Evidence) -> Hint | None:
    """Return that the answers became larger together with the time."""
    for track in evidence.with_role(Role.RESPONSE_SIZE):
        shift = evidence.shift_of(track)
        if shift is not None and shift.is_up(max(0.05, evidence.delta / 4)):
            return at_change(
                evidence,
                Confidence.MEDIUM,
                Words(
                    sentence=f"The answers grew with the time: {arrow(shift.before, shift.after, 'B')} each "
                    f"({signed(shift.delta)}).",
                    because="the size of the answers changed at the same commit",
                    next_step="Compare one answer before and after this commit: new fields, a missing page limit, "
                    "compression that is off.",
                ),
                {"before": shift.before, "after": shift.after, "delta": shift.delta},
                [track],
            )
    return None
