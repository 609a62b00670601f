"""Decisions on incidents as lines of `events.jsonl`."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import resources
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfsite.errors import HistoryError
from perfsite.history.events import decode, encode
from perfsite.model.incident import DECIDED, IncidentDecided, IncidentState
from perfsite.model.series import SeriesKey

SCHEMA = json.loads(resources.files("perfsite.history").joinpath("event.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
TIME = datetime(2026, 5, 1, 12, tzinfo=UTC)
EVENT = IncidentDecided(
    time=TIME,
    author="Ada",
    reason="wanted: the parser checks more now",
    incident="0123456789",
    state=IncidentState.ACKNOWLEDGED,
    good="a" * 40,
    bad="b" * 40,
    series=(SeriesKey(benchmark="parse", parameters=(("n", "10"),), metric="time", environment="ci"),),
    size=0.138,
    members=7,
    until=TIME + timedelta(days=30),
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


@given(
    st.builds(
        IncidentDecided,
        time=st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  # hypothesis wants naive bounds
        author=TEXT,
        reason=TEXT,
        incident=st.text("0123456789abcdef", min_size=4, max_size=40),
        state=st.sampled_from(DECIDED),
        good=st.none() | st.just("c" * 40),
        bad=st.just("d" * 40),
        series=st.lists(st.builds(SeriesKey, benchmark=TEXT, metric=TEXT, environment=st.just("ci")), unique=True).map(
            tuple
        ),
        size=st.floats(0, 1e9),
        members=st.integers(1, 10_000),
        until=st.none() | st.just(TIME),
    )
)
def test_a_decision_comes_back_as_it_was_and_fits_the_schema(event: IncidentDecided) -> None:
    line = encode(event)
    again = decode(line, where="")
    assert replace(again, id=None) == event
    VALIDATOR.validate(json.loads(line))
    assert encode(again) == line


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"incident": "<script>"}, "$.incident: expected 4 to 64"),
        ({"incident": None}, "$.incident"),
        ({"state": "fixed"}, "$.state: expected acknowledged, ignored, reopened"),
        ({"good": "main"}, "$.good: expected a full commit sha"),
        ({"bad": None}, "$.bad"),
        ({"series": {}}, "$.series: expected a list"),
        ({"series": [1]}, "$.series[0]: expected an object"),
        ({"series": [{"benchmark": "b", "metric": "m", "environment": "../up"}]}, "$.series[0].environment"),
        ({"series": [{"benchmark": "b", "metric": "m", "environment": "ci"}] * 2}, "is there twice"),
        ({"size": -1}, "$.size"),
        ({"size": 10**400}, "$.size"),
        ({"size": True}, "$.size"),
        ({"members": 0}, "$.members"),
        ({"until": "tomorrow"}, "$.until: expected a UTC time"),
    ],
)
def test_a_hostile_decision_is_refused_with_its_place(change: dict[str, Any], told: str) -> None:
    record = json.loads(encode(EVENT)) | change
    with pytest.raises(HistoryError) as caught:
        decode(json.dumps(record), where="history/events.jsonl:1")
    assert told in str(caught.value)
