"""go test -bench: units, repetitions, names and packages, configuration, what failed."""

import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfsite.errors import CombinedInputError, InputError, PerfsiteError
from perfsite.model.run import Direction, Status
from perfsite.sources.formats import go_bench, go_test_json
from perfsite.sources.formats.go_names import metric_for, split_name, split_suffix

DATA = Path(__file__).parents[3] / "data"


def recorded(name, source=go_bench):
    with (DATA / source.NAME / name).open(encoding="utf-8", newline="") as stream:
        return source.parse(stream, origin=name)


def parse(*lines):
    return go_bench.parse(io.StringIO("\n".join(lines) + "\n"), origin="bench.txt")


def refused(*lines):
    with pytest.raises(InputError) as caught:
        parse(*lines)
    assert caught.value.hint
    return str(caught.value)


def shape(reading):
    return [(row.benchmark, dict(row.parameters), row.metric.name, row.status) for row in reading.measurements]


def test_every_pair_of_a_line_is_a_metric_and_a_package_stands_behind_the_name_where_there_are_several():
    rows = recorded("packages.txt").measurements
    first = "BenchmarkSort (example.com/benches/sorting)"
    assert [(r.benchmark, dict(r.parameters), r.metric.name, r.metric.unit, r.value) for r in rows[:4]] == [
        (first, {"kind": "random", "n": "100"}, "time", "s", pytest.approx(23313e-9)),
        (first, {"kind": "random", "n": "100"}, "throughput", "B/s", pytest.approx(34.32e6)),
        (first, {"kind": "random", "n": "100"}, "allocated", "B", 24),
        (first, {"kind": "random", "n": "100"}, "allocations", "1", 1),
    ]
    assert len(rows) == 46
    assert "BenchmarkSort (example.com/benches/text)" in {row.benchmark for row in rows}


def test_the_facts_are_the_configuration_s():
    reading = recorded("count.txt")
    assert reading.facts == {
        "os": "Linux",
        "arch": "x86_64",
        "cpu.model": "AMD EPYC",
        "go.package": "example.com/benches/sorting",
        "go.gomaxprocs": 2,
    }
    assert reading.tool == "go"


def test_repetitions_are_samples_and_their_median_the_value():
    row = recorded("count.txt").measurements[0]
    assert (row.benchmark, row.parameters, row.count) == ("BenchmarkPositional", {"arg0": "16"}, 5)
    assert row.samples == pytest.approx([125.9e-9, 168.5e-9, 188.2e-9, 159.2e-9, 144.0e-9])
    assert row.value == pytest.approx(159.2e-9)


def test_gomaxprocs_is_a_parameter_only_where_one_benchmark_ran_with_several():
    rows = [row for row in recorded("cpu.txt").measurements if row.metric.name == "time"]
    assert [(dict(row.parameters), row.count) for row in rows[:3]] == [
        ({"arg0": "16", "gomaxprocs": "1"}, 2),
        ({"arg0": "16", "gomaxprocs": "2"}, 2),
        ({"arg0": "16", "gomaxprocs": "4"}, 2),
    ]
    assert all("gomaxprocs" not in row.parameters for row in recorded("count.txt").measurements)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("verbose.txt", [("BenchmarkSkipped", "skipped"), ("BenchmarkFails/deep", "failed")]),
        ("failures.txt", [("BenchmarkFails/deep", "failed")]),
        ("panic.txt", [("BenchmarkPanics", "failed")]),
        ("prints.txt", []),
    ],
)
def test_what_did_not_come_about_is_told_without_a_value(name, found):
    reading = recorded(name)
    absent = [row for row in reading.measurements if row.status is not Status.OK]
    assert [(row.benchmark, str(row.status)) for row in absent] == found
    assert all(row.value is None and row.metric.name == "time" for row in absent)
    assert any(row.status is Status.OK for row in reading.measurements)


def test_the_reason_of_a_failure_is_a_warning():
    assert "BenchmarkFails/deep: failed: text_test.go:26: cannot allocate" in recorded("failures.txt").warnings
    assert "BenchmarkPanics: failed: panic: out of cheese" in recorded("panic.txt").warnings
    assert "example.com/benches/broken [build failed]: none of its benchmarks ran" in recorded("failures.txt").warnings


def test_numbers_that_the_benchmark_s_own_output_tore_from_its_name_are_found():
    assert shape(recorded("prints.txt"))[0] == ("BenchmarkPrints", {}, "time", Status.OK)
    rows = parse("BenchmarkX-2   \thello", "half a line done    2000\t        51.22 ns/op").measurements
    assert [row.value for row in rows] == [pytest.approx(51.22e-9)]


def test_configuration_that_differs_is_a_parameter_and_units_say_their_direction():
    reading = recorded("variants.txt")
    widgets = [row for row in reading.measurements if row.metric.name == "widgets/op"]
    assert [(row.parameters["toolchain"], row.value, row.metric.direction) for row in widgets] == [
        ("baseline", 12, Direction.HIGHER),
        ("experiment", 13, Direction.HIGHER),
    ]
    assert reading.commit.sha == "7cd9055e4a1b1a9a2d4d5a8f5b3f0c1d2e3f4a5b"
    assert (reading.branch, reading.time.year, reading.facts["go.assume.B/op"]) == ("master", 2016, "exact")
    assert "go.note" not in reading.facts


def test_a_value_that_is_not_finite_failed_and_the_others_count():
    rows = [row for row in recorded("variants.txt").measurements if row.benchmark == "BenchmarkOnlyOld"]
    assert [(row.metric.name, row.value) for row in rows] == [("throughput", None), ("time", 2.5e-6)]


def test_lines_under_several_commits_are_runs_of_their_own_in_the_order_of_time():
    reading = recorded("commits.txt")
    assert (reading.commit.sha[0], reading.measurements[0].value) == ("2", 8e-8)
    (earlier,) = reading.earlier
    assert (earlier.commit.sha[0], earlier.measurements[0].count) == ("1", 2)


def test_old_output_names_packages_behind_their_benchmarks():
    assert [row.benchmark for row in recorded("before-1.9.txt").measurements] == [
        "BenchmarkFib10 (example.com/old/fib)",
        "BenchmarkFib10 (example.com/old/other)",
        "BenchmarkFib20 (example.com/old/other)",
    ]


def test_the_name_does_not_depend_on_the_suffix_of_gomaxprocs():
    one, many = parse("BenchmarkX/n=1 10 5 ns/op"), parse("BenchmarkX/n=1-16 10 5 ns/op")
    assert shape(one) == shape(many) == [("BenchmarkX", {"n": "1"}, "time", Status.OK)]
    assert (one.facts, many.facts) == ({}, {"go.gomaxprocs": 16})


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("BenchmarkA/b/c", ("BenchmarkA/b/c", {})),
        ("BenchmarkA/n=1/enc/64", ("BenchmarkA/enc", {"n": "1", "arg0": "64"})),
        ("BenchmarkA/64 (x.y/z)", ("BenchmarkA (x.y/z)", {"arg0": "64"})),
        ('BenchmarkA/run-[]string{"a/b",_"c"}', ('BenchmarkA/run-[]string{"a/b",_"c"}', {})),
    ],
)
def test_names_are_split_by_go_s_convention(text, found):
    assert split_name(text) == found


def test_a_suffix_is_digits_behind_a_hyphen():
    assert split_suffix("BenchmarkFib/my_-_10-8") == ("BenchmarkFib/my_-_10", "8")
    assert split_suffix("BenchmarkFib/my_-_20") == ("BenchmarkFib/my_-_20", None)


@pytest.mark.parametrize(
    ("unit", "name", "base", "direction"),
    [
        ("ns/op", "time", "s", "lower"),
        ("sec/op", "time", "s", "lower"),
        ("MB/s", "throughput", "B/s", "higher"),
        ("B/op", "allocated", "B", "lower"),
        ("allocs/op", "allocations", "1", "lower"),
        ("p99-ns", "p99-ns", "s", "lower"),
        ("peak-RSS-bytes", "peak-RSS-bytes", "B", "lower"),
        ("req/s", "req/s", "1/s", "higher"),
        ("widgets", "widgets", "widgets", "neither"),
    ],
)
def test_a_unit_names_the_metric(unit, name, base, direction):
    metric, _ = metric_for(unit)
    assert (metric.name, metric.unit, metric.direction) == (name, base, direction)


def test_noise_around_the_lines_changes_nothing():
    noise = [
        "\x1b[1m# building",
        "go: downloading x v1",
        "testing: warning: no",
        "Benchmarking now 3 of 4",
        "Unit tests",
        "",
    ]
    lines = ["goos: linux\r", "BenchmarkX-2\t10\t5 ns/op\r", "PASS\r", "ok  \tx\t1s\r"]
    assert parse(*noise, *lines).measurements == parse(*lines).measurements
    assert parse(*noise, *lines).facts == parse(*lines).facts


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("BenchmarkX-8 1000 12.5", "line 1: the line of 'BenchmarkX-8' ends after 12.5"),
        ("BenchmarkX-8 1000", "ends after the iterations"),
        ("BenchmarkX-8 1000 fast ns/op", "line 1: expected a number, found text 'fast'"),
        ("BenchmarkX-8 1000 -5 ns/op", "not below 0"),
        ("BenchmarkX-8 1000 1 ns/op 2 ns/op", "a unit stands twice"),
        ("BenchmarkX-8 1000 1e999 ns/op", "finite"),
        ("BenchmarkX-8 99999999999999999999 1 ns/op", "too large"),
        ("BenchmarkX-8   \t", "ends in the middle of the benchmark 'BenchmarkX-8'"),
        ("PASS", "holds no benchmark"),
        ("", "holds no benchmark"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(line, says):
    assert says in refused(line)


def test_all_bad_lines_are_told_at_once():
    with pytest.raises(CombinedInputError) as caught:
        parse("BenchmarkX 1 a ns/op", "Unit x better=lower", "Unit x better=higher", "BenchmarkY 1 b ns/op")
    assert [error.where for error in caught.value.errors] == [f"bench.txt: line {n}" for n in (1, 3, 4)]


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "../..", "a|b", "\u202eevil", "x" * 9000, "🚀"])
def test_a_hostile_name_arrives_as_it_is(name):
    (row,) = parse(f"BenchmarkX/{name}! 10 5 ns/op").measurements
    assert row.benchmark == f"BenchmarkX/{name}!"


def test_too_many_configurations_end_the_reading():
    lines = [line for i in range(10_002) for line in (f"k: {i}", "BenchmarkX 1 1 ns/op")]
    assert "different configurations" in refused(*lines)


@pytest.mark.parametrize(
    "text", ["BenchmarkX-8 \t 10 \t 5 ns/op", "noise\ngoos: linux\r\n", "BenchmarkX/a 1 +Inf MB/s"]
)
def test_its_text_is_recognised(text):
    assert go_bench.accepts(text)


@pytest.mark.parametrize("text", ["Benchmark Mode Cnt Score", "Benchmarks: 3 of 4 ok", '{"goos": 1}', "x goos: linux"])
def test_similar_text_is_not(text):
    assert not go_bench.accepts(text)


def test_the_events_of_go_test_say_the_same_as_its_text():
    text, events = recorded("packages.txt"), recorded("packages.jsonl", go_test_json)
    skipped = ("BenchmarkSkipped (example.com/benches/text)", {}, "time", Status.SKIPPED)
    assert [row for row in shape(events) if row != skipped] == shape(text)
    assert events.facts == text.facts
    assert events.time.isoformat(timespec="seconds") == "2026-11-22T02:11:38+00:00"


def test_events_of_packages_that_alternate_are_put_together():
    def event(package, text):
        return f'{{"Action":"output","Package":"{package}","Output":"{text}"}}'

    lines = [
        event("a", "BenchmarkX \\t"),
        event("b", "BenchmarkY \\t 10\\t"),
        event("a", " 10\\t 5 ns/op\\n"),
        event("b", " 7 ns/op\\n"),
    ]
    reading = go_test_json.parse(io.StringIO("\n".join(lines)), origin="x")
    assert [(row.benchmark, row.value) for row in reading.measurements] == [
        ("BenchmarkX (a)", 5e-9),
        ("BenchmarkY (b)", 7e-9),
    ]


@pytest.mark.parametrize("line", ['{"Action":"output"', '{"Action":"output","Package":"a","Output":3}', "{" * 99_999])
def test_an_event_that_is_none_is_named(line):
    with pytest.raises(InputError, match="x: line 1: "):
        go_test_json.parse(io.StringIO(line), origin="x")


@given(st.data())
@settings(max_examples=80, deadline=None)
def test_any_damage_is_read_or_refused(data):
    source, name = data.draw(
        st.sampled_from([(go_bench, "variants.txt"), (go_bench, "panic.txt"), (go_test_json, "failures.jsonl")])
    )
    text = (DATA / source.NAME / name).read_text(encoding="utf-8")
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        text = text[:at] + data.draw(st.text(max_size=8)) + text[at + data.draw(st.integers(0, 20)) :]
    try:
        source.parse(io.StringIO(text), origin="x")
    except PerfsiteError:
        return


def test_a_note_of_one_word_tells_runs_apart_and_a_sentence_does_not():
    lines = ("BenchmarkA 1 10 ns/op", "BenchmarkA 1 20 ns/op")
    reading = parse("note: before", lines[0], "note: after", lines[1])
    assert [(row.parameters, row.value) for row in reading.measurements] == [
        ({"note": "before"}, 10 / 1e9),
        ({"note": "after"}, 20 / 1e9),
    ]
    reading = parse(lines[0], "note: included from here", lines[1])
    assert [(row.parameters, row.count) for row in reading.measurements] == [({}, 2)]
