"""A benchmark in ten seconds: its verdict, how large, beside which noise, since when, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from perfsite.model.findings import Severity, Verdict
from perfsite.report import wording

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfsite.report.hint_views import HintView
    from perfsite.report.quality import NoiseView
    from perfsite.report.views import ChangeRow, Counts, SeriesRow


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkStep:
    """What to do: `text`, and the link that says it; `url` is relative to the site's root, or begins with `#`.

    `outside` is a web address instead.
    """

    text: str
    link: str = ""
    url: str = ""
    outside: str | None = None


def benchmark_state(counts: Counts) -> str:
    """Return the worst verdict of a benchmark's series, for the colour of its heading."""
    if counts.regression or counts.standing:
        return "regression"
    if counts.improvement:
        return "improvement"
    return "unsure" if counts.unsure == counts.total else "no-change"


def benchmark_sentence(rows: Sequence[SeriesRow], counts: Counts) -> str:
    """Return how a benchmark stands, in one sentence; `rows` are its series, the worst first."""
    living = [row for row in rows if not row.retired]
    if not living:
        return f"Retired: last measured on {max(rows, key=lambda row: row.last.date).last.date}."
    if len(living) == 1:
        return _one(living[0])
    bad = [row for row in living if row.verdict == Verdict.REGRESSION]
    if bad:
        return f"{len(bad)} of {len(living)} series regressed, {_worst(bad[0])}{_since(bad[0])}."
    if counts.unsure == counts.total:
        return f"{len(living)} series, all too young or too noisy to judge."
    return f"{len(living)} series at their baseline or better" + (
        f"; {counts.unsure} unsure." if counts.unsure else "."
    )


def _worst(row: SeriesRow) -> str:
    if row.level:
        return f"the worst in {row.environment} ({row.level}{_noise(row)})"
    return f"the worst by {row.delta}{_noise(row)} in {row.environment}"


def _one(row: SeriesRow) -> str:
    baseline = "pinned baseline" if row.pinned else "baseline"
    if row.verdict == Verdict.REGRESSION:
        size = "" if row.severity == Severity.NONE else f" {row.severity}:"
        level = f"; {row.level}" if row.level else ""
        of = f"{row.current} against a {baseline} of {row.baseline}"
        return f"{size} {of} ({row.delta}{_noise(row)}){_since(row)}{level}.".lstrip()
    if row.verdict == Verdict.IMPROVEMENT:
        return f"{row.current} against a {baseline} of {row.baseline} ({row.delta}{_noise(row)}){_since(row)}."
    if row.verdict == Verdict.UNSURE:
        if row.noise == wording.NONE:
            return f"{row.current}: {row.doubts[0]}."
        return f"{row.current}, {row.delta} against the {baseline}: {row.doubts[0]}; noise {row.noise}."
    return f"{row.current}, {row.delta} against the {baseline}, noise {row.noise}."


def _noise(row: SeriesRow) -> str:
    return "" if row.noise == wording.NONE else f", noise {row.noise}"


def _since(row: SeriesRow) -> str:
    return f" since {row.since.short}, {row.since.date}" if row.since else ""


def next_step(
    rows: Sequence[SeriesRow], changes: Sequence[ChangeRow], hints: Sequence[HintView], noise: Sequence[NoiseView]
) -> BenchmarkStep | None:
    """Return what to do about a benchmark; None where nothing is to be done.

    A regression leads to its incident, else to what the hints say, else to the commits that may have done it; what
    cannot be judged to what would make it quieter.
    """
    living = [row for row in rows if not row.retired]
    bad = next((row for row in living if row.verdict == Verdict.REGRESSION), None)
    if bad is not None:
        return _for_regression(bad, changes, hints)
    if living and all(row.verdict == Verdict.UNSURE for row in living):
        reason = next((reason for one in noise for reason in one.reasons), None)
        if reason is not None:
            return BenchmarkStep(text=reason.step, link="What makes it noisy", url="#noise")
        return BenchmarkStep(text="More runs will tell; there is nothing to do yet.")
    return None


def _for_regression(bad: SeriesRow, changes: Sequence[ChangeRow], hints: Sequence[HintView]) -> BenchmarkStep:
    since = bad.since.sha if bad.since else None
    change = next((one for one in changes if one.commit.sha == since and _is_of(one, bad)), None)
    hint = hints[0].next_step if hints else ""
    if change is not None and change.incident:
        return BenchmarkStep(text=hint, link="Open the incident", url=change.incident)
    if hint:
        return BenchmarkStep(text=hint, link="Why", url="#hints")
    if change is not None and change.compare_url is not None:
        which = wording.plural(change.skipped + 1, "commit")
        return BenchmarkStep(text="", link=f"Look at the {which} that may have done it", outside=change.compare_url)
    if bad.since is not None:
        return BenchmarkStep(text="", link="Look at the commit where it began", url=bad.since.url)
    return BenchmarkStep(text="See which commit it came with.", link="Change points", url="#changes")


def _is_of(change: ChangeRow, row: SeriesRow) -> bool:
    return (change.parameters, change.metric, change.environment) == (row.parameters, row.metric, row.environment)
