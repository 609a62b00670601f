"""A hand-written baseline, imported and pinned: what `check` and `build` say from then on."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from perfsite.history.branch import BranchStore
from perfsite.history.store import DirectoryStore
from perfsite.model.run import Columns, Commit, Direction, Environment, Measurement, Metric, Run, Source

START = datetime(2026, 1, 1, tzinfo=UTC)
BASELINE = {
    "version": "1.0",
    "timestamp": "2026-01-27T00:00:00Z",
    "commit": "abc123",
    "metrics": {"p50": 45, "p95": 120, "p99": 250, "error_rate": 0.01, "requests_per_sec": 850},
}
METRICS = {
    "p50": Metric(name="p50", unit="s", direction=Direction.LOWER),
    "p95": Metric(name="p95", unit="s", direction=Direction.LOWER),
    "error_rate": Metric(name="error_rate", unit="1", direction=Direction.LOWER),
    "requests_per_second": Metric(name="requests_per_second", unit="1/s", direction=Direction.HIGHER),
}


def load_test(
    place, number: int, *, p95: float = 0.12, rate: float = 850.0, environment: str = "ci", store=None
) -> None:
    """Record what a load test's total looks like at a new commit."""
    sha = place.commit(f"c{number}", number)
    values = {"p50": 0.045, "p95": p95, "error_rate": 0.01, "requests_per_second": rate}
    rows = [Measurement(benchmark="Aggregated", metric=METRICS[name], value=one) for name, one in values.items()]
    time = START + timedelta(hours=number)
    run = Run(
        time=time,
        commit=Commit(sha=sha, time=time),
        environment=Environment(name=environment),
        source=Source(format="load-test"),
        measurements=Columns.of(rows),
    )
    (store or DirectoryStore(place.path / "history")).append([run])


def pin(place, told: object = BASELINE, *options: str) -> str:
    place.write("site_config/perf_baseline.json", json.dumps(told))
    return place.good("import", "perf-baseline", "site_config/perf_baseline.json", *options)


def rows(place, *options: str) -> dict[str, dict]:
    done = place.perfsite("check", "--json", *options)
    assert "Traceback" not in done.err
    return {row["metric"]: row for row in json.loads(done.out)["rows"]}


def test_a_run_worse_than_the_imported_baseline_fails_and_one_as_good_passes(project):
    said = pin(project)
    assert "5 values pinned as baseline in every environment, written to history/events.jsonl" in said
    assert "Aggregated requests_per_second  850/s" in said
    load_test(project, 1, p95=0.125)
    good = project.perfsite("check")
    assert good.code == 0, good.err
    load_test(project, 2, p95=0.2)
    bad = project.perfsite("check")
    assert bad.code == 1
    line = next(line for line in bad.out.splitlines() if " p95 " in line)
    assert "120 ms pinned" in line
    assert line.endswith("regression, critical [fail]")
    assert "baseline pinned 2026-01-27, perf_baseline.json: Aggregated p95" in bad.err
    assert "pinned, but no series has that benchmark, metric and unit: Aggregated p99 (s)\n" in bad.err
    found = rows(project)
    assert found["p95"]["baseline"] == 0.12
    assert found["p95"]["pinned"]["commit"] == "abc123"
    assert found["p50"]["rule"] == "pass"
    load_test(project, 3, rate=500.0)
    assert project.perfsite("check").code == 1
    assert rows(project)["requests_per_second"]["verdict"] == "regression"


def record_locust(place, number: int, text: str) -> None:
    place.commit(f"c{number}", number)
    place.write("load_stats.csv", text)
    said = place.good("record", "load_stats.csv", "--environment", "ci")
    assert "of locust" in said


def test_the_total_of_a_recorded_locust_file_is_held_against_the_imported_baseline(project, root):
    lines = (root / "tests/data/locust/v2.47_stats.csv").read_text(encoding="utf-8").splitlines()
    total = dict(zip(lines[0].split(","), lines[-1].split(","), strict=True))
    requests, failures = float(total["Request Count"]), float(total["Failure Count"])
    metrics = {
        **{f"p{percent}": float(total[f"{percent}%"]) for percent in (50, 95, 99)},
        "error_rate": failures / requests,
        "requests_per_sec": float(total["Requests/s"]),
    }
    pin(project, BASELINE | {"metrics": metrics})
    record_locust(project, 1, "\n".join(lines))
    good = project.perfsite("check")
    assert good.code == 0, good.err
    assert "no series has that" not in good.err
    found = {row["metric"]: row for row in json.loads(project.perfsite("check", "--json").out)["rows"] if row["pinned"]}
    assert {name: (row["benchmark"], row["value"]) for name, row in found.items()} == {
        "p50": ("Aggregated", 0.024),
        "p95": ("Aggregated", 0.068),
        "p99": ("Aggregated", 0.086),
        "error_rate": ("Aggregated", failures / requests),
        "requests_per_second": ("Aggregated", metrics["requests_per_sec"]),
    }
    assert all(row["baseline"] == row["value"] and row["verdict"] != "regression" for row in found.values())
    slower = lines[-1].replace(",68,79,", ",150,160,")
    assert slower != lines[-1]
    record_locust(project, 2, "\n".join([*lines[:-1], slower]))
    bad = project.perfsite("check")
    assert bad.code == 1
    assert "68.0 ms pinned" in next(line for line in bad.out.splitlines() if " p95 " in line and "Aggregated" in line)
    worse = {
        row["metric"]
        for row in json.loads(project.perfsite("check", "--json").out)["rows"]
        if row["pinned"] and row["verdict"] == "regression"
    }
    assert worse == {"p95"}


@pytest.mark.slow
def test_a_regression_against_a_pin_fails_at_every_commit_until_another_pin(project):
    for number in range(1, 12):
        load_test(project, number, p95=0.2)
    assert project.perfsite("check").code == 0
    pin(project)
    done = project.perfsite("check")
    assert done.code == 1
    assert "since an earlier commit [fail]" in done.out
    assert "here they warn" not in done.err
    pin(project, BASELINE | {"timestamp": "2026-02-01T00:00:00Z", "metrics": {"p95": 200}})
    assert project.perfsite("check").code == 0
    assert rows(project)["p95"]["pinned"]["time"] == "2026-02-01T00:00:00+00:00"
    assert rows(project)["p50"]["pinned"]["time"] == "2026-01-27T00:00:00+00:00"


@pytest.mark.slow
def test_files_are_held_against_the_pin_with_no_history_at_all(project):
    pin(project, {"timestamp": "2026-01-27", "endpoints": {"work": {"time": {"value": 100, "unit": "ms"}}}})
    before = project.snapshot("history")
    project.results(work=[0.2, 0.2, 0.2])
    done = project.perfsite("check", "bench.json")
    assert done.code == 1, done.err
    assert "100 ms pinned" in done.out
    project.results(work=[0.105, 0.105, 0.105])
    assert project.perfsite("check", "bench.json").code == 0
    assert project.snapshot("history") == before


@pytest.mark.slow
def test_importing_the_same_file_twice_adds_nothing(project):
    pin(project)
    stored = project.snapshot("history")
    assert "stored already" in pin(project)
    assert json.loads(pin(project, BASELINE, "--json"))["written"] == 0
    assert project.snapshot("history") == stored


@pytest.mark.slow
def test_a_pin_of_one_environment_leaves_the_others_alone(project):
    pin(project, BASELINE, "--environment", "desk")
    load_test(project, 1, p95=0.2)
    assert rows(project)["p95"]["pinned"] is None
    load_test(project, 2, p95=0.2, environment="desk")
    assert rows(project)["p95"]["verdict"] == "regression"
    wrong = project.perfsite("import", "perf-baseline", "site_config/perf_baseline.json", "--environment", "a/b")
    assert (wrong.code, "cannot be an environment's name" in wrong.err) == (2, True)


@pytest.mark.slow
def test_the_benchmarks_of_a_file_can_be_given_the_names_of_the_history(project):
    told = {"timestamp": "2026-01-27", "endpoints": {"total": {"p95_ms": 120}, "/login": {"p95_ms": 9}}}
    pin(project, told, "--map", "total=Aggregated", "--map", "/*=GET /*")
    assert [one["benchmark"] for one in json.loads(project.lines[0])["values"]] == ["Aggregated", "GET /login"]
    done = project.perfsite("import", "perf-baseline", "site_config/perf_baseline.json", "--map", "total=/login")
    assert (done.code, "two values would be p95 of '/login'" in done.err) == (3, True)


@pytest.mark.slow
def test_the_site_shows_the_pin_with_its_date_and_source(project):
    pin(project)
    for number in range(1, 10):
        load_test(project, number, p95=0.2)
    project.good("build")
    page = project.page(next(one["url"] for one in project.document("data/series.json")["series"]))
    assert "120 ms pinned 2026-01-27, perf_baseline.json" in page
    first = project.page(f"commits/{project.git('rev-list', '--reverse', 'HEAD').split()[1]}/")
    assert "120 ms → 200 ms pinned 2026-01-27, perf_baseline.json" in first
    assert "pinned" in project.page("methods")
    assert "baseline-pinned" in project.document("data/event.schema.json")["properties"]["type"]["enum"]
    before = project.snapshot("site")
    project.good("build")
    assert project.snapshot("site") == before


@pytest.mark.slow
def test_a_pin_on_the_history_branch_counts_and_stays_when_runs_are_pushed_there(project):
    load_test(project, 1, p95=0.2)
    pin(project)
    index = {"GIT_INDEX_FILE": str(project.path / "index-of-the-branch")}
    blob = project.git("hash-object", "-w", "history/events.jsonl")
    project.git("update-index", "--add", "--cacheinfo", f"100644,{blob},events.jsonl", env=index)
    tree = project.git("write-tree", env=index)
    project.git("update-ref", "refs/heads/perf-history", project.git("commit-tree", tree, "-m", "pin"))
    (project.path / "history" / "events.jsonl").unlink()
    assert rows(project)["p95"]["pinned"]["source"] == "perf_baseline.json"
    load_test(project, 2, p95=0.2, store=BranchStore(project.path, remote=None))
    assert "events.jsonl" in project.git("ls-tree", "--name-only", "perf-history")
    assert rows(project)["p95"]["pinned"]["source"] == "perf_baseline.json"
    assert project.perfsite("check").code == 1


@pytest.mark.slow
def test_a_bad_line_among_the_events_costs_itself_and_is_told(project):
    pin(project)
    load_test(project, 1, p95=0.2)
    with (project.path / "history" / "events.jsonl").open("a", encoding="utf-8") as file:
        file.write("nonsense\n")
    done = project.perfsite("check")
    assert done.code == 1
    assert "history/events.jsonl:2: $: not JSON" in done.err
    project.good("build")
    assert "events.jsonl:2" in project.page("data")


@pytest.mark.slow
def test_a_file_that_is_no_baseline_is_an_input_error(project):
    project.write("bad.json", json.dumps({"metrics": {"p50": "fast", "p95": True}}))
    done = project.perfsite("import", "perf-baseline", "bad.json")
    assert (done.code, done.out) == (3, "")
    assert "bad.json: $.metrics.p50: expected a number" in done.err
    assert "bad.json: $.metrics.p95: expected a number, found true" in done.err
    assert not (project.path / "history").exists()


@pytest.mark.slow
def test_imports_at_once_lose_no_pin(project):
    names = []
    for number in range(6):
        names.append(f"b{number}.json")
        project.write(names[-1], json.dumps({"timestamp": "2026-01-27", "metrics": {"p95": 100 + number}}))
    running = [
        subprocess.Popen([sys.executable, "-m", "perfsite", "import", "perf-baseline", name], cwd=project.path)
        for name in names
    ]
    assert [one.wait(timeout=120) for one in running] == [0] * 6
    assert len(project.lines) == 6


def test_a_baseline_older_than_the_one_that_is_pinned_says_that_it_has_no_effect(project):
    project.write("new.json", json.dumps({"timestamp": "2026-01-01T00:00:00Z", "metrics": {"p95": 10, "p50": 5}}))
    project.write("old.json", json.dumps({"timestamp": "2020-01-01T00:00:00Z", "metrics": {"p95": 60}}))
    assert "newer" not in project.perfsite("import", "perf-baseline", "new.json").err
    done = project.perfsite("import", "perf-baseline", "old.json")
    assert "Aggregated p95: the baseline of 2026-01-01 from new.json is newer than this of 2020-01-01" in done.err
    assert "p50" not in done.err.partition("the baseline of")[0].rpartition("warning:")[2]
