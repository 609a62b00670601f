"""Findings in depth as words: each reason with its figure and the next step, each slow change with its size."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from perfsite.model.quality import Quality, Reason
from perfsite.model.slow import Period
from perfsite.model.units import format_value
from perfsite.report import wording

if TYPE_CHECKING:
    from perfsite.model.slow import Cuts, Drift, Season, Trend

WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SURE: Final = 0.95
"""Probability from which a direction is said to be one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonText:
    """A reason in two sentences: what is the matter, with its figure, and what to do about it."""

    what: str
    step: str


def reason_text(reason: Reason, quality: Quality, unit: str) -> ReasonText:
    """Return a reason and its next step in words."""
    what, step = _REASONS[reason](quality, unit)
    return ReasonText(what=_sentence(what), step=_sentence(step))


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _percent(fraction: float) -> str:
    return f"{float(f'{100 * fraction:.2g}'):g} %"


def _blind(quality: Quality, _: str) -> tuple[str, str]:
    wanted = _percent(quality.least or 0)
    what = f"{quality.blind} of the newest {quality.points} runs could not have told a change of {wanted}"
    if quality.floor is not None and quality.least is not None and quality.floor <= quality.least:
        return what, f"the newest could (noise {wording.noise_text(quality.floor)}): find what was louder before"
    return what, f"bring the noise down from {wording.noise_text(quality.floor)}, or raise the threshold above it"


def _flapping(quality: Quality, unit: str) -> tuple[str, str]:
    flapping = quality.flapping
    if flapping is None:
        return "the level goes back and forth", "find what differs between the runs"
    between = f"{format_value(flapping.low, unit)} and {format_value(flapping.high, unit)}"
    what = f"the level came back {flapping.returns} times, between {between}"
    return what, "find what differs between those runs: machine, power plan, memory layout; record it as a fact"


def _two_modes(quality: Quality, _: str) -> tuple[str, str]:
    modes = quality.modes
    if modes is None:
        return "the runs fall into two groups", "find what differs between the runs"
    what = f"two modes {_percent(modes.gap)} apart, {_percent(modes.share)} of the runs in the smaller one"
    if modes.switches < modes.points / 8:
        return what, "each lasts for many runs: look for two machines or two set-ups that take turns"
    return what, "it changes from run to run: pin CPU frequency and threads, fix memory layout and hash seeds"


def _suspicions(quality: Quality, _: str) -> tuple[str, str]:
    what = f"{quality.suspicions} of the newest {quality.points} runs were far off and did not last: false suspicions"
    return what, "measure on a machine that does nothing else, or repeat a run that is far off before it is recorded"


def _wide_interval(quality: Quality, _: str) -> tuple[str, str]:
    what = f"each run's own 95 % interval is {wording.noise_text(quality.interval)}"
    if quality.within is not None and quality.within > 0:
        what += f"; within ±10 % in {_percent(quality.within)} of the runs"
    return what, "longer rounds or more of them, until it is within ±10 %"


def _few_samples(quality: Quality, _: str) -> tuple[str, str]:
    return (
        f"{wording.plural(quality.samples, 'sample')} a run",
        "take 10: four times as many halve the noise within a run",
    )


def _between_runs(quality: Quality, _: str) -> tuple[str, str]:
    what = (
        f"runs differ by {wording.noise_text(quality.single)} (standard deviation), of which their own samples explain "
        f"{wording.noise_text((quality.interval or 0) / 1.96)}"
    )
    return what, "more samples would not help: start the benchmark several times in a run, on a quieter machine"


def _memory(quality: Quality, _: str) -> tuple[str, str]:
    what = f"a run resembles the one before it (correlation {quality.memory:.2f}): the machine's state changes slowly"
    return what, "let machines rest or start afresh before a run; look at temperature, neighbours, disk and caches"


def _long_tail(quality: Quality, _: str) -> tuple[str, str]:
    half, most = wording.noise_text(quality.typical), wording.noise_text(quality.tail)
    what = f"half of the runs are within {half}, one in twenty beyond {most}"
    return what, "report the minimum or the median of several rounds; look for what else runs at those times"


def _coarse(quality: Quality, _: str) -> tuple[str, str]:
    what = f"only {quality.distinct} different values in {quality.points} runs"
    return what, "too short for its timer, or a figure rounded too early: more iterations in a round, more digits"


def _warm_up(quality: Quality, _: str) -> tuple[str, str]:
    what = f"the first sample of the newest run was {_percent(quality.warm_up or 0)} slower than the rest"
    return what, "add a warm-up round that is not counted"


def _gaps(quality: Quality, _: str) -> tuple[str, str]:
    parts = []
    if quality.failed:
        parts.append(f"failed or was skipped in {quality.failed}")
    if quality.missing:
        parts.append(f"was missing from {quality.missing}")
    what = f"{' and '.join(parts)} of the newest {wording.plural(quality.runs, 'run')}"
    return what, "mend or remove it: what is not measured cannot be judged"


_REASONS: Final[Mapping[Reason, Callable[[Quality, str], tuple[str, str]]]] = {
    Reason.BLIND: _blind,
    Reason.FLAPPING: _flapping,
    Reason.TWO_MODES: _two_modes,
    Reason.SUSPICIONS: _suspicions,
    Reason.WIDE_INTERVAL: _wide_interval,
    Reason.FEW_SAMPLES: _few_samples,
    Reason.BETWEEN_RUNS: _between_runs,
    Reason.MEMORY: _memory,
    Reason.LONG_TAIL: _long_tail,
    Reason.COARSE: _coarse,
    Reason.WARM_UP: _warm_up,
    Reason.GAPS: _gaps,
}


def drift_text(drift: Drift, weeks: float | None) -> str:
    """Return a drift in words; `weeks` is how long it took, None where the commits do not tell.

    Examples
    --------
    >>> from perfsite.model.findings import Verdict
    >>> from perfsite.model.slow import Drift
    >>> drift = Drift(start=0, points=90, commits=102, delta=0.062, lower=0.041, upper=0.08, chance=0.0001,
    ...               verdict=Verdict.REGRESSION)
    >>> drift_text(drift, 6.2)
    '+6.2 % (+4.1 % to +8.0 %) over the newest 90 points, about +1.0 % a week, no step explains it'
    """
    interval = wording.interval_text(drift.lower, drift.upper)
    size = f"{wording.delta_text(drift.delta)}{f' ({interval})' if interval else ''}"
    if weeks is not None and weeks >= 1:
        rate = f"about {wording.delta_text(drift.delta / weeks)} a week"
    else:
        rate = f"about {wording.delta_text(100 * drift.delta / max(drift.commits, 1))} in 100 measured commits"
    return f"{size} over the newest {drift.points} points, {rate}, no step explains it"


def cuts_text(cuts: Cuts) -> str:
    """Return a sum of small changes in words."""
    since = f"since {wording.short_name(cuts.since, 40)}" if cuts.since else f"over {cuts.commits} measured commits"
    interval = wording.interval_text(cuts.lower, cuts.upper)
    size = f"{wording.delta_text(cuts.delta)}{f' ({interval})' if interval else ''}"
    if not cuts.steps:
        return f"{size} {since}, without any step"
    steps = wording.plural(cuts.steps, "step")
    return f"{size} {since}: {steps}, none above {_percent(cuts.largest)}, together past {_percent(cuts.least)}"


def season_text(season: Season) -> str:
    """Return a season in words.

    Examples
    --------
    >>> from perfsite.model.slow import Season
    >>> season_text(Season(period=Period.DAY, swing=0.08, peak=14.2, trough=3.0, share=0.4, points=300, chance=1e-9))
    'follows the hour of the day: highest about 14:00 UTC, lowest about 03:00 UTC, 8 % apart; 40 % of its noise'
    """
    if season.period is Period.DAY:
        when = [f"about {round(hour) % 24:02d}:00 UTC" for hour in (season.peak, season.trough)]
        what = "follows the hour of the day"
    else:
        when = [f"on {WEEKDAYS[round(day) % 7]}s" for day in (season.peak, season.trough)]
        what = "follows the day of the week"
    share = f"{_percent(season.share)} of its noise"
    return f"{what}: highest {when[0]}, lowest {when[1]}, {_percent(season.swing)} apart; {share}"


def trend_text(trend: Trend) -> str:
    """Return which way a series leans, and how sure that is.

    Examples
    --------
    >>> from perfsite.model.slow import Trend
    >>> trend_text(Trend(points=90, rising=0.98, delta=0.012)), trend_text(Trend(points=90, rising=0.6, delta=0.001))
    ('rises with 98 % probability, +1.2 % over 90 points', 'neither rises nor falls for sure over 90 points')
    """
    sure = max(trend.rising, 1 - trend.rising)
    if sure < SURE:
        return f"neither rises nor falls for sure over {trend.points} points"
    way = "rises" if trend.rising > 0.5 else "falls"
    size = wording.delta_text(trend.delta)
    return f"{way} with {min(int(sure * 100), 99)} % probability, {size} over {trend.points} points"
