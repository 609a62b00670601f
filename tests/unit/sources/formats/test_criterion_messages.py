"""cargo-criterion's messages."""

import contextlib
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfsite.errors import CombinedInputError, InputError
from perfsite.model.run import Direction
from perfsite.sources.formats import criterion_messages

FILE = Path(__file__).parents[3] / "data" / "criterion-messages" / "messages.txt"
MEDIAN = {"estimate": 5.0, "lower_bound": 4.0, "upper_bound": 6.0, "unit": "us"}


def parse(text):
    return criterion_messages.parse(io.StringIO(text), origin="m.json")


def message(**fields):
    return json.dumps({"reason": "benchmark-complete", "id": "g/f/8", "unit": "ns", **fields})


def test_samples_estimates_and_throughput_are_read():
    rows = parse(FILE.read_text(encoding="utf-8")).measurements
    time, rate, *_ = rows
    assert (time.benchmark, time.parameters, time.metric.unit) == ("Sums/xor", {"arg0": "64"}, "s")
    assert (time.count, len(time.samples)) == (20, 20)
    assert sorted(time.samples)[9] <= time.value <= sorted(time.samples)[10]
    assert time.lower < time.value < time.upper
    assert set(time.statistics) == {
        f"{name}{end}" for name in ("mean", "slope", "mad") for end in ("", "_lower", "_upper")
    }
    assert (rate.metric.name, rate.metric.unit) == ("throughput", "1/s")
    assert rate.value == pytest.approx(64 / time.value)
    assert [r.metric.unit for r in rows] == ["s", "1/s", "s", "B/s", "s"]


def test_the_tree_and_the_messages_name_a_benchmark_alike():
    rows = parse(FILE.read_text(encoding="utf-8")).measurements
    assert rows[-1].benchmark == "Flat/odd name?/sum 1000000"
    assert "slope" not in rows[-1].statistics


def test_a_message_without_samples_has_its_median_in_its_own_unit():
    row = parse(message(median=MEDIAN)).measurements[0]
    assert (row.value, row.lower, row.upper, row.count) == (
        pytest.approx(5e-6),
        pytest.approx(4e-6),
        pytest.approx(6e-6),
        None,
    )


def test_a_custom_measurement_is_a_metric_of_its_own():
    row = parse(message(unit="cycles", median={"estimate": 7.0})).measurements[0]
    assert (row.metric.name, row.metric.unit, row.metric.direction) == ("cycles", "cycles", Direction.LOWER)


def test_bytes_and_elements_at_once_are_two_rates():
    both = [{"per_iteration": 5, "unit": "bytes"}, {"per_iteration": 10, "unit": "elements"}]
    rows = parse(message(median={"estimate": 1e9}, throughput=both)).measurements
    assert [(r.metric.name, r.value) for r in rows[1:]] == [("throughput", 5), ("elements_per_second", 10)]


def test_every_bad_place_is_told_with_its_line():
    bad = [
        message(iteration_count=[1, 0], measured_values=[1.0, 2.0]),
        message(iteration_count=[1], measured_values=[1.0, 2.0]),
        message(median={"estimate": "x"}),
        message(),
        '{"reason":"benchmark-complete","id":',
    ]
    with pytest.raises(CombinedInputError) as caught:
        parse("cargo's own line\n" + "\n".join(bad))
    assert [str(error) for error in caught.value.errors] == [
        "m.json: line 2: $.iteration_count[1]: expected a number above 0, found the number 0",
        "m.json: line 3: $.measured_values: expected 1 values, as many as counts, found 2",
        "m.json: line 4: $.median.estimate: expected a number, found text 'x'",
        "m.json: line 5: $: holds no samples and no estimate of a median, slope or mean",
        "m.json: line 6: is not a whole JSON object",
    ]


def test_the_same_benchmark_twice_is_refused():
    with pytest.raises(InputError, match="line 2: the benchmark 'g/f"):
        parse(f"{message(median=MEDIAN)}\n{message(median=MEDIAN)}")


@pytest.mark.parametrize(
    "text", ["", '{"reason":"compiler-artifact"}', '{"id":"x"}', "[]", '"reason":"benchmark-complete"']
)
def test_other_messages_are_not_recognised(text):
    assert not criterion_messages.accepts(text)


VALUES = st.one_of(
    st.none(), st.booleans(), st.floats(), st.integers(), st.text(max_size=4), st.lists(st.floats(), max_size=4)
)
FIELDS = ["id", "unit", "iteration_count", "measured_values", "throughput", "median", "mean", "slope"]


@given(
    st.dictionaries(
        st.sampled_from(FIELDS), st.one_of(VALUES, st.fixed_dictionaries({"estimate": VALUES, "unit": VALUES}))
    )
)
def test_no_message_raises_anything_but_the_documented_error(fields):
    with contextlib.suppress(InputError):
        parse(message(**fields))
    with contextlib.suppress(InputError):
        parse(
            message(
                **{"median": MEDIAN, **fields, "throughput": [{"per_iteration": v, "unit": "bytes"} for v in fields]}
            )
        )
