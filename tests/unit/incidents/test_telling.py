"""A channel is told of each turn of an incident once, whatever more runs make of its id, culprit or size."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING

import pytest
from planted_steps import START, Find, commits_of, make

from perfsite.incidents.telling import LEASE, Known, ends_of, known_to, to_tell, turn_of
from perfsite.model.alert import AlertState, IncidentNotified, Outcome
from perfsite.model.incident import Incident, IncidentDecided, IncidentState

if TYPE_CHECKING:
    from perfsite.model.event import Event
    from perfsite.model.series import Series

ALL = tuple(AlertState)
USUAL = (AlertState.CONFIRMED, AlertState.REOPENED, AlertState.FIXED)
NOW = START + timedelta(days=1000)
N = 160
IDS = count(1)


def claim(of: Incident, series: list[Series], state: AlertState, at: datetime = NOW, **more: object) -> Event:
    commits = commits_of(N)
    values = {
        "time": at,
        "id": f"{next(IDS):031x}0",
        "incident": of.id,
        "state": state,
        "channel": "chat",
        "outcome": Outcome.SENDING,
        "good": commits[of.good].sha,
        "bad": commits[of.commit].sha,
        "series": tuple(series[member.series].key for member in of.members[:5]),
    }
    return IncidentNotified(**(values | more))


def ended(event: Event, outcome: Outcome) -> Event:
    return replace(event, id=f"{event.id[:-1]}f", outcome=outcome, claim=event.id, series=())


def sent(of: Incident, series: list[Series], state: AlertState, at: datetime = NOW) -> list[Event]:
    event = claim(of, series, state, at)
    return [event, ended(event, Outcome.SENT)]


def decided(of: Incident, series: list[Series], state: IncidentState, at: datetime) -> IncidentDecided:
    commits = commits_of(N)
    keys = tuple(series[member.series].key for member in of.members[:5])
    return IncidentDecided(
        time=at,
        incident=of.id,
        state=state,
        good=commits[of.good].sha,
        bad=commits[of.commit].sha,
        series=keys,
        size=of.size,
        members=len(of.members),
    )


def only(found) -> Incident:
    (incident,) = found.all
    return incident


def next_of(incident: Incident, events: list[Event], states=USUAL, now: datetime = NOW + timedelta(days=1)):
    return to_tell(incident, known_to("chat", incident.told, ends_of(events), now), states)


def test_a_confirmed_regression_is_told_and_then_not_again(find: Find) -> None:
    series = [make(N, {60: 1.3})]
    first = only(find(series, N))
    assert next_of(first, []) is AlertState.CONFIRMED
    events = sent(first, series, AlertState.CONFIRMED)
    again = only(find(series, N, events=events))
    assert again.told == (events[0],)
    assert next_of(again, events) is None
    assert next_of(again, events, ALL) is None


def test_what_another_channel_was_told_does_not_count(find: Find) -> None:
    series = [make(N, {60: 1.3})]
    events = sent(only(find(series, N)), series, AlertState.CONFIRMED)
    incident = only(find(series, N, events=events))
    assert to_tell(incident, known_to("mail", incident.told, ends_of(events), NOW), USUAL) is AlertState.CONFIRMED


def test_a_suspicion_is_told_only_to_those_who_ask_and_then_its_confirmation(find: Find) -> None:
    series = [make(N, {N - 1: 1.6})]
    suspected = only(find(series, N))
    assert not suspected.confirmed
    assert next_of(suspected, []) is None
    assert next_of(suspected, [], ALL) is AlertState.NEW
    events = sent(suspected, series, AlertState.NEW)
    later = only(find([make(N, {N - 8: 1.6})], N, events=[]))
    known = known_to("chat", [events[0]], ends_of(events), NOW)
    assert to_tell(later, known, ALL) is AlertState.CONFIRMED


def test_what_is_fixed_is_told_to_those_who_know_of_it_and_once(find: Find) -> None:
    series = [make(N, {60: 1.3, 100: 1 / 1.3})]

    def at_sixty(events):
        return next(one for one in find(series, N, events=events).all if one.commit == 60)

    incident = at_sixty([])
    assert incident.state is IncidentState.FIXED
    assert next_of(incident, []) is None
    assert next_of(incident, [], (AlertState.FIXED,)) is AlertState.FIXED  # somebody wants to hear of nothing else
    events = sent(incident, series, AlertState.CONFIRMED)
    assert next_of(at_sixty(events), events) is AlertState.FIXED
    events += sent(incident, series, AlertState.FIXED, NOW + timedelta(hours=1))
    assert next_of(at_sixty(events), events) is None


def test_what_was_fixed_and_stands_again_is_reopened(find: Find) -> None:
    series = [make(N, {60: 1.3})]
    incident = only(find(series, N))
    events = sent(incident, series, AlertState.CONFIRMED)
    events += sent(incident, series, AlertState.FIXED, NOW + timedelta(hours=1))
    assert next_of(only(find(series, N, events=events)), events) is AlertState.REOPENED
    events += sent(incident, series, AlertState.REOPENED, NOW + timedelta(hours=2))
    assert next_of(only(find(series, N, events=events)), events) is None
    # To and fro once: then the last word is that it is fixed, until somebody decides.
    events += sent(incident, series, AlertState.FIXED, NOW + timedelta(hours=3))
    assert next_of(only(find(series, N, events=events)), events) is None
    events.append(decided(incident, series, IncidentState.IGNORED, NOW + timedelta(hours=4)))
    events.append(decided(incident, series, IncidentState.REOPENED, NOW + timedelta(hours=5)))
    assert next_of(only(find(series, N, events=events)), events) is AlertState.REOPENED


def test_what_somebody_acknowledged_is_quiet_and_told_once_more_each_time_it_is_reopened(find: Find) -> None:
    series = [make(N, {60: 1.3})]
    incident = only(find(series, N))
    events: list[Event] = sent(incident, series, AlertState.CONFIRMED, START + timedelta(days=200))
    for day in (201, 211):
        events.append(decided(incident, series, IncidentState.ACKNOWLEDGED, START + timedelta(days=day)))
        assert next_of(only(find(series, N, events=events)), events) is None
        events.append(decided(incident, series, IncidentState.REOPENED, START + timedelta(days=day + 1)))
        assert next_of(only(find(series, N, events=events)), events) is AlertState.REOPENED
        events += sent(incident, series, AlertState.REOPENED, START + timedelta(days=day + 2))
        assert next_of(only(find(series, N, events=events)), events) is None


def test_what_is_confirmed_and_not_sure_is_a_suspicion(find: Find) -> None:
    incident = only(find([make(N, {60: 1.3})], N))
    assert turn_of(replace(incident, confidence=0.9)) is AlertState.CONFIRMED
    assert turn_of(replace(incident, confidence=0.89)) is AlertState.NEW


def test_what_a_process_that_died_may_have_told_ends_like_what_was_told(find: Find) -> None:
    incident = replace(only(find([make(N, {60: 1.3})], N)), state=IncidentState.FIXED)
    assert to_tell(incident, Known(unsure=AlertState.CONFIRMED), USUAL) is AlertState.FIXED
    assert to_tell(incident, Known(), USUAL) is None


def test_a_channel_that_failed_three_times_rests_for_a_day_and_then_is_tried_again(find: Find) -> None:
    series = [make(N, {60: 1.3})]
    first = only(find(series, N))
    events: list[Event] = []
    for hour in range(3):
        assert not known_to("chat", events, ends_of(events), NOW + timedelta(hours=hour)).is_resting(NOW)
        event = claim(first, series, AlertState.CONFIRMED, NOW + timedelta(hours=hour))
        events += [event, ended(event, Outcome.FAILED)]
    known = known_to("chat", events, ends_of(events), NOW + timedelta(hours=4))
    assert known.is_resting(NOW + timedelta(hours=4))
    assert not known.is_resting(NOW + timedelta(hours=27))


def test_nothing_is_told_of_improvements_and_of_what_is_ignored(find: Find) -> None:
    assert turn_of(only(find([make(N, {60: 0.7})], N))) is None
    series = [make(N, {60: 1.3})]
    event = decided(only(find(series, N)), series, IncidentState.IGNORED, NOW)
    ignored = only(find(series, N, events=[event]))
    assert next_of(ignored, [event], tuple(AlertState)) is None
    assert to_tell(ignored, Known(), USUAL, stays_open=True) is None, "nothing is open there"


@pytest.mark.parametrize("state", [AlertState.NEW, AlertState.CONFIRMED, AlertState.REOPENED])
def test_what_is_ignored_is_closed_once_where_an_alert_stays_open(find: Find, state: AlertState) -> None:
    series = [make(N, {60: 1.3})]
    first = only(find(series, N))
    ignoring = decided(first, series, IncidentState.IGNORED, NOW + timedelta(hours=2))
    for unsure in (False, True):
        events = [claim(first, series, state)] if unsure else sent(first, series, state)
        ignored = only(find(series, N, events=[*events, ignoring]))
        known = known_to("chat", ignored.told, ends_of(events), NOW + timedelta(days=1))
        assert to_tell(ignored, known, USUAL, stays_open=True) is AlertState.IGNORED
        assert to_tell(ignored, known, USUAL) is None, "a chat is told nothing"
        assert to_tell(ignored, known, (AlertState.CONFIRMED,), stays_open=True) is None, "it is not told of ends"
    events += sent(first, series, AlertState.IGNORED, NOW + timedelta(hours=3))
    known = known_to("chat", events, ends_of(events), NOW + timedelta(days=1))
    assert to_tell(ignored, known, USUAL, stays_open=True) is None
    again = decided(first, series, IncidentState.REOPENED, NOW + timedelta(hours=4))
    reopened = only(find(series, N, events=[*events, ignoring, again]))
    assert to_tell(reopened, known, USUAL, stays_open=True) is AlertState.REOPENED


def test_a_told_incident_keeps_its_id_and_is_not_told_again_although_its_culprit_and_members_move(find: Find) -> None:
    series = [make(N, {60: 1.3}, name=f"b{i}", seed=i) for i in range(3)]
    first = only(find(series, N))
    events = sent(replace(first, id="0123456789"), series, AlertState.CONFIRMED)
    moved = only(find([make(N, {62: 1.5}, name=f"b{i}", seed=i) for i in range(1, 12)], N, events=events))
    assert (moved.id, moved.commit) == ("0123456789", 62)
    assert next_of(moved, events) is None


def test_what_is_not_found_any_more_is_known_by_what_was_told_of_it(find: Find) -> None:
    series = [make(N, {60: 1.3})]
    first = only(find(series, N))
    events = sent(first, series, AlertState.CONFIRMED)
    found = find([make(N, {})], N, events=events)
    assert found.all == []
    assert found.gone == {first.id: (events[0],)}
    assert found.problems == ()  # nobody decided anything


def test_a_claim_counts_while_its_process_may_live_then_it_is_told_again_as_doubtful(find: Find) -> None:
    series = [make(N, {60: 1.3})]
    events = [claim(only(find(series, N)), series, AlertState.CONFIRMED)]
    incident = only(find(series, N, events=events))
    assert next_of(incident, events, now=NOW + LEASE / 2) is None
    assert next_of(incident, events, now=NOW + LEASE) is AlertState.CONFIRMED
    assert known_to("chat", incident.told, {}, NOW + LEASE).unsure is AlertState.CONFIRMED


def test_what_failed_is_told_again_and_a_late_success_counts(find: Find) -> None:
    series = [make(N, {60: 1.3})]
    event = claim(only(find(series, N)), series, AlertState.CONFIRMED)
    failed, late = ended(event, Outcome.FAILED), ended(event, Outcome.SENT)
    incident = only(find(series, N, events=[event]))
    assert next_of(incident, [event, failed]) is AlertState.CONFIRMED
    assert next_of(incident, [event, late]) is None
    assert next_of(incident, [event, late, failed]) is None


def test_what_is_held_is_not_told_yet_and_its_end_is_told_although_its_beginning_never_was(find: Find) -> None:
    series = [make(N, {60: 1.3})]
    event = claim(only(find(series, N)), series, AlertState.CONFIRMED, outcome=Outcome.HELD)
    incident = only(find(series, N, events=[event]))
    known = known_to("chat", incident.told, {}, NOW)
    assert known == Known(held=NOW)
    assert to_tell(incident, known, USUAL) is AlertState.CONFIRMED
    over = replace(incident, state=IncidentState.FIXED)
    assert to_tell(over, known, USUAL) is AlertState.FIXED
    assert to_tell(over, Known(), USUAL) is None


@pytest.mark.parametrize("reopened", [None, NOW])
@pytest.mark.parametrize("last", [None, *AlertState])
@pytest.mark.parametrize("state", [IncidentState.NEW, IncidentState.FIXED, IncidentState.REOPENED])
@pytest.mark.parametrize("is_confirmed", [False, True])
def test_telling_comes_to_rest(find: Find, last, reopened, state, is_confirmed) -> None:
    incident = replace(only(find([make(N, {60: 1.3})], N)), state=state, confirmed=is_confirmed)
    told = to_tell(incident, Known(last=last, reopened=reopened), ALL)
    if told is not None:
        known = Known(last=told, reopened=NOW if told is AlertState.REOPENED else reopened)
        assert to_tell(incident, known, ALL) is None
