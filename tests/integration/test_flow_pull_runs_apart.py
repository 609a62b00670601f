"""Runs of pull requests change nothing of the trend, whatever they hold: the site is built with and without them."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from perfsite.history.codec import encode
from perfsite.history.order import arrange
from perfsite.history.query import Fold
from perfsite.history.shards import StoredLine
from perfsite.history.store import DirectoryStore, runs_of
from perfsite.model.run import Columns, Commit, Direction, Environment, Measurement, Metric, Run, Source, Status
from perfsite.workflow.gather import gather
from perfsite.workflow.judging import judge_timeline
from perfsite.workflow.project import open_project

if TYPE_CHECKING:
    from conftest import Place

START = datetime(2026, 1, 1, tzinfo=UTC)
FACTS = {"cpu.model": "AMD EPYC 7763", "cpu.cores": 4, "os": "Linux"}
N = 14


def run(sha, at, *, rows, pull_request=None, facts=FACTS, suite="all", **parts):
    rows = [
        Measurement(
            benchmark=name, metric=Metric(name=metric, unit="s", direction=direction), value=value, status=status
        )
        for name, metric, direction, value, status in rows
    ]
    made = Run(
        time=START + timedelta(hours=at, minutes=5),
        commit=Commit(sha=sha, time=START + timedelta(hours=at), subject=f"commit {at}", author="Ada"),
        environment=Environment(name="ci", facts=facts),
        source=Source(format="hyperfine"),
        measurements=Columns.of(rows),
        suite=suite,
        pull_request=pull_request,
    )
    return replace(made, **parts)


def measured(name, value, direction=Direction.LOWER, metric="time"):
    return (name, metric, direction, value, Status.OK)


def failed(name):
    return (name, "time", Direction.LOWER, None, Status.FAILED)


def trend(shas):
    wobble = [0.0, 0.004, -0.003, 0.002, -0.004, 0.001, 0.003]
    return [
        run(
            sha,
            at,
            rows=[
                measured("parse", (1.0 if at < 9 else 1.3) * (1 + wobble[at % 7])),
                measured("hash", 2.0 * (1 + wobble[(at + 3) % 7]), Direction.NEITHER, "score"),
            ],
            facts=FACTS if at % 3 else {"os": "Linux"},
        )
        for at, sha in enumerate(shas)
    ]


def hostile(shas, squashed):
    """Return runs of pull requests that would each change something if it counted."""
    quick = [measured("parse", 1e-6), measured("hash", 1e9, Direction.HIGHER, "score")]
    every = [
        run(sha, at, rows=quick, pull_request=7, facts={"cpu.model": f"Other {at}", "os": "Windows 11"})
        for at, sha in enumerate(shas)  # commits that were merged as they are
    ]
    every += [run(squashed, 3, rows=quick, pull_request=8)]  # the tree of a commit of the trend
    every += [run(shas[4], 4, rows=quick, pull_request=9, calibration=True, artifact=str(i)) for i in range(9)]
    every += [run(shas[N - 1], N, rows=[failed("parse"), failed("hash")], pull_request=7, suite="failing")]
    every += [run(f"{i:040x}", at, rows=quick, pull_request=10) for i, at in enumerate((-90_000, 90_000))]
    every += [run(shas[5], 5, rows=[measured(f"evil/{i}", 1.0) for i in range(50)], pull_request=11, suite="evil")]
    lied = Commit(sha=shas[6], time=START + timedelta(days=900), subject="@everyone", author="Mallory", parents=())
    every += [run(shas[6], 6, rows=quick, pull_request=12, commit=lied, branch="main")]
    return every


@pytest.fixture
def histories(project: Place):
    shas = [project.commit(f"commit {at}", at) for at in range(N)]
    tree = project.git("rev-parse", f"{shas[3]}^{{tree}}")
    squashed = project.git("commit-tree", tree, "-p", shas[1], "-m", "commit 3")
    return project, shas, squashed


def verdicts(place):
    """Return all that is judged of the trend, commits by their sha."""
    opened = open_project(place.path)
    gathered = gather(opened, fetch=False)
    timeline = gathered.timeline
    judged = judge_timeline(timeline, opened.settings, gathered.events)
    told = {}
    for series, judgement in zip(judged.timeline.series, judged.judgements, strict=True):
        if len(series):
            told[series.key, series.unit] = (
                series.direction,
                [timeline.commits[i].sha for i in series.commits],
                series.values.tolist(),
                [None if label < 0 else timeline.labels[label] for label in series.labels],
                judgement.verdicts.tolist(),
                judgement.doubts.tolist(),
                repr(judgement.baselines.tolist()),
                judgement.standing.tolist(),
            )
    suites = {
        name: sorted(str(judged.timeline.series[i].key) for i in numbers) for name, numbers in timeline.suites.items()
    }
    calibrations = {str(judged.timeline.series[i].key): one for i, one in timeline.calibrations.items()}
    commits = {
        c.sha: c
        for c in timeline.commits
        if any(timeline.commits[r.commit].sha == c.sha and r.pull_request is None for r in timeline.runs)
    }
    absent = {
        str(judged.timeline.series[i].key): [timeline.commits[at].sha for at in found]
        for i, found in timeline.absent.items()
    }
    return told, suites, calibrations, commits, absent


def appended(place, runs):
    DirectoryStore(place.path / "history").append(runs)


def test_whatever_pull_requests_bring_no_verdict_of_the_trend_changes(histories):
    place, shas, squashed = histories
    appended(place, trend(shas))
    before = verdicts(place)
    assert any(1 in verdict[4] or 2 in verdict[4] for verdict in before[0].values()), "nothing to be changed"
    appended(place, hostile(shas, squashed))
    assert verdicts(place) == before


def line(shard, made):
    return StoredLine(shard, 1, encode(made).encode())


def timeline_of(lines, problems=None):
    fold = Fold()
    for one in runs_of(lines, [] if problems is None else problems):
        fold.add(one)
    return fold.timeline(arrange(fold.commits, [], (), "main"))


ROWS = [measured("parse", 1.0)]


def test_a_line_moved_by_hand_among_the_trend_stays_a_pull_requests():
    moved = line("ci/2026-01.jsonl", run("a" * 40, 0, rows=ROWS, pull_request=7))
    timeline = timeline_of([moved])
    assert len(timeline.series[0]) == 0
    assert len(timeline.aside[0]) == 1


def test_a_line_without_a_number_among_pull_requests_is_left_out_and_told():
    problems = []
    timeline = timeline_of([line("pull/ci/2026-01.jsonl", run("a" * 40, 0, rows=ROWS))], problems)
    assert timeline.series == ()
    assert [problem.where for problem in problems] == ["pull/ci/2026-01.jsonl:1"]
    assert "names none" in problems[0].problem


@pytest.mark.parametrize("first", ["trend", "pull"])
def test_a_pull_requests_run_under_a_trend_runs_id_does_not_stand_in_its_way(first):
    real = line("ci/2026-01.jsonl", run("a" * 40, 0, rows=ROWS, id="0" * 32))
    forged = line("pull/ci/2026-01.jsonl", run("a" * 40, 0, rows=[measured("parse", 9.0)], id="0" * 32, pull_request=7))
    timeline = timeline_of([real, forged] if first == "trend" else [forged, real])
    assert timeline.series[0].values.tolist() == [1.0]


def test_a_commit_with_runs_of_both_kinds_has_the_trends_figures_only():
    runs = [run("a" * 40, i, rows=[measured("parse", 1.0 + i)]) for i in range(2)]
    pulled = [run("a" * 40, i, rows=[measured("parse", 90.0 + i)], pull_request=7) for i in range(2)]
    folder = {None: "ci", 7: "pull/ci"}
    timeline = timeline_of([line(f"{folder[one.pull_request]}/2026-01.jsonl", one) for one in (*pulled, *runs)])
    assert timeline.aside == {}
    assert timeline.reruns.of_commit(0) == {0: (2, 1.0, 2.0)}


def test_a_pull_request_that_was_merged_as_it_is_leaves_its_runs_apart(histories):
    place, shas, _ = histories
    appended(place, trend(shas)[:-1])
    appended(place, [run(shas[-1], N - 1, rows=[measured("parse", 1e-6)], pull_request=7)])
    timeline = gather(open_project(place.path), fetch=False).timeline
    last = next(i for i, commit in enumerate(timeline.commits) if commit.sha == shas[-1])
    assert all(last not in series.commits.tolist() for series in timeline.series)
    assert "judged is" not in place.good("check", "--json")
    assert json.loads(place.good("check", "--json"))["sha"] == shas[-2]


@pytest.mark.slow
def test_the_pages_of_benchmarks_and_incidents_are_the_same_whatever_pull_requests_bring(histories):
    place, shas, squashed = histories
    appended(place, trend(shas))
    place.good("build")
    before = place.snapshot("site")
    judged = place.perfsite("check")
    appended(place, hostile(shas, squashed))
    place.good("build")
    after = place.snapshot("site")
    assert place.perfsite("check") == judged
    same = re.compile(r"(benchmarks|incidents|releases|budgets|methods)/.*\.html|data/(incidents\.atom|badges/.*)")
    pages = [name for name in before if same.fullmatch(name)]
    assert len(pages) >= 5
    assert [name for name in pages if after.get(name) != before[name]] == []
    assert not [name for name in after if name.startswith("benchmarks/evil")]
    # A commit from ten years ahead must not make what stands look like long past.
    assert "over half a year" not in place.page("")


def test_a_baseline_pinned_at_a_pull_requests_commit_has_the_trends_values(histories):
    place, shas, squashed = histories
    appended(place, [*trend(shas), run(squashed, 3, rows=[measured("parse", 1e-6)], pull_request=8)])
    place.git("config", "user.name", "Ada Example")
    pinned = place.perfsite("baseline", "pin", squashed, "--reason", "as it was", "--json")
    events = place.path / "history" / "events.jsonl"
    told = json.loads(events.read_text(encoding="utf-8"))["values"] if events.exists() else []
    # Pinned to what the trend had up to there, not to what the pull request measured.
    assert (pinned.code, len(told)) == (0, 2), pinned
    assert all(one["value"] > 0.9 for one in told)
