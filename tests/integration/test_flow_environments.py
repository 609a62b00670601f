"""Machines, ignored paths and missing benchmarks, from the history to pages and `check`."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from perfsite.history.store import DirectoryStore
from perfsite.model.run import Columns, Commit, Direction, Environment, Measurement, Metric, Run, Source

pytestmark = pytest.mark.slow
TIME = Metric(name="time", unit="s", direction=Direction.LOWER)
START = datetime(2026, 1, 1, tzinfo=UTC)
EPYC = {"cpu.model": "AMD EPYC 7763 64-Core Processor", "cpu.cores": 4, "runtime.python": "3.11.4"}
NEWER = {"cpu.model": "AMD EPYC 9V74 80-Core Processor", "cpu.cores": 4, "runtime.python": "3.11.4"}


@pytest.fixture
def history(project):
    """Return a function that commits a file and records a run of some benchmarks, all but noise the same."""
    chance = np.random.default_rng(11)
    count = 0

    def add(seconds, *, file="src/code.py", facts=None, environment="ci"):
        nonlocal count
        count += 1
        project.write(file, f"{count}\n")
        project.git("add", file)
        sha = project.commit(f"commit {count}", count)
        rows = [
            Measurement(benchmark=name, metric=TIME, value=value * float(np.exp(chance.normal(0, 0.005))))
            for name, value in seconds.items()
        ]
        run = Run(
            time=START + timedelta(hours=count),
            commit=Commit(sha=sha, time=START + timedelta(hours=count), subject=f"commit {count}"),
            environment=Environment(name=environment, facts=facts or EPYC),
            source=Source(format="test", tool="bench", version="1.0"),
            measurements=Columns.of(rows),
            branch="main",
        )
        DirectoryStore(project.path / "history").append([run])
        return sha

    return add


def suite(factor=1.0, count=12):
    return {f"family{i % 3}/bench{i}": 0.1 * (i + 1) * factor for i in range(count)}


def test_a_regression_on_another_machine_is_not_comparable_and_says_why(project, history):
    for _ in range(12):
        history({"work": 0.1})
    history({"work": 0.13}, facts=NEWER)
    done = project.perfsite("check")
    assert done.code == 0
    assert "not comparable: EPYC 7763 → EPYC 9V74; would see ±" in done.err
    history({"work": 0.13}, facts=EPYC)
    assert project.perfsite("check").code == 1


def test_a_commit_that_touches_ignored_paths_only_does_not_fail(project, history):
    project.write("site_config/perfsite.toml", 'ignored_paths = ["docs/", "*.md"]\n')
    for _ in range(12):
        history({"work": 0.1})
    history({"work": 0.13}, file="docs/guide.txt")
    done = project.perfsite("check")
    assert (done.code, "the same code as before" in done.err) == (0, True)
    project.write("site_config/perfsite.toml", 'ignored_paths = ["*.md"]\n')
    assert project.perfsite("check").code == 1


def test_a_slower_runner_is_told_from_a_slower_benchmark(project, history):
    for _ in range(20):
        history(suite())
    seconds = suite(1.3)
    seconds["family0/bench0"] *= 1.7
    history(seconds)
    done = project.perfsite("check", "--json")
    document = json.loads(done.out)
    assert done.code == 1
    assert {row["verdict"] for row in document["rows"][1:]} == {"unsure"}
    assert (document["rows"][0]["benchmark"], document["rows"][0]["rule"]) == ("family0/bench0", "fail")
    assert "11 of 12 benchmarks of ci became slower together, by about" in done.err


def test_what_the_newest_run_lacks_is_listed_until_it_is_retired(project, history):
    for _ in range(10):
        history({"work": 0.1, "<b>gone</b>": 0.2})
    first = history({"work": 0.1})
    last = history({"work": 0.1})
    done = project.perfsite("check", "--json")
    (missing,) = json.loads(done.out)["missing"]
    assert (missing["benchmark"], missing["commits"], missing["failed"]) == ("<b>gone</b>", 2, False)
    assert f"not measured now, but at {missing['last'][:8]} in ci: <b>gone</b>" in done.err
    project.good("build")
    front = project.page("")
    assert "Not measured any more" in front
    assert f"not measured since {first[:8]} (2026-01-01), 2 commits" in front
    assert "&lt;b&gt;gone&lt;/b&gt;" in (project.path / "site/index.html").read_text("utf-8")
    assert "Not measured any more" not in project.page(f"commits/{last}/")


def test_pages_name_what_else_changed_at_the_run(project, history):
    for _ in range(12):
        history({"work": 0.1})
    changed = history({"work": 0.12}, facts={**EPYC, "runtime.python": "3.12.1", "kernel": "6.8"})
    for _ in range(8):
        history({"work": 0.12}, facts={**EPYC, "runtime.python": "3.12.1", "kernel": "6.8"})
    project.good("build")
    page = project.page(f"commits/{changed}/")
    assert "What else changed at this run" in page
    assert "ci: Python 3.11.4 → 3.12.1." in page
    url = project.document("data/series.json")["series"][0]["url"]
    assert "changed at the same run: Python 3.11.4 → 3.12.1" in project.page(url)
    assert "Regression" in project.page(url)
