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
from perfsite.analysis.twosamples import compare_samples
from perfsite.model.findings import Verdict
from perfsite.model.machine import Machine, machine_text
from perfsite.model.policy import Policy
from perfsite.model.series import SeriesKey
from perfsite.report import wording
from perfsite.report.comparison import CHANCE, ONE_RUN, ComparisonRow, MeanRow, known, ordered
from perfsite.report.differences import LARGEST_NOISE
from perfsite.report.levels import SIGNS
from perfsite.report.release_words import mean_state

if TYPE_CHECKING:
    from perfsite.model.run import Run

CONFIDENCE: Final = 0.05
MANY: Final = "among so many comparisons chance makes such ones"
_UNKNOWN: Final = f"noise not known: {CHANCE}"


@dataclass(frozen=True, slots=True)
class Known:
    """What the history knows of a series: the relative deviation of a run, from so many points, and its policy."""

    noise: float
    points: int
    policy: Policy
    url: str = ""


@dataclass(slots=True)
class _Value:
    """One series of a side: the values of its runs, their samples, and what they were measured on."""

    direction: str
    values: list[float] = field(default_factory=list)
    samples: list[float] = field(default_factory=list)
    machines: set[Machine] = field(default_factory=set)

    @property
    def value(self) -> float:
        return math.fsum(one / len(self.values) for one in self.values)


@dataclass(frozen=True, slots=True)
class _Told:
    """The evidence of one comparison; NaN: not known."""

    row: ComparisonRow
    log: float
    error: float
    p_value: float
    degrees: int
    doubts: tuple[str, ...] = ()


_Identity = tuple[SeriesKey, str]


def compare_runs(
    base: Sequence[Run],
    head: Sequence[Run],
    history: Mapping[_Identity, Known],
    *,
    selects: Callable[[SeriesKey], bool],
    least: float | None,
) -> dict[str, Any]:
    """Return rows, means, and what is added and removed, of two sets of runs.

    Parameters
    ----------
    base, head
        The runs of either side; several of one side are averaged.
    history
        What is known of a series, by its key and unit.
    selects
        Which series are asked for.
    least
        The smallest |delta| that counts as a change, a fraction; None: what the series' policy says.

    Notes
    -----
    Two values differ where that is more than both `least` and what the noise allows at the policy's significance, and
    stands out among all comparisons made here (false discovery rate). The noise is the history's, of runs; else that of
    the samples, where both sides have them; where nothing tells it, nothing can be told from chance.
    """
    old, new, apart = _matched(_values(base, selects), _values(head, selects))
    told = [_tell(identity, old[identity], new[identity], history.get(identity)) for identity in old if identity in new]
    counted = _counted(told, history)
    rows = [
        _verdict(one, history.get((one.row.key, one.row.unit)), counts=counts, least=least)
        for one, counts in zip(told, counted, strict=True)
    ]
    if apart:
        rows = [replace(row, verdict=Verdict.UNSURE, doubts=(f"not comparable: {apart}",)) for row in rows]
    return {
        "rows": ordered(rows),
        "added": tuple(sorted(key for key, unit in new.keys() - old.keys())),
        "removed": tuple(sorted(key for key, unit in old.keys() - new.keys())),
        "means": () if apart else _means(told),
        "notes": (f"{apart}: two environments are not comparable, and nothing is judged",) if apart else (),
    }


def _values(runs: Sequence[Run], selects: Callable[[SeriesKey], bool]) -> dict[_Identity, _Value]:
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
            if one.value is None or not selects(key):
                continue
            mine = found.setdefault((key, one.metric.unit), _Value(str(one.metric.direction)))
            mine.values.append(one.value)
            mine.samples.extend(one.samples or ())
            if machine.is_known:
                mine.machines.add(machine)
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


def _tell(identity: _Identity, old: _Value, new: _Value, known_of: Known | None) -> _Told:
    key, unit = identity
    before, after = old.value, new.value
    log = math.log(after) - math.log(before) if before > 0 and after > 0 else math.nan
    samples = compare_samples(old.samples, new.samples)
    error = p_value = math.nan
    degrees = 1
    doubts: list[str] = []
    if known_of is not None and math.isfinite(known_of.noise):
        degrees = max(known_of.points - 1, 1)
        error = known_of.noise * math.sqrt(1 / len(old.values) + 1 / len(new.values))
        p_value = two_sided(abs(log) / error if error > 0 else math.inf if log else 0.0, degrees)
    elif samples is not None:
        error, p_value, degrees = samples.error, samples.p_value, samples.degrees
        doubts.append(ONE_RUN)
    else:
        doubts.append(_UNKNOWN)
    if machines := _machines_apart(old, new):
        doubts.append(machines)
    ratio = math.isfinite(log)
    half = interval_factor(CONFIDENCE, degrees) * error
    row = ComparisonRow(
        key=key,
        unit=unit,
        direction=new.direction,
        before=before,
        after=after,
        delta=_delta(log),
        lower=_delta(log - half) if ratio else None,
        upper=_delta(log + half) if ratio else None,
        noise=None,
        effect=None if samples is None else samples.effect,
        verdict=Verdict.UNSURE,
        url="" if known_of is None else known_of.url,
    )
    return _Told(row, log, error, p_value if ratio else math.nan, degrees, tuple(doubts))


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


def _counted(told: Sequence[_Told], history: Mapping[_Identity, Known]) -> list[bool]:
    """Return which comparisons stand out among all of them."""
    p_values = np.array([one.p_value for one in told])
    tests = np.isfinite(p_values)
    counted = np.zeros(len(told), np.bool_)
    policies = [_policy(history.get((one.row.key, one.row.unit))) for one in told]
    rates = np.array([policy.false_discovery_rate for policy in policies])
    if tests.any():
        counted[tests] = discoveries(p_values[tests], int(tests.sum()), rates[tests])
    found: list[bool] = counted.tolist()
    return found


def _policy(known_of: Known | None) -> Policy:
    return Policy() if known_of is None else known_of.policy


def _verdict(told: _Told, known_of: Known | None, *, counts: bool, least: float | None) -> ComparisonRow:
    """Return a row with its verdict."""
    policy, row = _policy(known_of), told.row
    smallest = policy.severities.minor if least is None else least
    sign = SIGNS.get(row.direction, 0)
    apart = any(doubt.startswith("not comparable") for doubt in told.doubts)
    floor = math.nan
    if math.isfinite(told.error):
        floor = math.expm1(min(interval_factor(policy.alpha, told.degrees) * told.error, 700.0))
    is_large = row.delta is not None and abs(row.delta) >= smallest
    verdict, doubts = Verdict.UNSURE, list(told.doubts)
    if apart or not math.isfinite(told.p_value):
        if row.delta is None:
            doubts.append("no relative change exists: a value is zero or negative")
    elif is_large and told.p_value <= policy.alpha and counts and sign:
        verdict = Verdict.REGRESSION if told.log * sign > 0 else Verdict.IMPROVEMENT
    else:
        is_quiet = math.log1p(floor) <= LARGEST_NOISE
        verdict = Verdict.NO_CHANGE if is_quiet or not sign else Verdict.UNSURE
        if is_large and sign:
            doubts.append(MANY if told.p_value <= policy.alpha else CHANCE)
    return replace(row, noise=known(floor), verdict=verdict, doubts=tuple(doubts))


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
    logs, errors = (np.array([getattr(one, name) for one in usable]) for name in ("log", "error"))
    means = geometric_means(logs, errors, groups, np.zeros(len(families)))
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
