"""`check --update-baseline`: what fails becomes normal by a decision with author and reason, and only that."""

import json

import pytest

pytestmark = pytest.mark.slow
DESK = ("--environment", "desk")
DECIDE = ("--update-baseline", "--reason", "validates | its input @now", "--author", "Ada")


def steady(number):
    return 0.1 * (1 + (number * 7 % 5 - 2) / 400)


@pytest.fixture
def history(project):
    for i in range(10):
        project.commit(f"c{i}", i)
        project.quickly_recorded([steady(i)] * 3)
    project.commit("next", 20)
    return project


def events(place):
    file = place.path / "history" / "events.jsonl"
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []


def test_what_a_file_fails_on_is_pinned_and_passes_from_then_on(history):
    history.results(work=[0.15] * 3)
    assert history.perfsite("check", "bench.json", *DESK).code == 1
    done = history.perfsite("check", "bench.json", *DESK, *DECIDE)
    assert done.code == 0, done.err
    assert "1 baseline pinned to the values of" in done.out
    assert "once history/ is pushed" in done.err
    event = events(history)[0]
    assert (event["author"], event["reason"], event["values"][0]["value"]) == (
        "Ada",
        "validates | its input @now",
        0.15,
    )
    assert event["environment"] == "desk"
    assert history.perfsite("check", "bench.json", *DESK).code == 0
    history.results(work=[0.20] * 3)
    assert history.perfsite("check", "bench.json", *DESK).code == 1


def test_a_stored_commit_of_main_is_accepted_and_improvements_count_again(history):
    history.quickly_recorded([0.15] * 3)
    assert history.perfsite("check").code == 1
    done = history.perfsite("check", *DECIDE, "--json")
    assert done.code == 0, done.err
    answer = json.loads(done.out)
    assert answer["decided"]["written"] == 1
    assert answer["base"] == history.git("rev-parse", "HEAD~1")
    event = events(history)[0]
    assert event["commit"] == history.git("rev-parse", "HEAD")
    assert event["series"] == {"benchmark": "work", "metric": "time", "environment": "desk"}
    assert history.perfsite("check").code == 0


def test_nothing_that_fails_is_nothing_to_decide(history):
    history.results(work=[0.1] * 3)
    done = history.perfsite("check", "bench.json", *DESK, "--update-baseline")
    assert done.code == 0
    assert "nothing was recorded" in done.err
    assert not events(history)


def test_a_decision_needs_a_reason_and_a_reason_a_decision(history):
    history.results(work=[0.15] * 3)
    done = history.perfsite("check", "bench.json", *DESK, "--update-baseline")
    assert (done.code, done.out) == (2, "")
    assert "--reason" in done.err
    assert history.perfsite("check", "bench.json", *DESK, "--reason", "x").code == 2
    assert not events(history)


def test_a_budget_is_moved_by_no_decision(history, tmp_path):
    settings = tmp_path / "perfsite.toml"
    settings.write_text('[[budgets]]\nname = "b"\nbenchmark = "work"\nmax = "120 ms"\n', encoding="utf-8")
    history.results(work=[0.15] * 3)
    done = history.perfsite("--config", settings, "check", "bench.json", *DESK, *DECIDE)
    assert done.code == 1, done.err
    assert "no decision about baselines moves it" in done.err


def test_a_name_that_is_a_glob_means_itself_only(project):
    names = {"read[0]_*": 0.1, "read0_x": 0.1}
    for i in range(8):
        project.commit(f"c{i}", i)
        project.results(**{name: [steady(i)] * 3 for name in names})
        project.good("record", "bench.json", *DESK)
    project.commit("slow", 20)
    project.results(**{name: [0.2] * 3 for name in names})
    project.good("record", "bench.json", *DESK)
    done = project.perfsite("check", *DECIDE)
    assert done.code == 0, done.err
    assert {event["series"]["benchmark"] for event in events(project)} == {"read[[]0] [*]", "read0 x"}
    assert project.perfsite("check").code == 0


def test_a_decision_and_a_first_baseline_are_pushed(place, clone):
    origin = place("origin.git", git=False)
    origin.git("init", "-q", "--bare", "--initial-branch=main")
    made = clone(origin, "made")
    made.commit("one", 1)
    made.git("push", "-q", "origin", "HEAD:main")
    first = made.perfsite("check", made.results(work=[0.1] * 3), *DESK, "--push")
    assert first.code == 0
    assert "in branch perf-history of origin" in first.err
    assert "thrown away" not in first.err
    made.commit("two", 2)
    made.git("push", "-q", "origin", "HEAD:main")
    made.results(work=[0.3] * 3)
    assert made.perfsite("check", "bench.json", *DESK).code == 1
    assert made.perfsite("check", "bench.json", *DESK, *DECIDE, "--push").code == 0
    assert not (made.path / "history").exists()
    other = clone(origin, "other")
    other.results(work=[0.3] * 3)
    assert other.perfsite("check", "bench.json", *DESK).code == 0


def test_verbose_tells_what_a_verdict_rests_on(history):
    history.results(work=[0.14, 0.15, 0.16])
    done = history.perfsite("check", "bench.json", *DESK, "--verbose")
    assert done.code == 1
    for said in ("3 samples", "95 %:", "of 10 points", "detectable  ", "fails from 20 %; set by preset latency"):
        assert said in done.out, said
    row = json.loads(history.perfsite("check", "bench.json", *DESK, "--json").out)["rows"][0]
    assert row["samples"] == 3
    assert row["lower"] < row["value"] < row["upper"]
