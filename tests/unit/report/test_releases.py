"""Releases: values around them, what changed between them, who did it, and what is not compared."""

from __future__ import annotations

import math

import numpy as np
import pytest

from perfsite.report.release_names import previous_releases, product

COMMITS = 60
NOISE = 0.004


@pytest.fixture(scope="module")
def history(make_run, make_report):
    """Return a report of 60 commits with releases at 9, 29, 49: what each benchmark does is in `_level`."""
    rng = np.random.default_rng(3)
    runs = []
    for i in range(COMMITS):
        values = {name: _level(name, i) * (1 + NOISE * rng.normal()) for name in _NAMES if _level(name, i)}
        runs.append(make_run(i, values))
    return make_report(runs, releases=[(9, "v1.0"), (29, "v1.1"), (49, "v1.2-rc1"), (49, "v1.2")])


_NAMES = ("io/slow", "io/fast", "io/same", "cpu/steady", "cpu/young", "cpu/old")


def _level(name: str, i: int) -> float:
    if name == "io/slow":
        return 1.2 if i >= 20 else 1.0
    if name == "io/fast":
        return 0.5 if i >= 40 else 1.0
    if name == "cpu/young":
        return 2.0 if i >= 15 else 0.0
    if name == "cpu/old":
        return 2.0 if i < 35 else 0.0
    return 3.0


def _view(report, tag):
    return next(view for view in report.releases() if view.tag == tag)


def test_a_release_says_in_one_sentence_what_regressed(history):
    view = _view(history, "v1.1")
    assert view.state == "regression"
    assert view.previous.tag == "v1.0"
    assert view.sentence.startswith("1 series regressed from v1.0 to v1.1; no clear difference on geometric mean (+")
    assert [row.benchmark for row in view.worse] == ["io/slow"]
    assert float(view.worse[0].delta[1:5]) == pytest.approx(20, abs=1)
    assert view.better == ()


def test_a_release_names_the_commits_that_did_it(history, make_sha):
    causes = _view(history, "v1.1").causes
    assert [row.commit.sha for row in causes] == [make_sha(20)]
    assert causes[0].sentence.startswith("io/slow regressed by +")
    assert causes[0].incident.startswith("incidents/")
    assert _view(history, "v1.2").worse == ()
    assert [row.benchmark for row in _view(history, "v1.2").better] == ["io/fast"]


def test_benchmarks_that_came_and_went_are_no_movers(history):
    assert [name for name, _ in _view(history, "v1.1").added] == ["cpu/young"]
    assert [name for name, _ in _view(history, "v1.2").removed] == ["cpu/old"]
    assert _view(history, "v1.2").added == ()


def test_the_mean_of_a_group_is_that_of_its_series(history):
    levels = history._context.releases.levels
    old, new = levels.column(9), levels.column(29)
    names = [series.key.benchmark for series in history._context.timeline.series]
    mine = [i for i, name in enumerate(names) if name.startswith("io/")]
    row = next(row for row in _view(history, "v1.1").groups if row.name == "io")
    mean = math.expm1(float((new.logs - old.logs)[mine].mean()))
    assert row.delta == f"+{mean * 100:.1f} %"
    assert row.series == 3


def test_the_value_of_a_release_is_the_mean_of_runs_around_it_on_its_level(history):
    levels = history._context.releases.levels
    column, flat = levels.column(29), levels.flat
    number = next(i for i, one in enumerate(history._context.timeline.series) if one.key.benchmark == "io/slow")
    low, high = (int(edge[number]) - int(flat.starts[number]) for edge in (column.low, column.high))
    assert (low, high) == (20, 40)  # From the change to half-way to the next release.
    series = history._context.timeline.series[number]
    counted = ~history._context.judged.judgements[number].outliers[low:high]
    assert column.logs[number] == pytest.approx(np.log(series.values[low:high])[counted].mean())


def test_releases_close_together_take_five_runs_each_of_one_level(make_run, make_report):
    runs = [make_run(i, {"a": 1 + 0.01 * (i % 3)}) for i in range(30)]
    report = make_report(runs, releases=[(i, f"v{i}") for i in range(30)])
    levels = report._context.releases.levels
    assert {int(levels.column(i).counts[0]) for i in range(30)} == {5}
    assert all(view.state == "no-change" for view in report.releases() if view.previous and "unsure" not in view.state)


def test_tags_of_one_commit_and_prereleases_are_told(history):
    rc, final = _view(history, "v1.2-rc1"), _view(history, "v1.2")
    assert rc.previous.tag == final.previous.tag == "v1.1"
    assert "No measured commit tells it from v1.2-rc1: they hold the same measurements." in final.notes
    assert any(note.startswith("A pre-release") for note in rc.notes)


def test_the_first_release_is_compared_with_nothing(history):
    view = _view(history, "v1.0")
    assert view.sentence == "v1.0 is the first release with measurements: 5 benchmarks."
    assert (view.previous, view.text, view.groups) == (None, "", ())


def test_a_site_without_releases_says_how_they_are_found(stepped):
    view = stepped.section("releases/")
    assert (view.lines, view.matrix) == ((), None)
    assert list(stepped.releases()) == []


def test_a_new_machine_is_not_compared_and_said_so(make_run, make_report):
    rng = np.random.default_rng(5)
    runs = []
    for i in range(40):
        machine = {"cpu.model": "AMD EPYC 7763" if i < 20 else "AMD EPYC 9V74"}
        size = 1.0 if i < 20 else 0.7
        values = {f"b{k}": (k + 1) * size * (1 + NOISE * rng.normal()) for k in range(5)}
        runs.append(make_run(i, values, facts=machine))
    view = _view(make_report(runs, releases=[(10, "v1"), (35, "v2")]), "v2")
    assert view.left_out == (("ci", "not comparable: EPYC 7763 → EPYC 9V74"),)
    assert view.sentence == "Nothing that v2 and v1 have in common can be compared; not compared: ci."
    assert (view.state, view.worse, view.better, view.groups) == ("unsure", (), (), ())
    assert "Not compared:" in view.text


def test_an_environment_without_a_new_run_is_not_called_unchanged(make_run, make_report):
    runs = [make_run(i, {"a": 1 + 0.001 * (i % 5)}, environment="old") for i in range(20)]
    runs += [make_run(i, {"a": 1 + 0.001 * (i % 5)}, environment="new") for i in range(40)]
    report = make_report(runs, releases=[(19, "v1"), (35, "v2")])
    view = _view(report, "v2")
    assert [row.environment for row in view.groups] == ["new"]
    assert (view.added, view.removed) == ((), ())


def test_the_matrix_colours_only_what_is_beyond_its_noise(history):
    matrix = history.section("releases/").matrix
    assert [tag for tag, _, _ in matrix.columns] == ["v1.2-rc1", "v1.2", "v1.1"] or [
        tag for tag, _, _ in matrix.columns
    ] == ["v1.2", "v1.2-rc1", "v1.1"]
    rows = {row.name: row for row in matrix.rows}
    assert set(rows) == {"io/slow", "io/fast"}
    assert rows["io/slow"].cells[2][1] == "worse-3"
    assert rows["io/fast"].cells[0][1] == "better-3"
    assert rows["io/slow"].cells[0][1] == ""


def test_published_values_are_those_of_the_page(history):
    documents = dict(history.documents())
    index = documents["data/releases.json"]["releases"]
    assert [one["tag"] for one in index] == ["v1.0", "v1.1", "v1.2", "v1.2-rc1"]
    assert [one["previous"] for one in index] == [None, 0, 1, 1]
    machines = documents["data/machines.json"]
    assert machines["environments"] == [{"environment": "ci", "commits": [0], "machines": [0]}]
    assert machines["together"][0]["share"] < 0.2


@pytest.mark.parametrize(
    ("tag", "name"), [("v1.2.0", ""), ("parser@2.0", "parser"), ("release-3", ""), ("lib/core-v1.0-rc1", "lib/core")]
)
def test_a_product_is_what_stands_before_the_version(tag, name):
    assert product(tag) == name


def test_products_of_one_repository_are_compared_each_with_itself():
    releases = [(1, "parser@1.0"), (2, "writer@1.0"), (5, "parser@1.1"), (6, "writer@1.1")]
    assert previous_releases(releases) == [None, 0, 0, 1]


def test_levels_that_may_not_have_changed_do_not_excuse_those_that_did(make_run, make_report):
    rng = np.random.default_rng(3)
    runs = []
    for i in range(14):
        sizes = {"slow": 1.3 if i >= 6 else 1.0, "a": 1.25 if 8 <= i < 12 else 1.0, "same": 1.0, "steady": 1.0}
        runs.append(make_run(i, {name: size * (1 + NOISE * rng.normal()) for name, size in sizes.items()}))
    report = make_report(runs, releases=[(3, "v1"), (9, "v2")])
    view = _view(report, "v2")
    assert view.left_out == (), "no machine changed"
    assert [row.benchmark for row in view.worse] == ["slow"]
    assert [(row.benchmark, row.doubt) for row in view.unsure] == [("a", "not sure that its level changed")]
    doubtful = next(benchmark for benchmark in report.benchmarks() if benchmark.name == "a")
    assert {row.why for row in doubtful.baselines} == {
        "the first level",
        "not sure that the level changed; this one counts until that is known",
    }


def test_series_that_are_zero_or_less_are_counted_and_named(make_run, make_report):
    runs = []
    for i in range(40):
        late = i >= 20
        values = {
            "errors": 0.02 if late else 0.0,
            "drift": -1.0,
            "rare": 0.01 if i % 4 else 0.0,
            "same": 1.0 + i % 3 / 500,
        }
        runs.append(make_run(i, values))
    report = make_report(runs, releases=[(10, "v1"), (35, "v2")])
    view = _view(report, "v2")
    why = "3 series have no ratio, being zero or less, and count in no mean"
    assert view.no_ratio == f"{why}; of these changed: errors · time · ci 0 s → 20 ms."
    assert [(row.name, row.series) for row in view.groups] == [("", 1)]
    assert (view.worse, view.better) == ((), ())
    assert "3 series have no ratio" in view.text
    assert report.context.differences.between(10, 35).no_ratio == [0, 1, 2]
    assert (
        _view(make_report([make_run(i, {"a": 1.0}) for i in range(9)], releases=[(2, "a1"), (8, "a2")]), "a2").no_ratio
        == ""
    )
