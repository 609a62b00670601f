"""A load test as people run it: Locust's own CSV, one line, the preset's rules."""

import csv
import io
import json

import pytest

from perfsite.workflow.project import open_project
from perfsite.workflow.record import Wish, record

pytestmark = pytest.mark.slow
DESK = ("--environment", "desk")
LOAD_TEST = ("check", "results_stats.csv", "--preset", "load-test", *DESK)


def stats(data, **factors):
    """Return Locust's recorded file, columns of `Aggregated` and of all endpoints multiplied, or set by a function."""
    text = (data / "locust" / "v2.47_stats.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    for row in rows:
        row["Failure Count"] = "0"
        row["Failures/s"] = "0.0"
        for column, change in factors.items():
            name = {"p50": "50%", "p95": "95%", "p99": "99%", "failures": "Failure Count", "rate": "Requests/s"}[column]
            row[name] = repr(change(row) if callable(change) else float(row[name]) * change)
    made = io.StringIO()
    writer = csv.DictWriter(made, rows[0].keys(), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return made.getvalue()


def recorded(project, data, runs):
    """Record so many load tests, each a little off the others."""
    for i in range(runs):
        project.commit(f"c{i}", i)
        factor = 1 + 0.01 * ((i * 7) % 5 - 2)
        file = project.write("bench.json", stats(data, p50=factor, p95=factor, p99=factor, rate=factor))
        record(open_project(project.path), [file], Wish(environment="desk"), {})


@pytest.fixture(params=[1, 8], ids=["one baseline run", "eight"])
def baseline(request, project, data):
    (project.path / ".git" / "info" / "exclude").write_text("bench.json\nhistory\n*.csv\n", encoding="utf-8")
    recorded(project, data, request.param)
    return project


CASES = {
    "p50 +10 %": ({"p50": 1.10}, 0),
    "p95 +33 %": ({"p95": 1.33}, 1),
    "errors +2.5 points": ({"failures": lambda row: float(row["Request Count"]) * 0.025}, 1),
    "errors +1.5 points": ({"failures": lambda row: float(row["Request Count"]) * 0.015}, 0),
    "p99 +40 %": ({"p99": 1.40}, 0),
    "half the throughput": ({"rate": 0.5}, 0),
}


@pytest.mark.parametrize("name", CASES)
def test_a_locust_file_is_judged_in_one_line(baseline, data, name):
    factors, code = CASES[name]
    baseline.commit("next", 100)
    baseline.write("results_stats.csv", stats(data, **factors))
    done = baseline.perfsite(*LOAD_TEST)
    assert done.code == code, done.out + done.err
    if name in {"p99 +40 %", "half the throughput"}:
        assert "[warn]" in done.out
        assert baseline.perfsite(*LOAD_TEST, "--strict").code == 1
    elif not code:
        assert "[" not in done.out, done.out
    else:
        assert "[fail]" in done.out


def test_the_threshold_decides_alone_while_the_noise_is_unknown_and_says_so(project, data):
    (project.path / ".git" / "info" / "exclude").write_text("bench.json\nhistory\n*.csv\n", encoding="utf-8")
    recorded(project, data, 1)
    project.commit("next", 100)
    project.write("results_stats.csv", stats(data, p95=1.33))
    done = project.perfsite(*LOAD_TEST, "--verbose")
    assert done.code == 1
    assert "the threshold decided alone" in done.err
    assert "threshold   fails from 20 %; set by preset load-test" in done.out
    rows = json.loads(project.perfsite(*LOAD_TEST, "--json").out)["rows"]
    assert {row["metric"] for row in rows if row["rule"] == "fail"} == {"p95"}
    assert {row["threshold_set_by"] for row in rows} == {"preset load-test"}
