"""The executive summary: what it says of made-up histories, and of histories that have little to say."""

from __future__ import annotations

import csv as csv_reader
import io
import json
import math

import pytest

from perfsite.config import Settings
from perfsite.model.budget import Budget, Limit
from perfsite.report.spans import span_of_days
from perfsite.report.summary_records import csv, document
from perfsite.report.summary_texts import WIDTH, escaped, markdown, text


def test_it_tells_what_got_worse_and_better_at_which_commit(stepped, make_sha):
    view = stepped.summary_of(span_of_days(stepped.context, 25))
    assert [(row.benchmark, row.commit.sha) for row in view.worse] == [("slow", make_sha(20))]
    assert [(row.benchmark, row.commit.sha) for row in view.better] == [("fast", make_sha(25))]
    assert view.worse[0].change.lower < 0.5 < view.worse[0].change.upper
    assert view.changed.startswith("Of 3 series that compare, 1 got worse and 1 got better.")


def test_a_move_that_was_taken_back_within_the_time_is_none(make_run, make_report):
    levels = [10] * 12 + [13] * 12 + [10] * 12
    report = make_report(make_run(i, {"parse": level * (1 + i * 7 % 5 / 500)}) for i, level in enumerate(levels))
    view = report.summary_of(span_of_days(report.context, 30))
    assert (view.worse, view.better) == ((), ())


def test_what_takes_longer_is_added_up_with_an_interval_that_holds_it(make_run, make_report):
    runs = [
        make_run(i, {name: (1.3 if i >= 30 and name == "b0" else 1) * (1 + (i * 7 + k * 3) % 5 / 500)
                     for k, name in enumerate(f"b{k}" for k in range(10))})
        for i in range(60)
    ]  # fmt: skip
    view = make_report(runs).summary_of(None)
    (cost,) = [row for row in view.costs if row.kind == "sum"]
    assert cost.sentence.startswith("One run of everything takes 301 ms more (+3.0 %)")
    assert (cost.what, cost.unit) == ("time in ci", "s")
    assert cost.change.lower < 0.03 < cost.change.upper
    (standing,) = [row for row in view.costs if row.kind == "standing"]
    assert standing.now - standing.then == pytest.approx(0.3, rel=0.02)


def test_noise_alone_costs_nothing(make_run, make_report):
    runs = [make_run(i, {"parse": 10 * (1 + (i * 37 % 11 - 5) / 100)}) for i in range(60)]
    view = make_report(runs).summary_of(None)
    assert "as much as before" in view.costs[0].sentence
    assert "cannot be told from chance" in view.costs[0].note


def test_a_run_in_which_all_strayed_widens_the_interval_of_all(make_run, make_report):
    def history(shared):
        for i in range(60):
            rows = {f"b{k}": 1 + ((i * 37 + (0 if shared else k * 17)) % 11 - 5) / 100 for k in range(11)}
            yield make_run(i, rows)

    together, alone = (make_report(history(shared)).summary_of(None).costs[0].change for shared in (True, False))
    assert together.upper - together.lower > 2 * (alone.upper - alone.lower)


def test_another_machine_is_not_compared(make_run, make_report):
    runs = [
        make_run(i, {"a": (1 if i < 40 else 1.3) + i % 5 / 500}, facts={"cpu.model": "old" if i < 40 else "new"})
        for i in range(60)
    ]
    report = make_report(runs)
    period = report.summary_of(span_of_days(report.context, 30)).period
    assert (period.compared, period.apart) == (0, 1)
    assert report.summary.changed.startswith("Nothing can be compared")


def test_days_that_hold_few_commits_are_widened_to_ten(make_run, make_report):
    runs = [make_run(i * 40, {"a": 1 + i % 5 / 500}) for i in range(20)]
    view = make_report(runs).summary
    assert (view.period.title, view.period.commits) == ("the newest 10 measured commits", 10)


def test_the_first_things_to_do_are_of_different_kinds(make_run, make_report):
    runs = [make_run(i, {"parse": (13 if i >= 20 else 10) * (1 + i * 7 % 5 / 500)}) for i in range(30)]
    limit = Budget(name="quick", benchmark="*", limit=Limit(highest=12.0))
    view = make_report(runs, settings=Settings(budgets=(limit,))).summary
    assert [action.kind for action in view.actions[:2]] == ["budget", "incident"]
    assert "by Ada" in view.actions[1].why
    assert [row.kind for row in view.costs if row.kind == "budget"] == ["budget"]


@pytest.mark.parametrize("runs", [0, 1, 2, 3])
def test_a_history_that_has_little_to_say_says_little(make_run, make_report, runs):
    view = make_report(make_run(i, {"a": 1.0, "b": 2.0}) for i in range(runs)).summary
    assert (view.worse, view.better, view.incidents) == ((), (), ())
    assert view.actions == ()
    assert view.idle
    for made in (text(view), markdown(view), csv(view), json.dumps(document(view), allow_nan=False)):
        assert "nan" not in made.lower().replace("finance", "")


def test_values_of_zero_and_below_and_of_no_direction_make_no_ratio(make_run, make_report):
    runs = [make_run(i, {"zero": 0.0, "negative": -1.0 - i % 3, "a": 1.0 + i % 5 / 500}) for i in range(40)]
    view = make_report(runs).summary
    json.dumps(document(view), allow_nan=False)
    assert all(math.isfinite(group.mean.delta) for group in view.groups)


def test_months_count_what_stands_and_chain_the_levels(make_run, make_report):
    runs = [
        make_run(i, {"a": (1.5 if i >= 70 else 1.0) * (1 + i * 7 % 5 / 500), "b": 1 + i % 3 / 500}) for i in range(120)
    ]
    months = make_report(runs).summary.months
    assert [month.month for month in months] == ["2026-01", "2026-02", "2026-03", "2026-04"]
    assert [month.standing for month in months] == [0, 0, 1, 1]
    assert months[0].change == 0
    assert months[-1].change == pytest.approx(math.sqrt(1.5) - 1, abs=0.01)


def test_groups_are_those_of_the_site_and_only_a_finding_makes_one_worse(make_run, make_report):
    runs = [
        make_run(i, {f"{part}/{k}": (1.4 if i >= 40 and part == "a" else 1) * (1 + (i * 7 + k) % 5 / 500)
                     for part in "ab" for k in range(3)})
        for i in range(60)
    ]  # fmt: skip
    groups = make_report(runs).summary.groups
    assert [(group.name, group.series, group.worse, group.verdict) for group in groups] == [
        ("a", 3, 3, "regression"),
        ("b", 3, 0, "no-change"),
    ]


HOSTILE = "a|b <!-- x --> <img src=x> @ada #12 GH-3 https://x.org www.y.org [l](javascript:1) **b** `c` \u202e\n# d"


def test_markdown_shows_foreign_text_and_obeys_none_of_it():
    made = escaped(HOSTILE)
    assert "\n" not in made
    for dangerous in ("<", "@ada", "#12", "GH-3", "https://", "www.y", "\u202e"):
        assert dangerous not in made
    for mark in "|[]*`":
        assert f"\\{mark}" in made
        assert made.count(mark) == made.count(f"\\{mark}")


def test_text_keeps_to_eighty_columns(stepped):
    assert max(map(len, text(stepped.summary).splitlines())) <= WIDTH


def test_csv_has_a_cell_for_each_column_and_guards_formulas(make_run, make_report):
    runs = [make_run(i, {"=cmd()": (1.5 if i >= 40 else 1.0) * (1 + i * 7 % 5 / 500)}) for i in range(60)]
    rows = list(csv_reader.reader(io.StringIO(csv(make_report(runs).summary))))
    assert {len(row) for row in rows} == {13}
    (moved,) = [row for row in rows if row[0] == "moved"]
    assert moved[1] == "'=cmd()"
    assert float(moved[6]) == pytest.approx(0.5, abs=0.02)
