"""Catch2's XML: versions 2 and 3, spread and outliers, failures, one sample."""

import contextlib
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfsite.errors import CombinedInputError, InputError
from perfsite.model.run import Status
from perfsite.sources.formats import catch2_xml

DATA = Path(__file__).parents[3] / "data" / "catch2-xml"
MEAN = '<mean value="10" lowerBound="9" upperBound="11" ci="0.95"/>'


def recorded(name):
    with (DATA / name).open(encoding="utf-8") as stream:
        return catch2_xml.parse(stream, origin=name)


def parse(*benchmarks):
    body = "\n".join(
        f'<BenchmarkResults name="x{i}" samples="20">{b}</BenchmarkResults>' for i, b in enumerate(benchmarks)
    )
    return catch2_xml.parse(io.StringIO(f"<Catch2TestRun>\n{body}\n</Catch2TestRun>"), origin="r.xml")


def test_mean_bounds_deviation_and_outliers_are_kept():
    first = recorded("v2.xml").measurements[0]
    assert (first.benchmark, first.metric.name, first.metric.unit) == ("Fibonacci 10", "time", "s")
    assert (first.value, first.lower, first.upper) == (242.717 / 1e9, 242.377 / 1e9, 244.05 / 1e9)
    assert (first.count, first.deviation) == (20, 1.39919 / 1e9)
    assert first.statistics == {
        "stddev_lower": 0.0660266 / 1e9,
        "stddev_upper": 2.7817 / 1e9,
        "outlier_variance": 0.0475,
        "outliers_high_severe": 2,
    }


@pytest.mark.parametrize("name", ["v2.xml", "v3.xml", "v3-no-analysis.xml", "v3-one-sample.xml"])
def test_every_version_gives_all_benchmarks(name):
    reading = recorded(name)
    assert len(reading.measurements) == 14
    assert [r.benchmark for r in reading.measurements if r.status is Status.FAILED] == ["throws"]
    assert reading.warnings == ("throws: failed: no device <found>",)
    assert reading.tool_version == (None if name == "v2.xml" else "3.11.0")


def test_a_name_in_several_sections_gets_parameters():
    rows = [r for r in recorded("v3.xml").measurements if r.benchmark == "insert"]
    assert len({tuple(r.parameters.items()) for r in rows}) == 4
    assert {r.parameters["section"] for r in rows} == {"ascending", 'descending <&> "quoted" / inner'}


@pytest.mark.parametrize("name", ["v3-no-analysis.xml", "v3-one-sample.xml"])
def test_a_spread_that_was_not_measured_is_not_known(name):
    rows = [r for r in recorded(name).measurements if r.value is not None]
    assert {(r.deviation, r.lower, r.upper) for r in rows} == {(None, None, None)}


def test_a_mean_that_is_no_number_is_failed():
    reading = parse(MEAN.replace('"10"', '"nan"'))
    assert (reading.measurements[0].status, reading.measurements[0].value) == (Status.FAILED, None)
    assert reading.warnings == ("x0: failed: its mean is nan",)


def test_every_bad_place_is_told_at_once():
    with pytest.raises(CombinedInputError) as caught:
        parse(MEAN.replace('"10"', '"fast"'), MEAN.replace("upperBound", "upper"), "")
    text = "\n".join(str(problem) for problem in caught.value.errors)
    assert "r.xml: line 2, mean.value: expected a number, found text 'fast'" in text
    assert "r.xml: line 3, mean.upperBound: is missing" in text
    assert "r.xml: line 4: the benchmark has neither a mean nor a failure" in text


def test_a_report_that_is_cut_off_is_an_error():
    text = (DATA / "v3.xml").read_text(encoding="utf-8")
    with pytest.raises(InputError, match="the file ends in the middle"):
        catch2_xml.parse(io.StringIO(text[: len(text) // 2]), origin="r.xml")


def test_a_report_without_benchmarks_says_so():
    with pytest.raises(InputError, match="holds no benchmark"):
        parse()


def test_other_xml_is_refused():
    with pytest.raises(InputError, match="expected the element Catch2TestRun or Catch, found testsuites"):
        catch2_xml.parse(io.StringIO("<testsuites/>"), origin="r.xml")
    assert not catch2_xml.accepts("<testsuites/>")


def test_hostile_names_arrive_as_they_are():
    text = (
        '<Catch><BenchmarkResults name="&lt;script&gt;|../..\U0001f4a9\u202e">' + MEAN + "</BenchmarkResults></Catch>"
    )
    assert catch2_xml.parse(io.StringIO(text), origin="x").measurements[0].benchmark == "<script>|../..\U0001f4a9\u202e"


PARTS = [
    MEAN,
    *("<mean/>", "<failed/>", "<outliers/>", "<Section>", "</Section>", "<mean ci='0'/>"),
    *('<BenchmarkResults name="">', "</BenchmarkResults>", '<standardDeviation value="1"/>'),
]


@given(st.lists(st.sampled_from(PARTS)))
def test_nothing_but_the_documented_error_is_raised(parts):
    with contextlib.suppress(InputError):
        parse("".join(parts))
