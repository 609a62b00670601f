"""hyperfine's CSV: all its layouts, parameters, what is wrong in a table."""

import io
from pathlib import Path

import pytest

from perfsite.errors import CombinedInputError, InputError
from perfsite.sources.formats import hyperfine, hyperfine_csv

DATA = Path(__file__).parents[3] / "data"
HEADER = "command,mean,stddev,median,user,system,min,max\n"


def recorded(name):
    with (DATA / "hyperfine-csv" / name).open(encoding="utf-8", newline="") as stream:
        return hyperfine_csv.parse(stream, origin=name)


def parse(text):
    return hyperfine_csv.parse(io.StringIO(text), origin="b.csv")


def test_the_median_is_the_value_and_the_rest_are_statistics():
    time, user, system = recorded("sleep.csv").measurements[:3]
    assert (time.benchmark, time.metric.name, time.value) == ("sleep 0.01", "time", 0.0120658225)
    assert time.deviation == 0.0002627588760479841
    assert time.statistics == {"mean": 0.012087267000000002, "min": 0.011860391000000001, "max": 0.012357032}
    assert (user.metric.name, user.value, user.statistics) == ("user", 0.000815, None)
    assert system.metric.name == "system"


def test_the_names_are_those_of_the_json():
    with (DATA / "hyperfine" / "parameters.json").open(encoding="utf-8") as stream:
        rows = hyperfine.parse(stream, origin="x").measurements
    assert [(r.benchmark, r.parameters, r.metric) for r in recorded("parameters.csv").measurements] == [
        (r.benchmark, r.parameters, r.metric) for r in rows
    ]


def test_the_deviation_of_one_run_is_not_known():
    assert recorded("once.csv").measurements[0].deviation is None


def test_before_the_median_the_mean_is_the_value():
    time = recorded("v1.5.csv").measurements[0]
    assert (time.value, time.statistics) == (0.011835, {"min": 0.010901, "max": 0.013212})


def test_a_parameter_without_its_name_is_called_parameter():
    assert recorded("v1.6.csv").measurements[0].parameters == {"parameter": "0.1"}


def test_version_2_writes_the_metrics_and_units_that_were_asked_for():
    time, memory, instructions = recorded("v2.csv").measurements[:3]
    assert (time.value, time.metric.unit, time.metric.original_unit) == (0.008, "s", "ms")
    assert (memory.value, memory.metric.unit, memory.metric.name) == (2048 * 1024, "B", "memory")
    assert (instructions.value, instructions.metric.unit, instructions.parameters) == (
        3_500_000,
        "1",
        {"size": "small"},
    )


def test_microseconds_have_a_greek_letter():
    assert parse("command,time_cpu_unit,time_cpu_mean,\nx,µs,5,\n").measurements[0].value == 5e-6


def test_every_bad_cell_is_told_with_its_column():
    with pytest.raises(CombinedInputError) as caught:
        parse(HEADER + "x,fast,,1,-1,,,\ny,,,,,,,\nz,1\n")
    assert [str(error) for error in caught.value.errors] == [
        "b.csv: line 2, column 'mean': expected a number, found text 'fast'",
        "b.csv: line 2, column 'user': expected a number not below 0, found the number -1.0",
        "b.csv: line 3, column 'mean': is empty",
        "b.csv: line 4: expected 8 cells as in the header, found 2",
    ]


def test_a_table_without_rows_says_so():
    with pytest.raises(InputError, match="holds no benchmark"):
        parse(HEADER)


def test_other_tables_are_not_hyperfine_s():
    assert not hyperfine_csv.accepts("command,value\n")
    assert not hyperfine_csv.accepts("name,command,mean,stddev,\n")
    assert hyperfine_csv.accepts("\ufeffcommand,mean,stddev,median\r\n")
