"""Worked examples of one series: comparison, noise, verdict, change point, outlier, severity."""

from __future__ import annotations

from dataclasses import dataclass
from math import isclose, isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

from perfsite.model.findings import SEVERITIES, VERDICTS, Rule, Severity, Verdict
from perfsite.model.policy import Policy
from perfsite.model.units import format_value, scale_for
from perfsite.report import evidence, wording
from perfsite.report.example_views import ExampleView, Step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perfsite.model.findings import ChangePoint, Judgement
    from perfsite.model.series import Series
    from perfsite.report.context import Context
    from perfsite.report.views import CommitRef


@dataclass(frozen=True, slots=True)
class Case:
    """A change of one series, with all that its example needs."""

    context: Context
    number: int
    change: ChangePoint

    @property
    def series(self) -> Series:
        """Return the series."""
        return self.context.timeline.series[self.number]

    @property
    def judgement(self) -> Judgement:
        """Return what was found of it."""
        return self.context.judged.judgements[self.number]

    @property
    def policy(self) -> Policy:
        """Return how it is judged."""
        return policy_of(self.context, self.number)

    @property
    def commit(self) -> CommitRef:
        """Return the commit of the change."""
        return ref_at(self.context, self.number, self.change.index)


def policy_of(context: Context, number: int) -> Policy:
    """Return how a series is judged; by default where nobody said."""
    policies = context.judged.policies
    return policies[number] if policies else Policy()


def ref_at(context: Context, number: int, point: int) -> CommitRef:
    """Return the commit of a point of a series."""
    return context.refs[int(context.timeline.series[number].commits[point])]


def exact_text(value: float, unit: str) -> str:
    """Return a value with five significant digits, so that what is worked out from it comes out as told.

    Examples
    --------
    >>> exact_text(0.00123456, "s"), exact_text(5_312_345, "1/s")
    ('1.2346 ms', '5.3123 M/s')
    """
    size, name = scale_for(value, unit)
    return f"{value / size:.5g}{'' if name.startswith('/') else ' '}{name}".strip()


def fraction_text(fraction: float) -> str:
    r"""Return a signed fraction in percent with two decimals, as a step of a sum.

    Examples
    --------
    >>> fraction_text(0.13844), fraction_text(-0.02)
    ('+13.84 %', '−2.00 %')
    """
    sign = "+" if fraction > 0 else wording.MINUS if fraction < 0 else "±"
    return f"{sign}{abs(fraction) * 100:.2f} %"


def find_case(context: Context) -> Case | None:
    """Return the change whose numbers show most plainly how changes are judged; None where none is fit."""
    best: tuple[Any, ...] = ()
    found = None
    for case in _fit_cases(context):
        told = case.change.evidence
        if told is None:
            continue
        lengths = min(told.points_before, told.points_after, 30)
        is_worse = case.change.verdict is Verdict.REGRESSION
        settled = abs(case.judgement.baselines[case.change.index] / case.change.before - 1) < 0.005
        is_plain = 0.04 <= abs(case.change.delta) <= 1 and settled and not told.machines_told
        is_living = not context.is_retired(case.series)
        score = (1 + is_worse, is_plain, is_living, lengths >= 10, round(told.confidence, 1), case.commit.date)
        if found is None or score > best:
            best, found = score, case
    return found


def _fit_cases(context: Context) -> Iterator[Case]:
    """Yield the confirmed changes whose first point shows them by itself: beyond its noise, and nothing in doubt."""
    for number, judgement in enumerate(context.judged.judgements):
        if number in context.judged.pins:
            continue
        for change in judgement.change_points:
            at = change.index
            delta, floor = float(judgement.deltas[at]), float(judgement.floors[at])
            agrees = VERDICTS[int(judgement.verdicts[at])] is change.verdict
            if change.confirmed and agrees and not judgement.doubts[at] and floor < abs(delta):
                yield Case(context, number, change)


def comparison(case: Case) -> ExampleView:
    """Return how a value is compared with its baseline."""
    at, series, judgement = case.change.index, case.series, case.judgement
    value, baseline = float(series.values[at]), float(judgement.baselines[at])
    before = series.values[max(at - 5, 0) : at].tolist()
    shown, base = exact_text(value, series.unit), exact_text(baseline, series.unit)
    return _example(
        case,
        Step(
            name="Points before",
            value=", ".join(format_value(one, series.unit) for one in before),
            how=f"the newest {len(before)} before {case.commit.short} ({case.commit.date})",
        ),
        Step(name="Baseline", value=base, how=_made_of(case)),
        Step(name="Value", value=shown, how=f"measured at {case.commit.short}"),
        Step(
            name="Delta",
            value=wording.delta_text(value / baseline - 1),
            how=f"{shown} ÷ {base} − 1 = {fraction_text(value / baseline - 1)}",
        ),
    )


def _made_of(case: Case) -> str:
    """Return which points the baseline at a change is the mean of."""
    at, judgement = case.change.index, case.judgement
    points = wording.plural(int(judgement.baseline_counts[at]), "point")
    version = next((one for one in reversed(judgement.versions) if one.index <= at), None)
    if version is None or version.first < 0 or not isclose(version.value, judgement.baselines[at]):
        return f"mean of {points} before it"
    first, last = _ref(case, version.first), _ref(case, version.last)
    return f"mean of {points}, from {first.short} ({first.date}) to {last.short} ({last.date})"


def counting(case: Case) -> ExampleView:
    """Return how a delta is weighed against noise and threshold."""
    at, judgement, policy = case.change.index, case.judgement, case.policy
    delta, floor = float(judgement.deltas[at]), float(judgement.floors[at])
    noise = judgement.noise
    least, rule = policy.severities.minor, Rule(int(judgement.rules[at]))
    steps = [
        Step(name="Delta", value=wording.delta_text(delta), how=f"at {case.commit.short}, worked out above"),
        Step(
            name="Noise floor",
            value=wording.noise_text(floor),
            how=(f"a single run strays by {wording.noise_text(noise)} (standard deviation); " if noise else "")
            + f"only once in {round(1 / policy.alpha):,} runs would noise alone reach further".replace(",", "\u202f"),
        ),
        Step(
            name="Beyond the noise?",
            value="yes",
            how=f"{abs(delta) * 100:.2f} % > {floor * 100:.2f} %",
        ),
        Step(
            name="Large enough?",
            value="yes" if abs(delta) >= least else "no",
            how=f"{abs(delta) * 100:.2f} % against the smallest severity, {least * 100:g} %",
        ),
        Step(name="Verdict", value=_word(case.change.verdict), how="both hold, so it counts"),
    ]
    if case.change.verdict is Verdict.REGRESSION and (told := _threshold_text(policy)):
        steps.append(Step(name="Rule", value=rule.name.lower(), how=told))
    if isfinite(judgement.detectable[at]):
        seen = wording.size_text(float(judgement.detectable[at]))
        steps.append(Step(name="Would see", value=seen, how="what one run shows four times out of five"))
    return _example(case, *steps)


def _threshold_text(policy: Policy) -> str:
    threshold = policy.threshold
    parts = [
        f"{word} from {bound * 100:g} %"
        for word, bound in (("warns", threshold.warn), ("fails", threshold.fail))
        if bound is not None
    ]
    name = f"the threshold {threshold.name} " if threshold.name else "the threshold "
    return f"{name}{' and '.join(parts)} for the worse" if parts else ""


def unsure(context: Context) -> ExampleView | None:
    """Return a newest point that cannot be judged, and why."""
    for number, judgement in enumerate(context.judged.judgements):
        series = context.timeline.series[number]
        if not len(series) or context.is_retired(series) or number in context.judged.pins:
            continue
        delta, floor = float(judgement.deltas[-1]), float(judgement.floors[-1])
        if VERDICTS[int(judgement.verdicts[-1])] is Verdict.UNSURE and isfinite(delta) and isfinite(floor):
            last = len(series) - 1
            why = context.doubts(
                number, last, int(judgement.doubts[-1]), unsure=True, detectable=float(judgement.detectable[-1])
            )
            ref = ref_at(context, number, last)
            return ExampleView(
                subject=context.series_text(number),
                url=context.urls[number],
                where=f"at {ref.short} ({ref.date})",
                steps=(
                    Step(name="Delta", value=wording.delta_text(delta)),
                    Step(name="Noise floor", value=wording.noise_text(floor)),
                    Step(name="Verdict", value="Unsure", how="; ".join(why)),
                ),
                verdict=str(Verdict.UNSURE),
            )
    return None


def change_point(case: Case) -> ExampleView | None:
    """Return what a change point says of the level before and after it."""
    if case.change.evidence is None:
        return None
    change, unit, told = case.change, case.series.unit, case.change.evidence
    before, after = exact_text(change.before, unit), exact_text(change.after, unit)
    steps = [
        Step(
            name="Level before",
            value=before,
            how=f"{wording.plural(told.points_before, 'point')} up to {_ref(case, change.index - 1).short}",
        ),
        Step(
            name="Level after",
            value=after,
            how=f"{wording.plural(told.points_after, 'point')} from {case.commit.short} on",
        ),
        Step(name="Change", value=wording.delta_text(change.delta), how=f"{after} ÷ {before} − 1"),
    ]
    if interval := wording.interval_text(change.lower, change.upper):
        steps.append(Step(name="Interval", value=interval, how="holds the true size with 95 % confidence"))
    lines = evidence.sentences(change, lambda point: _ref(case, point))
    steps.append(Step(name="How sure", value=evidence.sure_text(change), how=" ".join(lines[:2])))
    return _example(case, *steps)


def _ref(case: Case, point: int) -> CommitRef:
    return ref_at(case.context, case.number, point)


def outlier(context: Context) -> ExampleView | None:
    """Return the newest point that was off its level and did not last."""
    found: list[tuple[int, int, int]] = []
    for number, judgement in enumerate(context.judged.judgements):
        series = context.timeline.series[number]
        where = np.flatnonzero(judgement.outliers[:-1])  # the newest may yet last
        if len(where) and judgement.levels[where[-1]] > 0:
            found.append((int(series.commits[where[-1]]), -number, int(where[-1])))
    if not found:
        return None
    _, negative, at = max(found)
    number = -negative
    series, judgement = context.timeline.series[number], context.judged.judgements[number]
    value, level, after = float(series.values[at]), float(judgement.levels[at]), float(series.values[at + 1])
    ref = ref_at(context, number, at)
    return ExampleView(
        subject=context.series_text(number),
        url=context.urls[number],
        where=f"at {ref.short} ({ref.date})",
        steps=(
            Step(name="Level", value=exact_text(level, series.unit), how="of the points around it"),
            Step(
                name="Value",
                value=exact_text(value, series.unit),
                how=f"{wording.delta_text(value / level - 1)} off the level",
            ),
            Step(
                name="Next point",
                value=exact_text(after, series.unit),
                how=f"{wording.delta_text(after / level - 1)} off it: it did not last, and is not counted",
            ),
        ),
    )


def severity(case: Case) -> ExampleView | None:
    """Return how large the change is in the owners' steps; None where it is no regression."""
    if case.change.verdict is not Verdict.REGRESSION or case.change.severity is Severity.NONE:
        return None
    limits = case.policy.severities
    bounds = dict(zip(SEVERITIES[1:], (limits.minor, limits.major, limits.critical), strict=True))
    size = abs(case.change.delta)
    passed = ", ".join(
        f"{size * 100:.1f} % {'≥' if size >= bound else '<'} {bound * 100:g} % ({name})"
        for name, bound in bounds.items()
    )
    return _example(
        case,
        Step(name="Change", value=wording.delta_text(case.change.delta), how="of the level, worked out above"),
        Step(name="Severity", value=str(case.change.severity), how=passed),
    )


def _word(verdict: Verdict) -> str:
    return str(verdict).replace("-", " ").capitalize()


def _example(case: Case, *steps: Step) -> ExampleView:
    return ExampleView(
        subject=case.context.series_text(case.number),
        url=case.context.urls[case.number],
        where=f"at {case.commit.short} ({case.commit.date})",
        steps=steps,
        verdict=str(case.change.verdict),
    )
