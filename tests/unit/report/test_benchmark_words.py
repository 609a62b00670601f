"""A benchmark in ten seconds: what its heading says, and what to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from perfsite.report.benchmark_words import BenchmarkStep, next_step

if TYPE_CHECKING:
    from perfsite.report.build import Report
    from perfsite.report.views import BenchmarkView


@pytest.fixture
def slow(stepped: Report) -> BenchmarkView:
    return next(page for page in stepped.benchmarks() if page.name == "slow")


def test_the_heading_says_size_noise_and_since_when(slow: BenchmarkView) -> None:
    assert "against a baseline of 1.0 s" in slow.sentence
    assert "noise ±" in slow.sentence
    assert slow.sentence.endswith("since 00000000, 2026-01-21.")


def test_a_regression_leads_to_its_incident(slow: BenchmarkView) -> None:
    assert slow.next_step is not None
    assert (slow.next_step.link, slow.next_step.url) == ("Open the incident", slow.changes[0].incident)


def test_without_an_incident_the_commits_that_may_have_done_it_are_next(slow: BenchmarkView) -> None:
    change = replace(slow.changes[0], incident="", skipped=2)
    step = next_step(slow.rows, [change], (), ())
    assert step is not None
    assert step.link == "Look at the 3 commits that may have done it"
    assert step.outside == change.compare_url
    nowhere = replace(change, compare_url=None)
    assert next_step(slow.rows, [nowhere], (), ()) == BenchmarkStep(
        text="", link="Look at the commit where it began", url=slow.rows[0].since.url
    )


def test_where_nothing_is_wrong_there_is_nothing_to_do(stepped: Report) -> None:
    same = next(page for page in stepped.benchmarks() if page.name == "same")
    assert same.next_step is None


def test_what_is_too_young_to_judge_needs_runs(make_run: Callable, make_report: Callable) -> None:
    (page,) = make_report([make_run(0, {"a": 1.0})]).benchmarks()
    assert page.next_step == BenchmarkStep(text="More runs will tell; there is nothing to do yet.")


def test_benchmarks_know_those_beside_them(stepped: Report) -> None:
    fast, same, slow = stepped.benchmarks()
    assert (fast.beside.before, slow.beside.after) == (None, None)
    assert same.beside.before == ("fast", fast.url)
    assert same.beside.after == ("slow", slow.url)
