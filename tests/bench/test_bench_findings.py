"""How fast what looks across series, and deep into each, is found in a judged history."""

from __future__ import annotations

import time

import pytest
import synthetic_runs

from perfsite.analysis.slow import Surroundings, look_in_depth
from perfsite.history.store import DirectoryStore
from perfsite.workflow.causes import with_causes
from perfsite.workflow.gather import gather
from perfsite.workflow.hinting import hints_of
from perfsite.workflow.incidents import incidents_of
from perfsite.workflow.judging import judge_timeline, policy_of
from perfsite.workflow.project import open_project


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """A project of 250 series x 500 commits, and its judged timeline."""
    root = tmp_path_factory.mktemp("judged")
    (root / "history").mkdir()
    DirectoryStore(root / "history").append(synthetic_runs.runs(commits=500, series=250))
    project = open_project(root)
    return project, judge_timeline(gather(project).timeline, project.settings)


@pytest.mark.benchmark(timer=time.process_time)
def test_look_in_depth_at_250_series_of_500_points(benchmark, judged):
    """Drift, seasons, sums of small changes and quality of each series; CPU time."""
    project, found = judged
    cases = [
        (series, judgement, policy_of(series, project.settings), Surroundings())
        for series, judgement in zip(found.timeline.series, found.judgements, strict=True)
    ]

    def look():
        return sum(look_in_depth(*case).quality is not None for case in cases)

    assert benchmark.pedantic(look, rounds=3, warmup_rounds=1) == 250


@pytest.mark.benchmark(timer=time.process_time)
def test_incidents_and_hints_of_125000_points(benchmark, judged):
    """Changes brought together into incidents, and every rule of the hints asked; CPU time."""
    project, found = judged

    def look():
        incidents = incidents_of(found.timeline, found.judgements, project.settings, ())
        return len(incidents.all), len(hints_of(project, found, ()).hints)

    incidents, _ = benchmark.pedantic(look, rounds=5, warmup_rounds=1)
    assert incidents > 0


@pytest.mark.benchmark(timer=time.process_time)
def test_common_causes_of_1_million_points(benchmark):
    """What all series of an environment did together, at any commit; CPU time."""
    batch = synthetic_runs.series_of(commits=1000, series=1000)
    versions = list(range(1000))

    def look():
        return len(with_causes(batch, versions)[0])

    assert benchmark.pedantic(look, rounds=3, warmup_rounds=1) == 1000
