"""Rules on parameters: how the time grows with a size, a cost that is fixed, a parameter that the change keeps to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from perfsite.analysis.growth import CLASSES, SURE, Growth, growth_of
from perfsite.hints.parameters import number_of, varied
from perfsite.hints.phrases import names, number, percent, signed
from perfsite.hints.rules.base import Words, as_it_stands, at_change
from perfsite.model.hint import Confidence, Hint
from perfsite.model.parameters import LOADS, NAMES
from perfsite.model.units import format_value

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from perfsite.hints.evidence import Evidence, Track

    FloatArray = NDArray[np.float64]

SURER: Final = 0.99
LEAST_DIVERGENCE: Final = 1.25
"""The largest size must have become slower by this factor more than the smallest: or the class did not change."""
NOT_SIZES: Final = LOADS | NAMES
"""Parameters that are numbers and no sizes of an input."""
LEAST_SPLIT: Final = 0.03
"""A smaller change is too close to noise to say that the others do not have it."""
LEAST_FLAT: Final = 3
"""Series that must have stayed for one value of a parameter to be named."""
_FIXED_SPREAD: Final = 2.0
_FIXED_SPAN: Final = 8.0
_QUADRATIC: Final = CLASSES.index("n²")
_COSTS: Final = {
    "n²": "twice {name} costs 4 times as much",
    "n³": "twice {name} costs 8 times as much",
    "2ⁿ": "each step of {name} costs twice as much",
}


def growth_changed(evidence: Evidence) -> Hint | None:
    """Return that the time now grows in another, steeper class with a size."""
    found = _sizes(evidence)
    if found is None:
        return None
    name, tracks = found
    shifts = [track.shift(evidence.previous, evidence.commit) for track in tracks]
    known = [(track, shift) for track, shift in zip(tracks, shifts, strict=True) if shift is not None]
    sizes = np.array([number_of(track.key, name) for track, _ in known])
    before = np.array([shift.before for _, shift in known])
    after = np.array([shift.after for _, shift in known])
    was, now = growth_of(sizes, before), growth_of(sizes, after)
    if was is None or now is None or now.likely <= was.likely or min(was.weight, now.weight) < SURE:
        return None
    ratios = after / before
    largest, smallest = int(sizes.argmax()), int(sizes.argmin())
    if ratios[largest] < LEAST_DIVERGENCE * ratios[smallest]:
        return None
    sure = min(was.weight, now.weight) >= SURER and now.lower > was.exponent
    return at_change(
        evidence,
        Confidence.HIGH if sure else Confidence.MEDIUM,
        Words(
            sentence=f"Growth with {name} changed class: about {now.name}, was {was.name} "
            f"({signed(ratios[smallest] - 1)} at {name}={number(sizes[smallest])}, "
            f"{signed(ratios[largest] - 1)} at {number(sizes[largest])}).",
            because=f"{_fit_text(now)} over {len(known)} sizes after, {_fit_text(was)} before",
            next_step=f"Look for a loop or a search over all of {name} that this commit put inside another one; "
            f"profile at {name}={number(sizes[largest])}.",
        ),
        {"exponent_before": was.exponent, "exponent_after": now.exponent, "weight_before": was.weight,
         "weight_after": now.weight, "sizes": len(known)},
        [track for track, _ in known if track is not evidence.track],
    )  # fmt: skip


def _fit_text(growth: Growth) -> str:
    low, high = f"{growth.lower:.2g}", f"{growth.upper:.2g}"
    exponent = low if low == high else f"{low} to {high}"
    return f"{growth.name} fits to {percent(growth.error)} (exponent {exponent})"


def growth_now(evidence: Evidence) -> Hint | None:
    """Return that the time grows with the square of a size, or worse."""
    found = _sizes(evidence)
    if found is None or found[1][0] is not evidence.track:
        return None
    name, tracks = found
    sizes = np.array([number_of(track.key, name) for track in tracks])
    growth = growth_of(sizes, np.array([track.level for track in tracks]))
    if growth is None or growth.likely < _QUADRATIC or growth.weight < SURER:
        return None
    largest = tracks[int(sizes.argmax())]
    costs = _COSTS[growth.name].format(name=name)
    return as_it_stands(
        evidence,
        Confidence.MEDIUM,
        Words(
            sentence=f"{evidence.track.key.metric} grows about as {growth.name} with {name}: {costs} "
            f"({format_value(largest.level, largest.series.unit)} at {name}={number(sizes.max())}).",
            because=f"{_fit_text(growth)} over {len(tracks)} sizes; whether that is meant, only you know",
            next_step=f"If the work is not meant to be {growth.name}, profile at {name}={number(sizes.max())}, where "
            "what grows fastest is nearly all of the time.",
        ),
        {"exponent": growth.exponent, "lower": growth.lower, "upper": growth.upper, "weight": growth.weight,
         "error": growth.error, "sizes": len(tracks)},
        0.01,
    )  # fmt: skip


def _sizes(evidence: Evidence) -> tuple[str, list[Track]] | None:
    """Return the parameter that is a size and the series over it, smallest first, of those measured now."""
    name, others = varied(evidence)
    if name is None or name.lower() in NOT_SIZES:
        return None
    tracks = [evidence.track, *(track for track in others if track.is_living)]
    return name, sorted(tracks, key=lambda track: number_of(track.key, name))


def fixed_cost(evidence: Evidence) -> Hint | None:
    """Return that each call became slower by the same time, whatever its size."""
    found = _sizes(evidence)
    if found is None or evidence.track.sign <= 0 or len(found[1]) < 3:
        return None
    name, tracks = found
    shifts = [track.shift(evidence.previous, evidence.commit) for track in tracks]
    sizes, added, errors, before = [], [], [], []
    for track, shift in zip(tracks, shifts, strict=True):
        if shift is not None and not np.isnan(shift.error):
            sizes.append(number_of(track.key, name))
            added.append(shift.after - shift.before)
            errors.append(shift.error * shift.before)
            before.append(shift.before)
    told = [i for i in range(len(added)) if added[i] > 3 * errors[i]]
    if len(told) < 3 or max(before[i] for i in told) < _FIXED_SPAN * min(before[i] for i in told):
        return None
    amounts = [added[i] for i in told]
    # A size whose noise hides the amount says nothing against it; one that shows another amount does.
    middle = float(np.median(amounts))
    if max(amounts) > _FIXED_SPREAD * min(amounts) or any(
        abs(amount - middle) > 3 * error + middle / 2 for amount, error in zip(added, errors, strict=True)
    ):
        return None
    low, high = told[0], told[-1]
    return at_change(
        evidence,
        Confidence.HIGH if len(told) >= 4 else Confidence.MEDIUM,
        Words(
            sentence=f"Every call costs about {format_value(middle, evidence.track.series.unit)} more whatever its "
            f"{name}: {signed(added[low] / before[low])} at {name}={number(sizes[low])}, "
            f"{signed(added[high] / before[high])} at {number(sizes[high])}.",
            because=f"the same amount at {len(told)} sizes whose times differ "
            f"{number(before[high] / before[low])}-fold",
            next_step="Look at what is done once per call: set-up, argument checks, logging, locks; not at the loop "
            f"over {name}.",
        ),
        {"added": middle, "sizes": len(told)},
        [tracks[i] for i in range(len(tracks)) if tracks[i] is not evidence.track],
    )


def one_parameter(evidence: Evidence) -> Hint | None:
    """Return the value of a parameter that all changed series share and no other has."""
    if len(evidence.family) < LEAST_FLAT:
        return None
    tracks = [evidence.track, *evidence.family]
    own = dict(evidence.track.key.parameters)
    changed: list[Track] = []
    flat: list[Track] = []
    for track in tracks:
        shift = track.shift(evidence.previous, evidence.commit)
        if shift is None or dict(track.key.parameters).keys() != own.keys():
            continue
        if track is evidence.track or (abs(shift.delta) > abs(evidence.delta) / 2 and shift.change is not None):
            changed.append(track)
        elif shift.is_flat(evidence.delta):
            flat.append(track)
        else:
            return None
    if len(flat) < LEAST_FLAT or len(changed) > 2 * len(flat):
        return None
    for name, value in own.items():
        inside = all(dict(track.key.parameters)[name] == value for track in changed)
        outside = all(dict(track.key.parameters)[name] != value for track in flat)
        if inside and outside:
            sure = len(changed) >= 2 and len(flat) >= 4
            others = sorted({dict(track.key.parameters)[name] for track in flat})
            return at_change(
                evidence,
                Confidence.HIGH if sure else Confidence.MEDIUM,
                Words(
                    sentence=f"Only {name}={value[:60]} changed ({len(changed)} series); with {name} "
                    f"{names(others, longest=30)} {len(flat)} series stayed.",
                    because=f"{len(flat)} series of the same benchmark are known to be flat at this commit",
                    next_step=f"Look at the code that only {name}={value[:60]} reaches.",
                ),
                {"changed": len(changed), "flat": len(flat)},
                changed[1:],
            )
    return None


def one_environment(evidence: Evidence) -> Hint | None:
    """Return that the same benchmark stayed flat in the other environments."""
    flat: list[tuple[Track, float]] = []
    for track in evidence.elsewhere:
        shift = track.shift(evidence.previous, evidence.commit)
        if shift is None:
            continue
        if not shift.is_flat(evidence.delta):
            return None
        flat.append((track, shift.delta))
    if not flat or abs(evidence.delta) < LEAST_SPLIT:
        return None
    most = max(abs(delta) for _, delta in flat)
    return at_change(
        evidence,
        Confidence.HIGH if len(flat) >= 2 else Confidence.MEDIUM,
        Words(
            sentence=f"Only {evidence.track.key.environment} changed; the same series stayed within {percent(most)} in "
            f"{names(sorted(track.key.environment for track, _ in flat))}.",
            because=f"{len(flat)} other environment{'s' if len(flat) > 1 else ''} measured the same commits and would "
            "have shown a quarter of it",
            next_step="Compare what only this environment has (runtime version, processor, libraries) before you "
            "search the code.",
        ),
        {"flat": len(flat), "delta": evidence.delta, "other_delta": most},
        [track for track, _ in flat],
    )
