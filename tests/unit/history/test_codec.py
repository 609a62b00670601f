from __future__ import annotations

import copy
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from importlib import resources
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfsite.errors import HistoryError
from perfsite.history import codec
from perfsite.history.codec import decode, encode, run_id, without_samples
from perfsite.history.columns import Memo
from perfsite.model.run import (
    Columns,
    Commit,
    Direction,
    Environment,
    Measurement,
    Metric,
    Run,
    Source,
    Status,
)

SECONDS = Metric(name="time", unit="s", direction=Direction.LOWER)
SCHEMA = json.loads(resources.files("perfsite.history").joinpath("run.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

# The shapes of text that break line-based files: line ends of Unicode, controls, quotes, other planes.
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20) | st.sampled_from(
    ["a\u2028b", "a\u2029", "\x85", "\x00", "\r\n", "\x0b\x0c\x1c", '"\\', "\x7f", "😀"]
)
shas = st.text("0123456789abcdef", min_size=40, max_size=40)
times = st.integers(0, 7 * 10**15).map(lambda us: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=us))
numbers = st.floats(allow_nan=False, allow_infinity=False)
maybe = st.none()
facts = st.dictionaries(texts, texts | st.integers(-(2**53), 2**53) | numbers | st.booleans(), max_size=3)
metrics = st.builds(Metric, name=texts, unit=texts, direction=st.sampled_from(Direction), original_unit=maybe | texts)


@st.composite
def measurements(draw: st.DrawFn) -> Measurement:
    status = draw(st.sampled_from(Status))
    return Measurement(
        benchmark=draw(texts),
        metric=draw(metrics),
        value=draw(numbers) if status is Status.OK else None,
        parameters=draw(st.dictionaries(texts, texts, max_size=2)),
        status=status,
        count=draw(maybe | st.integers(1, 10**9)),
        lower=draw(maybe | numbers),
        upper=draw(maybe | numbers),
        deviation=draw(maybe | st.floats(0, 1e300)),
        samples=draw(maybe | st.lists(numbers, min_size=1, max_size=5)),
        statistics=draw(maybe | st.dictionaries(texts, numbers, min_size=1, max_size=3)),
    )


def identity(row: Measurement) -> tuple[object, ...]:
    return row.benchmark, row.metric, tuple(sorted(row.parameters.items()))


runs = st.builds(
    Run,
    time=times,
    commit=st.builds(
        Commit,
        sha=shas,
        time=maybe | times,
        subject=maybe | st.just("") | texts,
        author=maybe | texts,
        parents=maybe | st.lists(shas, max_size=2).map(tuple),
        dirty=maybe | st.booleans(),
        tested=maybe | shas,
    ),
    environment=st.builds(Environment, name=st.sampled_from(["e", "linux-x86_64", "A.b_c-9"]), facts=facts),
    source=st.builds(
        Source, format=texts, tool=maybe | texts, version=maybe | texts, url=maybe | texts, attempt=maybe | st.just(2)
    ),
    measurements=st.lists(measurements(), max_size=6, unique_by=identity).map(Columns.of),
    branch=maybe | texts,
    pull_request=maybe | st.integers(1, 10**6),
    suite=maybe | texts,
    artifact=maybe | texts,
)


def make_run(*rows: Measurement, **changes: Any) -> Run:
    rows = rows or (
        Measurement(benchmark="parse", metric=SECONDS, value=0.25, samples=[0.2, 0.3], deviation=0.07, lower=0.2),
        Measurement(benchmark="write", metric=SECONDS, value=None, status=Status.FAILED, parameters={"n": "1000"}),
    )
    values: dict[str, Any] = {
        "time": datetime(2026, 11, 21, 8, 30, tzinfo=UTC),
        "commit": Commit(sha="a" * 40, subject="model: add words", parents=("b" * 40,), dirty=False),
        "environment": Environment(name="linux", facts={"cpu.cores": 2}),
        "source": Source(format="pytest-benchmark"),
        "measurements": Columns.of(rows),
    }
    return Run(**values | changes)


@given(runs)
@settings(max_examples=150, deadline=None)
def test_a_run_comes_back_as_it_was_on_one_line_that_the_schema_allows(run: Run) -> None:
    line = encode(run)
    assert "\n" not in line
    assert "\r" not in line
    VALIDATOR.validate(json.loads(line))
    back = decode(line.encode() + b"\n", where="x.jsonl:1")
    assert replace(back, id=None) == run
    assert encode(back) == line
    assert encode(replace(back, id=None)) == line
    assert run_id(json.loads(line)) == back.id


def test_a_line_of_one_run_starts_with_what_a_person_looks_for() -> None:
    assert encode(make_run()).startswith('{"version":1,"id":"')
    keys = list(json.loads(encode(make_run())))
    assert keys == ["version", "id", "time", "commit", "environment", "source", "measurements"]


def test_equal_runs_are_equal_bytes_whatever_the_order_of_their_mappings_and_the_zone_of_their_time() -> None:
    one = make_run(environment=Environment(name="e", facts={"os": "x", "arch": "y"}))
    other = make_run(
        environment=Environment(name="e", facts={"arch": "y", "os": "x"}),
        time=datetime(2026, 11, 21, 9, 30, tzinfo=timezone(timedelta(hours=1))),
    )
    assert encode(one) == encode(other)


def test_a_whole_number_and_the_same_float_are_the_same_measurement() -> None:
    assert encode(make_run(Measurement(benchmark="b", metric=SECONDS, value=1))) == encode(
        make_run(Measurement(benchmark="b", metric=SECONDS, value=1.0))
    )
    line = encode(make_run(Measurement(benchmark="b", metric=SECONDS, value=1.0))).replace("[1.0]", "[1]")
    value = decode(line, where="x:1").measurements.value[0]
    assert value == 1
    assert type(value) is float


def test_the_id_holds_the_time_and_the_attempt_so_that_a_rerun_is_a_run_of_its_own() -> None:
    ids = {
        decode(encode(run), where="x:1").id
        for run in (
            make_run(),
            make_run(time=datetime(2026, 11, 21, 8, 31, tzinfo=UTC)),
            make_run(source=Source(format="pytest-benchmark", attempt=2)),
        )
    }
    assert len(ids) == 3


def test_columns_of_equal_rows_are_written_once() -> None:
    rows = [Measurement(benchmark=f"b{i}", metric=SECONDS, value=float(i), count=5) for i in range(50)]
    record = json.loads(encode(make_run(*rows)))["measurements"]
    assert record["metric"] == 0
    assert record["count"] == 5
    assert decode(encode(make_run(*rows)), where="x:1").measurements.count == [5] * 50


def test_a_line_stays_near_64_bytes_a_measurement() -> None:
    rows = [Measurement(benchmark=f"suite.module.Class.time_{i:03}", metric=SECONDS, value=i / 7) for i in range(500)]
    assert len(encode(make_run(*rows))) < 64 * 500


def test_runs_read_together_share_their_names() -> None:
    lines = [encode(make_run(time=datetime(2026, 1, day, tzinfo=UTC))) for day in (1, 2)]
    memo = Memo()
    one, other = (decode(line, where="x:1", memo=memo).measurements for line in lines)
    assert one.benchmark is other.benchmark
    assert one.metrics is other.metrics


def planted(path: str, value: object) -> dict[str, Any]:
    """Return a valid record with one thing changed; a value of `...` takes the key away."""
    record = copy.deepcopy(json.loads(encode(make_run())))
    *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    place: Any = record
    for part in parents:
        place = place[part]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return record  # type: ignore[no-any-return]  # json.loads is untyped


# (path, value, whether a JSON Schema can say it)
FAULTS: list[tuple[str, object, bool]] = [
    ("version", ..., True),
    ("version", "1", True),
    ("version", True, True),
    ("version", 0, True),
    ("version", -1, True),
    ("id", ..., True),
    ("id", "x" * 32, True),
    ("id", 7, True),
    ("time", ..., True),
    ("time", "yesterday", True),
    ("time", "2026-11-21T08:30:00", True),
    ("time", "2026-11-21T08:30:00+01:00", True),
    ("time", "2026-13-41T08:30:00Z", False),
    ("commit", [], True),
    ("commit.sha", "abc", True),
    ("commit.sha", "A" * 40, True),
    ("commit.sha", "a" * 40 + "\n", False),
    ("commit.parents", ["abc"], True),
    ("commit.parents", "abc", True),
    ("commit.dirty", 1, True),
    ("commit.tested", "", True),
    ("commit.subject", "x" * 20_001, True),
    ("branch", "", True),
    ("pull_request", 0, True),
    ("pull_request", 1.5, True),
    ("pull_request", True, True),
    ("environment", ..., True),
    ("environment.name", "../../etc", True),
    ("environment.name", "pull", True),
    ("environment.name", "Nul.x", True),
    ("environment.name", "x.lock", True),
    ("environment.facts", [1], True),
    ("environment.facts", {"cpu": {}}, True),
    ("source.format", 3, True),
    ("source.attempt", -1, True),
    ("measurements", ..., True),
    ("measurements.metrics", {}, True),
    ("measurements.metrics.0", "time", True),
    ("measurements.metrics.0.direction", "up", True),
    ("measurements.metrics.0.direction", [], True),
    ("measurements.metrics.0.unit", ..., True),
    ("measurements.benchmark", "parse", True),
    ("measurements.benchmark.0", "", True),
    ("measurements.benchmark.0", None, True),
    ("measurements.benchmark.0", ["parse"], True),
    ("measurements.benchmark", ["parse"], False),
    ("measurements.metric", 1, False),
    ("measurements.metric", -1, True),
    ("measurements.metric", [0, 0.0], False),
    ("measurements.metric", [0, 7], False),
    ("measurements.metric", [0], False),
    ("measurements.value", 0.25, True),
    ("measurements.value.0", "fast", True),
    ("measurements.value.0", True, True),
    ("measurements.value.0", None, False),
    ("measurements.value.0", 10**400, False),
    ("measurements.value.1", 1.0, False),
    ("measurements.value", [0.25], False),
    ("measurements.status", ..., False),
    ("measurements.status.0", "fine", True),
    ("measurements.status.0", [], True),
    ("measurements.count.0", 0, True),
    ("measurements.count.0", 2.5, True),
    ("measurements.deviation.0", -1.0, True),
    ("measurements.lower.0", "low", True),
    ("measurements.upper", [1.0], False),
    ("measurements.samples.0", [], True),
    ("measurements.samples.0", [1.0] * 101, True),
    ("measurements.samples.0", [1.0, "x"], True),
    ("measurements.samples", 1.0, True),
    ("measurements.parameters.1", {"n": 1000}, True),
    ("measurements.parameters.1", "n", True),
    ("measurements.parameters.0", 0, True),
]


@pytest.mark.parametrize(("path", "value", "schema"), FAULTS)
def test_a_planted_fault_is_refused_with_its_place(path: str, value: object, schema: bool) -> None:
    record = planted(path, value)
    with pytest.raises(HistoryError) as caught:
        decode(json.dumps(record), where="history/linux/2026-11.jsonl:7")
    assert str(caught.value).startswith(f"history/linux/2026-11.jsonl:7: $.{path.split('.', maxsplit=1)[0]}")
    assert len(str(caught.value)) < 300
    assert schema is not VALIDATOR.is_valid(record)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"", "not JSON at character 1 of 0"),
        (b"null", "expected an object, found null"),
        (b"[1]", "found a list of 1"),
        (b'{"version":1,"id":"a', "the line looks cut off"),
        (b'{"version":NaN}', "NaN is not a number in JSON"),
        (b'{"version":-Infinity}', "-Infinity is not a number"),
        (b'{"version":' + b"9" * 5000 + b"}", "thousands of digits"),
        (b"[" * 200_000, "nested too deeply"),
        (b'{"a":' * 200_000, "nested too deeply"),
        (b'{"version":1,"branch":"\xff"}', "not UTF-8 at byte 23: 0xff"),
        (b'{"version":1,"branch":"\\ud800"}', "surrogate"),
        (b"\x00\x01binary", "not JSON"),
    ],
)
def test_a_line_that_is_no_record_says_why(line: bytes, says: str) -> None:
    with pytest.raises(HistoryError, match=r"^x\.jsonl:3: \$") as caught:
        decode(line, where="x.jsonl:3")
    assert says in str(caught.value)


def test_a_number_that_overflows_is_refused() -> None:
    line = encode(make_run()).replace('"value":[0.25', '"value":[1e999')
    with pytest.raises(HistoryError, match=r"value\[0\]: expected a finite number, found number inf"):
        decode(line, where="x:1")


def test_one_thing_measured_twice_is_refused() -> None:
    row = Measurement(benchmark="parse", metric=SECONDS, value=1.0, parameters={"a": "1", "b": "2"})
    same = replace(row, parameters={"b": "2", "a": "1"}, value=2.0)
    with pytest.raises(HistoryError, match=r"benchmark\[1\]: 'parse' with the same metric and parameters"):
        encode(make_run(row, same))
    assert encode(make_run(row, replace(row, parameters={"a": "2"})))


@pytest.mark.parametrize(
    "change",
    [
        {"time": datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)},
        {"commit": Commit(sha="HEAD")},
        {"environment": Environment(name="a/b")},
        {"branch": "\ud800"},
        {"measurements": Columns.of([Measurement(benchmark="b", metric=SECONDS, value=float("nan"))])},
        {"environment": Environment(name="a", facts={"cpu": float("inf")})},
        {"id": "not an id"},
    ],
)
def test_what_could_not_be_read_is_not_written(change: dict[str, Any]) -> None:
    with pytest.raises(HistoryError):
        encode(make_run(**change))


def test_unknown_keys_are_left_out() -> None:
    record = json.loads(encode(make_run()))
    record["weather"] = {"rain": True}
    record["commit"]["mood"] = "good"
    assert encode(decode(json.dumps(record), where="x:1")) == encode(make_run())


def test_a_newer_record_names_the_way_out() -> None:
    with pytest.raises(HistoryError, match=r"written by a newer perfsite \(version 2\)") as caught:
        decode(json.dumps({"version": 2}), where="x:1")
    assert caught.value.hint == "upgrade perfsite"


def test_an_older_record_is_upgraded_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    def add_environment(record: dict[str, Any]) -> dict[str, Any]:
        return {**record, "environment": {"name": "linux", "facts": {"cpu.cores": 2}}}

    old = json.loads(encode(make_run()))
    old["version"] = 0
    del old["environment"]
    with pytest.raises(HistoryError, match="there never was a version 0"):
        decode(json.dumps(old), where="x:1")
    monkeypatch.setitem(codec.UPGRADES, 0, add_environment)
    assert encode(decode(json.dumps(old), where="x:1")) == encode(make_run())


def test_samples_are_left_unread_where_the_spread_is_known() -> None:
    row = Measurement(benchmark="a", metric=SECONDS, value=2.0, samples=[1.0, 2.0, 3.0])
    line = encode(make_run(row)).encode() + b"\n"
    whole, slim = decode(line, where="x.jsonl:1"), decode(line, where="x.jsonl:1", samples=False)
    assert slim == replace(whole, measurements=replace(whole.measurements, samples=None))
    assert slim.measurements.deviation == [1.0]


@pytest.mark.parametrize("end", [b"]]}},", b"]]}", b'["x"]]}}', b"]]}}}", b'],"more":1}}'])
def test_only_samples_that_end_the_line_are_left_unread(end: bytes) -> None:
    line = b'{"deviation":1,"samples":[[1,2' + end
    assert without_samples(line) == line


def test_samples_stay_where_nothing_else_tells_the_spread() -> None:
    line = b'{"measurements":{"value":[1.0],"samples":[[1.0,2.0]]}}'
    assert without_samples(line) == line


def test_a_name_that_looks_like_samples_is_a_name() -> None:
    name = '",\\"deviation\\":1,"samples":[1]]}}'
    row = Measurement(benchmark=name, metric=SECONDS, value=2.0, samples=[1.0, 3.0])
    slim = decode(encode(make_run(row)).encode(), where="x.jsonl:1", samples=False)
    assert slim.measurements.benchmark == [name]


@pytest.mark.parametrize(
    "value", [3, [3, None], [[], None], {"min": "1"}, {"min": None}, {"": 1.0}, {"min": True}, [{}, {}, {}]]
)
def test_statistics_that_are_none_are_refused(value: Any) -> None:
    record = json.loads(encode(make_run()))
    record["measurements"]["statistics"] = value
    with pytest.raises(HistoryError, match=r"\$\.measurements\.statistics"):
        decode(json.dumps(record), where="x")


def test_numbers_are_spelled_as_ever_so_that_ids_stay() -> None:
    rows = [
        Measurement(benchmark=str(i), metric=SECONDS, value=value)
        for i, value in enumerate([1e-7, 1.5e-9, 5e-324, 0.1, 1 / 3, 1e15, -0.0, 1.7976931348623157e308])
    ]
    line = encode(make_run(*rows))
    assert '"value":[1e-7,1.5e-9,5e-324,0.1,0.3333333333333333,1000000000000000.0,-0.0,1.7976931348623157e' in line
