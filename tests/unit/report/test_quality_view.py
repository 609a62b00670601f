"""Data quality and slow changes in words: the dearest first, each reason with its figure and the next step."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from perfsite.model.findings import Verdict
from perfsite.model.quality import Flapping, Modes, Quality, Reason
from perfsite.model.slow import Cuts, Drift, Period, Season, Trend
from perfsite.report.reasons import cuts_text, drift_text, reason_text, season_text, trend_text

QUALITY = Quality(
    points=100,
    floor=0.31,
    single=0.08,
    least=0.2,
    interval=0.23,
    within=0.4,
    samples=3,
    memory=0.45,
    memory_chance=1e-6,
    typical=0.01,
    tail=0.09,
    has_long_tail=True,
    distinct=7,
    modes=Modes(gap=0.08, share=0.4, switches=40, points=100, chance=1e-4),
    flapping=Flapping(returns=4, changes=6, low=0.0012, high=0.0015),
    suspicions=6,
    blind=62,
    runs=50,
    failed=4,
    missing=8,
    warm_up=0.5,
    cost=132.0,
    reasons=tuple(Reason),
)


@pytest.mark.parametrize(
    ("reason", "what"),
    [
        (Reason.BLIND, "62 of the newest 100 runs could not have told a change of 20 %."),
        (Reason.FLAPPING, "The level came back 4 times, between 1.2 ms and 1.5 ms."),
        (Reason.TWO_MODES, "Two modes 8 % apart, 40 % of the runs in the smaller one."),
        (Reason.SUSPICIONS, "6 of the newest 100 runs were far off and did not last: false suspicions."),
        (Reason.WIDE_INTERVAL, "Each run's own 95 % interval is ±23.0 %; within ±10 % in 40 % of the runs."),
        (Reason.FEW_SAMPLES, "3 samples a run."),
        (
            Reason.BETWEEN_RUNS,
            "Runs differ by ±8.0 % (standard deviation), of which their own samples explain ±11.7 %.",
        ),
        (Reason.LONG_TAIL, "Half of the runs are within ±1.0 %, one in twenty beyond ±9.0 %."),
        (Reason.COARSE, "Only 7 different values in 100 runs."),
        (Reason.WARM_UP, "The first sample of the newest run was 50 % slower than the rest."),
        (Reason.GAPS, "Failed or was skipped in 4 and was missing from 8 of the newest 50 runs."),
    ],
)
def test_a_reason_says_its_figure_and_the_next_step(reason: Reason, what: str) -> None:
    text = reason_text(reason, QUALITY, "s")
    assert text.what == what
    assert text.step.endswith(".")
    assert text.step[0].isupper()


def test_every_reason_has_words_whatever_is_not_known() -> None:
    empty = replace(
        QUALITY,
        floor=None,
        single=None,
        least=None,
        interval=None,
        within=None,
        modes=None,
        flapping=None,
        warm_up=None,
    )
    for reason in Reason:
        for quality in (QUALITY, empty):
            assert "nan" not in reason_text(reason, quality, "s").what.lower()


def test_modes_that_last_and_modes_that_alternate_have_different_next_steps() -> None:
    assert QUALITY.modes is not None
    lasting = replace(QUALITY, modes=replace(QUALITY.modes, switches=3))
    steps = {reason_text(Reason.TWO_MODES, quality, "s").step for quality in (QUALITY, lasting)}
    assert len(steps) == 2


def test_slow_changes_are_told_with_size_and_interval() -> None:
    drift = Drift(
        start=0,
        points=90,
        commits=200,
        delta=0.06,
        lower=0.04,
        upper=math.inf,
        chance=0.001,
        verdict=Verdict.REGRESSION,
    )
    assert drift_text(drift, None) == (
        "+6.0 % over the newest 90 points, about +3.0 % in 100 measured commits, no step explains it"
    )
    cuts = Cuts(
        start=1,
        since="v1.2",
        commits=99,
        delta=0.08,
        lower=0.05,
        upper=0.11,
        steps=4,
        largest=0.03,
        least=0.05,
        verdict=Verdict.REGRESSION,
    )
    assert cuts_text(cuts) == "+8.0 % (+5.0 % to +11.0 %) since v1.2: 4 steps, none above 3 %, together past 5 %"
    unnamed = replace(cuts, since="", steps=0)
    assert cuts_text(unnamed) == "+8.0 % (+5.0 % to +11.0 %) over 99 measured commits, without any step"
    week = Season(period=Period.WEEK, swing=0.08, peak=0.0, trough=6.0, share=0.4, points=300, chance=1e-9)
    assert season_text(week).startswith("follows the day of the week: highest on Mondays, lowest on Sundays, 8 % apart")
    assert (
        trend_text(Trend(points=30, rising=0.001, delta=-0.03)) == "falls with 99 % probability, −3.0 % over 30 points"
    )


def test_the_page_ranks_what_costs_most_and_says_why(make_run, make_report) -> None:
    rng = np.random.default_rng(1)
    noisy, quiet = 1 + 0.15 * rng.normal(size=60), 1 + 0.01 * rng.normal(size=60)
    runs = [make_run(i, {"noisy": max(noisy[i], 0.1), "quiet": quiet[i]}) for i in range(60)]
    report = make_report(runs)
    view = report.section("quality/")
    assert [row.benchmark for row in view.rows] == ["noisy"]
    assert view.rows[0].reasons[0].what.endswith("could not have told a change of 20 %.")
    assert view.sentence == "1 of 2 series measure well enough."
    pages = {page.name: page for page in report.benchmarks()}
    assert pages["noisy"].noise[0].reasons
    assert pages["quiet"].noise[0].reasons == ()
    assert pages["quiet"].noise[0].figures[0].startswith("noise of the newest runs ±")


def test_a_drift_and_a_bad_run_are_on_the_page(make_run, make_report) -> None:
    rng = np.random.default_rng(2)
    values = {f"bench {k}": (1 + 0.004 * rng.normal(size=120)) for k in range(6)}
    values["bench 0"] *= np.linspace(1, 1.05, 120)
    for k in range(1, 6):
        values[f"bench {k}"][50] *= 1.4
    report = make_report([make_run(i, {name: one[i] for name, one in values.items()}) for i in range(120)])
    view = report.section("quality/")
    [row] = view.slow
    assert (row.benchmark, row.kind, row.state) == ("bench 0", "drift", "regression")
    assert "a week" in row.text
    [bad] = view.bad_runs
    assert bad.commit.subject == "commit 50"
    assert bad.text.startswith("5 of 6 series strayed, 5 higher, typically by +40")


def test_an_empty_site_has_a_page_too(make_report) -> None:
    view = make_report([]).section("quality/")
    assert view.sentence == "No series has points enough yet to tell its noise."
    assert (view.rows, view.slow, view.bad_runs) == ((), (), ())


def test_a_series_that_retired_is_not_looked_at(make_run, make_report) -> None:
    rng = np.random.default_rng(3)
    runs = [make_run(i, {"new": 1.0, **({"old": 1 + 0.3 * rng.random()} if i < 30 else {})}) for i in range(60)]
    assert make_report(runs).section("quality/").rows == ()
