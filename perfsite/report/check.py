"""The answer of a check as data: every series of the contender against its baseline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING, Any

from perfsite.model.findings import SEVERITIES, VERDICTS, Judgement, Rule, Stage, Verdict, stage_of
from perfsite.model.policy import Threshold
from perfsite.model.series import SeriesKey
from perfsite.model.units import format_pair, format_value
from perfsite.report import wording
from perfsite.report.behind import change_text, level_behind
from perfsite.report.budgets import limit_text
from perfsite.report.check_details import CONFIDENT, RowDetails, earlier_sentence, pinned_document
from perfsite.report.check_doubts import doubts_of
from perfsite.report.levels import SIGNS
from perfsite.report.views import Counts

if TYPE_CHECKING:
    import numpy as np

    from perfsite.model.budget import Budget
    from perfsite.model.event import BaselinePinned
    from perfsite.model.series import Series
    from perfsite.report.check_missing import MissingRow


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRow:
    """One series of the contender; numbers in base units and fractions, None: not known."""

    benchmark: str
    parameters: tuple[tuple[str, str], ...]
    metric: str
    environment: str
    unit: str
    direction: str
    value: float
    baseline: float | None
    delta: float | None
    noise_floor: float | None
    detectable: float | None
    """The smallest |delta| that one run shows four times out of five."""
    p_value: float | None
    """How often noise alone differs as much; None where there is no finding, or later runs tell."""
    threshold: float | None
    threshold_absolute: float | None
    verdict: Verdict
    severity: str
    rule: Rule
    doubts: tuple[str, ...]
    stage: Stage
    standing: bool
    """Whether the regression began at an earlier commit: it warns and does not fail, for it failed there already.

    Against a pinned baseline it fails all the same: the owner set what every commit is held against.
    """
    pinned: BaselinePinned | None = None
    """The decision that pinned the baseline; None where it is the series' own."""
    beyond: tuple[Budget, ...] = ()
    """The budgets that the value is beyond: a limit that every point must keep fails, one with a target share warns."""
    details: RowDetails = field(default_factory=RowDetails)
    told_now: bool = False
    """Whether the regression, which began earlier, is told from the machine only now: it fails here, for it failed
    nowhere yet."""
    mended: float | None = None
    """The delta against the regressed level that was there before, where the value is back; None where it is not."""

    @property
    def key(self) -> SeriesKey:
        """Return what names the series."""
        return SeriesKey(
            benchmark=self.benchmark, parameters=self.parameters, metric=self.metric, environment=self.environment
        )

    @property
    def size(self) -> float | None:
        """Return the delta that the verdict is about: that of the level where this run alone does not show it."""
        return self.delta if self.details.level is None else self.details.level

    @property
    def change(self) -> str:
        """Return the delta in words: `+20.1 %`, or what many runs show beside what this one does not."""
        return change_text(self.delta, self.details.level)

    @property
    def cells(self) -> tuple[str, ...]:
        """Return the row as people read it: benchmark, metric, current, baseline, change, noise, verdict."""
        parameters = ", ".join(f"{name}={value}" for name, value in self.parameters)
        name = f"{self.benchmark} ({parameters})" if parameters else self.benchmark
        verdict = str(self.verdict) if self.severity == "none" else f"{self.verdict}, {self.severity}"
        if self.stage is Stage.SUSPECTED:
            verdict += ", suspected"
        if self.standing:
            verdict += ", since an earlier commit, told only now" if self.told_now else ", since an earlier commit"
        if self.mended is not None:
            verdict += ", back from a regression"
        if self.beyond:
            verdict += ", beyond its budget"
        if self.rule is not Rule.PASS:
            verdict += f" [{self.rule.name.lower()}]"
        baseline, value = format_pair(self.baseline, self.value, self.unit)
        return (
            wording.short_name(name),
            wording.short_name(self.metric, 40),
            value,
            baseline + (" pinned" if self.pinned else ""),
            self.change,
            wording.noise_text(self.noise_floor),
            verdict,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckView:
    """The answer of a check: rows worst first, `judged` False where there was no baseline at all."""

    sha: str
    rows: tuple[CheckRow, ...]
    counts: Counts
    sentence: str
    missing: tuple[MissingRow, ...] = ()
    """Series of the contender's environments that it should have and does not."""

    @property
    def judged(self) -> bool:
        """Whether anything had a baseline to be compared with."""
        return any(row.baseline is not None for row in self.rows)

    @property
    def mended(self) -> list[CheckRow]:
        """Return the rows that are back from a regression, the largest first."""
        return sorted((row for row in self.rows if row.mended is not None), key=lambda row: -abs(row.mended or 0.0))

    @property
    def doubts(self) -> dict[str, list[str]]:
        """Return why verdicts other than no-change should be read with care, and of which benchmarks and metrics.

        No names stand beside a reason that tells by itself whom it is about.
        """
        return doubts_of(self.rows)

    @property
    def pins(self) -> dict[str, list[str]]:
        """Return when and from what baselines were pinned, in words, and of which series."""
        found: dict[str, list[str]] = {}
        for row in self.rows:
            if row.pinned is not None:
                name = f"{wording.short_name(row.benchmark)} {wording.short_name(row.metric, 40)}"
                found.setdefault(wording.pin_text(row.pinned), []).append(name)
        return found

    @property
    def beyond(self) -> list[str]:
        """Return which budgets the values are beyond, in words."""
        return [
            f"{wording.short_name(row.benchmark)} {wording.short_name(row.metric, 40)}: "
            f"{format_value(row.value, row.unit)}, budget {wording.short_name(budget.name)}: "
            f"{limit_text(budget.limit, row.unit)}"
            for row in self.rows
            for budget in row.beyond
        ]

    def fails(self, *, strict: bool) -> bool:
        """Whether a rule fails; strictly, a warning does, too."""
        least = Rule.WARN if strict else Rule.FAIL
        return any(row.rule >= least for row in self.rows)

    def document(self) -> dict[str, Any]:
        """Return the answer for programs."""
        return {
            "version": 1,
            "sha": self.sha,
            "sentence": self.sentence,
            "failing": self.counts.failing,
            "rows": [
                {
                    "benchmark": row.benchmark,
                    "parameters": dict(row.parameters),
                    "metric": row.metric,
                    "environment": row.environment,
                    "unit": row.unit,
                    "direction": row.direction,
                    "value": row.value,
                    "baseline": row.baseline,
                    "delta": row.delta,
                    "noise_floor": row.noise_floor,
                    "detectable": row.detectable,
                    "p_value": row.p_value,
                    "threshold": row.threshold,
                    "threshold_absolute": row.threshold_absolute,
                    "verdict": str(row.verdict),
                    "severity": row.severity,
                    "rule": row.rule.name.lower(),
                    "doubts": list(row.doubts),
                    "stage": str(row.stage),
                    "standing": row.standing,
                    "told_now": row.told_now,
                    "mended_delta": row.mended,
                    "pinned": pinned_document(row.pinned),
                    "beyond_budgets": [budget.name for budget in row.beyond],
                    **row.details.document(),
                }
                for row in self.rows
            ],
            "missing": [
                {
                    "benchmark": row.benchmark,
                    "parameters": dict(row.parameters),
                    "metric": row.metric,
                    "environment": row.environment,
                    "last": row.last,
                    "commits": row.commits,
                    "failed": row.has_failed,
                }
                for row in self.missing
            ],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A series whose last point is the contender: its findings, failing thresholds and pinned baseline, if any."""

    series: Series
    judgement: Judgement
    threshold: float | None
    pinned: BaselinePinned | None = None
    beyond: tuple[Budget, ...] = ()
    machine: str = ""
    """In what the contender's machine is not comparable with the one before; empty where it is, or nothing is known."""
    told_now: bool = False
    """Whether the regression could not be told from the machine before, so that it failed nowhere yet."""
    mended: float | None = None
    """The delta against the regressed level before, where the contender is back from it; None where it is not."""
    threshold_absolute: float | None = None
    limits: Threshold = field(default_factory=Threshold)
    """The whole threshold."""
    measured_on: str = ""
    """The machine of the contender's run; empty where it is not known."""


def check_view(
    sha: str, judged: Sequence[Tried], *, certain: bool = True, missing: Sequence[MissingRow] = ()
) -> CheckView:
    """Return the answer for the last point of each series.

    Parameters
    ----------
    sha
        The contender's commit.
    judged
        Every series that it has.
    certain
        False where it is not known what the contender must be compared with: then a rule warns at most, unless the
        baseline is pinned.
    missing
        The series that it should have and does not.
    """
    rows = sorted((_row(one, certain=certain) for one in judged), key=_urgency)
    verdicts = [row.verdict for row in rows]
    standing = sum(row.standing for row in rows)
    counts = Counts(
        regression=verdicts.count(Verdict.REGRESSION) - standing,
        improvement=verdicts.count(Verdict.IMPROVEMENT),
        no_change=verdicts.count(Verdict.NO_CHANGE),
        unsure=verdicts.count(Verdict.UNSURE),
        standing=standing,
        failing=sum(row.rule is Rule.FAIL for row in rows),
    )
    named = largest(rows)
    worst = f"{wording.short_name(named.benchmark)} ({named.change})" if named else ""
    why = wording.unsure_why([int(one.judgement.doubts[-1]) for one in judged]) if rows else ""
    power = wording.power_sentence([row.detectable for row in rows if row.detectable is not None])
    said = (wording.commit_sentence(counts, worst, why), earlier_sentence(rows), power)
    sentence = " ".join(part for part in said if part)
    return CheckView(sha=sha, rows=tuple(rows), counts=counts, sentence=sentence, missing=tuple(missing))


def largest(rows: Iterable[CheckRow]) -> CheckRow | None:
    """Return the change that a sentence names: the largest new regression, else the largest improvement, if any."""
    found = list(rows)
    new = [row for row in found if row.verdict is Verdict.REGRESSION and not row.standing]
    named = new or [row for row in found if row.verdict is Verdict.IMPROVEMENT]
    return max(named, key=lambda row: (row.size is not None, abs(row.size or 0.0)), default=None)


def _row(tried: Tried, *, certain: bool) -> CheckRow:
    series, judgement = tried.series, tried.judgement
    standing = bool(judgement.standing[-1])
    rule = Rule(int(judgement.rules[-1]))
    # A run that is itself no worse than its baseline fails nothing that began before it.
    is_worse = tried.told_now and SIGNS[str(series.direction)] * float(judgement.deltas[-1]) > 0
    if not (tried.pinned or (certain and (is_worse or not standing))):
        rule = min(rule, Rule.WARN)
    for budget in tried.beyond:
        rule = max(rule, Rule.FAIL if budget.limit.target >= 1 else Rule.WARN)
    verdict = int(judgement.verdicts[-1])
    return CheckRow(
        benchmark=series.key.benchmark,
        parameters=series.key.parameters,
        metric=series.key.metric,
        environment=series.key.environment,
        unit=series.unit,
        direction=str(series.direction),
        value=float(series.values[-1]),
        baseline=_known(judgement.baselines[-1]),
        delta=_known(judgement.deltas[-1]),
        noise_floor=_known(judgement.floors[-1]),
        detectable=_known(judgement.detectable[-1]),
        p_value=_known(judgement.p_values[-1]),
        threshold=tried.threshold,
        threshold_absolute=tried.threshold_absolute,
        verdict=VERDICTS[verdict],
        severity=wording.severity_text(SEVERITIES[int(judgement.severities[-1])], VERDICTS[verdict]),
        rule=rule,
        doubts=wording.doubt_texts(
            int(judgement.doubts[-1]),
            unsure=VERDICTS[verdict] is Verdict.UNSURE,
            machine=tried.machine,
            detectable=float(judgement.detectable[-1]),
        ),
        stage=stage_of(VERDICTS[verdict], int(judgement.doubts[-1])),
        standing=standing,
        pinned=tried.pinned,
        beyond=tried.beyond,
        details=_details(tried, VERDICTS[verdict]),
        told_now=tried.told_now,
        mended=tried.mended,
    )


def _details(tried: Tried, verdict: Verdict) -> RowDetails:
    series = tried.series
    half, value = CONFIDENT * float(series.standard_errors[-1]), float(series.values[-1])
    return RowDetails(
        samples=int(series.counts[-1]) or None,
        lower=value - half if isfinite(half) else None,
        upper=value + half if isfinite(half) else None,
        baseline_points=None if tried.pinned else int(tried.judgement.baseline_counts[-1]) or None,
        threshold=tried.limits,
        machine=tried.measured_on,
        level=level_behind(tried.judgement, verdict),
    )


def _known(number: np.float64) -> float | None:
    return float(number) if isfinite(number) else None


def _urgency(row: CheckRow) -> tuple[int, int, float, str, str]:
    return (-int(row.rule), VERDICTS.index(row.verdict), -abs(row.size or 0.0), row.benchmark, row.environment)
