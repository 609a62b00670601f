"""Changes of many series become one incident each cause, whatever they were measured at."""

from __future__ import annotations

import time

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from planted_steps import Find, commits_of, make

from perfsite.incidents.changes import Change
from perfsite.incidents.cluster import cluster
from perfsite.model.findings import Severity, Verdict
from perfsite.model.incident import IncidentKind, Member

NAN = float("nan")


def change(
    series: int,
    at: int,
    *,
    reach: int = 0,
    every: int = 1,
    confidence: float = 0.99,
    upward: bool = True,
    confirmed: bool = True,
) -> Change:
    after = 1.2 if upward else 0.8
    member = Member(
        series=series,
        index=at,
        commit=at,
        before=1.0,
        after=after,
        delta=after - 1,
        lower=NAN,
        upper=NAN,
        confidence=confidence,
        verdict=Verdict.REGRESSION if upward else Verdict.IMPROVEMENT,
        severity=Severity.CRITICAL,
        confirmed=confirmed,
        standing=upward,
        over=None,
        retired=False,
    )
    wide = 3 * reach
    return Change(member, at - every, at, at - reach - every, at + reach, at - wide - every, at + wide)


def test_forty_series_of_three_environments_at_one_commit_are_one_incident(find: Find) -> None:
    series = [
        make(120, {60: 1.2}, name=f"b{i}", environment=f"e{i % 3}", seed=i, noise=0.02, every=1 + i % 3)
        for i in range(40)
    ]
    incidents = find(series, 120).all
    assert len(incidents) == 1
    incident = incidents[0]
    assert (incident.kind, incident.commit, len(incident.members)) == (IncidentKind.REGRESSION, 60, 40)
    assert incident.good < 60 <= incident.bad


def test_an_environment_measured_seldom_joins_and_the_ranges_are_intersected() -> None:
    found = cluster([change(0, 54), change(1, 60, every=10), change(2, 60, every=15)])
    assert [(one.commit, one.good, one.bad, len(one.changes)) for one in found] == [(54, 53, 54, 3)]


def test_vague_changes_between_two_sure_ones_do_not_chain_them() -> None:
    sure = [change(i, 50) for i in range(5)] + [change(10 + i, 56) for i in range(5)]
    vague = [change(20 + i, 51 + i, reach=3) for i in range(5)]
    found = cluster([*sure, *vague])
    assert [one.commit for one in found] == [50, 56]
    assert sum(len(one.changes) for one in found) == 15


def test_two_strong_causes_at_neighbouring_commits_stay_two() -> None:
    found = cluster([*(change(i, 50) for i in range(10)), *(change(20 + i, 51) for i in range(8))])
    assert [(one.commit, len(one.changes)) for one in found] == [(50, 10), (51, 8)]


def test_a_straggler_a_point_off_joins_the_strong_incident_but_not_one_of_the_other_direction() -> None:
    strong = [change(i, 50) for i in range(10)]
    near, other = change(20, 52, reach=1), change(20, 52, reach=1, upward=False)
    assert [(one.commit, len(one.changes)) for one in cluster([*strong, near])] == [(50, 11)]
    assert [(one.commit, len(one.changes)) for one in cluster([*strong, other])] == [(50, 10), (52, 1)]


def test_a_vague_improvement_does_not_join_a_regression_but_one_at_the_very_commit_does() -> None:
    worse = [change(i, 50) for i in range(5)]
    assert [len(one.changes) for one in cluster([*worse, change(9, 52, reach=4, upward=False)])] == [5, 1]
    assert [len(one.changes) for one in cluster([*worse, change(9, 50, upward=False)])] == [6]


def test_what_only_the_newest_points_show_joins_but_moves_nothing() -> None:
    found = cluster([change(0, 50), *(change(i, 50, every=3, confidence=0.5, confirmed=False) for i in range(1, 9))])
    assert [(one.commit, one.good, len(one.changes)) for one in found] == [(50, 49, 9)]
    alone = cluster([change(i, 80, confirmed=False) for i in range(3)])
    assert [(one.commit, len(one.changes)) for one in alone] == [(80, 3)]


def test_nothing_changed_is_no_incident(find: Find) -> None:
    assert not find([], 0).all
    assert not find([make(5, {})], 5).all
    assert not find([make(60, {})], 60).all


def test_one_series_makes_an_incident_of_each_of_its_changes(find: Find) -> None:
    incidents = find([make(200, {50: 1.3, 120: 0.6})], 200).all
    assert sorted((one.commit, str(one.kind)) for one in incidents) == [(50, "regression"), (120, "improvement")]


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_every_change_has_one_place_and_members_share_a_commit(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 40))
    changes = [
        change(
            i,
            data.draw(st.integers(5, 40)),
            reach=data.draw(st.integers(0, 4)),
            every=data.draw(st.integers(1, 5)),
            confidence=data.draw(st.sampled_from([0.3, 0.9, 1.0])),
            upward=data.draw(st.booleans()),
        )
        for i in range(count)
    ]
    found = cluster(changes)
    placed = sorted(one.member.series for cluster_ in found for one in cluster_.changes)
    assert placed == list(range(count))
    assert len({one.commit for one in found}) == len(found)
    for one in found:
        assert one.good < one.commit <= one.bad
        assert all(member.farthest_low < one.commit <= member.farthest_high for member in one.changes)
    shuffled = data.draw(st.permutations(changes))
    again = cluster(shuffled)
    key = [(one.commit, one.good, one.bad, sorted(c.member.series for c in one.changes)) for one in found]
    assert key == [(one.commit, one.good, one.bad, sorted(c.member.series for c in one.changes)) for one in again]


def test_the_order_of_the_series_changes_nothing(find: Find) -> None:
    series = [make(90, {30 + i % 2: 1.1, 60: 0.8}, name=f"b{i}", seed=i, noise=0.03) for i in range(12)]
    one = find(series, 90).all
    order = [int(i) for i in np.random.default_rng(1).permutation(12)]
    other = find([series[i] for i in order], 90).all

    def told(incidents, numbers):
        return [
            (a.id, a.good, a.bad, a.rank, a.state, [(numbers[m.series], m.index, m.confidence) for m in a.members])
            for a in incidents
        ]

    assert told(one, list(range(12))) == told(other, order)


def test_ten_thousand_changes_take_less_than_a_second() -> None:
    random = np.random.default_rng(0)
    at = random.integers(20, 5000, 10_000)
    reach = random.integers(0, 8, 10_000)
    changes = [change(i, int(at[i]), reach=int(reach[i]), every=1 + i % 3, upward=bool(i % 2)) for i in range(10_000)]
    began = time.process_time()
    found = cluster(changes)
    assert time.process_time() - began < 1.0
    assert sum(len(one.changes) for one in found) == 10_000


def test_the_id_of_a_clear_incident_stays_over_every_longer_history(find: Find) -> None:
    n = 160
    whole = [
        make(n, {40: 1.2, 100: 1.15}, name=f"b{i}", environment=f"e{i % 2}", seed=i, noise=0.02, every=1 + i % 2)
        for i in range(6)
    ]
    seen: dict[int, set[str]] = {40: set(), 100: set()}
    for end in range(50, n + 1, 10):
        part = [one.part(slice(0, int(one.commits.searchsorted(end)))) for one in whole]
        for incident in find(part, end).all:
            if incident.confirmed:
                seen[min(seen, key=lambda at: abs(at - incident.commit))].add(incident.id)
    assert {at: len(ids) for at, ids in seen.items()} == {40: 1, 100: 1}


def test_ids_begin_the_shas_of_the_first_bad_commits(find: Find) -> None:
    incidents = find([make(200, {50: 1.3, 120: 1.3})], 200).all
    commits = commits_of(200)
    assert {one.id for one in incidents} == {commits[50].sha[:10], commits[120].sha[:10]}
