"""gungraun: its console with all tools, its summaries of all versions, foreign text, cut-off files."""

import contextlib
import io
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfsite.errors import CombinedInputError, InputError
from perfsite.model.run import Direction, Status
from perfsite.sources.formats import gungraun
from perfsite.sources.formats.gungraun_metrics import split_name

DATA = Path(__file__).parents[3] / "data" / "gungraun"
SUM = "numbers::sums::sum"


def recorded(name):
    with (DATA / name).open(encoding="utf-8", newline="") as stream:
        return gungraun.parse(stream, origin=name)


def parse(text):
    return gungraun.parse(io.StringIO(text, newline=""), origin="g.txt")


def found(reading):
    return {(r.benchmark, *r.parameters.values(), r.metric.name): r for r in reading.measurements}


def summary(**fields):
    root = {"version": "6", "benchmark_exe": "x", "module_path": SUM, "id": "short", "profiles": []}
    return json.dumps({**root, **fields})


def profile(**metrics):
    return {"tool": "Callgrind", "summaries": {"parts": [], "total": {"summary": {"Callgrind": metrics}}}}


def test_the_console_gives_the_new_values_of_every_tool():
    rows = found(recorded("console.txt"))
    assert rows[SUM, "short", "instructions"].value == 1734
    assert rows[SUM, "short", "allocated"].value == 29_499
    assert (rows[SUM, "short", "memory"].value, rows[SUM, "short", "memory"].metric.unit) == (378, "B")
    assert rows[SUM, "short", "memcheck", "Errors"].value == 1
    assert rows[SUM, "with_lines", "instructions"].value == 31_877_012
    assert rows[SUM, "with_lines", "cachegrind", "instructions"].parameters == {
        "id": "with_lines",
        "tool": "cachegrind",
    }


def test_rates_are_fractions_and_directions_follow_the_meaning():
    rows = found(recorded("console.txt"))
    assert rows[SUM, "short", "I1 Miss Rate"].value == pytest.approx(0.0017301)
    directions = {key[-1]: row.metric.direction for key, row in rows.items()}
    assert directions["L1 Hits"] is directions["Suppressed Errors"] is Direction.NEITHER
    assert {directions[name] for name in ("instructions", "RAM Hits", "Estimated Cycles", "Errors")} == {
        Direction.LOWER
    }


def test_parts_give_way_to_their_total_and_comparisons_are_left_out():
    rows = found(recorded("console.txt"))
    assert rows["numbers::threads::many", "instructions"].value == 150
    assert len(rows) == len(recorded("console.txt").measurements)


def test_what_only_the_old_run_has_and_what_has_no_metrics_is_skipped():
    reading = recorded("console.txt")
    rows = found(reading)
    assert rows[SUM, "short", "Ge"].status is Status.SKIPPED
    assert rows["numbers::heap::massif_only", "first", "instructions"].status is Status.SKIPPED
    assert reading.warnings == ("line 38: numbers::heap::massif_only first: skipped: no metric was written for it",)


def test_the_first_versions_wrote_short_names_and_no_bar():
    rows = found(recorded("first-versions.txt"))
    assert rows["bench_fibonacci", "instructions"].value == 1727
    assert rows["my_benchmark::bench_fibonacci_long", "LL Hits"].value == 0


def test_perf_has_units_standard_errors_and_sample_sizes():
    rows = found(recorded("perf.txt"))
    clock = rows[SUM, "short", "perf", "task-clock/u"]
    assert (clock.value, clock.metric.unit, clock.count) == (pytest.approx(195.381e-6), "s", 20)
    assert clock.statistics == {"standard_error": pytest.approx(195.381e-6 * 0.012)}
    assert rows[SUM, "short", "perf", "cpu_core/instructions/u"].metric.direction is Direction.LOWER
    assert rows[SUM, "short", "perf", "time"].value == pytest.approx(2315e-9)
    assert len(rows) == 5
    assert any(key[-1].startswith("an-event-with") and row.value == 417 for key, row in rows.items())


@pytest.mark.parametrize(
    ("name", "version", "key", "value"),
    [
        ("summary-1.txt", "1", (SUM, "short", "memcheck", "Suppressed Contexts"), 4),
        ("summary-1.txt", "1", (SUM, "short", "allocations"), 2806),
        ("summary-2.txt", "2", (SUM, "short", "instructions"), 1734),
        ("summary-2.txt", "2", (SUM, "short", "memcheck", "Errors"), 2),
        ("summary-4.txt", "4", (SUM, "helgrind", "Errors"), 0),
        ("summary-6.txt", "6", (SUM, "short", "cachegrind", "L1 Hit Rate"), 0.99873),
        ("summary-7.json", "7", (SUM, "short", "perf", "2", "time"), 4631e-9),
        ("summary-7.json", "7", (SUM, "short", "instructions"), 1734),
    ],
)
def test_summaries_of_all_versions_are_read(name, version, key, value):
    reading = recorded(name)
    assert reading.facts == {"gungraun.summary": version}
    assert found(reading)[key].value == pytest.approx(value)


def test_console_and_json_name_everything_alike():
    def bare(metric):
        return {"metrics": {"Left": {"Int": 1}}, "diffs": None, "x": metric}

    kinds = {"Ir": "Instructions", "L1hits": "L1 Hits", "LLhits": "L2 Hits", "TotalRW": "Total read+write"}
    from_json = parse(summary(profiles=[profile(**{kind: bare(kind) for kind in kinds})])).measurements
    text = f"{SUM} short:10\n" + "".join(f"  {label}:   1|N/A   (*********)\n" for label in kinds.values())
    assert parse(text).measurements == from_json


def test_a_summary_cut_off_is_an_error_at_the_end_and_a_warning_before_others():
    whole = summary(profiles=[profile(Ir={"metrics": {"Left": {"Int": 1}}})])
    cut = '{\n  "baselines": [\n    null,\n'
    with pytest.raises(InputError, match="line 2: a summary begins here and is cut off"):
        parse(f"{whole}\n{whole[:-9]}")
    with pytest.raises(InputError, match="line 2: a summary begins here and is cut off"):
        parse(f"{whole}\n{cut}")
    for text in (f"{cut}{whole}\n", f"{whole[:-9]}\n\n{whole}\n"):
        reading = parse(text)
        assert reading.warnings == ("line 1: a summary begins here and is cut off; the benchmark is left out",)
        assert reading.measurements[0].value == 1


def test_foreign_text_and_json_do_not_disturb():
    whole = summary(profiles=[profile(Ir={"metrics": {"Left": {"Int": 1}}})])
    pretty = json.dumps(json.loads(whole.replace("short", "long")), indent=2).replace("\n", "\n    ")
    foreign = '{"reason":"x"}\n{\n  "reason": "y",\n}\n{braces}\n{\n  "cut": 1\ntext\n'
    rows = parse(f"{foreign}{whole}\n{foreign}    {pretty}\n{foreign}").measurements
    assert [r.parameters for r in rows] == [{"id": "short"}, {"id": "long"}]


def test_an_id_used_twice_is_told_apart_by_its_arguments():
    text = "".join(f"{SUM} id:{arguments}\n  Instructions:  1|N/A  (***)\n" for arguments in ("a\nb", "c"))
    assert [r.parameters for r in parse(text).measurements] == [
        {"id": "id", "arguments": "a\nb"},
        {"id": "id", "arguments": "c"},
    ]


def test_the_same_benchmark_twice_is_refused():
    text = f"{SUM} id:a\n  Instructions:  1|N/A  (***)\n"
    with pytest.raises(InputError, match=r"line 4: the benchmark .* is there twice, first at line 2"):
        parse(text + text)


def test_the_same_metric_twice_in_one_summary_is_refused():
    both = {"metrics": {"Left": 1}}
    with pytest.raises(InputError, match=r"Instructions: the benchmark .* is there twice, first at line 1: .*\.Ir"):
        parse(summary(profiles=[profile(Ir=both, Instructions=both)]))


def test_every_bad_place_is_told():
    bad = profile(Ir={"metrics": {"Left": {"Int": "x"}}}, Dr={"metrics": {}}, Dw=3, Ge={"metrics": {"Both": [1]}})
    with pytest.raises(CombinedInputError) as caught:
        parse(f"{SUM}\n  Instructions: 17x|N/A (***)\n{summary(profiles=[bad])}\n{summary(profiles=None)}\n")
    at = "$.profiles[0].summaries.total.summary.Callgrind"
    assert [str(error) for error in caught.value.errors] == [
        "g.txt: line 2: expected a number, found text '17x'",
        f"g.txt: line 3: {at}.Dw: expected an object by the name of a metric, found the number 3",
        f"g.txt: line 3: {at}.Ir.metrics.Left.Int: expected a number, found text 'x'",
        f"g.txt: line 3: {at}.Dr.metrics: expected a new or an old value",
        f"g.txt: line 3: {at}.Ge.metrics.Both: expected an array of the new and the old value, found an array",
        "g.txt: line 4: $.profiles: expected an array, found null",
    ]


def test_output_without_benchmarks_says_so():
    with pytest.raises(InputError, match="holds no benchmark"):
        parse("running 0 tests\n\ntest result: ok.\n")


@pytest.mark.parametrize(
    ("text", "path", "parameters"),
    [
        ("a::b::c", "a::b::c", {}),
        ("a::b::c id", "a::b::c", {"id": "id"}),
        ("a::b::c id:10", "a::b::c", {"id": "id"}),
        ("a::b::c id:(1, 2) -> target/x:y", "a::b::c", {"id": "id"}),
        ("a::b::c :<8>(1)", "a::b::c", {}),
        ("", "", {}),
        (" x", " x", {}),
    ],
)
def test_headers_are_a_path_an_id_and_arguments(text, path, parameters):
    assert split_name(text) == (path, parameters)


@pytest.mark.parametrize(
    "text", ["", "  Instructions: 3\n  L1 Accesses: 3\n", '{"module_path": 1}', "| a | b |\n", "a|b"]
)
def test_other_texts_are_not_recognised(text):
    assert not gungraun.accepts(text)


def test_colours_and_windows_line_ends_are_tolerated():
    text = "\x1b[32ma::b::c\x1b[0m \x1b[36mid\x1b[0m\r\n  Instructions: \x1b[1m  1\x1b[0m|N/A (\x1b[90m***\x1b[0m)\r\n"
    assert gungraun.accepts(text)
    assert parse(text).measurements[0].parameters == {"id": "id"}


LINES = [line for path in sorted(DATA.glob("*.*")) for line in path.read_text(encoding="utf-8").splitlines()]
KEYS = [
    "profiles", "tool_summaries", "callgrind_summary", "summaries", "data", "total", "summary", "metrics", "parts",
    "Left", "Both", "Right", "Int", "Ir", "tool", "events", "new", "value", "error_summary",
]  # fmt: skip
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.floats(), st.integers(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from([*KEYS, "\ud800"]), inner, max_size=5)
    ),
    max_leaves=15,
)


@given(st.lists(st.one_of(st.sampled_from(LINES), st.text(max_size=40)), max_size=30), st.integers(0, 80))
def test_no_text_raises_anything_but_the_documented_error(lines, cut):
    text = "\n".join(lines)
    text = text[: max(len(text) - cut, 0)].replace("\0", "")
    gungraun.accepts(text)
    with contextlib.suppress(InputError):
        parse(text)


@settings(max_examples=50)
@given(JSON, JSON)
def test_no_summary_raises_anything_but_the_documented_error(profiles, data):
    for fields in ({"profiles": profiles}, {"profiles": [{"tool": "DHAT", "data": data, "summaries": profiles}]}):
        with contextlib.suppress(InputError):
            parse(summary(**fields))
    with contextlib.suppress(InputError):
        parse(summary(profiles=[profile(Ir=data), profiles], callgrind_summary=data))
