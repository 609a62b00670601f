"""What channels were told, as lines of `events.jsonl`."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from importlib import resources
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfsite.errors import HistoryError
from perfsite.history.events import decode, encode
from perfsite.model.alert import AlertState, ChannelStarted, IncidentNotified, Outcome
from perfsite.model.series import SeriesKey

SCHEMA = json.loads(resources.files("perfsite.history").joinpath("event.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
TIME = datetime(2026, 5, 1, 12, tzinfo=UTC)
EVENT = IncidentNotified(
    time=TIME,
    incident="0123456789",
    state=AlertState.CONFIRMED,
    channel="team chat",
    outcome=Outcome.SENDING,
    good="a" * 40,
    bad="b" * 40,
    series=(SeriesKey(benchmark="parse", parameters=(("n", "10"),), metric="time", environment="ci"),),
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


@given(
    st.builds(
        IncidentNotified,
        time=st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  # hypothesis wants naive bounds
        author=st.none(),
        reason=st.none(),
        id=st.none(),
        incident=st.text("0123456789abcdef", min_size=4, max_size=40),
        state=st.sampled_from(AlertState),
        channel=st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9 ._-]{0,59}\Z"),
        outcome=st.sampled_from(Outcome),
        good=st.none() | st.just("c" * 40),
        bad=st.just("d" * 40),
        series=st.lists(st.builds(SeriesKey, benchmark=TEXT, metric=TEXT, environment=st.just("ci")), unique=True).map(
            tuple
        ),
        claim=st.none() | st.just("e" * 32),
    )
)
def test_what_was_told_comes_back_as_it_was_and_fits_the_schema(event: IncidentNotified) -> None:
    line = encode(event)
    again = decode(line, where="")
    assert replace(again, id=None) == event
    VALIDATOR.validate(json.loads(line))
    assert encode(again) == line


def test_the_start_of_a_channel_comes_back_as_it_was_and_fits_the_schema() -> None:
    event = ChannelStarted(time=TIME, channel="mail", since=TIME)
    line = encode(event)
    assert replace(decode(line, where=""), id=None) == event
    VALIDATOR.validate(json.loads(line))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"incident": "<script>"}, "$.incident: expected 4 to 64"),
        ({"state": "acknowledged"}, "$.state: expected new, confirmed, reopened, fixed"),
        ({"state": ["new"]}, "$.state"),
        ({"outcome": "lost"}, "$.outcome: expected held, sending, sent, failed"),
        ({"channel": "https://hooks.example/secret"}, "$.channel: expected a channel's name"),
        ({"channel": "a\n"}, "$.channel"),
        ({"channel": None}, "$.channel"),
        ({"good": "main"}, "$.good"),
        ({"bad": None}, "$.bad"),
        ({"series": {}}, "$.series: expected a list"),
        ({"claim": "0123"}, "$.claim"),
    ],
)
def test_what_is_wrong_is_named_and_the_schema_refuses_it(change: dict[str, Any], told: str) -> None:
    record = {**json.loads(encode(EVENT)), **change}
    with pytest.raises(HistoryError) as error:
        decode(json.dumps(record), where="events.jsonl:1")
    assert told in str(error.value)
    assert not VALIDATOR.is_valid(record) or change == {"channel": "a\n"}
