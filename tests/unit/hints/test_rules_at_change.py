"""Rules asked at a change point: each finds what was planted, and is silent where it was not."""

from pathlib import Path

import numpy as np
import pytest
from planted_hints import CHANGE, POINTS

from perfsite.hints.evidence import Fact
from perfsite.hints.rules import RULES
from perfsite.model.hint import Confidence

SIZES = (10, 100, 1000, 10_000)


def test_allocations_that_rose_with_the_time_are_named(planted):
    planted.add(before=1e-3, after=1.3e-3).add("allocations", 12, 48, noise=0).add("allocated", 1000, 4000, noise=0)
    hint = planted.hint("allocations")
    assert hint.confidence is Confidence.HIGH
    assert "allocations 12 → 48 (+300 %)" in hint.sentence
    assert "36 new allocations" in hint.next_step
    assert (hint.commit, hint.previous, hint.is_current) == (CHANGE, CHANGE - 1, True)
    assert hint.figures["after"] == 48


def test_allocations_that_stayed_or_moved_elsewhere_are_silent(planted):
    planted.add(before=1e-3, after=1.3e-3).add("allocations", 12, noise=0)
    late = np.where(np.arange(POINTS) < CHANGE + 8, 1e3, 2e3)
    planted.add("allocated", values=late)
    assert "allocations" not in planted.rules()


def test_memory_alone_is_less_sure_than_counted_allocations(planted):
    planted.add(before=1e-3, after=1.5e-3).add("memory", 1e6, 1.1e6)
    assert planted.hint("allocations").confidence is Confidence.LOW


def test_collections_name_their_share_of_the_time(planted):
    planted.add(before=1.0, after=1.4).add("gctime", 0.1, 0.4, unit="s").add("allocated", 100, 200, noise=0)
    hint = planted.hint("collections")
    assert hint.confidence is Confidence.HIGH
    assert hint.figures["share"] == pytest.approx(0.75, abs=0.05)
    assert "allocations rose too (+100 %)" in hint.next_step


def test_collections_that_stayed_are_silent(planted):
    planted.add(before=1.0, after=1.4).add("gctime", 0.1, unit="s")
    assert "collections" not in planted.rules()


def test_a_tail_that_rose_alone_is_told_from_the_median(planted):
    planted.add("p99", 0.2, 0.3).add("p50", 0.05).add("requests", 12_000)
    hint = planted.hint("tail")
    assert "p99 199 ms → 299 ms, while p50 stayed at 50 ms" in hint.sentence
    assert "about 120 a run" in hint.sentence
    assert hint.confidence is Confidence.MEDIUM


def test_a_tail_with_a_median_that_moved_too_or_of_few_requests_is_silent(planted):
    planted.add("p99", 0.2, 0.3).add("p50", 0.05, 0.07)
    planted.add("p99", 0.2, 0.3, benchmark="few").add("p50", 0.05, benchmark="few")
    planted.add("requests", 500, benchmark="few")
    assert "tail" not in planted.rules()


def test_a_tail_beside_a_noisy_median_is_silent(planted):
    planted.add("p99", 0.2, 0.3).add("p50", 0.05, noise=0.3)
    assert "tail" not in planted.rules()


def test_throughput_that_fell_at_flat_latency_and_load_is_saturation(planted):
    planted.add("requests_per_second", 1000, 800, unit="1/s").add("p50", 0.05).add("users", 100, noise=0)
    hint = planted.hint("saturation")
    assert "100 users as before" in hint.sentence
    assert hint.confidence is Confidence.MEDIUM


def test_throughput_that_fell_with_the_load_is_silent(planted):
    planted.add("requests_per_second", 1000, 800, unit="1/s").add("p50", 0.05).add("users", 100, 80, noise=0)
    assert "saturation" not in planted.rules()


def test_throughput_that_fell_with_slower_operations_is_silent(planted):
    planted.add("requests_per_second", 1000, 800, unit="1/s").add("p50", 0.05, 0.0625)
    assert "saturation" not in planted.rules()


def test_errors_that_came_with_more_load_say_so(planted):
    planted.add("error_rate", 0.002, 0.04).add("users", 100, 200, noise=0)
    hint = planted.hint("errors")
    assert "100 → 200 users" in hint.sentence
    assert hint.figures["load_after"] == 200


def test_a_median_that_fell_as_errors_rose_is_no_improvement(planted):
    planted.add("error_rate", 0.002, 0.2).add("p50", 0.05, 0.02)
    assert "fail quickly" in planted.hint("errors").sentence


def test_errors_at_the_same_load_and_speed_are_silent(planted):
    planted.add("error_rate", 0.002, 0.04).add("users", 100, noise=0).add("p50", 0.05)
    assert "errors" not in planted.rules()


def test_a_growth_class_that_changed_is_named_with_its_uncertainty(planted):
    for n in SIZES:
        planted.add(before=1e-6 * n, after=1e-6 * n * np.log2(n), benchmark="sort", n=str(n))
    hint = planted.hint("growth-changed")
    assert "about n log n, was n" in hint.sentence
    assert "exponent" in hint.because
    assert hint.figures["weight_after"] > 0.9
    assert len(hint.series) == len(SIZES)


def test_the_same_growth_made_slower_is_silent(planted):
    for n in SIZES:
        planted.add(before=1e-6 * n, after=1.3e-6 * n, benchmark="sort", n=str(n))
    assert planted.rules() <= {"growth"}


def test_loads_and_versions_are_no_sizes(planted):
    for n in SIZES:
        planted.add(before=1e-6 * n, after=1e-6 * n * np.log2(n), benchmark="sort", threads=str(n))
    assert "growth-changed" not in planted.rules()


def test_a_cost_of_each_call_is_told_from_a_slower_loop(planted):
    for n in SIZES:
        planted.add(before=1e-6 * n, after=1e-6 * n + 2e-5, benchmark="sort", noise=1e-4, n=str(n))
    hint = planted.hint("fixed-cost")
    assert hint.figures["added"] == pytest.approx(2e-5, rel=0.1)
    assert "20 µs more whatever its n" in hint.sentence


def test_more_instructions_put_it_to_the_code(planted):
    planted.add(before=1.0, after=1.2).add("instructions", 1e6, 1.19e6, noise=0)
    hint = planted.hint("more-work")
    assert hint.confidence is Confidence.HIGH
    assert "same-work" not in planted.rules()


def test_the_same_instructions_with_more_misses_wait_for_memory(planted):
    planted.add(before=1.0, after=1.2).add("instructions", 1e6, noise=0).add("cache_misses", 1e4, 3e4)
    hint = planted.hint("same-work")
    assert hint.confidence is Confidence.HIGH
    assert "1 M instructions (±0.0 %) as before, but cache_misses 9991 → 29990" in hint.sentence


def test_the_same_instructions_without_misses_say_what_to_count(planted):
    planted.add(before=1.0, after=1.2).add("instructions", 1e6, noise=0)
    hint = planted.hint("same-work")
    assert hint.confidence is Confidence.MEDIUM
    assert "Count cache misses" in hint.next_step


def test_a_few_more_instructions_are_neither_more_nor_the_same_work(planted):
    planted.add(before=1.0, after=1.4).add("instructions", 1e6, 1.15e6, noise=0)
    assert planted.rules().isdisjoint({"more-work", "same-work"})


def test_waiting_is_told_from_computing(planted):
    planted.add(before=1.0, after=1.4).add("cpu_time", 0.8, unit="s")
    hint = planted.hint("waiting")
    assert "It waits, it does not compute" in hint.sentence
    assert hint.figures["added"] == pytest.approx(0.4, rel=0.05)


def test_cpu_time_that_rose_too_or_of_many_threads_is_silent(planted):
    planted.add(before=1.0, after=1.4).add("cpu_time", 0.8, 1.1, unit="s")
    planted.add(before=1.0, after=1.4, benchmark="many").add("cpu_time", 7.5, unit="s", benchmark="many")
    assert "waiting" not in planted.rules()


def test_the_part_of_a_request_that_grew_is_named(planted):
    planted.add("p50", 0.10, 0.15).add("connect", 0.01, unit="s").add("waiting", 0.08, 0.128, unit="s")
    hint = planted.hint("part")
    assert "are in waiting" in hint.sentence
    assert hint.figures["share"] > 0.9


def test_a_request_that_grew_in_all_parts_is_silent(planted):
    planted.add("p50", 0.10, 0.15).add("connect", 0.05, 0.075, unit="s").add("waiting", 0.05, 0.075, unit="s")
    assert "part" not in planted.rules()


def test_answers_that_grew_are_named(planted):
    planted.add("p50", 0.10, 0.15).add("size", 1000, 5000, unit="B", noise=0)
    assert "1000 B" in planted.hint("response-size").sentence or "KiB" in planted.hint("response-size").sentence


def test_answers_of_the_same_size_are_silent(planted):
    planted.add("p50", 0.10, 0.15).add("size", 1000, unit="B", noise=0)
    assert "response-size" not in planted.rules()


def test_one_value_of_a_parameter_is_named_where_the_others_stayed(planted):
    for backend in ("sqlite", "postgres", "mysql", "oracle"):
        for kind in ("read", "write"):
            after = 1.3 if backend == "sqlite" else None
            planted.add(before=1.0, after=after, backend=backend, kind=kind)
    hint = planted.hint("one-parameter")
    assert "Only backend=sqlite changed (2 series)" in hint.sentence
    assert hint.confidence is Confidence.HIGH


def test_changes_that_no_one_value_explains_are_silent(planted):
    for backend in ("sqlite", "postgres", "mysql"):
        for kind in ("read", "write"):
            after = 1.3 if (backend, kind) in {("sqlite", "read"), ("mysql", "write")} else None
            planted.add(before=1.0, after=after, backend=backend, kind=kind)
    assert "one-parameter" not in planted.rules()


def test_one_environment_of_several_is_named(planted):
    planted.add(before=1.0, after=1.3, environment="py3.12").add(environment="py3.13").add(environment="py3.14")
    hint = planted.hint("one-environment")
    assert "Only py3.12 changed" in hint.sentence
    assert hint.confidence is Confidence.HIGH


def test_environments_that_moved_too_or_are_too_noisy_are_silent(planted):
    planted.add(before=1.0, after=1.3, environment="a").add(before=2.0, after=2.6, environment="b")
    planted.add(before=1.0, after=1.3, environment="a", benchmark="x").add(environment="b", benchmark="x", noise=0.4)
    assert "one-environment" not in planted.rules()


def test_an_environment_that_moved_as_one_is_the_machine_and_told_once(planted):
    for i in range(12):
        planted.add(before=1.0 + i, after=(1.0 + i) * 1.2, benchmark=f"b{i}")
    hints = planted.together().hints(files={(CHANGE - 1, CHANGE): ["src/b1.py"]})
    (machine,) = [hint for hint in hints if hint.rule == "machine"]
    assert "12 of 12 benchmarks in ci became slower by about 20" in machine.sentence
    assert len(machine.series) == 12
    assert {hint.rule for hint in hints} == {"machine"}


def test_half_an_environment_is_not_the_machine(planted):
    for i in range(12):
        planted.add(before=1.0, after=1.2 if i % 2 else None, benchmark=f"b{i}")
    assert "machine" not in planted.together().rules()


def test_a_runtime_that_changed_at_the_same_run_is_named(planted):
    planted.add(before=1.0, after=1.2)
    fact = Fact(name="runtime.python", before="3.12.1", after="3.13.0", rate=0.01)
    hint = planted.hint("runtime", facts={("ci", CHANGE): (fact,)})
    assert "runtime.python went 3.12.1 → 3.13.0" in hint.sentence
    assert hint.confidence is Confidence.MEDIUM


@pytest.mark.parametrize(
    ("fact", "commit"),
    [
        (Fact(name="runner.image", before="1", after="2", rate=0.5), CHANGE),
        (Fact(name="runtime.python", before="1", after="2", rate=0.01), CHANGE + 1),
        (Fact(name="cpu.model", before="1", after="2", rate=0.01), CHANGE),
    ],
)
def test_facts_that_always_change_or_changed_elsewhere_or_are_told_already_are_silent(planted, fact, commit):
    planted.add(before=1.0, after=1.2)
    assert "runtime" not in planted.rules(facts={("ci", commit): (fact,)})


def test_a_runtime_of_one_environment_is_silent_where_another_moved_as_well(planted):
    planted.add(before=1.0, after=1.2).add(before=1.0, after=1.2, environment="other")
    fact = Fact(name="runtime.python", before="3.12.1", after="3.13.0", rate=0.01)
    assert "runtime" not in planted.rules(facts={("ci", CHANGE): (fact,)})


def test_a_lock_file_that_changed_alone_is_nearly_sure(planted):
    planted.add(before=1.0, after=1.2)
    hint = planted.hint("dependencies", files={(CHANGE - 1, CHANGE): ["web/package-lock.json"]})
    assert hint.confidence is Confidence.HIGH
    assert "nothing else did" in hint.sentence


def test_a_lock_file_among_many_files_is_silent(planted):
    planted.add(before=1.0, after=1.2)
    many = ["go.sum", *(f"a/{i}.go" for i in range(40))]
    assert "dependencies" not in planted.rules(files={(CHANGE - 1, CHANGE): many})


FILES = ["docs/intro.md", "src/parser/mod.rs", "src/network/http.rs", "src/network/tcp.rs", "Makefile"]


def test_files_that_the_name_points_to_are_named(planted):
    planted.add(before=1.0, after=1.2, benchmark="parser/test_parse.py::test_json")
    planted.add(benchmark="render/test_html.py::test_table").add(benchmark="render/test_text.py::test_wrap")
    hint = planted.hint("files", files={(CHANGE - 1, CHANGE): FILES})
    assert "src/parser/mod.rs" in hint.sentence
    assert "network" not in hint.sentence


def test_files_without_a_word_in_common_are_silent(planted):
    planted.add(before=1.0, after=1.2, benchmark="compress/test_zip.py::test_time")
    assert "files" not in planted.rules(files={(CHANGE - 1, CHANGE): FILES})


def test_words_that_all_files_or_all_benchmarks_share_point_nowhere(planted):
    for i in range(9):
        planted.add(before=1.0, after=1.2 if i == 0 else None, benchmark=f"parser/test_{'abcdefghi'[i] * 4}.py")
    files = [f"django/parser/{name}.py" for name in ("query", "lookups", "sql", "where", "compiler")]
    assert "files" not in planted.rules(files={(CHANGE - 1, CHANGE): files})


def test_the_owners_paths_win_over_names(planted):
    planted.add(before=1.0, after=1.2, benchmark="parser")
    hint = planted.hint("files", files={(CHANGE - 1, CHANGE): FILES}, paths=lambda _: ("src/network/*",))
    assert "src/network/http.rs and src/network/tcp.rs" in hint.sentence
    assert hint.confidence is Confidence.HIGH
    assert "files" not in planted.rules(files={(CHANGE - 1, CHANGE): FILES}, paths=lambda _: ("lib/*",))


def test_a_benchmark_that_changed_itself_is_said_first(planted):
    planted.add(before=1.0, after=1.2, benchmark="benchmarks/test_parse.py::test_json")
    hint = planted.hints(files={(CHANGE - 1, CHANGE): ["benchmarks/test_parse.py", "src/x.py"]})[0]
    assert (hint.rule, hint.confidence) == ("benchmark-changed", Confidence.HIGH)


def test_a_benchmark_that_stayed_is_silent(planted):
    planted.add(before=1.0, after=1.2, benchmark="benchmarks/test_parse.py::test_json")
    assert "benchmark-changed" not in planted.rules(files={(CHANGE - 1, CHANGE): ["benchmarks/test_render.py"]})


def test_an_improvement_and_a_series_without_direction_ask_no_rule(planted):
    planted.add(before=1.0, after=0.7).add("allocations", 48, 12, noise=0)
    planted.add("value", 1.0, 2.0, benchmark="neither")
    assert planted.rules(files={(CHANGE - 1, CHANGE): ["poetry.lock"]}) == set()


def test_every_rule_asked_at_changes_has_a_case_here():
    text = Path(__file__).read_text(encoding="utf-8")
    assert [rule.name for rule in RULES if rule.asks.name == "AT_CHANGE" and f'"{rule.name}"' not in text] == []


def test_a_change_without_a_ratio_or_of_endless_names_breaks_nothing(planted):
    values = np.where(np.arange(POINTS) < CHANGE, 0.0, 1.0)
    planted.add(values=values).add("allocations", values=values).add("p99", values=-values - 1).add(
        "p50", values=values
    )
    long = "x/" * 9_000
    planted.add(before=1.0, after=1.2, benchmark=long, **{long: "1"}).add("allocations", 1, 2, benchmark=long, noise=0)
    files = {(CHANGE - 1, CHANGE): ["", "/", ".", long, "\x00", "a" * 5000, *(f"{i}.py" for i in range(2000))]}
    fact = Fact(name=long, before=long, after="", rate=0.01)
    assert all(hint.sentence for hint in planted.hints(files=files, facts={("ci", CHANGE): (fact,)}))
