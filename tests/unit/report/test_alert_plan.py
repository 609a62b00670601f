"""Which channel is told what of which incident: routing, age, what waits, and what is not found any more."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from planted_steps import POLICY, START, commits_of, make

from perfsite.analysis.judge import judge
from perfsite.config.notify import Channel, Digest, NotifySettings, Owner, Route
from perfsite.history.points import Reruns
from perfsite.history.timeline import Timeline
from perfsite.incidents.find import find_incidents
from perfsite.model.alert import AlertState, ChannelStarted, IncidentNotified, Outcome
from perfsite.model.decisions import SeriesDecisions
from perfsite.model.event import BaselineAccepted, SeriesSelector
from perfsite.model.findings import Severity
from perfsite.model.incident import IncidentKind, IncidentState
from perfsite.report.alert_plan import Ground, plan_for
from perfsite.report.context import Context, Judged

N = 160
NOW = START + timedelta(days=N)


def ground(series, events=(), now=NOW, since=None, **settings):
    commits = commits_of(N)
    judgements = tuple(judge(one, POLICY) for one in series)
    found = find_incidents(series, judgements, commits, events=events)
    timeline = Timeline(
        commits=tuple(commits), places=(-1,) * N, off_trend={}, runs=(), series=tuple(series), aside={}, labels=(),
        absent={}, measurements=0, failed=0, skipped=0, reruns=Reruns.none(),
    )  # fmt: skip
    told = {"incidents": found.all, "gone": found.gone}
    context = Context(Judged(timeline=timeline, judgements=judgements, aside={}, title="x", **told))
    return Ground(context, tuple(events), NotifySettings(**settings), now, since)


def channel(name="chat", **route):
    return Channel(name=name, url_env="X", route=Route(**route))


def states(turns):
    return [str(turn.state) for turn in turns]


def event(turn, where, outcome, at=NOW - timedelta(hours=1), **more):
    timeline = where.context.timeline
    incident = turn.incident
    values = {
        "time": at,
        "id": "0" * 31 + str(len(more)),
        "incident": incident.id,
        "state": turn.state,
        "channel": "chat",
        "outcome": outcome,
        "good": timeline.commits[incident.good].sha,
        "bad": timeline.commits[incident.commit].sha,
        "series": tuple(timeline.series[one.series].key for one in incident.members),
    }
    return IncidentNotified(**(values | more))


def sent(turn, where):
    claim = event(turn, where, Outcome.SENDING)
    return [claim, event(turn, where, Outcome.SENT, claim=claim.id, series=())]


def test_a_recent_incident_is_told_and_an_old_one_passed_over():
    plan = plan_for(ground([make(N, {150: 1.3}, name="a"), make(N, {60: 1.3}, name="b", seed=1)]), channel())
    assert (states(plan.send), plan.passed_over, plan.is_first) == (["confirmed"], 1, True)
    assert plan.since == START + timedelta(days=N - 1 - 14)


def test_a_channel_is_told_what_is_found_late_if_it_began_after_the_channel_did():
    started = ChannelStarted(time=START, channel="chat", since=START + timedelta(days=50))
    plan = plan_for(ground([make(N, {60: 1.3})], [started]), channel())
    assert (states(plan.send), plan.passed_over, plan.is_first) == (["confirmed"], 0, False)
    assert plan_for(ground([make(N, {60: 1.3})], [started]), channel("mail")).passed_over == 1


def test_of_several_starts_the_first_counts_and_who_calls_can_ask_for_another_day():
    starts = [ChannelStarted(time=START, channel="chat", since=START + timedelta(days=day)) for day in (100, 50)]
    assert plan_for(ground([make(N, {60: 1.3})], starts), channel()).passed_over == 0
    since = START + timedelta(days=61)
    assert plan_for(ground([make(N, {60: 1.3})], starts, since=since), channel()).passed_over == 1


def test_those_who_measure_seldom_are_told_what_the_newest_five_commits_show():
    series = [make(N, {N - 4: 1.5})]
    where = ground(series, days=1)
    assert plan_for(where, channel()).since == START + timedelta(days=N - 5)


@pytest.mark.parametrize(
    ("route", "told"),
    [
        ({}, True),
        ({"severity": Severity.CRITICAL}, True),
        ({"environments": ("ci",)}, True),
        ({"environments": ("lab",)}, False),
        ({"owners": ("@par*",)}, True),
        ({"owners": ("@io",)}, False),
        ({"groups": ("nothing",)}, False),
        ({"states": (AlertState.FIXED,)}, False),
        ({"states": (AlertState.NEW,)}, False),
    ],
)
def test_a_route_says_what_goes_where(route, told):
    where = ground([make(N, {150: 1.3}, name="parse")], owners=(Owner(owner="@parser", benchmark="parse"),))
    plan = plan_for(where, channel(**route))
    assert bool(plan.send) is told
    if told:
        assert plan.send[0].owners == ("@parser",)


def test_a_small_change_is_not_for_those_who_asked_for_large_ones_but_its_end_is_for_who_heard_of_it():
    series = [make(N, {150: 1.04}, noise=0.002)]
    where = ground(series)
    assert plan_for(where, channel(severity=Severity.MAJOR)).send == ()
    (turn,) = plan_for(where, channel()).send
    events = sent(turn, where)
    over = ground([make(N, {150: 1.04, 155: 1 / 1.04}, noise=0.002)], events)
    plan = plan_for(over, channel(severity=Severity.MAJOR))
    assert states(plan.send) in (["fixed"], [])  # found as over, or not sure yet: never anything else
    assert plan.passed_over == 0


def test_what_is_told_is_not_planned_again():
    where = ground([make(N, {150: 1.3})])
    (turn,) = plan_for(where, channel()).send
    again = plan_for(ground([make(N, {150: 1.3})], sent(turn, where)), channel())
    assert (again.send, again.hold, again.passed_over) == ((), (), 0)


@pytest.mark.parametrize(("mended", "told"), [(N - 1, []), (N - 2, ["fixed"]), (N - 4, ["fixed"])])
def test_an_end_is_told_when_a_second_run_says_so(mended, told):
    where = ground([make(N, {147: 1.3}, noise=0.003)])
    (turn,) = plan_for(where, channel()).send
    over = ground([make(N, {147: 1.3, mended: 1 / 1.3}, noise=0.003)], sent(turn, where))
    [incident] = [one for one in over.context.judged.incidents if one.kind is IncidentKind.REGRESSION]
    assert (incident.state, incident.fixed_at) == (IncidentState.FIXED, mended)
    assert states(plan_for(over, channel()).send) == told


def test_what_was_accepted_is_over_at_once():
    series = [make(N, {147: 1.3, N - 1: 1 / 1.3}, noise=0.003)]
    where = ground([make(N, {147: 1.3}, noise=0.003)])
    (turn,) = plan_for(where, channel()).send
    over = ground(series, sent(turn, where))
    accepted = BaselineAccepted(
        time=NOW, id="3" * 32, commit="c", series=SeriesSelector(benchmark="bench"), reason="worth it"
    )
    judged = replace(over.context.judged, decided={0: SeriesDecisions(accepted=((147, accepted),))})
    plan = plan_for(replace(over, context=Context(judged)), channel())
    assert states(plan.send) == ["fixed"]


def test_what_failed_again_and_again_is_counted_until_it_is_tried_tomorrow():
    where = ground([make(N, {150: 1.3})])
    (turn,) = plan_for(where, channel()).send
    events = []
    for i in range(3):
        claim = replace(event(turn, where, Outcome.SENDING), id=f"{i}" * 32)
        events += [claim, replace(event(turn, where, Outcome.FAILED, claim=claim.id, series=()), id=f"{i + 5}" * 32)]
    plan = plan_for(ground([make(N, {150: 1.3})], events), channel())
    assert (plan.send, plan.hold, plan.resting) == ((), (), 1)


def test_what_is_not_found_any_more_ends_for_who_was_told_and_only_where_it_could_be_found():
    where = ground([make(N, {150: 1.3})])
    (turn,) = plan_for(where, channel()).send
    events = sent(turn, where)
    plan = plan_for(ground([make(N, {})], events), channel())
    (end,) = plan.send
    assert (str(end.state), end.incident, end.told) == ("fixed", None, events[0])
    assert plan_for(ground([make(N, {})], events), channel("mail")).send == ()
    # Another benchmark only: nothing is known of the one that was told.
    assert plan_for(ground([make(N, {}, name="other")], events), channel()).send == ()
    fixed = replace(events[0], id="0" * 31 + "8", state=AlertState.FIXED, time=NOW)
    ended = replace(events[1], claim=fixed.id, state=AlertState.FIXED, time=NOW)
    assert plan_for(ground([make(N, {})], [*events, fixed, ended]), channel()).send == ()


def test_what_waits_goes_out_together_when_its_time_has_come():
    series = [make(N, {150: 1.3}, name="a"), make(N, {152: 1.08}, name="b", seed=1, noise=0.003)]
    route = {"digest": Digest.DAILY}
    noon = datetime(2026, 6, 10, 12, tzinfo=UTC)
    first = ground(series, now=noon)
    plan = plan_for(first, channel(**route))
    assert (plan.send, len(plan.hold)) == ((), 2)
    held = [event(plan.hold[0], first, Outcome.HELD, at=noon)]
    assert [turn.was_held for turn in plan_for(ground(series, held, now=noon), channel(**route)).hold] in (
        [True, False],
        [False, True],
    )
    later = plan_for(ground(series, held, now=noon + timedelta(hours=21)), channel(**route))
    assert (len(later.send), later.hold) == (2, ())
    urgent = plan_for(first, channel(**route, urgent=Severity.CRITICAL))
    assert ([turn.incident.severity for turn in urgent.send], len(urgent.hold)) == ([Severity.CRITICAL], 1)
