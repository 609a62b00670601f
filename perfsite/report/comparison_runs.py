"""Runs and result files compared: two values each, the noise from the history where it knows the series."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from perfsite.analysis.across import discoveries
from perfsite.analysis.geometric import geometric_means
from perfsite.analysis.student import interval_factor, two_sided
from perfsite.analysis.twosamples import TwoSamples, compare_samples
from perfsite.model.findings import Verdict
from perfsite.model.machine import Machine, machine_text
from perfsite.model.policy import Policy
from perfsite.model.series import SeriesKey
from perfsite.report import wording
from perfsite.report.comparison import CHANCE, NEITHER, NO_RATIO, ONE_RUN, ComparisonRow, MeanRow, known, ordered
from perfsite.report.differences import LARGEST_NOISE
from perfsite.report.levels import SIGNS
from perfsite.report.release_words import mean_state

if TYPE_CHECKING:
    from perfsite.model.run import Direction, Run

CONFIDENCE: Final = 0.05
MANY: Final = "among so many comparisons chance makes such ones"
FEW: Final = "beyond the noise of the samples, but these are too few or too mixed to be sure"
_UNKNOWN: Final = f"noise not known: {CHANCE}"


@dataclass(frozen=True, slots=True)
class Known:
    """What the history knows of a series: the relative deviation of a point, from so many of them, and its policy.

    `floor` is the smallest |delta| of one point against its baseline that is told from chance there, a fraction (NaN:
    not known): rare runs that are far off, and noise that changes with time, are in it and not in `noise`. `together`
    is how alike the noise of such benchmarks of one run is, 0..1.
    """

    noise: float
    points: int
    policy: Policy
    url: str = ""
    floor: float = math.nan
    together: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is asked of a comparison, and what the owner says of series.

    `selects` tells which series are asked for, `least` the smallest |delta| that counts as a change, a fraction (None:
    what the series' policy says). `directs` gives the direction of a series, of unit and as the data told it, `judges`
    the policy of one that no history knows.
    """

    selects: Callable[[SeriesKey], bool] = lambda _: True
    least: float | None = None
    directs: Callable[[SeriesKey, str, Direction], Direction] = lambda _key, _unit, told: told
    judges: Callable[[SeriesKey, str, Direction], Policy] = lambda _key, _unit, _direction: Policy()


@dataclass(slots=True)
class _Value:
    """One series of a side: the values of its runs, their samples, and what they were measured on.

    `dirty` tells of each run whether it had uncommitted changes.
    """

    direction: Direction
    values: list[float] = field(default_factory=list)
    samples: list[tuple[float, ...]] = field(default_factory=list)
    dirty: list[bool] = field(default_factory=list)
    machines: set[Machine] = field(default_factory=set)

    def counted(self) -> None:
        """Leave out runs with uncommitted changes beside those without, as the history does."""
        if all(self.dirty) or not any(self.dirty):
            return
        clean = [i for i, is_dirty in enumerate(self.dirty) if not is_dirty]
        self.values = [self.values[i] for i in clean]
        self.samples = [self.samples[i] for i in clean]

    @property
    def value(self) -> float:
        """Return the median of the runs, as the history has it."""
        return _middle(self.values)

    @property
    def all_samples(self) -> list[float]:
        return [one for sample in self.samples for one in sample]

    @property
    def is_median(self) -> bool:
        """Whether the values are nearer to the medians of their samples than to the means."""
        sampled = [(value, sample) for value, sample in zip(self.values, self.samples, strict=True) if sample]
        return all(_is_middle(value, sample) for value, sample in sampled)


def _middle(values: Sequence[float]) -> float:
    ordered = sorted(values)
    low, high = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
    return low if low == high else low / 2 + high / 2


def _is_middle(value: float, sample: Sequence[float]) -> bool:
    mean = math.fsum(one / len(sample) for one in sample)
    return abs(value - _middle(sample)) <= abs(value - mean)


@dataclass(frozen=True, slots=True)
class _Noise:
    """The noise of a log ratio, NaN where it is not known: its standard error, and what is told from chance.

    `p_value` is how often chance does as much as was seen, `least` the smallest |log ratio| told from it, `degrees` the
    degrees of freedom.
    """

    error: float
    p_value: float
    least: float
    degrees: int
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class _Told:
    """The evidence of one comparison; `log` is NaN where there is no ratio."""

    row: ComparisonRow
    log: float
    noise: _Noise
    doubts: tuple[str, ...]
    policy: Policy
    together: float

    @property
    def p_value(self) -> float:
        return self.noise.p_value if math.isfinite(self.log) else math.nan


_Identity = tuple[SeriesKey, str]


def compare_runs(
    base: Sequence[Run],
    head: Sequence[Run],
    history: Mapping[_Identity, Known],
    terms: Terms,
) -> dict[str, Any]:
    """Return rows, means, and what is added and removed, of two sets of runs.

    Parameters
    ----------
    base, head
        The runs of either side; several of one side count as their median.
    history
        What is known of a series, by its key and unit.
    terms
        What is asked, and what the owner says.

    Notes
    -----
    Two values differ where that is more than both `least` and what the noise allows at the policy's significance, and
    stands out among all comparisons made here (false discovery rate). The noise is the history's, of points, as which
    either side counts once however many runs it has; else that of the samples, where both sides have them, and then
    these must differ in rank as well; where nothing tells it, nothing can be told from chance.
    """
    old, new, apart = _matched(_values(base, terms), _values(head, terms))
    told = [
        _tell(identity, old[identity], new[identity], history.get(identity), terms)
        for identity in old
        if identity in new
    ]
    counted = _counted(told)
    rows = [_verdict(one, counts=counts, least=terms.least) for one, counts in zip(told, counted, strict=True)]
    if apart:
        rows = [replace(row, verdict=Verdict.UNSURE, doubts=(f"not comparable: {apart}",)) for row in rows]
    return {
        "rows": ordered(rows),
        "added": tuple(sorted(key for key, unit in new.keys() - old.keys())),
        "removed": tuple(sorted(key for key, unit in old.keys() - new.keys())),
        "means": () if apart else _means(told),
        "notes": (f"{apart}: two environments are not comparable, and nothing is judged",) if apart else (),
    }


def _values(runs: Sequence[Run], terms: Terms) -> dict[_Identity, _Value]:
    found: dict[_Identity, _Value] = {}
    for run in runs:
        machine = Machine.of(run.environment.facts)
        for one in run.measurements:
            key = SeriesKey(
                benchmark=one.benchmark,
                parameters=tuple(sorted(one.parameters.items())),
                metric=one.metric.name,
                environment=run.environment.name,
            )
            if one.value is None or not terms.selects(key):
                continue
            unit = one.metric.unit
            direction = terms.directs(key, unit, one.metric.direction)
            mine = found.setdefault((key, unit), _Value(direction))
            mine.values.append(one.value)
            mine.samples.append(tuple(one.samples or ()))
            mine.dirty.append(bool(run.commit.dirty))
            if machine.is_known:
                mine.machines.add(machine)
    for value in found.values():
        value.counted()
    return found


def _matched(
    old: dict[_Identity, _Value], new: dict[_Identity, _Value]
) -> tuple[dict[_Identity, _Value], dict[_Identity, _Value], str]:
    """Return both sides, with what they are called where each is of one environment and these are two."""
    names = [sorted({key.environment for key, _ in side}) for side in (old, new)]
    if len(names[0]) != 1 or len(names[1]) != 1 or names[0] == names[1]:
        return old, new, ""
    one = f"{names[0][0]} → {names[1][0]}"
    old = {(replace(key, environment=one), unit): value for (key, unit), value in old.items()}
    new = {(replace(key, environment=one), unit): value for (key, unit), value in new.items()}
    return old, new, one


def _tell(identity: _Identity, old: _Value, new: _Value, known_of: Known | None, terms: Terms) -> _Told:
    key, unit = identity
    before, after = old.value, new.value
    log = math.log(after) - math.log(before) if before > 0 and after > 0 else math.nan
    policy = terms.judges(key, unit, new.direction) if known_of is None else known_of.policy
    samples = compare_samples(old.all_samples, new.all_samples, medians=old.is_median and new.is_median)
    noise = _noise(log, known_of, samples, policy.alpha)
    machines = _machines_apart(old, new)
    ratio = math.isfinite(log)
    half = interval_factor(CONFIDENCE, noise.degrees) * noise.error
    row = ComparisonRow(
        key=key,
        unit=unit,
        direction=str(new.direction),
        before=before,
        after=after,
        delta=known(after / before - 1) if ratio else None,
        lower=_delta(log - half) if ratio else None,
        upper=_delta(log + half) if ratio else None,
        noise=known(math.expm1(min(noise.least, 700.0))),
        effect=None if samples is None else samples.effect,
        verdict=Verdict.UNSURE,
        url="" if known_of is None else known_of.url,
    )
    together = 0.0 if known_of is None else known_of.together
    doubts = tuple(doubt for doubt in (noise.doubt, machines) if doubt)
    return _Told(row, log, noise, doubts, policy, together)


def _noise(log: float, known_of: Known | None, samples: TwoSamples | None, alpha: float) -> _Noise:
    """Return the noise of the log ratio of two values: the history's, else that of the samples."""
    if known_of is not None and math.isfinite(known_of.noise):
        degrees = max(known_of.points - 1, 1)
        error, reach = known_of.noise * math.sqrt(2), interval_factor(alpha, degrees)
        # Of both sides; NaN, which is not known, is never the larger one.
        least = max(reach * error, math.sqrt(2) * math.log1p(known_of.floor))
        return _Noise(error, _p_value(log, least / reach, degrees), least, degrees)
    if samples is not None:
        error, degrees = samples.error, samples.degrees
        p_value = max(_p_value(log, error, degrees), samples.p_value)
        return _Noise(error, p_value, interval_factor(alpha, degrees) * error, degrees, ONE_RUN)
    return _Noise(math.nan, math.nan, math.nan, 1, _UNKNOWN)


def _p_value(log: float, error: float, degrees: int) -> float:
    """Return how often chance alone parts two sides so far; NaN where either is not known."""
    if not (math.isfinite(log) and math.isfinite(error)):
        return math.nan
    return two_sided(abs(log) / error if error > 0 else math.inf if log else 0.0, degrees)


def _delta(log: float) -> float | None:
    return known(math.expm1(log)) if log < 700 else None


def _machines_apart(old: _Value, new: _Value) -> str:
    """Return in what two machines are not comparable; empty where some are, or nothing is known."""
    words = [
        wording.not_comparable(before, after)
        for before in sorted(old.machines, key=machine_text)
        for after in sorted(new.machines, key=machine_text)
    ]
    return words[0] if words and all(words) else ""


def _counted(told: Sequence[_Told]) -> list[bool]:
    """Return which comparisons stand out among all of them."""
    p_values = np.array([one.p_value for one in told])
    tests = np.isfinite(p_values)
    counted = np.zeros(len(told), np.bool_)
    rates = np.array([one.policy.false_discovery_rate for one in told])
    if tests.any():
        counted[tests] = discoveries(p_values[tests], int(tests.sum()), rates[tests])
    found: list[bool] = counted.tolist()
    return found


def _verdict(told: _Told, *, counts: bool, least: float | None) -> ComparisonRow:
    """Return a row with its verdict."""
    policy, row = told.policy, told.row
    verdict, doubts = Verdict.UNSURE, list(told.doubts)
    if any(doubt.startswith("not comparable") for doubt in doubts) or not math.isfinite(told.p_value):
        if row.delta is None:
            doubts.append(NO_RATIO)
    else:
        smallest = policy.severities.minor if least is None else least
        is_large = row.delta is None or abs(row.delta) >= smallest
        verdict, doubt = _judged(told, is_large=is_large, counts=counts)
        doubts += [doubt] if doubt else []
    return replace(row, verdict=verdict, doubts=tuple(doubts))


def _judged(told: _Told, *, is_large: bool, counts: bool) -> tuple[Verdict, str]:
    """Return the verdict of two values whose noise is known, and what to know of it; empty: nothing."""
    sign = SIGNS.get(told.row.direction, 0)
    if not is_large or not abs(told.log) > told.noise.least:
        is_quiet = told.noise.least <= LARGEST_NOISE
        return Verdict.NO_CHANGE if is_quiet else Verdict.UNSURE, CHANCE if is_large else ""
    if told.p_value > told.policy.alpha:
        return Verdict.UNSURE, FEW
    if not counts:
        return Verdict.UNSURE, MANY
    if not sign:
        return Verdict.NO_CHANGE, NEITHER
    return Verdict.REGRESSION if told.log * sign > 0 else Verdict.IMPROVEMENT, ""


def _means(told: Sequence[_Told]) -> tuple[MeanRow, ...]:
    """Return the geometric mean of each metric and environment; what is not comparable is left out."""
    usable = [
        one
        for one in told
        if math.isfinite(one.log) and not any(doubt.startswith("not comparable") for doubt in one.doubts)
    ]
    families = sorted({_family(one.row) for one in usable})
    place = {family: i for i, family in enumerate(families)}
    groups = np.array([place[_family(one.row)] for one in usable], np.int64)
    logs, errors = (np.array(column) for column in ([one.log for one in usable], [one.noise.error for one in usable]))
    shares = np.zeros(len(families))
    np.maximum.at(shares, groups, [one.together for one in usable])
    means = geometric_means(logs, errors, groups, shares)
    return tuple(
        MeanRow(
            group="",
            metric=metric,
            unit=unit,
            environment=environment,
            mean=mean,
            state=mean_state(mean, SIGNS.get(direction, 0)),
        )
        for (metric, unit, direction, environment), mean in zip(families, means, strict=True)
    )


def _family(row: ComparisonRow) -> tuple[str, str, str, str]:
    return row.key.metric, row.unit, row.direction, row.key.environment
