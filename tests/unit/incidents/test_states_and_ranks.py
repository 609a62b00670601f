"""Where an incident stands: what people decided, what became of the level, and which to look at first."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from planted_steps import POLICY, START, Find, commits_of, make

from perfsite.analysis.judge import judge
from perfsite.incidents.changes import changes_of
from perfsite.model.findings import Severity
from perfsite.model.incident import Incident, IncidentDecided, Incidents, IncidentState

if TYPE_CHECKING:
    from perfsite.model.series import Series

N = 160


def decided(of: Incident, series: list[Series], **more: object) -> IncidentDecided:
    commits = commits_of(N)
    values = {
        "time": START + timedelta(days=N),
        "incident": of.id,
        "state": IncidentState.ACKNOWLEDGED,
        "good": commits[of.good].sha,
        "bad": commits[of.bad].sha,
        "series": tuple(series[member.series].key for member in of.members[:5]),
        "size": of.size,
        "members": len(of.members),
    }
    return IncidentDecided(**(values | more))


def only(incidents: Incidents) -> Incident:
    assert len(incidents.all) == 1
    return incidents.all[0]


def test_a_standing_regression_is_new_and_open(find: Find) -> None:
    incident = only(find([make(N, {60: 1.3})], N))
    assert (incident.state, incident.is_open, incident.severity) == (IncidentState.NEW, True, Severity.CRITICAL)
    assert 0.25 < incident.size < 0.3


def test_a_regression_whose_level_came_back_is_fixed_at_that_commit(find: Find) -> None:
    incidents = {one.commit: one for one in find([make(N, {60: 1.3, 100: 1 / 1.3})], N).all}
    assert (incidents[60].state, incidents[60].is_open, incidents[60].fixed_at) == (IncidentState.FIXED, False, 100)
    assert "back" in incidents[60].why


def test_an_incident_stays_open_while_one_member_stands_and_counts_only_that(find: Find) -> None:
    series = [make(N, {60: 1.3, 100: 1 / 1.3}, name=f"b{i}", seed=i) for i in range(9)]
    incident = next(one for one in find([*series, make(N, {60: 1.1}, name="last", seed=9)], N).all if one.commit == 60)
    assert incident.is_open
    assert [member.series for member in incident.standing] == [9]
    assert incident.size < 0.11


def test_an_acknowledged_incident_keeps_its_decision_and_stays_open(find: Find) -> None:
    series = [make(N, {60: 1.3})]
    event = decided(only(find(series, N)), series, author="Ada", reason="wanted")
    incident = only(find(series, N, events=[event]))
    assert (incident.state, incident.is_open, incident.decisions) == (IncidentState.ACKNOWLEDGED, True, (event,))


def test_an_ignored_incident_is_closed_until_it_is_reopened(find: Find) -> None:
    series = [make(N, {60: 1.3})]
    first = decided(only(find(series, N)), series, state=IncidentState.IGNORED)
    assert not only(find(series, N, events=[first])).is_open
    again = replace(first, state=IncidentState.REOPENED, time=first.time + timedelta(days=1))
    incident = only(find(series, N, events=[again, first]))
    assert (incident.state, incident.is_open, len(incident.decisions)) == (IncidentState.REOPENED, True, 2)


def test_an_acknowledgement_ends_when_its_time_has_passed(find: Find) -> None:
    series = [make(N, {60: 1.3})]
    event = decided(only(find(series, N)), series, until=START + timedelta(days=N - 20))
    incident = only(find(series, N, events=[event]))
    assert incident.state is IncidentState.REOPENED
    assert incident.why.startswith("acknowledged until 2026-05-21")
    later = decided(incident, series, until=START + timedelta(days=N + 20))
    assert only(find(series, N, events=[later])).state is IncidentState.ACKNOWLEDGED


def test_what_turns_out_larger_than_what_was_ignored_is_reopened(find: Find) -> None:
    series = [make(N, {60: 1.3}, name=f"b{i}", seed=i) for i in range(6)]
    whole = only(find(series, N))
    smaller = decided(whole, series, state=IncidentState.IGNORED, size=0.1)
    assert "has grown from 10.0%" in only(find(series, N, events=[smaller])).why
    fewer = decided(whole, series, state=IncidentState.IGNORED, members=2)
    assert only(find(series, N, events=[fewer])).why.startswith("it has grown from 2 to 6 series")
    same = decided(whole, series, state=IncidentState.IGNORED)
    assert only(find(series, N, events=[same])).state is IncidentState.IGNORED


def test_a_decision_is_found_again_after_the_change_moved_and_keeps_the_id(find: Find) -> None:
    series = [make(N, {60: 1.3})]
    incident = only(find(series, N))
    commits = commits_of(N)
    moved = decided(incident, series, incident=commits[58].sha[:10], good=commits[57].sha, bad=commits[58].sha)
    found = only(find(series, N, events=[moved]))
    assert (found.id, found.commit, found.state) == (commits[58].sha[:10], 60, IncidentState.ACKNOWLEDGED)


def test_a_decision_that_no_incident_matches_is_a_problem(find: Find) -> None:
    series = [make(N, {60: 1.3})]
    incident = only(find(series, N))
    commits = commits_of(N)
    far = decided(incident, series, good=commits[9].sha, bad=commits[10].sha)
    unknown = decided(incident, series, incident="x" * 10, bad="f" * 40)
    found = find(series, N, events=[far, unknown])
    assert only(found).state is IncidentState.NEW
    assert [one.problem.split(" was ")[0] for one in found.problems] == [
        f"incident {incident.id}",
        "incident xxxxxxxxxx",
    ]


def test_a_renamed_benchmark_keeps_its_decision_where_the_commit_is_the_same(find: Find) -> None:
    series = [make(N, {60: 1.3})]
    event = decided(only(find(series, N)), series)
    renamed = [make(N, {60: 1.3}, name="new name")]
    assert only(find(renamed, N, events=[event])).state is IncidentState.ACKNOWLEDGED


def test_a_later_regression_of_a_series_is_an_incident_of_its_own_that_names_the_earlier(find: Find) -> None:
    series = [make(N, {40: 1.3, 80: 1 / 1.3, 120: 1.3})]
    found = {one.commit: one for one in find(series, N).all}
    assert found[120].state is IncidentState.NEW
    assert found[120].earlier == (found[40].id,)
    ignored = decided(found[40], series, state=IncidentState.IGNORED)
    again = {one.commit: one for one in find(series, N, events=[ignored]).all}
    assert (again[40].state, again[120].state) == (IncidentState.IGNORED, IncidentState.NEW)


def test_two_decisions_on_what_is_one_incident_now_keep_the_first_id(find: Find) -> None:
    series = [make(N, {60: 1.3})]
    incident = only(find(series, N))
    first = decided(incident, series, incident="a" * 10)
    second = decided(
        incident, series, incident="b" * 10, time=first.time + timedelta(days=1), state=IncidentState.IGNORED
    )
    found = only(find(series, N, events=[second, first]))
    assert (found.id, found.decisions) == ("a" * 10, (first, second))


def test_a_retired_series_does_not_stand(find: Find) -> None:
    incident = only(find([make(N, {60: 1.3})], N, retired={0}))
    assert not incident.is_open
    assert incident.why == "its series are no longer measured"


@pytest.mark.parametrize(("fewer", "more"), [(1, 8)])
def test_more_series_larger_steps_and_newer_commits_rank_higher(find: Find, fewer: int, more: int) -> None:
    few = only(find([make(N, {60: 1.3}, name=f"b{i}", seed=i) for i in range(fewer)], N))
    many = only(find([make(N, {60: 1.3}, name=f"b{i}", seed=i) for i in range(more)], N))
    large = only(find([make(N, {60: 1.9})], N))
    new = only(find([make(N, {140: 1.3})], N))
    assert few.rank < many.rank
    assert few.rank < large.rank
    assert few.rank < new.rank


def test_a_regression_nobody_decided_on_for_half_a_year_is_old(find: Find) -> None:
    assert only(find([make(N, {60: 1.3})], N, days=3)).is_old
    assert not only(find([make(N, {60: 1.3})], N)).is_old


def test_the_newest_run_alone_makes_an_unconfirmed_incident_of_half_confidence_at_most(find: Find) -> None:
    incident = only(find([make(60, {59: 1.6}, name=f"b{i}", seed=i) for i in range(3)], 60))
    assert not incident.confirmed
    assert all(member.confidence <= 0.5 for member in incident.members)


def test_zero_and_negative_levels_and_known_noise_of_zero_have_an_answer(find: Find) -> None:
    flat = make(N, {60: 1.3}, noise=0.0)
    assert only(find([flat], N)).commit == 60
    shifted = replace(flat, values=flat.values - 1.0)
    assert find([shifted], N).all is not None
    assert list(changes_of(0, shifted, judge(shifted, POLICY), minor=0.02, retired=False)) is not None
