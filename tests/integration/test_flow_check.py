"""`perfsite check` as a gate: what fails, what does not, against which baseline, under which rules."""

import json

import numpy as np
import pytest

NOISE = np.random.default_rng(20261121)


@pytest.fixture(scope="session")
def steady(session_place):
    """Return a project with 20 noisy runs of 100 ms on main, one a commit."""
    made = session_place("steady")
    for i, factor in enumerate(NOISE.normal(1, 0.01, (20, 3))):
        sha = made.commit(f"c{i}", i)
        made.quickly_recorded((0.1 * factor).tolist(), commit=sha)
    made.commit("contender", 30)
    return made


def check(place, seconds, *options):
    place.results(work=[seconds * factor for factor in (0.999, 1, 1.001)])
    return place.perfsite("check", "bench.json", "--environment", "desk", *options)


def row(done):
    return json.loads(done.out)["rows"][0]


def test_a_planted_regression_fails_with_a_table(steady):
    done = check(steady, 0.13)
    assert done.code == 1
    head, _, line, sentence = done.out.splitlines()
    assert head.split() == ["benchmark", "metric", "current", "baseline", "change", "noise", "verdict"]
    assert line.split()[:2] == ["work", "time"]
    assert line.endswith("regression, critical, suspected [fail]")
    assert "1 regression: work (+" in sentence
    assert (
        done.err == "note: suspected: only the newest run shows it, and later runs confirm or withdraw it: work time\n"
    )


@pytest.mark.slow
def test_the_numbers_for_programs_are_those_of_the_history(steady):
    done = check(steady, 0.13, "--json")
    document = json.loads(done.out)
    assert set(document) == {"version", "sha", "base", "sentence", "failing", "missing", "rows"}
    assert (document["version"], document["failing"], done.code) == (1, 1, 1)
    assert document["sha"] == steady.git("rev-parse", "HEAD")
    assert document["base"] == steady.git("rev-parse", "HEAD~1")
    found = document["rows"][0]
    stored = [json.loads(line)["measurements"]["value"][0] for line in steady.lines]
    assert found["value"] == 0.13
    assert min(stored) < found["baseline"] < max(stored)
    assert found["delta"] == pytest.approx(0.13 / found["baseline"] - 1)
    assert 0 < found["noise_floor"] < 0.1
    assert (found["threshold"], found["rule"], found["unit"]) == (0.2, "fail", "s")


@pytest.mark.slow
def test_an_improvement_and_no_change_pass(steady):
    improved = check(steady, 0.07, "--json")
    assert (improved.code, row(improved)["verdict"]) == (0, "improvement")
    same = check(steady, 0.1, "--all", "--json")
    assert (same.code, row(same)["verdict"]) == (0, "no-change")


@pytest.mark.slow
def test_no_change_needs_no_table_but_all_shows_it(steady):
    assert len(check(steady, 0.1).out.splitlines()) == 1
    assert "no-change" in check(steady, 0.1, "--all").out


@pytest.mark.slow
def test_checking_a_file_stores_nothing(steady):
    before = steady.snapshot("history")
    check(steady, 0.13)
    assert steady.snapshot("history") == before


@pytest.mark.slow
def test_without_a_file_the_newest_run_is_judged(steady):
    answer = json.loads(steady.good("check", "--json"))
    assert answer["sha"] == steady.git("rev-parse", "HEAD~1")


RULES = {
    "fail higher": ("[[rules]]\nbenchmark = 'w*'\nfail = 0.5\n", 0, "pass"),
    "warn": ("[[rules]]\nmetric = 'time'\nfail = 0.5\nwarn = 0.2\n", 0, "warn"),
    "fail lower": ("[[rules]]\nunit = 's'\nfail = 0.02\n", 1, "fail"),
    "other benchmark": ("[[rules]]\nbenchmark = 'other'\nfail = 0.5\n", 1, "fail"),
    "higher is better": ("[[rules]]\nenvironment = 'desk'\ndirection = 'higher'\n", 0, "pass"),
    "neither is better": ("[[rules]]\ndirection = 'neither'\nfail = 0.01\n", 0, "pass"),
    "preset": ("[[rules]]\npreset = 'memory'\n", 1, "fail"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", RULES)
def test_the_rules_of_the_owner_change_the_answer(steady, tmp_path, name):
    text, code, rule = RULES[name]
    file = tmp_path / "perfsite.toml"
    file.write_text(text, encoding="utf-8")
    steady.results(work=[0.13] * 3)
    done = steady.perfsite("--config", file, "check", "bench.json", "--environment", "desk", "--json")
    assert (done.code, row(done)["rule"]) == (code, rule), done.err
    if name == "warn":
        strict = steady.perfsite("--config", file, "check", "bench.json", "--environment", "desk", "--strict")
        assert strict.code == 1


@pytest.mark.slow
def test_a_branch_is_compared_with_its_merge_base_not_with_the_newest_main(steady, tmp_path):
    made = type(steady)(tmp_path / "copy")
    steady.git("clone", "-q", str(steady.path), str(made.path))
    for name, content in steady.snapshot("history").items():
        made.write(f"history/{name}", content.decode())
    made.git("switch", "-q", "-c", "topic")
    made.commit("topic", 40)
    made.git("switch", "-q", "main")
    for i in range(8):
        made.commit(f"slow {i}", 50 + i)
        made.quickly_recorded([0.2] * 3)
    made.git("switch", "-q", "topic")
    assert row(check(made, 0.1, "--all", "--json"))["verdict"] == "no-change"
    assert check(made, 0.13).code == 1


def test_a_first_file_is_stored_as_the_baseline_and_said(project):
    done = project.perfsite("check", project.results(work=[0.1]))
    assert done.code == 0
    assert "there was no baseline: this run is now the first" in done.err
    assert "record --push" in done.err
    assert len(project.lines) == 1
    again = project.perfsite("check", "bench.json")
    assert (again.code, len(project.lines)) == (0, 1)
    assert "is stored already" in again.err


def test_a_commit_measured_again_is_held_against_its_first_run_where_nothing_is_older(project):
    project.perfsite("check", project.results(work=[0.1]))
    project.results(work=[0.133])
    slower = project.perfsite("check", "bench.json")
    assert (slower.code, len(project.lines)) == (1, 1)
    assert "+33.0 %" in slower.out
    assert "compared with the runs that are stored of this very one" in slower.err
    assert slower.out == project.perfsite("check", "bench.json").out


@pytest.mark.slow
def test_an_empty_history_has_nothing_to_judge(project):
    done = project.perfsite("check")
    assert (done.code, done.out) == (4, "")
    assert "there is no run to judge" in done.err
    assert "perfsite record FILE" in done.err


@pytest.mark.slow
def test_a_bad_file_is_an_input_error_and_no_verdict(steady):
    done = steady.perfsite("check", steady.write("bench.json", "{"))
    assert (done.code, done.out) == (3, "")


@pytest.mark.slow
def test_every_fault_of_the_configuration_is_told_with_its_line(project):
    project.write(
        "site_config/perfsite.toml",
        "title = 3\ncolour = 'red'\n\n[[rules]]\nfail = -1\ndirection = 'up'\n\n[[rules]]\nfail = 'much'\n",
    )
    done = project.perfsite("check")
    assert (done.code, done.out) == (2, "")
    for line, word in ((1, "title"), (2, "colour"), (5, "rules.fail"), (6, "rules.direction"), (9, "rules.fail")):
        assert f"line {line}: {word}" in done.err
    project.write("site_config/perfsite.toml", "title = \n")
    done = project.perfsite("build")
    assert done.code == 2
    assert "line 1" in done.err


@pytest.mark.slow
def test_a_regression_that_began_earlier_warns_and_fails_only_strictly(project):
    for i in range(16):
        sha = project.commit(f"c{i}", i)
        project.quickly_recorded([(0.1 if i < 10 else 0.2) * (1 + i % 3 / 100)], commit=sha)
    done = project.perfsite("check")
    assert done.code == 0
    assert "1 earlier regression still open" in done.out
    assert "since an earlier commit [warn]" in done.out
    assert "began at an earlier commit" in done.err
    assert project.perfsite("check", "--strict").code == 1


@pytest.mark.slow
@pytest.mark.parametrize(("target", "code", "rule"), [("", 1, "[fail]"), ("target = 0.9", 0, "[warn]")])
def test_a_value_beyond_its_budget_is_told_whatever_it_was_before(steady, target, code, rule):
    settings = steady.write("budget.toml", f"[[budgets]]\nname = 'quick'\nmax = '90 ms'\n{target}\n")
    steady.results(work=[0.0999, 0.1, 0.1001])
    done = steady.perfsite("--config", str(settings), "check", "bench.json", "--environment", "desk")
    settings.unlink()
    assert done.code == code
    assert done.out.splitlines()[2].endswith(f"no-change, beyond its budget {rule}")
    assert "note: beyond its budget: work time: 100 ms, budget quick: at most 90 ms\n" in done.err


@pytest.mark.slow
def test_a_figure_of_a_service_beyond_its_limit_fails_and_a_budget_for_nothing_is_told(steady):
    kpi = "[[kpis]]\nservice = 'shop'\nname = 'slowest'\nmax = '90 ms'\n"
    settings = steady.write("kpi.toml", kpi + "[[budgets]]\nname = 'typo'\nmetric = 'tiem'\nmax = 1\n")
    steady.results(work=[0.0999, 0.1, 0.1001])
    done = steady.perfsite("--config", str(settings), "check", "bench.json", "--environment", "desk")
    settings.unlink()
    assert done.code == 1
    assert "note: beyond its budget: shop: slowest time: 100 ms, budget slowest: at most 90 ms\n" in done.err
    assert "note: budget 'typo' selects no series of the history (benchmark *, metric tiem, unit *" in done.err
