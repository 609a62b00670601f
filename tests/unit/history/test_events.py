"""Decisions as lines of `events.jsonl`: written once, read back whatever became of the file."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfsite.errors import HistoryError
from perfsite.history import events
from perfsite.history.events import decode, encode, events_of
from perfsite.history.shards import Appended, StoredLine
from perfsite.history.store import DirectoryStore, read_all
from perfsite.model.event import BaselinePinned, PinnedValue, Pins
from perfsite.model.run import Direction
from perfsite.model.series import SeriesKey

if TYPE_CHECKING:
    from perfsite.model.problem import Problem

SCHEMA = json.loads(resources.files("perfsite.history").joinpath("event.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
TIME = datetime(2026, 1, 27, tzinfo=UTC)

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20) | st.sampled_from(
    ["a\u2028b", "\x85", "\x00", "\r\n", '"\\', "😀", "<script>", "../.."]
)
times = st.integers(0, 7 * 10**15).map(lambda us: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=us))
pinned_values = st.builds(
    PinnedValue,
    benchmark=texts,
    metric=texts,
    unit=texts,
    direction=st.sampled_from(Direction),
    value=st.floats(allow_nan=False, allow_infinity=False),
    parameters=st.dictionaries(texts, texts, max_size=2),
)
decisions = st.builds(
    BaselinePinned,
    time=times,
    values=st.lists(
        pinned_values,
        min_size=1,
        max_size=3,
        unique_by=lambda one: (one.benchmark, one.metric, tuple(sorted(one.parameters.items()))),
    ).map(tuple),
    author=st.none() | texts,
    reason=st.none() | texts,
    source=st.none() | texts,
    environment=st.none() | st.sampled_from(["ci", "desk"]),
    commit=st.none() | texts,
)


def value(number: float = 0.12, *, benchmark: str = "Aggregated", metric: str = "p95") -> PinnedValue:
    return PinnedValue(benchmark=benchmark, metric=metric, unit="s", direction=Direction.LOWER, value=number)


def pinned(number: float = 0.12, **more) -> BaselinePinned:
    return BaselinePinned(**{"time": TIME, "values": (value(number),), "source": "perf_baseline.json", **more})


@pytest.fixture
def store(tmp_path: Path) -> DirectoryStore:
    return DirectoryStore(tmp_path / "history")


def read(store: DirectoryStore) -> tuple[tuple[BaselinePinned, ...], list[Problem]]:
    problems: list[Problem] = []
    lines: list[StoredLine] = []
    assert list(read_all([store], problems, events=lines)) == []
    return events_of(lines, problems), problems


@given(decisions)
def test_an_event_comes_back_as_it_was_and_fits_the_schema(event: BaselinePinned) -> None:
    line = encode(event)
    assert "\n" not in line
    found = decode(line.encode(), where="here")
    assert replace(found, id=None) == event
    assert encode(found) == line
    assert encode(event) == line
    VALIDATOR.validate(json.loads(line))


def test_equal_content_has_one_id_and_other_content_another() -> None:
    first, same, other = (json.loads(encode(one))["id"] for one in (pinned(), pinned(), pinned(0.13)))
    assert first == same != other


BAD = {
    "{": "the line looks cut off",
    "[]": "$: expected an object, found a list of 0",
    '{"version":1,"type":"baseline-pinned"}': "$.id: expected 32 lower-case hex digits, found null",
    '{"version":2}': "written by a newer perfsite (version 2)",
    '{"version":true}': "$.version: expected a version of 1 to 1, found true",
    '{"version":0}': "there never was a version 0",
    '{"version":1}': "$.type: expected text, found null",
    '{"version":1,"type":"incident-acknowledged"}': "an event of the unknown type 'incident-acknowledged'",
    '{"a":"\\ud800"}': "half of a surrogate pair",
    '{"a":' + "[" * 100_000: "",
    '{"a":' + "1" * 10_000 + "}": "thousands of digits",
}


@pytest.mark.parametrize("line", BAD, ids=range(len(BAD)))
def test_a_line_that_is_no_event_says_why(line: str) -> None:
    with pytest.raises(HistoryError) as caught:
        decode(line, where="history/events.jsonl:3")
    assert BAD[line] in caught.value.problem
    assert caught.value.where == "history/events.jsonl:3"


@pytest.mark.parametrize(
    ("path", "found", "problem"),
    [
        (("time",), "2026-01-27", "$.time: expected a UTC time"),
        (("environment",), "../ci", "$.environment: expected an environment name, or null for all, found text '../ci'"),
        (("reason",), "", "$.reason: expected text of 1 to 20,000 characters"),
        (("commit",), 7, "$.commit: expected text, found number 7"),
        (("values",), [], "$.values: expected a list of at least one pinned value, found a list of 0"),
        (("values", 0), 3, "$.values[0]: expected an object"),
        (("values", 0, "value"), True, "$.values[0].value: expected a finite number, found true"),
        (("values", 0, "value"), 10**400, "$.values[0].value: expected a finite number"),
        (("values", 0, "direction"), "up", "$.values[0].direction: expected lower, higher or neither"),
        (("values", 0, "benchmark"), "x" * 20_001, "$.values[0].benchmark: expected text of 1 to 20,000"),
        (("values", 0, "parameters"), {"n": 3}, "$.values[0].parameters.n: expected text"),
        (("values", 0, "parameters"), {"": "3"}, "$.values[0].parameters: expected text"),
    ],
)
def test_every_part_of_an_event_is_checked(path: tuple, found: object, problem: str) -> None:
    record = json.loads(encode(pinned()))
    place = record
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = found
    with pytest.raises(HistoryError) as caught:
        decode(json.dumps(record), where="here")
    assert caught.value.problem.startswith(problem)
    if found != 10**400:
        assert not VALIDATOR.is_valid(record)


def test_a_thing_pinned_twice_in_one_event_is_refused_on_writing_and_on_reading() -> None:
    with pytest.raises(HistoryError, match=r"\$\.values\[1\]: text 'p95' of text 'Aggregated' is there twice"):
        encode(pinned(values=(value(1.0), value(2.0))))


def test_keys_that_are_not_known_are_left_out_and_null_is_not_known() -> None:
    record = json.loads(encode(pinned())) | {"colour": "red", "environment": None, "author": None}
    VALIDATOR.validate(record)
    assert replace(decode(json.dumps(record), where=""), id=None) == pinned()


def test_a_line_of_an_older_version_is_upgraded(monkeypatch: pytest.MonkeyPatch) -> None:
    record = json.loads(encode(pinned()))
    record["values"][0]["number"] = record["values"][0].pop("value")
    record["version"] = 0

    def rename(old: dict) -> dict:
        return old | {"values": [{**one, "value": one["number"]} for one in old["values"]]}

    monkeypatch.setitem(events.UPGRADES, 0, rename)
    assert decode(json.dumps(record), where="").values == (value(),)


def test_an_event_is_stored_once_however_often_it_is_appended(store: DirectoryStore) -> None:
    assert store.append_events([pinned(), pinned()]) == Appended(written=1, known=0)
    assert store.append_events([pinned(), pinned(0.2)]) == Appended(written=1, known=1)
    found, problems = read(store)
    assert [one.values[0].value for one in found] == [0.12, 0.2]
    assert problems == []
    assert store.append_events([]) == Appended(0, 0)


def test_a_torn_line_is_closed_and_its_event_can_be_stored_again(store: DirectoryStore) -> None:
    store.append_events([pinned()])
    file = store.root / "events.jsonl"
    file.write_bytes(file.read_bytes()[:-20])
    assert store.append_events([pinned()]) == Appended(written=1, known=0)
    found, problems = read(store)
    assert len(found) == 1
    assert [(one.where, one.hint is not None) for one in problems] == [(f"{file.as_posix()}:1", True)]
    assert "the line looks cut off" in problems[0].problem


def test_a_last_line_without_its_end_is_still_an_event(store: DirectoryStore) -> None:
    store.append_events([pinned()])
    file = store.root / "events.jsonl"
    file.write_bytes(file.read_bytes()[:-1])
    assert store.append_events([pinned()]) == Appended(written=0, known=1)
    store.append_events([pinned(0.2)])
    assert len(read(store)[0]) == 2


def test_a_bad_line_costs_only_itself(store: DirectoryStore) -> None:
    store.append_events([pinned()])
    with (store.root / "events.jsonl").open("ab") as file:
        file.write(b'nonsense\n\xff\xfe\n\n{"version":1,"type":"later-invention"}\n')
    store.append_events([pinned(0.2)])
    found, problems = read(store)
    assert len(found) == 2
    assert [one.where.rpartition(":")[2] for one in problems] == ["2", "3", "5"]
    assert problems[2].hint == "upgrade perfsite"


def test_other_content_under_a_known_id_is_a_problem_and_the_first_counts(store: DirectoryStore) -> None:
    store.append_events([pinned()])
    file = store.root / "events.jsonl"
    file.write_text(file.read_text() + file.read_text().replace("0.12", "0.99"))
    found, problems = read(store)
    assert [one.values[0].value for one in found] == [0.12]
    assert "has the id of an earlier event and other content" in problems[0].problem


def test_a_link_or_folder_in_the_place_of_the_file_is_neither_read_nor_written(
    store: DirectoryStore, tmp_path: Path
) -> None:
    outside = tmp_path / "outside.jsonl"
    outside.write_text(encode(pinned()) + "\n")
    store.root.mkdir()
    (store.root / "events.jsonl").symlink_to(outside)
    found, problems = read(store)
    assert found == ()
    assert "symbolic link" in problems[0].problem
    with pytest.raises(HistoryError, match="not a regular file"):
        store.append_events([pinned(0.2)])
    (store.root / "events.jsonl").unlink()
    (store.root / "events.jsonl").mkdir()
    assert "a directory" in read(store)[1][0].problem
    with pytest.raises(HistoryError, match="not a regular file"):
        store.append_events([pinned(0.2)])


def test_an_event_that_cannot_be_stored_leaves_no_trace(store: DirectoryStore) -> None:
    with pytest.raises(HistoryError, match="finite number"):
        store.append_events([pinned(), pinned(float("nan"))])
    with pytest.raises(HistoryError, match="not valid Unicode"):
        store.append_events([pinned(reason="\ud800")])
    with pytest.raises(HistoryError, match="with its zone"):
        store.append_events([pinned(time=datetime(2026, 1, 1))])  # noqa: DTZ001  # the point of the test
    assert not store.root.exists()


WRITER = """
import sys
from datetime import UTC, datetime
from perfsite.history.store import DirectoryStore
from perfsite.model.event import BaselinePinned, PinnedValue
from perfsite.model.run import Direction
for i in range(40):
    value = PinnedValue(benchmark=sys.argv[2], metric="p95", unit="s", direction=Direction.LOWER, value=float(i))
    event = BaselinePinned(time=datetime(2026, 1, 27, tzinfo=UTC), values=(value,))
    DirectoryStore(sys.argv[1]).append_events([event])
"""


def test_two_processes_that_append_at_once_lose_nothing(store: DirectoryStore) -> None:
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(store.root), name]) for name in ("one", "two")]
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0]
    found, problems = read(store)
    assert problems == []
    assert sorted((one.values[0].benchmark, one.values[0].value) for one in found) == [
        (name, float(i)) for name in ("one", "two") for i in range(40)
    ]


KEY = SeriesKey(benchmark="Aggregated", metric="p95", environment="ci")


def test_the_newest_pin_wins_and_of_one_time_the_later_line() -> None:
    older, newer = pinned(1.0), pinned(2.0, time=TIME + timedelta(days=1))
    assert Pins((newer, older)).of(KEY, "s").value == 2.0
    assert Pins((pinned(3.0), pinned(4.0))).of(KEY, "s").value == 4.0


def test_a_pin_of_one_environment_says_nothing_of_another() -> None:
    pins = Pins((pinned(1.0), pinned(2.0, environment="desk", time=TIME + timedelta(days=1))))
    assert pins.of(KEY, "s").value == 1.0
    assert pins.of(replace(KEY, environment="desk"), "s").value == 2.0
    assert Pins((pinned(2.0, environment="desk"),)).of(KEY, "s") is None


def test_a_pin_selects_by_benchmark_parameters_metric_and_unit() -> None:
    pins = Pins((pinned(),))
    assert pins.of(KEY, "1") is None
    assert pins.of(replace(KEY, metric="p50"), "s") is None
    assert pins.of(replace(KEY, benchmark="/login"), "s") is None
    assert pins.of(replace(KEY, parameters=(("n", "1"),)), "s") is None
    assert Pins().of(KEY, "s") is None


def test_what_is_pinned_in_vain_is_known() -> None:
    pins = Pins((pinned(), pinned(values=(value(metric="p50"), value(benchmark="/login"))), pinned(1.0)))
    series = [(KEY, "s"), (replace(KEY, metric="p50"), "1")]
    assert pins.unmatched(series) == [("Aggregated", "p50", "s"), ("/login", "p95", "s")]
    desk = Pins((pinned(environment="desk"),))
    assert desk.unmatched(series) == [("Aggregated", "p95", "s")]
    assert desk.unmatched([(replace(KEY, environment="desk"), "s")]) == []
