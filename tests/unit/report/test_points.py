"""Judged points as files: types, nulls, what pandas and spreadsheets read of them, hostile names included."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from perfsite.model.run import Columns, Direction, Measurement, Metric
from perfsite.outputs.parquet import write_parquet
from perfsite.outputs.point_text import point_csv, point_json_lines
from perfsite.report.points import COLUMNS, PointReport

HOSTILE = ("=1+1", "@SUM(A1)", 'quoted "name", of\ntwo lines', "\x1b[31m", "null", "a\r\nb", "é\u2028", "-", "+x")
RATE = Metric(name="rate", unit="1", direction=Direction.NEITHER)
parquet = pytest.importorskip("pyarrow.parquet")


def written(report, **chosen):
    file = io.BytesIO()
    write_parquet(file, PointReport(report.context, **chosen))
    file.seek(0)
    return file


def rows_of(report):
    return list(csv.DictReader(io.StringIO("".join(point_csv(PointReport(report.context))), newline="")))


@pytest.fixture(scope="module")
def lived(make_run, make_report):
    """Return a report with a step, failed measurements, a pull request, and zeros."""
    runs = []
    for i in range(30):
        zero = Measurement(benchmark="zero", metric=RATE, value=0.0, count=3, deviation=0.5)
        one = make_run(i, {"slow": (1.5 if i > 20 else 1.0) * (1 + i % 3 / 500), "broken": None if i % 2 else 1.0})
        runs.append(replace(one, measurements=Columns.of([*one.measurements, zero])))
    pull = make_run(40, {"slow": 2.0}, pull_request=7)
    return make_report([*runs, pull])


def test_the_columns_are_typed_and_tell_what_they_mean(lived):
    table = parquet.ParquetFile(written(lived))
    types = {field.name: str(field.type) for field in table.schema_arrow}
    assert list(types) == list(COLUMNS)
    assert types["benchmark"] == types["verdict"] == types["commit"]
    assert types["benchmark"].startswith("dictionary<values=string, indices=int32")
    assert types["run_time"] == "timestamp[us, tz=UTC]"
    assert (types["value"], types["samples"], types["on_trend"]) == ("double", "int32", "bool")
    told = json.loads(table.schema_arrow.metadata[b"perfsite"])
    assert told["version"] == 1
    assert told["columns"] == dict(COLUMNS)
    assert table.metadata.row_group(0).column(14).compression == "ZSTD"


def test_what_is_not_known_is_null_and_never_zero_or_nan(lived):
    rows = parquet.read_table(written(lived)).to_pylist()
    first = next(row for row in rows if row["benchmark"] == "slow")
    assert (first["delta"], first["noise_floor"], first["since"], first["pull_request"]) == (None, None, None, None)
    assert (first["parameters"], first["samples"], first["lower"], first["place"]) == (None, None, None, None)
    zero = next(row for row in rows if row["benchmark"] == "zero")
    assert (zero["value"], zero["samples"], zero["delta"]) == (0.0, 3, None)
    assert zero["lower"] == pytest.approx(-1.959964 * 0.5 / 3**0.5)
    assert len([row for row in rows if row["benchmark"] == "broken"]) == 15
    assert not any(isinstance(cell, float) and np.isnan(cell) for row in rows for cell in row.values())


def test_pull_requests_are_told_apart(lived):
    rows = parquet.read_table(written(lived)).to_pylist()
    (pull,) = [row for row in rows if not row["on_trend"]]
    assert (pull["pull_request"], pull["value"]) == (7, 2.0)
    assert pull["run_time"] == pull["commit_time"] == datetime(2026, 2, 10, tzinfo=UTC)
    (pull,) = [row for row in rows_of(lived) if row["on_trend"] == "false"]
    assert pull["pull_request"] == "7"


def test_pandas_reads_it_as_what_it_is(lived):
    pandas = pytest.importorskip("pandas")
    frame = pandas.read_parquet(written(lived))
    assert isinstance(frame["benchmark"].dtype, pandas.CategoricalDtype)
    assert str(frame["run_time"].dtype) == "datetime64[us, UTC]"
    assert frame.query("verdict == 'regression' and not standing")["benchmark"].tolist() == ["slow", "slow"]
    told = pandas.read_csv(io.StringIO("".join(point_csv(PointReport(lived.context)))))
    assert told["value"].tolist() == frame["value"].tolist()
    assert told["delta"].isna().tolist() == frame["delta"].isna().tolist()
    lines = pandas.read_json(io.StringIO("".join(point_json_lines(PointReport(lived.context)))), lines=True)
    assert lines["value"].tolist() == frame["value"].tolist()


def test_hostile_names_are_cells_and_no_formulas(make_run, make_report):
    report = make_report([make_run(0, dict.fromkeys(HOSTILE, 1.0))])
    names = [row["benchmark"] for row in rows_of(report)]
    assert sorted(name.removeprefix("'") for name in names) == sorted(HOSTILE)
    assert not any(name[:1] in "=+-@" for name in names)
    lines = "".join(point_json_lines(PointReport(report.context))).split("\n")
    assert sorted(json.loads(line)["benchmark"] for line in lines[:-1]) == sorted(HOSTILE)
    assert not any("\x1b" in line or "\r" in line for line in lines)
    assert sorted(parquet.read_table(written(report))["benchmark"].to_pylist()) == sorted(HOSTILE)


def test_batches_hold_every_point_once_whatever_their_size(lived):
    whole = PointReport(lived.context)
    (everything,) = whole.batches()
    assert whole.written == len(everything) == 76
    small = list(PointReport(lived.context).batches(rows=7))
    assert len(small) > 2
    assert np.concatenate([one.values for one in small]).tolist() == everything.values.tolist()
    late = list(PointReport(lived.context, start=27).batches())
    assert [one.commits.min() for one in late] == [28]
    assert list(PointReport(lived.context, []).batches()) == []


def test_a_file_without_points_has_its_columns_all_the_same(make_report):
    empty = make_report([])
    assert parquet.read_table(written(empty)).column_names == list(COLUMNS)
    assert "".join(point_csv(PointReport(empty.context))) == f"{','.join(COLUMNS)}\n"
    assert "".join(point_json_lines(PointReport(empty.context))) == ""
