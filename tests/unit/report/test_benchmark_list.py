"""The list of benchmarks: groups, order, words."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from perfsite.report.benchmark_list import BenchmarkListView


@pytest.fixture
def listed(make_run: Callable, make_report: Callable) -> BenchmarkListView:
    def value(name: str, i: int) -> float:
        steps = {"lib/json/slow": 1.5, "lib/json/slower": 2.0, "lib/xml/quick": 0.5}
        begins = 29 if "quick" in name else 20
        return (steps.get(name, 1.0) if i >= begins else 1.0) * (1 + (i * 7 % 5 - 2) / 500)

    names = ("lib/json/same", "lib/json/slow", "lib/json/slower", "lib/xml/quick", "lib/xml/same", "odd")
    return make_report([make_run(i, {name: value(name, i) for name in names}) for i in range(30)]).benchmark_list


def test_groups_come_worst_first_and_the_others_last(listed: BenchmarkListView) -> None:
    assert [group.name for group in listed.groups] == ["json", "xml", "Others"]
    assert [line.name for line in listed.groups[0].lines] == ["lib/json/slower", "lib/json/slow", "lib/json/same"]


def test_groups_and_the_list_say_how_their_benchmarks_stand(listed: BenchmarkListView) -> None:
    assert [group.summary for group in listed.groups] == [
        "3 benchmarks: 2 regressed", "2 benchmarks: 1 improved", "1 benchmark"
    ]  # fmt: skip
    assert listed.sentence == "6 benchmarks: 2 regressed, 1 improved."
    assert [group.state for group in listed.groups] == ["regression", "improvement", "no-change"]


def test_a_line_says_what_moved_and_since_when(listed: BenchmarkListView) -> None:
    slower = listed.groups[0].lines[0]
    assert (slower.state, slower.rank, slower.since) == ("regression", 0, "2026-01-21")
    assert slower.delta.startswith("+")
    assert (listed.groups[0].lines[-1].delta, listed.groups[0].lines[-1].since) == ("", "")


def test_nothing_measured_is_an_empty_list(make_report: Callable) -> None:
    empty = make_report([]).benchmark_list
    assert (empty.count, empty.groups, empty.sentence) == (0, (), "Nothing was measured yet.")
