"""Decisions about baselines: as lines of `events.jsonl`, and which of them count for a series."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import resources

import jsonschema
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfsite.errors import HistoryError
from perfsite.history.events import decode, encode
from perfsite.model.decisions import Decisions
from perfsite.model.event import BaselineAccepted, BaselinePinned, BaselineWithdrawn, PinnedValue, Pins, SeriesSelector
from perfsite.model.run import Commit, Direction
from perfsite.model.series import Series, SeriesKey

SCHEMA = json.loads(resources.files("perfsite.history").joinpath("event.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
TIME = datetime(2026, 1, 27, tzinfo=UTC)
SHAS = [f"{i:040x}" for i in range(1, 11)]
KEY = SeriesKey(benchmark="parse/json", metric="time", environment="ci")

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20) | st.sampled_from(
    ["a\u2028b", "\x00", "\r\n", '"\\', "<script>", "[", "**"]
)
selectors = st.builds(SeriesSelector, benchmark=texts, parameters=texts, metric=texts, environment=texts)
common = {"time": st.just(TIME), "author": st.none() | texts, "series": selectors}
accepted = st.builds(BaselineAccepted, reason=texts, commit=st.sampled_from(SHAS), **common)
withdrawn = st.builds(
    BaselineWithdrawn, reason=st.none() | texts, decision=st.none() | st.just("0123456789abcdef" * 2), **common
)


def pin(number: float, *, at: int = 0, **more) -> BaselinePinned:
    value = PinnedValue(benchmark=KEY.benchmark, metric="time", unit="s", direction=Direction.LOWER, value=number)
    event = BaselinePinned(time=TIME + timedelta(days=at), values=(value,), **more)
    return decode(encode(event), where="")


def accept(sha: str, *, at: int = 0, **globs: str) -> BaselineAccepted:
    event = BaselineAccepted(
        time=TIME + timedelta(days=at), reason="wanted", commit=sha, series=SeriesSelector(**globs)
    )
    return decode(encode(event), where="")


def withdraw(*, at: int, decision: str | None = None, **globs: str) -> BaselineWithdrawn:
    return BaselineWithdrawn(time=TIME + timedelta(days=at), decision=decision, series=SeriesSelector(**globs))


def decided(*events, commits=(0, 1, 2, 5), key=KEY):
    n = len(commits)
    series = Series(
        key=key,
        unit="s",
        direction=Direction.LOWER,
        commits=np.array(commits, np.int32),
        values=np.ones(n),
        standard_errors=np.full(n, np.nan),
        counts=np.zeros(n, np.int32),
        labels=np.full(n, -1, np.int32),
        eligible=np.ones(n, np.bool_),
    )
    return Decisions(events, [Commit(sha=sha) for sha in SHAS]).of(series)


@given(event=accepted | withdrawn)
def test_every_decision_comes_back_as_it_was_and_fits_the_schema(event):
    line = encode(event)
    assert "\n" not in line
    VALIDATOR.validate(json.loads(line))
    back = decode(line, where="")
    assert replace(back, id=None) == event
    assert encode(back) == line


@pytest.mark.parametrize(
    "change",
    [
        {"commit": "v1.0"},
        {"commit": None},
        {"reason": None},
        {"reason": ""},
        {"series": "parse/*"},
        {"series": {"benchmark": 3}},
        {"series": {"metric": ""}},
    ],
)
def test_an_acceptance_without_what_it_needs_is_refused_with_its_place(change):
    record = {**json.loads(encode(accept(SHAS[0]))), **change}
    with pytest.raises(HistoryError, match=r"\$\."):
        decode(json.dumps(record), where="events.jsonl:1")


def test_a_withdrawal_of_something_that_is_no_id_is_refused():
    record = {**json.loads(encode(withdraw(at=0))), "decision": "abc"}
    with pytest.raises(HistoryError, match=r"\$\.decision"):
        decode(json.dumps(record), where="")


def test_an_acceptance_counts_from_the_first_point_measured_at_or_after_its_commit():
    assert decided(accept(SHAS[1])).accepted_points == (1,)
    assert decided(accept(SHAS[3])).accepted_points == (3,)
    assert decided(accept(SHAS[7])).accepted_points == ()
    assert decided(accept("f" * 40)).accepted_points == ()


@pytest.mark.parametrize(
    ("globs", "meant"),
    [
        ({}, True),
        ({"benchmark": "parse/*"}, True),
        ({"benchmark": "PARSE/*"}, False),
        ({"metric": "time", "environment": "ci"}, True),
        ({"metric": "memory"}, False),
        ({"parameters": "n=*"}, False),
        ({"benchmark": "parse[/]json"}, True),
    ],
)
def test_globs_say_which_series_are_meant(globs, meant):
    assert bool(decided(accept(SHAS[0], **globs)).accepted) is meant


def test_the_newest_pin_counts_until_it_is_withdrawn():
    first, second = pin(1.0), pin(2.0, at=1)
    assert decided(first, second).pin.value == 2.0
    assert decided(first, second, withdraw(at=2)).pin is None
    assert decided(first, withdraw(at=1), pin(3.0, at=2)).pin.value == 3.0
    assert decided(first, second, withdraw(at=2, decision=second.id)).pin.value == 1.0
    assert decided(first, withdraw(at=1, benchmark="other*")).pin.value == 1.0
    assert [withdrawn is None for _, withdrawn in decided(first, withdraw(at=1), pin(3.0, at=2)).pins] == [False, True]


def test_of_two_decisions_at_one_time_the_one_stored_later_counts():
    assert decided(pin(1.0), pin(2.0)).pin.value == 2.0
    assert decided(pin(1.0), withdraw(at=0)).pin is None
    assert decided(withdraw(at=0), pin(1.0)).pin.value == 1.0


def test_an_unpinning_leaves_acceptances_alone_and_its_id_takes_one_back():
    event = accept(SHAS[1])
    assert decided(event, withdraw(at=1)).accepted_points == (1,)
    assert decided(event, withdraw(at=1, decision=event.id)).accepted_points == ()


def test_decisions_that_mean_nothing_in_the_history_are_told():
    found = Decisions([accept(SHAS[0], benchmark="gone"), accept("f" * 40), accept(SHAS[0])], [Commit(sha=SHAS[0])])
    assert [event.commit for event in found.in_vain([KEY])] == [SHAS[0], "f" * 40]


def test_a_pin_of_a_benchmark_that_is_gone_is_told_until_it_is_withdrawn():
    other = replace(KEY, benchmark="renamed")
    assert Pins([pin(1.0)]).unmatched([(other, "s")]) == [(KEY.benchmark, "time", "s")]
    assert Pins([pin(1.0), withdraw(at=1)]).unmatched([(other, "s")]) == []
    assert Pins([pin(1.0), withdraw(at=1)]).unmatched([(KEY, "s")]) == []
