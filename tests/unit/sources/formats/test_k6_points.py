"""k6's points: streamed, and told as the summary tells them."""

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest

from perfsite.errors import CombinedInputError, InputError
from perfsite.sources.formats import k6_points

DATA = Path(__file__).parents[3] / "data" / "k6-points"


def recorded(name):
    with (DATA / name).open(encoding="utf-8") as stream:
        return k6_points.parse(stream, origin=name)


def table(reading):
    return {(row.benchmark, tuple(row.parameters.values()), row.metric.name): row for row in reading.measurements}


@pytest.mark.parametrize("name", ["points.jsonl", "points.csv"])
def test_points_come_to_what_the_summary_says(name):
    rows = table(recorded(name))
    times = rows["http_req_duration", (), "p50"]
    assert times.value == pytest.approx(0.04025)
    assert (times.count, times.samples) == (3, pytest.approx([0.0205, 0.04025, 0.11896]))
    assert rows["http_req_duration", ("true",), "p50"].value == pytest.approx((0.0205 + 0.11896) / 2)
    assert rows["http_req_duration", (), "p90"].value == pytest.approx(0.04025 + 0.8 * (0.11896 - 0.04025))
    assert rows["http_req_failed", (), "error_rate"].value == pytest.approx(1 / 3)
    assert rows["http_reqs", (), "requests_per_second"].value == pytest.approx(1.5)
    assert rows["data_received", (), "bytes"].value == 3000
    assert rows["checks", ("status is 200", "::shop"), "passes"].value == 2
    assert [rows["vus", (), figure].value for figure in ("value", "min", "max")] == [1, 1, 2]


def test_both_forms_have_the_same_series():
    assert table(recorded("points.jsonl")).keys() == table(recorded("points.csv")).keys()


def test_the_run_has_the_first_points_time():
    reading = recorded("points.jsonl")
    assert reading.time == datetime(2024, 3, 19, 18, 59, 30, 714081, UTC)
    assert reading.facts == {"k6.seconds": pytest.approx(2)}


@pytest.mark.parametrize("time", ["1710874770", "1710874770000", "1710874770000000000", "2024-03-19T18:59:30Z"])
def test_csv_times_are_known_in_every_unit_that_k6_writes(time):
    text = f"metric_name,timestamp,metric_value\nhttp_reqs,{time},1\n"
    assert k6_points.parse(io.StringIO(text), origin="x").time == datetime(2024, 3, 19, 18, 59, 30, tzinfo=UTC)


def test_a_file_that_was_cut_off_and_bad_points_are_named():
    lines = [
        '{"type":"Metric","data":{"type":"trend","contains":"time"},"metric":"a"}',
        '{"type":"Point","data":{"time":"soon","value":"x"},"metric":"a"}',
        '{"type":"Point","data":{"time":"2024-03-19T18:59:30Z","value":1},"metric":"b"}',
        '{"type":"Point","data":{"ti',
    ]
    with pytest.raises(CombinedInputError) as caught:
        k6_points.parse(io.StringIO("\n".join(lines)), origin="x")
    assert [str(error).partition(": expected")[0] for error in caught.value.errors] == [
        "x: line 2: $.data.value",
        "x: line 2: $.data.time",
        "x: line 3: the metric 'b' was not declared before",
        'x: line 4: is no line of JSON: \'{"type":"Point","data":{"ti\'',
    ]


def test_a_metric_for_every_point_is_refused():
    rows = (f"m{i},1,1" for i in range(10_001))
    with pytest.raises(InputError, match="more than 10,000 metrics"):
        k6_points.parse(io.StringIO("metric_name,timestamp,metric_value\n" + "\n".join(rows)), origin="x")
