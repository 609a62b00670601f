"""tinybench: tasks, results and tables of all its versions."""

import io
import json
from pathlib import Path

import pytest

from perfsite.errors import InputError
from perfsite.model.run import Status
from perfsite.sources.formats import tinybench

DATA = Path(__file__).parents[3] / "data" / "tinybench"


def recorded(name):
    with (DATA / name).open(encoding="utf-8") as stream:
        return tinybench.parse(stream, origin=name)


def parse(document):
    text = document if isinstance(document, str) else json.dumps(document)
    return tinybench.parse(io.StringIO(text), origin="bench.json")


def measured(reading):
    return [(row.benchmark, row.metric.name) for row in reading.measurements if row.status is Status.OK]


ALL = [(name, metric) for name in ("sum of 100", "join|<strings>", "slow sort") for metric in ("time", "throughput")]


@pytest.mark.parametrize("path", sorted(DATA.glob("t*.*")), ids=lambda path: path.name)
def test_every_version_and_spelling_gives_the_same_benchmarks(path):
    reading = recorded(path.name)
    assert sorted(measured(reading)) == sorted(ALL)
    assert all(row.metric.unit == {"time": "s", "throughput": "1/s"}[row.metric.name] for row in reading.measurements)
    assert all(row.count == 12 for row in reading.measurements if row.status is Status.OK)
    slow = next(row for row in reading.measurements if row.benchmark == "slow sort" and row.metric.name == "time")
    assert 0.001 < slow.value < 1


@pytest.mark.parametrize(
    "name", ["table-3.1.txt", "table-4.1.json", "table-6.2.json", "tasks-3.1.json", "by-name-6.2.json"]
)
def test_a_task_that_threw_is_failed(name):
    failed = [row for row in recorded(name).measurements if row.status is Status.FAILED]
    assert [(row.benchmark, row.value) for row in failed] == [("throws", None)]


def test_samples_are_kept_and_their_median_is_the_value():
    row = recorded("tasks-5.1.json").measurements[0]
    document = json.loads((DATA / "tasks-5.1.json").read_text(encoding="utf-8"))
    latency = document[0]["result"]["latency"]
    assert row.samples == [sample / 1000 for sample in latency["samples"]]
    assert row.value == pytest.approx(latency["p50"] / 1000)
    assert row.deviation == latency["sd"] / 1000
    assert row.statistics["p99.9"] == latency["p999"] / 1000
    assert "mean" not in row.statistics


def test_without_samples_the_statistics_stay():
    row = recorded("by-name-6.2.json").measurements[0]
    latency = json.loads((DATA / "by-name-6.2.json").read_text(encoding="utf-8"))["sum of 100"]["latency"]
    assert row.samples is None
    assert row.value == latency["p50"] / 1000
    assert row.statistics["p99.9"] == latency["p999"] / 1000
    assert row.statistics["standard_error"] == latency["sem"] / 1000
    assert recorded("by-name-6.2.json").facts == {"runtime.node": "20.20.2", "tinybench.timer": "performanceNow"}


def test_a_table_tells_median_mean_and_both_margins():
    row = parse(
        [{"Task name": "a", "Latency avg (ns)": "6277.6 ± 131.02%", "Latency med (ns)": "851.00 ± 80.00", "Samples": 9}]
    ).measurements[0]
    assert (row.value, row.count, row.metric.original_unit) == (851e-9, 9, "ns")
    assert row.statistics == {"mean": pytest.approx(6277.6e-9), "moe": pytest.approx(8.2249e-6, rel=1e-4), "mad": 8e-8}


def test_a_mean_alone_has_its_margin_as_bounds():
    row = parse([{"Task Name": "a", "ops/sec": "1,000", "Average Time (ns)": 200.0, "Margin": "±10%", "Samples": 3}])
    time = row.measurements[1]
    assert (time.value, time.lower, time.upper) == (2e-7, pytest.approx(1.8e-7), pytest.approx(2.2e-7))


def test_headings_of_version_3_0_and_columns_of_the_owner_are_read():
    rows = parse(
        [
            {
                "Task name": "a",
                "Throughput average (ops/s)": "159350 ± 0.05%",
                "Latency median (ns)": "6111",
                "Heap (MB)": 2,
                "Note": "x",
            }
        ]
    ).measurements
    assert [(row.metric.name, row.value) for row in rows] == [("throughput", 159350), ("time", 6111e-9), ("Heap", 2e6)]


def test_results_without_names_are_numbered_and_said():
    reading = recorded("results-6.2.json")
    assert [row.benchmark for row in reading.measurements][::2] == ["task 1", "task 2", "task 3", "task 4"]
    assert "have no names" in reading.warnings[-1]


def test_tasks_that_did_not_run_are_skipped():
    reading = parse([{"name": "a", "result": {"state": "not-started"}}, {"Task name": "b", "Remarks": "aborted"}])
    assert [(row.benchmark, row.status) for row in reading.measurements] == [("a", "skipped"), ("b", "skipped")]


def test_every_bad_place_is_named():
    with pytest.raises(InputError) as caught:
        parse(
            [
                {"name": "a", "result": {"latency": {"p50": "x", "samples": [1, None]}}},
                {"Task name": "b", "Samples": 1, "Latency avg (ns)": "fast"},
            ]
        )
    assert "$[0].result.latency.samples[1]: expected a number, found null" in str(caught.value)
    assert "$[0].result.latency.p50: expected a number, found text 'x'" in str(caught.value)
    assert "$[1][\"Latency avg (ns)\"]: expected a number, found text 'fast'" in str(caught.value)


def test_a_console_table_that_lost_a_cell_is_an_error():
    text = (DATA / "table-2.9.txt").read_text(encoding="utf-8").splitlines()
    text[3] = text[3].rpartition(" │")[0].rpartition(" │")[0] + " │"
    with pytest.raises(InputError, match="line 4: expected 6 cells as in the head of the table, found 5"):
        parse("\n".join(text))


def test_tables_of_one_output_that_share_tasks_are_told_apart_by_the_line_above():
    table = "┌──┐\n│   │ Task Name │ ops/sec │\n├──┤\n│ 0 │ plain     │ 246,358 │\n└──┘\n"
    rows = parse(f"clone:\n{table}merge:\n{table}").measurements
    assert [(row.benchmark, row.parameters, row.value) for row in rows] == [
        ("plain", {"suite": "clone:"}, 246358),
        ("plain", {"suite": "merge:"}, 246358),
    ]


def test_a_table_without_an_index_and_one_in_markdown_are_read():
    box = (
        "│ Task name │ Latency avg (ns) │ Latency med (ns) │ Samples │\n"
        "├───────────┼──────────────────┼──────────────────┼─────────┤\n"
        "│ 'bencode' │ '12449 ± 4.47%'  │ '9560.5 ± 505.50' │ 80327   │\n"
    )
    markdown = (
        "| No  | Task name | Latency avg (ns) | Latency med (ns) | Samples |\n"
        "| --- | --------- | ---------------: | ---------------- | ------- |\n"
        "| 1   | bencode   | 12449 ± 4.47%    | 9560.5 ± 505.50  | 80327   |\n"
    )
    for text in (box, markdown):
        assert tinybench.accepts(text)
        (row,) = parse(text).measurements
        assert (row.benchmark, row.value, row.count) == ("bencode", pytest.approx(9560.5e-9), 80327)


def test_any_other_table_of_tasks_is_not_accepted():
    assert not tinybench.accepts("| Task name | Owner | Status |\n| --- | --- | --- |\n| Ship it | me | done |\n")
