"""Compare as people call it: commits, tags, branches, runs, files, in every form, and what is wrong with a call."""

import json
import math
import os
from dataclasses import replace

import pytest

from perfsite.history.store import DirectoryStore
from perfsite.model.event import SeriesSelector
from perfsite.workflow.comparing import CompareWish, compare
from perfsite.workflow.project import open_project
from perfsite.workflow.record import Wish, read_runs

pytestmark = pytest.mark.slow


def steady(number):
    return 0.1 * (1 + (number * 7 % 5 - 2) / 400)


@pytest.fixture(scope="module")
def history(session_place):
    """Return a repository of twenty measured commits, half as fast from the eleventh on; v1 and v2 on either side."""
    made = session_place("compared")
    for i in range(20):
        made.commit(f"c{i}", i)
        made.quickly_recorded([steady(i) * (2 if i >= 10 else 1)] * 3)
        if i in (5, 15):
            made.git("tag", f"v{1 if i == 5 else 2}")
    made.git("branch", "old", "v1")
    return made


def file(place, name, seconds, bench="work"):
    rows = [{"command": bench, "times": list(seconds), "median": sorted(seconds)[len(seconds) // 2]}]
    return str(place.write(name, json.dumps({"results": rows})))


def told(place, base, head, **asked):
    return compare(open_project(place.path), base, head, CompareWish(environment="desk", **asked)).view


def test_two_tags_are_compared_by_their_levels_and_linked_to_the_site(history):
    done = history.perfsite("compare", "v1", "v2")
    assert done.code == 0, done.err
    assert "1 regression, the largest work +100" in done.out
    answer = json.loads(history.good("compare", "v1", "v2", "--json"))
    row = answer["rows"][0]
    assert row["verdict"] == "regression"
    assert row["lower"] < row["delta"] < row["upper"]
    assert answer["base"]["sha"] == history.git("rev-parse", "v1")


def test_the_other_way_round_a_regression_is_an_improvement(history):
    row = told(history, "v2", "v1").rows[0]
    assert (str(row.verdict), round(row.delta, 2)) == ("improvement", -0.5)
    assert row.lower < row.delta < row.upper


def test_a_branch_a_short_sha_and_a_tag_are_the_same_commit(history):
    names = ("v1", "old", history.git("rev-parse", "--short", "v1"), history.git("rev-parse", "v1"))
    assert len({told(history, name, "main").rows for name in names}) == 1


def test_without_a_change_between_them_nothing_is_told_from_chance(history):
    view = told(history, "v1~3", "v1")
    assert [str(row.verdict) for row in view.rows] == ["no-change"]
    assert view.sentence.startswith("No change that can be told from chance")


def test_a_file_against_a_commit_knows_the_noise_of_the_history(history):
    slower = file(history, "slower.json", [0.12] * 3)
    row = told(history, "v1", slower).rows[0]
    assert str(row.verdict) == "regression"
    assert 0 < row.noise < 0.1
    same = told(history, "v1", file(history, "same.json", [0.1001] * 3)).rows[0]
    assert str(same.verdict) == "no-change"


def test_a_run_is_named_by_its_id_or_the_beginning_of_it(history):
    run = json.loads(history.lines[0])
    view = told(history, run["id"][:10], "v2")
    assert view.base.what.startswith(f"run {run['id'][:8]}")
    assert str(view.rows[0].verdict) == "regression"


def test_two_files_without_history_or_repository_are_told_by_their_samples(place):
    plain = place("plain", git=False)
    one = file(plain, "one.json", [0.100 + i / 1000 for i in range(10)])
    other = file(plain, "other.json", [0.200 + i / 1000 for i in range(10)])
    done = plain.perfsite("compare", one, other)
    assert done.code == 0, done.err
    assert "1 regression" in done.out
    assert "effect size +1.00" in done.out
    assert "single runs, which may differ more among themselves" in " ".join(done.out.split())


def test_single_values_without_history_are_told_from_nothing(place):
    plain = place("plain", git=False)
    one, other = (file(plain, f"{i}.json", [0.1 * i]) for i in (1, 9))
    row = told(plain, one, other).rows[0]
    assert (str(row.verdict), row.noise, row.effect) == ("unsure", None, None)
    assert "noise not known: cannot be told from chance" in row.doubts


def stored(place, seconds, facts, *, pull_request=None, environment="desk"):
    """Store a run of another machine, or of a pull request; return its id."""
    made = file(place, "bench.json", [seconds] * 3)
    runs, _ = read_runs(open_project(place.path), [place.path / made], Wish(environment=environment), dict(os.environ))
    run = replace(
        runs[0],
        pull_request=pull_request,
        environment=replace(runs[0].environment, facts={**runs[0].environment.facts, **facts}),
    )
    before = set(place.lines)
    DirectoryStore(place.path / "history").append([run])
    return json.loads((set(place.lines) - before).pop())["id"]


def test_another_machine_and_another_environment_are_not_comparable(project):
    one = stored(project, 0.1, {"cpu.model": "AMD EPYC 7763"})
    other = stored(project, 0.5, {"cpu.model": "AMD EPYC 9V74"})
    row = told(project, one, other).rows[0]
    assert str(row.verdict) == "unsure"
    assert any("not comparable: EPYC 7763 → EPYC 9V74" in doubt for doubt in row.doubts)
    elsewhere = stored(project, 0.7, {}, environment="lab")
    view = told(project, one, elsewhere)
    assert [str(row.verdict) for row in view.rows] == ["unsure"]
    assert any("desk → lab" in note for note in view.notes)


def test_a_pull_requests_head_is_compared_by_its_run(project):
    for i in range(8):
        project.commit(f"c{i}", i)
        project.quickly_recorded([steady(i)] * 3)
    project.git("switch", "-q", "-c", "topic")
    head = project.commit("topic", 20)
    stored(project, 0.3, {}, pull_request=7)
    project.git("switch", "-q", "main")
    row = told(project, "main", "topic").rows[0]
    assert (str(row.verdict), round(row.after, 3)) == ("regression", 0.3)
    assert told(project, "main", head[:10]).rows[0] == row


def test_new_and_missing_benchmarks_are_named(history):
    made = file(history, "other.json", [0.1], bench="fresh one")
    view = told(history, "v1", made)
    assert [key.benchmark for key in view.added] == ["fresh one"]
    assert [key.benchmark for key in view.removed] == ["work"]
    assert view.sentence == "Nothing that both sides measured can be compared."


def test_a_commit_against_itself_is_told_as_that(history):
    view = told(history, "v1", "v1")
    assert view.sentence == "Both are the same measured commit: there is nothing to compare."


def test_the_noise_of_levels_is_what_a_difference_without_a_change_point_must_exceed(history):
    changed, same = (told(history, *names).rows[0] for names in (("v1", "v2"), ("v1~3", "v1")))
    half = math.log1p(same.upper) - math.log1p(same.delta)
    assert math.log1p(same.noise) == pytest.approx(half * 5 / 1.959964)
    assert math.log1p(changed.noise) == pytest.approx(math.log1p(changed.upper) - math.log1p(changed.delta))


def test_globs_and_a_threshold_choose(history):
    assert not told(history, "v1", "v2", series=SeriesSelector(benchmark="nothing*")).rows
    assert str(told(history, "v1", "v2", least=1.5).rows[0].verdict) == "no-change"


@pytest.mark.parametrize("wrong", ["nan", "0", "-1", "five"])
def test_a_threshold_that_is_no_number_above_zero_is_refused(history, wrong):
    done = history.perfsite("compare", "v1", "v2", "--threshold", wrong)
    assert (done.code, done.out) == (2, "")
    assert "--threshold" in done.err


@pytest.fixture(scope="module")
def three(session_place):
    """Return a repository of twenty measured commits: from the eleventh on one is 1.5 % slower, one no longer zero."""
    made = session_place("three")
    for i in range(20):
        made.commit(f"c{i}", i)
        late = i >= 10
        values = {"slower": steady(i) * (1.015 if late else 1), "same": steady(i + 1), "none": 0.3 if late else 0.0}
        rows = [{"command": name, "times": [value] * 3, "median": value} for name, value in values.items()]
        made.write("bench.json", json.dumps({"results": rows}))
        made.good("record", "bench.json", "--environment", "desk")
    return made


def test_a_threshold_below_the_usual_one_finds_what_the_levels_tell(three):
    verdicts = {
        least: {row.key.benchmark: str(row.verdict) for row in told(three, "main~14", "main", least=least).rows}
        for least in (None, 0.01, 0.016)
    }
    assert [one["slower"] for one in verdicts.values()] == ["no-change", "regression", "no-change"]
    assert {one["same"] for one in verdicts.values()} == {"no-change"}


def test_a_series_that_was_zero_has_a_row_without_a_ratio(three):
    row = next(row for row in told(three, "main~14", "main").rows if row.key.benchmark == "none")
    assert (row.before, row.after, row.delta, str(row.verdict)) == (0.0, 0.3, None, "unsure")
    assert row.doubts == ("no relative change exists: a value is zero or negative",)


def test_means_are_of_the_series_asked_for_and_known_in_both_orders(three):
    both, one = (told(three, "main~14", "main", series=SeriesSelector(benchmark=name)) for name in ("*", "slower"))
    assert [mean.mean.count for mean in both.means + one.means] == [2, 1]
    assert one.means[0].mean.delta == pytest.approx(one.rows[0].delta)
    back = told(three, "main", "main~14").means[0].mean
    assert 1 + back.delta == pytest.approx(1 / (1 + both.means[0].mean.delta))
    assert 1 + back.lower == pytest.approx(1 / (1 + both.means[0].mean.upper))


def test_the_owners_direction_counts_for_files_too(history, tmp_path):
    settings = tmp_path / "perfsite.toml"
    settings.write_text('[[rules]]\nbenchmark = "work"\ndirection = "higher"\n', encoding="utf-8")
    asked = ("compare", "v1", file(history, "more.json", [0.2] * 3), "--environment", "desk", "--json")
    rows = [json.loads(history.good(*config, *asked))["rows"][0] for config in ((), ("--config", settings))]
    assert [(row["direction"], row["verdict"]) for row in rows] == [("lower", "regression"), ("higher", "improvement")]


def test_what_was_not_measured_says_what_stands_for_it(project):
    for i in range(3):
        project.commit(f"c{i}", i)
        project.quickly_recorded([steady(i)] * 3)
    project.commit("unmeasured", 9)
    view = told(project, "main~3", "main")
    assert any("was not measured" in note and "stands for it" in note for note in view.notes)


@pytest.mark.parametrize(
    ("base", "head", "code", "said"),
    [
        ("nowhere", "v1", 2, "name a commit, tag, branch, the id of a run, or a result file"),
        ("v1", "broken.json", 3, "broken.json"),
        ("v1", "--upload-pack=x", 2, "No such option"),
        ("ffffffffffff", "v1", 2, "there is no commit or tag"),
    ],
)
def test_a_wrong_call_says_what_to_do(history, base, head, code, said):
    history.write("broken.json", '{"results": [')
    done = history.perfsite("compare", base, head)
    assert (done.code, done.out) == (code, "")
    assert said in done.err
    assert "Traceback" not in done.err


def test_the_ending_of_the_file_chooses_the_form(history, tmp_path):
    for name, start in (("a.html", "<!doctype html>"), ("a.md", "# "), ("a.csv", "benchmark,"), ("a.json", "{")):
        done = history.perfsite("compare", "v1", "v2", "-o", tmp_path / name)
        assert (done.code, done.out) == (0, ""), done.err
        assert (tmp_path / name).read_text(encoding="utf-8").startswith(start)
    assert history.perfsite("compare", "v1", "v2", "-o", tmp_path / "no" / "a.md").code == 5


def test_a_site_of_a_known_address_is_linked(history, tmp_path):
    settings = tmp_path / "perfsite.toml"
    settings.write_text('site_url = "https://perf.example/x/"\n', encoding="utf-8")
    done = history.perfsite("--config", settings, "compare", "v1", "v2", "--format", "markdown")
    sha = history.git("rev-parse", "v1")
    assert f"https://perf.example/x/compare/?base={sha}" in done.out
