"""A regression that people were told of keeps its page, also where it was mended after a few runs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from planted_steps import START, Find, commits_of, make

from perfsite.model.alert import AlertState, IncidentNotified, Outcome
from perfsite.model.incident import IncidentDecided, IncidentKind, IncidentState
from perfsite.model.run import Direction

N, BEGAN, MENDED = 40, 20, 25


def told(*names: str, at: int = BEGAN) -> IncidentNotified:
    commits = commits_of(N)
    return IncidentNotified(
        time=START + timedelta(days=100),
        id="1" * 32,
        incident="abc1234567",
        state=AlertState.CONFIRMED,
        channel="chat",
        outcome=Outcome.SENDING,
        good=commits[at - 1].sha,
        bad=commits[at].sha,
        series=tuple(make(N, {}, name=name).key for name in names),
    )


def pulse(name: str, factor: float = 1.2, **more: object):
    return make(N, {BEGAN: factor, MENDED: 1 / factor}, name=name, noise=0.003, **more)


def test_what_was_mended_after_five_runs_is_fixed_with_its_id_size_and_end(find: Find) -> None:
    series = [pulse("a"), pulse("b", seed=1), make(N, {}, name="c", seed=2)]
    mend, incident = sorted(find(series, N, events=[told("a", "b")]).all, key=lambda one: one.kind)
    assert (incident.id, incident.state, incident.kind) == (
        "abc1234567",
        IncidentState.FIXED,
        IncidentKind.REGRESSION,
    )
    assert (incident.good, incident.commit, incident.fixed_at) == (BEGAN - 1, BEGAN, MENDED)
    assert [series[member.series].key.benchmark for member in incident.members] == ["a", "b"]
    assert all(member.lower < 0.2 < member.upper for member in incident.members)
    assert not incident.is_open
    assert (mend.kind, mend.commit) == (IncidentKind.IMPROVEMENT, MENDED)


@pytest.mark.parametrize("also_told", [True, False])
def test_what_somebody_decided_on_stays_with_the_decision(find: Find, *, also_told: bool) -> None:
    event = told("a")
    decided = IncidentDecided(
        time=event.time + timedelta(days=1),
        id="2" * 32,
        incident=event.incident,
        state=IncidentState.IGNORED,
        good=event.good,
        bad=event.bad,
        series=event.series,
        size=0.2,
        members=1,
    )
    found = find([pulse("a")], N, events=[event, decided] if also_told else [decided])
    [incident] = [one for one in found.all if one.kind is IncidentKind.REGRESSION]
    assert (incident.id, incident.decisions) == (event.incident, (decided,))
    assert incident.state is IncidentState.IGNORED
    assert (found.problems, found.gone) == ((), {})


def test_without_being_told_it_is_a_passing_excursion(find: Find) -> None:
    assert find([pulse("a")], N).all == []


@pytest.mark.parametrize(
    "series",
    [
        make(N, {}, name="a", noise=0.003),
        make(N, {BEGAN: 1.2, BEGAN + 1: 1 / 1.2}, name="a", noise=0.2),
        pulse("a", factor=1 / 1.2),
        pulse("a", direction=Direction.NEITHER),
        make(N, {1: 1.2, 6: 1 / 1.2}, name="another", noise=0.003),
    ],
)
def test_what_was_nothing_after_all_is_gone_as_before(find: Find, series: object) -> None:
    found = find([series], N, events=[told("a")])
    assert found.all == []
    assert set(found.gone) == {"abc1234567"}


def test_a_commit_that_the_history_does_not_have_tells_nothing(find: Find) -> None:
    event = told("a")
    elsewhere = IncidentNotified(
        **{name: getattr(event, name) for name in event.__dataclass_fields__} | {"bad": "f" * 40, "good": None}
    )
    assert find([pulse("a")], N, events=[elsewhere]).all == []


def test_higher_is_better_turns_the_sign(find: Find) -> None:
    series = [pulse("a", factor=0.8, direction=Direction.HIGHER)]
    _, incident = sorted(find(series, N, events=[told("a")]).all, key=lambda one: one.kind)
    assert incident.members[0].delta == pytest.approx(-0.2, abs=0.01)
