"""Data quality as views: which benchmarks to mend first and why, bad runs, and what changes slowly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from perfsite.model.findings import Verdict
from perfsite.report import wording
from perfsite.report.labels import series_label
from perfsite.report.reasons import ReasonText, cuts_text, drift_text, reason_text, season_text, trend_text
from perfsite.report.slug import benchmark_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from perfsite.model.quality import Quality
    from perfsite.model.slow import BadRun, Drift, InDepth
    from perfsite.report.context import Context
    from perfsite.report.views import CommitRef

MOST_RANKED: Final = 25
MOST_SLOW: Final = 30
MOST_BAD_RUNS: Final = 30
MOST_REASONS: Final = 3
LEAST_COST: Final = 10.0
"""Cost from which a benchmark is worth mending: one run in ten blind, or two false suspicions in a hundred."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityRow:
    """A benchmark to mend in one environment: its worst series, and how many more of its series are listed for it."""

    benchmark: str
    url: str
    parameters: str
    metric: str
    environment: str
    noise: str
    interval: str
    samples: str
    cost: str
    reasons: tuple[ReasonText, ...]
    others: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowRow:
    """A slow change of one series: `kind` in words, `state` a verdict's name."""

    benchmark: str
    url: str
    parameters: str
    metric: str
    environment: str
    kind: str
    text: str
    state: str
    others: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRunRow:
    """A commit at which most series of an environment strayed."""

    commit: CommitRef
    environment: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityView:
    """The page on the quality of the data; `rest` counts what the lists leave out."""

    sentence: str
    counts: tuple[tuple[str, str, int], ...]
    """(words, state for the colour, number)."""
    rows: tuple[QualityRow, ...]
    rows_rest: int
    slow: tuple[SlowRow, ...]
    slow_rest: int
    bad_runs: tuple[BadRunRow, ...]
    bad_runs_rest: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseView:
    """Noise and slow changes of one series of a benchmark, in words; `label` names it where there are several."""

    label: str
    slow: tuple[SlowRow, ...]
    reasons: tuple[ReasonText, ...]
    figures: tuple[str, ...]


def quality_view(context: Context) -> QualityView:
    """Return the page on the quality of the data."""
    in_depth = context.judged.in_depth
    rows = _ranking(context)
    slow = [row for number, found in in_depth.items() for row in _slow_rows(context, number, found)]
    slow = _grouped(slow)
    bad = [_bad_run(context, run) for run in reversed(context.judged.bad_runs)]
    told = [one.quality for one in in_depth.values() if one.quality is not None]
    return QualityView(
        sentence=_sentence(told),
        counts=_counts(told, slow, len(bad)),
        rows=tuple(rows[:MOST_RANKED]),
        rows_rest=max(len(rows) - MOST_RANKED, 0),
        slow=tuple(slow[:MOST_SLOW]),
        slow_rest=max(len(slow) - MOST_SLOW, 0),
        bad_runs=tuple(bad[:MOST_BAD_RUNS]),
        bad_runs_rest=max(len(bad) - MOST_BAD_RUNS, 0),
    )


def _sentence(told: Sequence[Quality]) -> str:
    if not told:
        return "No series has points enough yet to tell its noise."
    good = sum(quality.cost < LEAST_COST for quality in told)
    return f"{wording.count_text(good)} of {wording.plural(len(told), 'series', 'series')} measure well enough."


def _counts(told: Sequence[Quality], slow: Sequence[SlowRow], bad: int) -> tuple[tuple[str, str, int], ...]:
    blind = sum(quality.least is not None and (quality.floor or 0) >= quality.least for quality in told)
    wide = sum(quality.interval is not None and quality.interval > 0.1 for quality in told)
    drifts = sum(1 + row.others for row in slow if row.kind != "season")
    return (
        ("hide what matters", "regression" if blind else "", blind),
        ("intervals wider than ±10 %", "unsure" if wide else "", wide),
        ("two modes or flapping", "unsure", sum(q.modes is not None or q.flapping is not None for q in told)),
        ("change slowly", "unsure" if drifts else "", drifts),
        ("bad runs", "unsure" if bad else "", bad),
    )


def _ranking(context: Context) -> list[QualityRow]:
    """Return the benchmarks worth mending, the dearest first: one row for each benchmark and environment."""
    ranked: dict[tuple[str, str], list[tuple[float, int]]] = {}
    for number, found in context.judged.in_depth.items():
        quality = found.quality
        if quality is not None and quality.reasons and quality.cost >= LEAST_COST:
            key = context.timeline.series[number].key
            ranked.setdefault((key.benchmark, key.environment), []).append((-quality.cost, number))
    first = sorted((min(members), len(members)) for members in ranked.values())
    return [_row(context, number, others - 1) for (_, number), others in first]


def _row(context: Context, number: int, others: int) -> QualityRow:
    series, quality = context.timeline.series[number], context.judged.in_depth[number].quality
    if quality is None:
        raise ValueError(f"series {number} has no quality")
    return QualityRow(
        benchmark=series.key.benchmark,
        url=benchmark_url(series.key.benchmark),
        parameters=context.parameters[number],
        metric=series.key.metric,
        environment=series.key.environment,
        noise=wording.noise_text(quality.floor),
        interval=wording.noise_text(quality.interval),
        samples=wording.count_text(quality.samples) if quality.samples else wording.NONE,
        cost=f"{quality.cost:.0f}",
        reasons=tuple(reason_text(reason, quality, series.unit) for reason in quality.reasons[:MOST_REASONS]),
        others=others,
    )


def _slow_rows(context: Context, number: int, found: InDepth) -> Iterator[SlowRow]:
    """Yield the slow changes of a series, in words."""
    slow = found.slow
    if slow.cuts is not None:
        yield _slow(context, number, "small steps", (cuts_text(slow.cuts), str(slow.cuts.verdict)))
    if slow.drift is not None:
        weeks = _weeks(context, number, slow.drift)
        yield _slow(context, number, "drift", (drift_text(slow.drift, weeks), str(slow.drift.verdict)))
    for season in slow.seasons:
        yield _slow(context, number, "season", (season_text(season), str(Verdict.UNSURE)))


def _slow(context: Context, number: int, kind: str, told: tuple[str, str]) -> SlowRow:
    key = context.timeline.series[number].key
    text, state = told
    return SlowRow(
        benchmark=key.benchmark,
        url=context.urls[number],
        parameters=context.parameters[number],
        metric=key.metric,
        environment=key.environment,
        kind=kind,
        text=text,
        state=state,
    )


_ORDER: Final = ("small steps", "drift", "season")
_STATES: Final = (str(Verdict.REGRESSION), str(Verdict.UNSURE), str(Verdict.NO_CHANGE), str(Verdict.IMPROVEMENT))


def _grouped(rows: Sequence[SlowRow]) -> list[SlowRow]:
    """Return slow changes, what got worse first."""
    return sorted(
        rows,
        key=lambda row: (_STATES.index(row.state), _ORDER.index(row.kind), row.environment, row.benchmark, row.metric),
    )


def _weeks(context: Context, number: int, drift: Drift) -> float | None:
    """Return how many weeks lie between the first and the last commit of a drift, None where they do not tell."""
    commits = context.timeline.series[number].commits
    first, last = (context.timeline.commits[int(commits[at])].time for at in (drift.start, -1))
    if first is None or last is None or last <= first:
        return None
    return (last - first).total_seconds() / (7 * 86_400)


def _bad_run(context: Context, run: BadRun) -> BadRunRow:
    higher = f"{run.higher} higher" if run.higher else ""
    lower = f"{run.outliers - run.higher} lower" if run.higher < run.outliers else ""
    way = " and ".join(part for part in (higher, lower) if part)
    text = (
        f"{run.outliers} of {run.series} series strayed, {way}, typically by {wording.delta_text(run.median)}; "
        "the next run was back"
    )
    return BadRunRow(commit=context.refs[run.commit], environment=run.environment, text=text)


def noise_views(context: Context, numbers: Sequence[int]) -> tuple[NoiseView, ...]:
    """Return noise and slow changes of a benchmark's series, those without a word left out."""
    views = []
    for number in numbers:
        found = context.judged.in_depth.get(number)
        if found is None:
            continue
        series, quality = context.timeline.series[number], found.quality
        slow = tuple(_slow_rows(context, number, found))
        reasons = quality.reasons if quality is not None else ()
        views.append(
            NoiseView(
                label=series_label(context, number) if len(numbers) > 1 else "",
                slow=slow,
                reasons=tuple(reason_text(reason, quality, series.unit) for reason in reasons) if quality else (),
                figures=_figures(found),
            )
        )
    told = [view for view in views if view.slow or view.reasons or view.figures]
    return tuple(sorted(told, key=lambda view: (not view.slow, not view.reasons)))


def _figures(found: InDepth) -> tuple[str, ...]:
    """Return the figures of a series' noise, and which way it leans, in words."""
    quality, trend = found.quality, found.slow.trend
    told = []
    if quality is not None:
        if quality.floor is not None:
            told.append(f"noise of the newest runs {wording.noise_text(quality.floor)}")
        if quality.interval is not None:
            told.append(f"a run's own interval {wording.noise_text(quality.interval)}")
        if quality.samples:
            told.append(f"{wording.plural(quality.samples, 'sample')} a run")
        if quality.suspicions:
            told.append(f"{wording.plural(quality.suspicions, 'outlier')} in {quality.points} points")
    if trend is not None:
        told.append(trend_text(trend))
    return tuple(told)
