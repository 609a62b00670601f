"""Quality of a series: what its noise is made of, what it hides, and what to do first."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why a benchmark tells less than it could, each with its own next step; put into words by `perfsite.report`."""

    BLIND = "blind"
    """Its noise hides changes as large as the owner's threshold."""
    FLAPPING = "flapping"
    """Its level went back and forth."""
    TWO_MODES = "two-modes"
    """Its runs fall into two groups."""
    SUSPICIONS = "suspicions"
    """Single runs far off their level, each a false suspicion on the day."""
    WIDE_INTERVAL = "wide-interval"
    """The 95 % interval of a single run's centre is wider than 10 % of it."""
    FEW_SAMPLES = "few-samples"
    """Few samples a run, and noise that more would lessen."""
    BETWEEN_RUNS = "between-runs"
    """Runs differ by much more than the samples within one: more samples would not help."""
    MEMORY = "memory"
    """Neighbouring runs resemble each other: the machine's state changes slowly."""
    LONG_TAIL = "long-tail"
    """Most runs agree, a few are far off."""
    COARSE = "coarse"
    """Few different values: too short for its timer."""
    WARM_UP = "warm-up"
    """The first samples of a run are slower than the rest."""
    GAPS = "gaps"
    """Failed, skipped or missing in many runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Modes:
    """Two groups of runs: `gap` between their medians as a fraction of the level, `share` of the smaller one.

    `switches` counts how often a run and the next of `points` are of different groups; `chance` is the p of the test.
    """

    gap: float
    share: float
    switches: int
    points: int
    chance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Flapping:
    """A level that went back and forth: `returns` of `changes` led back to the level before last.

    `low` and `high` are the two levels that were visited most, in the base unit.
    """

    returns: int
    changes: int
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """What the newest `points` of a series say of its quality; fractions of the level unless said otherwise.

    `floor` is the median noise floor of the newest thirty and `single` the standard deviation of a run (None: not
    known); `least` the smallest delta the owner wants to know of (None: none). `interval` is the median half-width of
    the 95 % interval of a run's own centre, `within` the share of runs where it is at most 10 % (None: no run tells its
    spread).
    `samples` is the median sample count, 0 where not known. `memory` is the lag-1 autocorrelation within levels with
    its p `memory_chance`. `typical` and `tail` are the deviations that half and 95 % of the runs stay within,
    `has_long_tail` whether that is too long a tail for chance. `distinct` counts different values. Of the newest
    points, `suspicions` were outliers, `blind` could not have told a change of `least`. Of the environment's
    newest `runs`, the series failed or was skipped in `failed` and was missing from `missing`. `warm_up` is how much
    slower the first samples of the newest run were (None: none, or not known).

    `cost` is what all this costs people, per hundred runs; `reasons` why, the dearest first.
    """

    points: int
    floor: float | None
    single: float | None
    least: float | None
    interval: float | None
    within: float | None
    samples: int
    memory: float
    memory_chance: float
    typical: float
    tail: float
    has_long_tail: bool
    distinct: int
    modes: Modes | None
    flapping: Flapping | None
    suspicions: int
    blind: int
    runs: int
    failed: int
    missing: int
    warm_up: float | None
    cost: float
    reasons: tuple[Reason, ...]
