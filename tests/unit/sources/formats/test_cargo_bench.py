"""cargo bench: libtest of old and new Rust, criterion.rs's bencher style, several targets, failures."""

import contextlib
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfsite.errors import CombinedInputError, InputError
from perfsite.model.run import Direction, Status
from perfsite.sources.formats import cargo_bench
from perfsite.sources.formats.cargo_output import split_name

DATA = Path(__file__).parents[3] / "data" / "cargo-bench"


def recorded(name):
    with (DATA / name).open(encoding="utf-8", newline="") as stream:
        return cargo_bench.parse(stream, origin=name)


def parse(text):
    return cargo_bench.parse(io.StringIO(text), origin="bench.txt")


def found(reading):
    return {(r.benchmark, *r.parameters.values(), r.metric.name): r for r in reading.measurements}


def test_times_have_the_bounds_that_the_tool_wrote_and_a_rate_is_throughput():
    rows = found(recorded("two-targets.txt"))
    copy = rows["copy_64_kib", "time"]
    assert (copy.value, copy.metric.unit, copy.metric.original_unit) == (8.6145e-07, "s", "ns/iter")
    assert (copy.lower, copy.upper) == (pytest.approx(6.097e-07), pytest.approx(1.1132e-06))
    rate = rows["copy_64_kib", "throughput"]
    assert (rate.value, rate.metric.unit, rate.metric.direction) == (76_116e6, "B/s", Direction.HIGHER)
    assert rows["sum_1000000", "time"].value == pytest.approx(845_830.61e-9)


def test_a_panic_is_a_failed_benchmark_with_its_message():
    reading = recorded("two-targets.txt")
    failed = found(reading)["panics", "time"]
    assert (failed.status, failed.value) == (Status.FAILED, None)
    assert reading.warnings == (
        "panics: failed: out of luck",
        "line 39: error: bench failed, to rerun pass `--bench broken`",
        "line 50: error: 1 target failed:",
    )


def test_the_message_of_a_panic_in_old_rust_is_on_its_line():
    text = "test x ... FAILED\n---- x stdout ----\nthread 'main' panicked at 'no luck', src/lib.rs:3:1\n"
    assert parse(text).warnings == ("x: failed: no luck",)
    assert parse("test x ... FAILED\n---- x stdout ----\nboo\n\nfailures:\n").warnings == ("x: failed",)


def test_unit_tests_are_left_out_and_ignored_benchmarks_are_skipped():
    text = "test tests::unit ... ignored\n     Running benches/a.rs (target/release/deps/a-0123456789abcdef)\n"
    reading = parse(text + "test slow ... ignored, takes a day\n")
    assert [(r.benchmark, r.status) for r in reading.measurements] == [("slow", Status.SKIPPED)]
    assert not any(r.status is Status.SKIPPED for r in recorded("two-targets.txt").measurements)


def test_terminal_colours_do_not_matter():
    assert found(recorded("coloured.txt"))["nothing", "time"].value == pytest.approx(0.31e-9)


def test_whole_nanoseconds_of_older_versions_are_read():
    rows = found(recorded("rust-1.63.txt"))
    assert rows["sum_1000000", "time"].value == pytest.approx(1_676_747e-9)
    assert rows["nothing", "time"].value == 0


def test_libtest_s_json_gives_what_its_text_gives():
    rows = found(recorded("json.txt"))
    assert rows["copy_64_kib", "time"].value == pytest.approx(697.1719769021739e-9)
    assert rows["copy_64_kib", "throughput"].value == 94_025e6
    assert rows.keys() == found(recorded("rust-1.63.txt")).keys()


def test_a_benchmark_that_failed_in_json_is_failed():
    reading = parse('{ "type": "test", "event": "failed", "name": "x" }\n')
    assert [(r.benchmark, r.status) for r in reading.measurements] == [("x", Status.FAILED)]


def test_criterion_s_bencher_style_is_the_same_text():
    rows = found(recorded("criterion-bencher.txt"))
    assert rows["Sums/xor", "64", "time"].parameters == {"arg0": "64"}
    assert ("a name that is longer than the column", "time") in rows


def test_the_same_name_in_two_targets_is_told_apart_by_the_target():
    one = "     Running benches/a.rs (target/release/deps/a-0123456789abcdef)\ntest x ... bench: 1 ns/iter (+/- 0)\n"
    two = one.replace("(target/release/deps/a-", "(target\\release\\deps\\b-").replace("f)", "f.exe)")
    old = "     Running target/release/deps/c-0123456789abcdef\ntest y ... bench: 1 ns/iter (+/- 0)\n"
    rows = parse(one + two + old).measurements
    assert [(r.benchmark, r.parameters) for r in rows] == [("x", {"target": "a"}), ("x", {"target": "b"}), ("y", {})]
    assert [r.parameters for r in parse(one + one).measurements] == [{"target": "a"}, {"target": "a (2)"}]


def test_the_same_name_twice_in_one_target_is_refused():
    with pytest.raises(InputError, match="line 2: the benchmark 'x' is there twice, first at line 1"):
        parse("test x ... bench: 1 ns/iter (+/- 0)\ntest x ... bench: 1 ns/iter (+/- 0)\n")


def test_a_rate_twice_on_one_line_is_refused():
    with pytest.raises(InputError, match=r"line 1 \(throughput\): the benchmark 'x' is there twice"):
        parse("test x ... bench: 1 MB/s (+/- 0) = 2 MB/s\n")


def test_what_a_benchmark_prints_may_stand_before_its_result():
    assert parse("test a ... hello\nbench:  12 ns/iter (+/- 1)\n").measurements[0].value == 12e-9


def test_other_units_are_metrics_of_their_own():
    rows = parse("test a ... bench: 2835 cycles/iter (+/- 14)\ntest b ... bench: 1911 MS/s (+/- 420)\n").measurements
    assert [(r.metric.unit, r.metric.direction, r.value) for r in rows] == [
        ("cycles/iter", Direction.LOWER, 2835),
        ("MS/s", Direction.HIGHER, 1911),
    ]


def test_every_bad_line_is_told_with_its_place():
    with pytest.raises(CombinedInputError) as caught:
        parse("test a ... bench: fast ns/iter (+/- 1)\ntest b ... bench: 1 ns\ntest c ... bench: 1 ns/iter (+/- -2)\n")
    assert [str(error).partition(", ")[0] for error in caught.value.errors] == [
        "bench.txt: line 1: expected a number",
        "bench.txt: line 2: expected `bench: 1,234 ns/iter (+/- 56)`",
        "bench.txt: line 3: expected a number not below 0",
    ]


def test_output_without_benchmarks_is_recognised_and_says_so():
    text = "   Compiling a v0.1.0\n\nrunning 0 tests\n\ntest result: ok. 0 passed; 0 failed\n"
    assert cargo_bench.accepts(text)
    with pytest.raises(InputError, match="holds no benchmark"):
        parse(text)


@pytest.mark.parametrize(
    "text", ["", "bench: 1", "BenchmarkX 1 2 ns/op\n", "a\ntest result: ok.\n", '{"type": "other"}', "time: [1 ns"]
)
def test_other_texts_are_not_recognised(text):
    assert not cargo_bench.accepts(text)


@pytest.mark.parametrize(
    "name", ["<script>", "../..", "a|b", "\N{GRINNING FACE}", "\u202eabc", "x" * 10_000, "a ... b"]
)
def test_hostile_names_arrive_as_they_are(name):
    assert parse(f"test {name} ... bench: 1 ns/iter (+/- 0)\n").measurements[0].benchmark == name


def test_names_are_split_at_slashes():
    assert split_name("Group/function/64") == ("Group/function", {"arg0": "64"})
    assert split_name("tests::sum") == ("tests::sum", {})


LINES = [line for path in sorted(DATA.glob("*.txt")) for line in path.read_text(encoding="utf-8").splitlines()]


@given(st.lists(st.one_of(st.sampled_from(LINES), st.text(max_size=40)), max_size=30), st.integers(0, 80))
def test_no_text_raises_anything_but_the_documented_error(lines, cut):
    text = "\n".join(lines)
    text = text[: max(len(text) - cut, 0)].replace("\0", "")
    cargo_bench.accepts(text)
    with contextlib.suppress(InputError):
        parse(text)
