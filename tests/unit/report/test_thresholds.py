"""Thresholds as rows and as rules that perfsite.toml takes back."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfsite import config
from perfsite.analysis.rehearsal import SIZES, Rehearsal
from perfsite.errors import ConfigError
from perfsite.model.run import Direction
from perfsite.model.series import SeriesKey
from perfsite.report.rehearsals import RehearsedRow, RehearsedView, places_for, spaced
from perfsite.report.thresholds import ThresholdRow, rules_of, toml_of
from perfsite.workflow.thresholds import export, rules_text

names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12) | st.sampled_from(
    ["a[b]", "*", "?", " ", '"\\', "\x1b\n\x7f", "😀\u202e", "]", "[!a]", "a\u2028b"]
)


def row(benchmark: str = "parse", **more) -> ThresholdRow:
    key = SeriesKey(benchmark=benchmark, metric="time", environment="ci", parameters=more.pop("parameters", ()))
    told = {
        "unit": "s",
        "direction": "lower",
        "name": "latency",
        "warn": None,
        "fail": 0.2,
        "minor": 0.02,
        "floor": 0.031,
        "adapted": 0.2,
        "detectable": 0.05,
    }
    return ThresholdRow(key=key, **{**told, **more})


def threshold_after(text: str, one: ThresholdRow):
    settings = config.parse(text, where="rules.toml")
    return settings.policy(one.key, one.unit, Direction.LOWER).threshold


@given(
    benchmark=names,
    metric=names,
    unit=names,
    floor=st.floats(1e-9, 50),
    fail=st.floats(1e-3, 50),
    warn=st.none() | st.floats(1e-3, 50),
)
def test_exported_rules_come_back_as_the_adapted_thresholds_of_exactly_that_series(
    benchmark, metric, unit, floor, fail, warn
):
    one = row()
    key = SeriesKey(benchmark=benchmark, metric=metric, environment="ci")
    one = ThresholdRow(
        key=key,
        unit=unit,
        direction="lower",
        name="rule",
        warn=warn,
        fail=fail,
        minor=0.02,
        floor=floor,
        adapted=None,
        detectable=None,
    )
    (rule,) = rules_of([one])
    assert rule["fail"] >= max(fail, floor) - 1e-9
    assert rule["fail"] <= max(fail, floor) + 0.001
    found = threshold_after(toml_of([rule]), one)
    assert (found.warn, found.fail) == (rule["warn"], rule["fail"])
    other = SeriesKey(benchmark=f"{benchmark}x", metric=metric, environment="ci")
    assert config.parse(toml_of([rule]), where="").policy(other, unit, Direction.LOWER).threshold.name == (
        "memory" if unit == "B" else "latency"
    )


def test_of_series_that_differ_in_parameters_the_noisiest_sets_the_rule():
    rules = rules_of([row(parameters=(("n", "1"),), floor=0.3), row(parameters=(("n", "2"),), floor=0.1)])
    assert [(rule["warn"], rule["fail"]) for rule in rules] == [(0.3, 0.3)]


def test_a_series_without_threshold_or_without_known_noise_gets_no_rule():
    assert rules_of([row(fail=None, adapted=None), row(floor=None)]) == []
    assert threshold_after(toml_of([]), row()).fail == 0.2


def test_thresholds_are_rounded_up_to_tenths_of_a_percent_and_whole_ones_stay():
    (rule,) = rules_of([row(floor=0.0311, fail=0.07)])
    assert (rule["warn"], rule["fail"]) == (0.032, 0.07)


def test_an_export_replaces_an_export_and_nothing_else(tmp_path):
    file = tmp_path / "rules.toml"
    assert export([row()], file) == 1
    assert export([row(), row("sort")], file) == 2
    assert len(config.load(tmp_path, file).rules) == 2
    mine = tmp_path / "perfsite.toml"
    mine.write_text('title = "mine"\n')
    with pytest.raises(ConfigError, match="no export of thresholds"):
        export([row()], mine)
    assert mine.read_text() == 'title = "mine"\n'


def test_an_export_as_json_holds_the_same_rules(tmp_path):
    file = tmp_path / "rules.json"
    export([row()], file)
    assert export([row()], file) == 1
    assert json.loads(file.read_text())["rules"] == rules_of([row()])
    assert rules_text([row()], as_json=True) == file.read_text()


def test_a_row_shows_what_is_not_known_as_such():
    assert row().cells[4:] == ("–", "20.0 %", "±3.1 %", "20.0 %", "5.0 %")
    assert row(floor=None, detectable=None, fail=None, adapted=None, name="").cells[3:] == ("–",) * 6


def rehearsed(share: float, alarms: int = 0) -> RehearsedRow:
    shares = (0.0, *[share] * (len(SIZES) - 1))
    told = Rehearsal(places=4, first_sight=(0.0,) * len(SIZES), lasting=shares, alarms=alarms, replays=8)
    return RehearsedRow(key=row().key, rehearsal=told)


def test_the_summary_counts_the_series_in_which_a_change_would_be_caught():
    unknown = RehearsedRow(key=row().key, rehearsal=None)
    view = RehearsedView(rows=(rehearsed(1.0), rehearsed(0.5), rehearsed(0.25, alarms=2), unknown), passed_over=0)
    assert view.sentences()[2] == (
        "A change of 5 % would be caught in 2 of 3 series within 5 runs, in 0 at first sight."
    )
    assert view.sentences()[-1] == "Without any change 2 of 24 replays called one all the same (8.3 %)."
    assert view.document()["caught_within_later_runs"] == [0, 2, 2, 2, 2]
    assert view.rows[0].cells[3:] == ("0 / 0", "0 / 100", "0 / 100", "0 / 100", "0 / 100", "0 of 8")
    assert unknown.cells[3:] == ("–",) * 6
    assert RehearsedView(rows=(unknown,), passed_over=0).sentences() == [
        "No series is long enough to rehearse a change in it."
    ]


def test_the_work_of_a_rehearsal_has_a_bound():
    assert [places_for(n, 4000) for n in (0, 1, 600, 1000, 4000, 9000)] == [6, 6, 6, 4, 1, 1]
    assert spaced(range(9000), 4000)[:3] == [0, 2, 4]
    assert len(set(spaced(range(9000), 4000))) == 4000
