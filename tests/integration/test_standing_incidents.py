"""The incidents that a comment links: those of the whole history, from the series that have a say in them."""

from __future__ import annotations

import cProfile
import pstats
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from alerted_project import levels, record

from perfsite.history.events import decode, encode
from perfsite.model.alert import AlertState, IncidentNotified, Outcome
from perfsite.workflow.commenting import CommentWish, comment
from perfsite.workflow.gather import gather
from perfsite.workflow.importing import import_history
from perfsite.workflow.incidents import incidents_of
from perfsite.workflow.judging import judge_timeline
from perfsite.workflow.project import open_project
from perfsite.workflow.standing import standing_incidents

pytestmark = pytest.mark.slow
HISTORIES = ["JuliaGPU__CUDA.jl", "benchmark-action__github-action-benchmark", "hyperium__hyper"]


def told_of(gathered, settings):
    """Return the history with alerts on every other incident, under ids that belong to other commits by half."""
    judged = judge_timeline(gathered.timeline, settings)
    commits = judged.timeline.commits
    events = []
    for i, one in enumerate(incidents_of(judged.timeline, judged.judgements, settings, ()).all[::2]):
        event = IncidentNotified(
            time=commits[-1].time + timedelta(seconds=i), incident=commits[one.commit - i % 2].sha[:10],
            state=AlertState.CONFIRMED, channel="chat", outcome=Outcome.SENDING,
            good=commits[one.good].sha if one.good >= 0 else None, bad=commits[one.commit].sha,
            series=tuple(dict.fromkeys(judged.timeline.series[member.series].key for member in one.members))[:8],
        )  # fmt: skip
        events.append(decode(encode(event), where=""))
    return replace(gathered, events=tuple(events))


def found_in_all(gathered, settings):
    """Return the same as `standing_incidents` of all series, from the whole history."""
    judged = judge_timeline(gathered.timeline, settings, gathered.events)
    found = incidents_of(judged.timeline, judged.judgements, settings, gathered.events).all
    return {judged.timeline.series[member.series].key: one.id for one in found for member in one.standing}


@pytest.mark.real_data
@pytest.mark.parametrize("name", HISTORIES)
def test_the_incidents_of_some_series_are_those_that_the_whole_history_gives(real_data, tmp_path, name):
    project = open_project(tmp_path)
    import_history(project, "github-action-benchmark", real_data / "histories" / "github-action-benchmark" / name)
    chance = np.random.default_rng(7)
    for gathered in (bare := gather(project, fetch=False), told_of(bare, project.settings)):
        expected = found_in_all(gathered, project.settings)
        assert expected
        keys = [one.key for one in gathered.timeline.series]
        for _ in range(4):
            some = {keys[i] for i in chance.choice(len(keys), size=3, replace=False)} | {chance.choice(list(expected))}
            found = standing_incidents(gathered, project.settings, some)
            assert {key: one.id for key, one in found.items()} == {
                key: incident for key, incident in expected.items() if key in some
            }


def test_a_comment_analyses_no_series_of_a_machine_that_is_long_gone(project):
    record(project, 0, 30, levels(30))
    (project.path / "history" / "desk").rename(project.path / "history" / "gone")
    for file in (project.path / "history" / "gone").iterdir():
        file.write_text(file.read_text("utf-8").replace('"name":"desk"', '"name":"gone"'), "utf-8")
    record(project, 30, 70, levels(70, slow_from=55))
    place = open_project(project.path)
    profile = cProfile.Profile()
    made = profile.runcall(comment, place, CommentWish(), {})
    assert made.checked.view.counts.standing == 1
    counts = {name: count for (file, _, name), (count, *_) in pstats.Stats(profile).stats.items() if "batches" in file}
    assert len({one.key.environment for one in made.checked.gathered.timeline.series}) == 2
    assert counts["analyse"] == len(made.checked.view.rows)
