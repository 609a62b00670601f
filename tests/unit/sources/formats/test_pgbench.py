"""pgbench: throughput, latency, statements, scripts, several runs."""

import io
from pathlib import Path

import pytest

from perfsite.errors import InputError
from perfsite.model.run import Direction, Status
from perfsite.sources import recognise
from perfsite.sources.formats import pgbench

DATA = Path(__file__).parents[3] / "data" / "pgbench"
TPCB = "<builtin: TPC-B (sort of)>"


def recorded(name):
    with (DATA / name).open(encoding="utf-8") as stream:
        return pgbench.parse(stream, origin=name)


def parse(text):
    return pgbench.parse(io.StringIO(text), origin="pgbench.txt")


def rows_of(reading, benchmark, **more):
    return {
        row.metric.name: row
        for row in reading.measurements
        if row.benchmark == benchmark
        and {k: v for k, v in row.parameters.items() if k in {"statement", "script"}} == more
    }


def test_a_run_has_its_throughput_latency_and_work():
    reading = recorded("default.txt")
    rows = rows_of(reading, TPCB)
    assert (rows["throughput"].value, rows["throughput"].metric.unit) == (937.8039, "1/s")
    assert rows["throughput"].metric.direction is Direction.HIGHER
    assert (rows["time"].value, rows["time"].count) == (0.002133, 1866)
    assert (rows["failures"].value, rows["error_rate"].value) == (0, 0)
    assert rows["time"].parameters == {"scale": "1", "mode": "simple", "clients": "2", "threads": "1"}
    assert (reading.tool_version, reading.facts["pgbench.duration"]) == ("15.18", "2 s")


def test_statements_are_parameters():
    rows = rows_of(
        recorded("statements.txt"), "<builtin: select only>", statement="\\set aid random(1, 100000 * :scale)"
    )
    assert rows["time"].value == 0
    select = "SELECT abalance FROM pgbench_accounts WHERE aid = :aid;"
    assert rows_of(recorded("statements.txt"), "<builtin: select only>", statement=select)["time"].value == 0.12 / 1000


def test_each_script_and_the_mix_are_benchmarks():
    reading = recorded("scripts.txt")
    mix = "short.sql@3, read.sql@1"
    found = rows_of(reading, "read.sql")
    assert found["throughput"].value == 728.172646
    assert found["time"].deviation == 0.00068
    assert found["time"].parameters["scripts"] == mix
    assert rows_of(reading, "multiple scripts")["throughput"].value == 2947.582189
    assert rows_of(reading, "short.sql", statement="END;")["time"].value == 0.000225


def test_progress_is_the_sample_of_the_throughput_and_the_limit_is_part_of_the_work():
    rows = rows_of(recorded("rate.txt"), TPCB)
    assert rows["throughput"].samples == [183.0, 107.0, 201.0]
    assert rows["throughput"].value == 164.077681
    assert rows["interval_time"].samples == pytest.approx([0.00374, 0.013533, 0.002572])
    assert (rows["skipped"].value, rows["above_latency_limit"].value) == (91, 124)
    assert rows["skipped_rate"].value == pytest.approx(0.15636, abs=1e-5)
    assert rows["above_latency_limit_rate"].value == pytest.approx(0.25255, abs=1e-5)
    assert rows["skipped_rate"].metric.direction is Direction.LOWER
    assert rows["schedule_lag"].statistics == {"max": 0.015974}
    assert rows["time"].parameters["latency_limit"] == "5.0 ms"
    assert rows["time"].deviation == 11.352 / 1000


def test_failures_and_retries_are_told():
    rows = rows_of(recorded("retries.txt"), "hot.sql")
    assert rows["error_rate"].value == 913 / (5689 + 913)
    assert (rows["retried"].value, rows["retries"].value, rows["serialization_failures"].value) == (2366, 3808, 913)
    update = "UPDATE pgbench_branches SET bbalance = bbalance + 1 WHERE bid = 1;"
    inner = rows_of(recorded("retries.txt"), "hot.sql", statement=update)
    assert (inner["failures"].value, inner["retries"].value) == (912, 3806)


def test_connecting_for_every_transaction_is_other_work():
    row = rows_of(recorded("connect.txt"), "<builtin: select only>")["throughput"]
    assert (row.value, row.parameters["reconnect"]) == (101.597932, "yes")


def test_runs_of_the_same_work_are_samples_and_old_names_mean_the_same():
    reading = recorded("v9.5_twice.txt")
    rows = rows_of(reading, TPCB)
    assert rows["throughput"].samples == [717.221039, 723.221039]
    assert rows["throughput_with_connecting"].value == pytest.approx((715.904214 + 721.904214) / 2)
    assert rows["time"].value == pytest.approx(0.0027725)
    assert rows_of(reading, TPCB, statement="BEGIN;")["time"].value == pytest.approx(0.000105)


def test_the_lines_of_18_are_read_and_a_script_that_comes_twice_is_told_apart():
    reading = recorded("v18_scripts.txt")
    first, second = (rows_of(reading, "a.sql", script=number) for number in ("1", "2"))
    assert (first["transactions"].value, first["throughput"].value) == (100, 1124.100719)
    assert (second["transactions"].value, first["other_failures"].value) == (98, 2)
    assert first["time"].parameters["partition_method"] == "range"
    assert (reading.tool_version, reading.facts["postgresql.server"]) == ("18.0", "16.4")


def test_where_a_script_lies_does_not_matter():
    text = (DATA / "retries.txt").read_text(encoding="utf-8")
    elsewhere = text.replace("transaction type: hot.sql", "transaction type: /var/lib/postgresql/hot.sql")
    assert elsewhere != text
    assert pgbench.parse(io.StringIO(elsewhere), origin="x").measurements == recorded("retries.txt").measurements


def test_a_statement_that_comes_twice_has_its_position():
    text = (DATA / "statements.txt").read_text(encoding="utf-8")
    last = text.splitlines()[-1]
    rows = [row for row in parse(f"{text}{last}\n").measurements if "position" in row.parameters]
    assert {row.parameters["position"] for row in rows} == {"2", "3"}


def test_a_run_that_was_aborted_is_failed():
    reading = parse("transaction type: a.sql\nscaling factor: 1\nnumber of transactions actually processed: 0\n")
    (row,) = [row for row in reading.measurements if row.metric.name == "throughput"]
    assert (row.status, row.value) == (Status.FAILED, None)
    assert reading.warnings == ("a.sql: the report has no throughput; counted as failed",)


def test_hours_of_progress_before_the_report_are_recognised():
    progress = "".join(f"progress: {i}.0 s, 100.0 tps, lat 1.000 ms stddev 0.100\n" for i in range(1, 2000))
    assert recognise(progress[:65_536]) == ["pgbench"]


def test_output_without_a_report_says_so():
    with pytest.raises(InputError, match="holds no report of a run"):
        parse("pgbench (15.1)\npgbench: error: connection to server failed\n")
