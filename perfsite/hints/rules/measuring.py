"""Rules on the measurement itself: too short for its timer, too few samples, a slow first round, growing variance."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from perfsite.analysis.detection.quantiles import NORMAL_MEDIAN, median
from perfsite.hints.phrases import number, percent
from perfsite.hints.rules.base import Words, as_it_stands
from perfsite.model.hint import Confidence, Hint
from perfsite.model.units import format_value

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from perfsite.hints.evidence import Evidence, Track
    from perfsite.model.policy import Policy

    FloatArray = NDArray[np.float64]

RECENT: Final = 40
"""Points, newest first, that a standing property is read from."""
LEAST_POINTS: Final = 12
LEAST_STEP: Final = 0.01
"""A timer's step below this share of the value limits nothing."""
MOST_STEP: Final = 0.02
"""A series as noisy as this many steps is limited by its noise, not by its steps: in steps' share of the value."""
SHORTEST: Final = {"hyperfine": (5e-3, "hyperfine"), "hyperfine-csv": (5e-3, "hyperfine")}
"""Formats whose tool itself warns of shorter times, because starting a process is as long."""
MOST_SAMPLES: Final = 30
"""Times as many samples at most that are asked for."""
FIRST_FACTOR: Final = 1.5
FIRST_DEVIATIONS: Final = 8.0
LEAST_PULL: Final = 0.02
"""A first round that moves the value by less does not matter."""
SURER_Z: Final = 7.5
LEAST_WIDER: Final = 5
WIDER_SHARE: Final = 0.25
"""Where so many series of an environment began to scatter more, it is not one benchmark's doing."""


def timer(evidence: Evidence) -> Hint | None:
    """Return that times come in steps too coarse for what shall be seen, or are shorter than their tool measures."""
    track = evidence.track
    values = track.series.values[-RECENT:]
    if track.series.unit != "s" or len(values) < LEAST_POINTS or not bool((values > 0).all()):
        return None
    level = track.level
    step = quantum(values)
    # Where the values spread over many steps, the steps cost nothing: noise dithers them.
    if step is not None and step >= LEAST_STEP * level and float(np.ptp(values)) <= 10 * step:
        different = len(np.unique(values))
        times = math.ceil(step / (MOST_STEP / 10 * level))
        return as_it_stands(
            evidence,
            Confidence.HIGH if len(values) >= 2 * different else Confidence.MEDIUM,
            Words(
                sentence=f"Times come in steps of {format_value(step, 's')}, {percent(step / level)} of the value: "
                f"{len(values)} points take {different} different values.",
                because="every value is a whole number of these steps, which a timer or rounded output makes",
                next_step=f"Measure about {number(times)} times the work as one sample, or let the tool print more "
                "digits: no change below a step can be seen.",
            ),
            {"step": step, "level": level, "share": step / level, "different": different, "points": len(values)},
            step / level,
        )
    newest = track.newest
    least = None if newest is None else SHORTEST.get(newest.format)
    if least is not None and 0 < level < least[0] and track.key.metric == "time":
        return as_it_stands(
            evidence,
            Confidence.MEDIUM,
            Words(
                sentence=f"{format_value(level, 's')} is below the {format_value(least[0], 's')} from which {least[1]} "
                "measures a command: starting the process is much of it.",
                because=f"{least[1]} warns of such times itself",
                next_step="Let the command repeat its work about "
                f"{number(math.ceil(10 * least[0] / level))} times, or start hyperfine with --shell=none.",
            ),
            {"level": level, "least": least[0]},
            0.02,
        )
    return None


def quantum(values: FloatArray) -> float | None:
    """Return the step that all values are whole multiples of; None where they have none or are all equal.

    Parameters
    ----------
    values
        Positive, finite, shape (n,).

    Notes
    -----
    The smallest difference of two values, if it divides all of them to a fiftieth and values repeat: five different
    values that are multiples of a random number to a fiftieth are one in 25^4.
    """
    different = np.unique(values)
    apart = np.diff(different)
    apart = apart[apart > 1e-9 * different[-1]]
    if len(apart) < 2 or len(apart) + 1 > 0.8 * len(values):
        return None
    step = float(apart.min())
    multiples = different / step
    if multiples[-1] > 1000 or bool((np.abs(multiples - np.round(multiples)) > 0.02).any()):
        return None
    # Two or three values are multiples of something by chance.
    return step if len(different) >= 4 else None


def samples(evidence: Evidence) -> Hint | None:
    """Return how many samples would bring the noise down to what the owner wants to see, where samples do."""
    track = evidence.track
    found = _noise_parts(track)
    if found is None:
        return None
    within, between, count, wanted, floor = found
    share = min(within**2 / between**2, 1.0)
    figures = {"within": within, "between": between, "samples": count, "floor": floor, "wanted": wanted}
    start = f"±{percent(floor)} noise hides the {percent(wanted)} that count"
    # What is left of the variance must reach the wanted share; the rest shrinks with the number of samples.
    target = (between * wanted / floor) ** 2
    rest = max(between**2 - within**2, 0.0)
    if share < 0.5 or target <= rest:
        return None
    needed = count * within**2 / (target - rest)
    if not count < needed <= MOST_SAMPLES * count:
        return None
    return as_it_stands(
        evidence,
        Confidence.HIGH if share >= 0.8 else Confidence.MEDIUM,
        Words(
            sentence=f"{start}: {number(count)} samples a run are too few. About {number(math.ceil(needed))} would do.",
            because=f"{percent(share)} of the variance is within the runs, which samples average out",
            next_step=f"Set the number of samples to {number(math.ceil(needed))} (rounds, repetitions, -count, -r).",
        ),
        {**figures, "needed": needed},
        floor / 10,
    )


def _noise_parts(track: Track) -> tuple[float, float, float, float, float] | None:
    """Return (within, between, count, wanted, floor) where the noise hides what counts; None where it does not.

    Fractions of the level: the standard error within a run, the standard deviation between runs, and the noise floor;
    `wanted` is the delta that should be seen.
    """
    judgement, series = track.judgement, track.series
    counts = series.counts[-RECENT:]
    if judgement.noise is None or len(series) < LEAST_POINTS or track.level <= 0 or not counts.any():
        return None
    floors = judgement.floors[-RECENT:]
    # The first points of a series have no floor.
    floors = floors[np.isfinite(floors)]
    wanted = wanted_delta(track.policy)
    floor = median(floors) if len(floors) else 0.0
    errors = series.standard_errors[-RECENT:] / track.level
    known = np.isfinite(errors) & (counts > 0)
    off = (series.values[-RECENT:] / judgement.levels[-RECENT:] - 1)[~judgement.outliers[-RECENT:]]
    between = float(np.sqrt(np.square(off).mean())) if len(off) else 0.0
    if not floor > wanted or known.sum() < len(errors) / 2 or between <= 0:
        return None
    return median(errors[known]), between, median(counts[known].astype(np.float64)), wanted, floor


def wanted_delta(policy: Policy) -> float:
    """Return the delta that the owner wants to see: the threshold's, at most that of a critical severity."""
    told = [level for level in (policy.threshold.warn, policy.threshold.fail) if level is not None]
    return min([*told, policy.severities.critical])


def first_round(evidence: Evidence) -> Hint | None:
    """Return that only the first sample of the newest run was slow."""
    newest = evidence.track.newest
    if newest is None or evidence.track.series.unit != "s":
        return None
    measurement = newest.measurement
    rounds, value = measurement.samples, measurement.value
    if rounds is None or value is None or len(rounds) < 5 or (measurement.count or 0) > len(rounds):
        return None
    first, rest = float(rounds[0]), np.asarray(rounds[1:], dtype=np.float64)
    middle = median(rest)
    spread = median(np.abs(rest - middle)) / NORMAL_MEDIAN
    if middle <= 0 or first < FIRST_FACTOR * middle or first - middle < FIRST_DEVIATIONS * spread:
        return None
    # Another round as slow: it is not the first one that is special.
    if first <= 1.2 * float(rest.max()):
        return None
    mean = float(np.mean(rounds))
    pull = value / middle - 1 if abs(value - mean) <= 1e-6 * mean else 0.0
    if pull < LEAST_PULL and first < 3 * middle:
        return None
    costs = (
        f"It raises the value by {percent(pull)}."
        if pull >= LEAST_PULL
        else f"The value ({format_value(value, 's')}) does not feel it."
    )
    return as_it_stands(
        evidence,
        Confidence.HIGH if pull >= LEAST_PULL else Confidence.LOW,
        Words(
            sentence=f"Only the first of {len(rounds)} rounds is slow: {format_value(first, 's')}, the others "
            f"{format_value(middle, 's')}. {costs}",
            because="the samples of the newest run are kept in their order",
            next_step="Add a warm-up round, so that imports, caches and compilation are not measured."
            if pull >= LEAST_PULL
            else f"If users meet a cold start, measure these {format_value(first, 's')} as a benchmark of its own.",
        ),
        {"first": first, "rest": middle, "rounds": len(rounds), "pull": pull},
        max(pull, 0.001),
    )


def variance(evidence: Evidence) -> Hint | None:
    """Return that the runs began to scatter more although their middle stayed."""
    track, found = evidence.track, evidence.track.scatter
    if found is None:
        return None
    cut = found.start
    commits = track.series.commits
    wider, living = evidence.ground.scattered(track.key.environment)
    shared = wider >= LEAST_WIDER and wider >= WIDER_SHARE * living
    start = (
        f"The last {len(track.series) - cut} runs scatter by ±{percent(found.after)}, those before by "
        f"±{percent(found.before)}, around the same middle ({format_value(found.middle, track.series.unit)})"
    )
    figures = {"before": found.before, "after": found.after, "z": found.z, "wider": wider, "living": living}
    if shared:
        words = Words(
            sentence=f"{start}; so do {wider} of {living} series in {track.key.environment}: rather the machines than "
            "this benchmark.",
            because="different benchmarks became noisy alike; when, differs by some runs",
            next_step="Find out which machines run this since then (runner image, shared hosts, other processors) and "
            "record cpu.model, so that they are told apart.",
        )
        return as_it_stands(evidence, Confidence.MEDIUM, words, figures, found.after)
    words = Words(
        sentence=f"{start}.",
        because=f"the scatter differs by {number(found.z)} standard errors, and in {wider} of {living} series only",
        next_step="Look for what came here that is not the same each run: threads, caches with eviction, timeouts, "
        "random inputs.",
    )
    sure = Confidence.HIGH if found.z >= SURER_Z else Confidence.MEDIUM
    hint = as_it_stands(evidence, sure, words, figures, found.after)
    return replace(hint, commit=int(commits[cut]), previous=int(commits[cut - 1]))
