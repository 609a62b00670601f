"""Google Benchmark's CSV: the same names and metrics as its JSON."""

import contextlib
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfsite.errors import CombinedInputError, InputError
from perfsite.model.run import Status
from perfsite.sources.formats import google_benchmark_csv

DATA = Path(__file__).parents[3] / "data" / "google-benchmark-csv"
HEADER = (
    "name,iterations,real_time,cpu_time,time_unit,bytes_per_second,items_per_second,label,error_occurred,error_message"
)


def recorded(name):
    with (DATA / name).open(encoding="utf-8", newline="") as stream:
        return google_benchmark_csv.parse(stream, origin=name)


def parse(*lines, header=HEADER):
    return google_benchmark_csv.parse(io.StringIO("\n".join([header, *lines, ""])), origin="b.csv")


def test_times_rates_fits_and_failures_are_as_in_the_json():
    rows = {(r.benchmark, *r.parameters.values(), r.metric.name): r for r in recorded("plain-1.9.5.csv").measurements}
    assert rows["summing", "8", "time"].value == pytest.approx(286.602e-9)
    assert rows["summing", "8", "bytes_per_second"].metric.unit == "B/s"
    assert rows["fixed", "500", "time"].metric.original_unit == "us"
    assert rows["skipped", "time"].status is Status.FAILED
    assert rows["complexity", "N", "real_coefficient"].value == pytest.approx(17.8885e-9)
    assert ("complexity", "rms") not in rows


def test_repetitions_are_samples_and_aggregates_their_spread():
    reading = recorded("repetitions-1.7.1.csv")
    time = reading.measurements[0]
    assert (time.benchmark, time.count, time.value) == ("summing", 3, 1020.12e-9)
    assert time.deviation == pytest.approx(3.33666e-9)
    assert not any("_" in r.benchmark for r in reading.measurements)


def test_counters_have_columns_of_their_own():
    rows = {r.metric.name: r.value for r in recorded("counters-1.8.3.csv").measurements}
    assert rows["per call"] == 0.13
    assert list(rows) == ["time", "cpu_time", "foo", "foo_inv_rate", "foo_rate", "per call", "tiny"]


def test_a_skipped_benchmark_is_skipped():
    reading = parse('"BM_x",,,,,,,,false,"no GPU"')
    assert (reading.measurements[0].status, reading.warnings) == (Status.SKIPPED, ("BM_x: skipped: no GPU",))


def test_what_the_program_printed_before_is_left_out():
    header = f"Run on (2 X 2000 MHz CPU s)\n***WARNING*** …\n{HEADER}"
    assert len(parse('"BM ""x"", y",10,1.5,1.5,ns,,,,,', header=header).measurements) == 2


def test_a_header_may_come_again_with_other_counters():
    rows = parse('"a",1,1,1,ns,,,,,', HEADER + ",foo", '"b",1,1,1,ns,,,,,,7').measurements
    assert [(r.benchmark, r.metric.name) for r in rows][-1] == ("b", "foo")


def test_every_bad_row_is_told():
    with pytest.raises(CombinedInputError) as caught:
        parse('"a",1,fast,1,ns,,,,,', '"b",1,1,1,days,,,,,', "c,1", '"d",1,1,1,ns,,,,,,,,')
    assert [str(error) for error in caught.value.errors] == [
        "b.csv: line 2, column 'real_time': expected a number, found text 'fast'",
        "b.csv: line 3, column 'time_unit': expected one of ns, us, ms, s, found text 'days'",
        "b.csv: line 4: expected 10 cells as in the header, found 2",
        "b.csv: line 5: expected 10 cells as in the header, found 13",
    ]


def test_a_table_without_rows_says_so():
    with pytest.raises(InputError, match="holds no benchmark"):
        parse()


def test_a_quote_that_never_ends_is_an_error():
    with pytest.raises(InputError, match="is not a row of a table"):
        parse('"a,1,1,1,ns')


CELLS = st.sampled_from(["", "a", "1", "ns", "N", "nan", "-1", "true", '"', '"x"', "1e999"])


@given(st.lists(st.lists(CELLS, max_size=12).map(",".join), max_size=5))
def test_nothing_but_the_documented_error_is_raised(lines):
    with contextlib.suppress(InputError):
        assert parse(*lines).measurements
