"""Rules on series as they stand: leaks, loads, scatter, first rounds, samples, timers, growth."""

from pathlib import Path

import numpy as np
import pytest
from planted_hints import CHANGE, POINTS

from perfsite.hints.rules import RULES
from perfsite.model.hint import Confidence

SIZES = (10, 100, 1000, 10_000)


def steps(*levels, each=15):
    return np.repeat(np.array(levels, float), each)


def noisy(values, noise, seed=3):
    values = np.asarray(values, float)
    return values * (1 + noise * np.random.default_rng(seed).standard_normal(len(values)))


def test_memory_that_goes_up_in_steps_and_never_down_is_a_staircase(planted):
    planted.add("memory", values=noisy(steps(1e6, 1.2e6, 1.4e6, 1.7e6), 0.003))
    hint = planted.hint("leak")
    assert "in 3 steps" in hint.sentence
    assert hint.confidence is Confidence.LOW
    assert (hint.commit, hint.is_current) == (None, True)


def test_memory_that_came_down_is_silent(planted):
    planted.add("memory", values=noisy(steps(1e6, 1.2e6, 1.5e6, 1.3e6), 0.003))
    assert "leak" not in planted.rules()


def test_memory_that_rises_within_a_run_is_told_by_its_samples(planted):
    rising = noisy(np.linspace(1e6, 1.5e6, 30), 0.01)
    planted.add("memory", 1e6, newest=rising)
    assert "rose from sample to sample" in planted.hint("leak").sentence


@pytest.mark.parametrize("samples", [noisy(np.full(30, 1e6), 0.05), np.linspace(1e6, 1.5e6, 30)])
def test_samples_in_chance_order_or_sorted_by_the_tool_are_no_leak(planted, samples):
    planted.add("memory", 1e6, newest=samples)
    assert "leak" not in planted.rules()


def test_the_load_from_which_errors_begin_is_named(planted):
    for users, share in ((50, 0.0), (100, 0.001), (200, 0.04), (400, 0.2)):
        planted.add("error_rate", share, users=str(users))
    hint = planted.hint("errors-with-load")
    assert "between 100 and 200 users" in hint.sentence
    assert hint.confidence is Confidence.HIGH


@pytest.mark.parametrize("shares", [(0.0, 0.03, 0.0, 0.02), (0.2, 0.2, 0.21, 0.2), (0.0, 0.0, 0.001, 0.002)])
def test_errors_that_do_not_rise_with_the_load_are_silent(planted, shares):
    for users, share in zip((50, 100, 200, 400), shares, strict=True):
        planted.add("error_rate", share, users=str(users))
    assert "errors-with-load" not in planted.rules()


def wider(first=40, second=40):
    return np.concatenate([noisy(np.ones(first), 0.01), noisy(np.ones(second), 0.06, seed=5)])


def test_runs_that_began_to_scatter_are_told_with_their_commit(planted):
    planted.add(values=wider())
    hint = planted.hint("variance")
    assert 38 <= hint.commit <= 46
    assert hint.figures["after"] > 2 * hint.figures["before"]


def test_a_scatter_that_many_series_share_is_put_to_the_machines(planted):
    for i in range(6):
        planted.add(values=wider(), benchmark=f"b{i}")
    hints = [hint for hint in planted.hints() if hint.rule == "variance"]
    assert len(hints) == 6
    assert all("6 of 6 series in ci: rather the machines" in hint.sentence and hint.commit is None for hint in hints)


def test_even_scatter_and_one_wild_run_are_silent(planted):
    planted.add(values=noisy(np.ones(80), 0.05))
    wild = noisy(np.ones(80), 0.01)
    wild[70] = 3.0
    planted.add(values=wild, benchmark="wild")
    assert "variance" not in planted.rules()


def test_a_slow_first_round_is_told_with_what_it_costs(planted):
    planted.add(newest=[1.5, *noisy(np.full(9, 0.5), 0.01)])
    hint = planted.hint("first-round")
    assert "first of 10 rounds is slow: 1.5 s, the others 498 ms" in hint.sentence
    assert hint.confidence is Confidence.HIGH
    assert "warm-up" in hint.next_step


@pytest.mark.parametrize(
    "samples",
    [noisy(np.full(10, 0.5), 0.01), [1.5, 0.5, 0.51, 1.45, 0.5, 0.49, 0.5, 0.5], [1.5, 0.5, 0.5], [0.0] * 9],
)
def test_rounds_that_are_alike_or_slow_again_or_few_are_silent(planted, samples):
    planted.add(newest=samples)
    assert "first-round" not in planted.rules()


def test_too_few_samples_say_how_many_would_do(planted):
    planted.add(noise=0.06, errors=0.055, counts=5)
    hint = planted.hint("samples")
    assert hint.figures["needed"] > 5
    assert "samples a run are too few" in hint.sentence


def test_samples_that_would_not_help_are_not_asked_for(planted):
    planted.add(noise=0.12, errors=0.004, counts=50)
    assert "samples" not in planted.rules()


def test_a_quiet_series_needs_no_samples(planted):
    planted.add(noise=0.005, errors=0.005, counts=5).add(noise=0.12, benchmark="not known")
    assert "samples" not in planted.rules()


def test_times_in_steps_of_a_timer_are_told(planted):
    ticks = np.random.default_rng(1).integers(9, 15, POINTS) * 0.001
    planted.add(values=ticks)
    hint = planted.hint("timer")
    assert "steps of 1 ms" in hint.sentence
    assert hint.figures["step"] == pytest.approx(0.001)


def test_times_without_steps_or_with_steps_that_do_not_matter_are_silent(planted):
    planted.add(noise=0.1)
    planted.add(values=np.random.default_rng(1).integers(900, 1100, POINTS) * 0.001, benchmark="fine")
    planted.add(values=np.full(POINTS, 0.002), benchmark="constant")
    assert "timer" not in planted.rules()


def test_a_command_too_short_for_its_tool_is_told(planted):
    planted.add(before=0.002, newest=[0.002] * 3, format="hyperfine")
    planted.add(before=0.2, newest=[0.2] * 3, format="hyperfine", benchmark="long")
    assert planted.hint("timer").series[0].benchmark == "parse"


def test_quadratic_growth_is_told_once_for_all_sizes(planted):
    for n in SIZES:
        planted.add(before=1e-9 * n**2, n=str(n))
    hint = planted.hint("growth")
    assert "grows about as n² with n: twice n costs 4 times as much" in hint.sentence
    assert "(exponent 2)" in hint.because


@pytest.mark.parametrize("growth", [lambda n: n, lambda n: n * np.log2(n), lambda n: n**1.5])
def test_growth_below_the_square_or_of_no_class_is_silent(planted, growth):
    for n in SIZES:
        planted.add(before=1e-9 * growth(n), n=str(n))
    assert "growth" not in planted.rules()


def test_a_history_without_anything_in_it_has_no_hint(planted):
    for points in (1, 2, 3):
        planted.add(values=np.ones(points), benchmark=f"b{points}")
    planted.add(values=np.zeros(POINTS), benchmark="zeros").add(values=-np.ones(POINTS), benchmark="negative")
    planted.add("memory", values=np.zeros(POINTS), benchmark="zeros")
    planted.add(values=[], benchmark="none")
    assert planted.hints() == ()


def test_three_hints_of_a_benchmark_at_most_and_the_surest_first(planted):
    planted.add(before=1.0, after=1.4).add("allocations", 10, 40, noise=0).add("cpu_time", 0.8, unit="s")
    planted.add("instructions", 1e6, noise=0).add("gctime", 0.1, 0.4, unit="s").add("cache_misses", 10, 90, noise=0)
    files = {(CHANGE - 1, CHANGE): ["poetry.lock", "src/parse.py"]}
    hints = [hint for hint in planted.hints(files=files) if hint.commit == CHANGE]
    assert len(hints) == 3
    assert [hint.confidence for hint in hints] == sorted((hint.confidence for hint in hints), reverse=True)


def test_a_retired_series_is_asked_nothing_as_it_stands(planted):
    from dataclasses import replace

    planted.add(newest=[1.5, *noisy(np.full(9, 0.5), 0.01)])
    planted.tracks = [replace(track, is_living=False) for track in planted.tracks]
    assert planted.rules() == set()


def test_every_rule_on_series_as_they_stand_has_a_case_here():
    text = Path(__file__).read_text(encoding="utf-8")
    assert [rule.name for rule in RULES if rule.asks.name == "AS_IT_STANDS" and f'"{rule.name}"' not in text] == []
