"""How often rules speak where nothing happened, and how often they find what was planted; seeded."""

import numpy as np
import pytest
from planted_hints import CHANGE, Planted

from perfsite.analysis.growth import CLASSES, growth_of
from perfsite.hints.rules import RULES

SHAPES = (np.ones_like, lambda n: np.log2(n + 1), lambda n: n, lambda n: n * np.log2(n + 1), np.square, lambda n: n**3)
NOISES = {
    "normal": lambda random, n: random.standard_normal(n),
    "heavy tails": lambda random, n: random.standard_t(3, n) / 3**0.5,
    "two modes": lambda random, n: random.choice([-1.0, 1.0], n) + 0.2 * random.standard_normal(n),
    "correlated": lambda random, n: np.convolve(random.standard_normal(n + 4), np.full(5, 5**-0.5), "valid"),
}
METRICS = {"time": 1e-3, "allocations": 40.0, "memory": 1e7, "instructions": 1e6, "cpu_time": 9e-4, "p99": 5e-3}


def quiet(noise, seed, benchmarks):
    """Return benchmarks of many metrics in which nothing happens but noise of 3 %."""
    planted = Planted()
    random = np.random.default_rng(seed)
    for i in range(benchmarks):
        for metric, level in METRICS.items():
            values = level * (1 + 0.03 * NOISES[noise](random, 60))
            unit = "s" if metric in {"time", "cpu_time", "p99"} else None
            planted.add(metric, values=np.maximum(values, level / 10), benchmark=f"b{i}", unit=unit)
    return planted


def count_quiet(noise, benchmarks):
    return len(quiet(noise, 11, benchmarks).hints())


@pytest.mark.parametrize("noise", NOISES)
def test_hardly_a_benchmark_has_a_hint_where_nothing_happens_a_quick_look(noise):
    assert count_quiet(noise, 12) <= 1


@pytest.mark.slow
@pytest.mark.parametrize("noise", NOISES)
def test_at_most_one_benchmark_in_fifty_has_a_hint_where_nothing_happens(noise):
    assert count_quiet(noise, 250) <= 5


@pytest.mark.slow
@pytest.mark.parametrize(("noise", "least"), [(0.005, 0.95), (0.02, 0.9), (0.05, 0.45)])
def test_allocations_planted_with_a_slower_time_are_found(noise, least):
    planted = Planted(noise=noise)
    for i in range(100):
        planted.add(before=1.0, after=1.2, benchmark=f"b{i}")
        planted.add("allocations", 10, 15, benchmark=f"b{i}", noise=0)
    # Everything moves here, so that the machine would answer for it; that is another test's business.
    found = planted.hints(rules=[rule for rule in RULES if rule.name == "allocations"])
    assert len(found) >= least * 100


@pytest.mark.slow
@pytest.mark.parametrize("noise", [0.01, 0.05])
@pytest.mark.parametrize("sizes", [(10, 100, 1000, 10_000), (100, 200, 400, 800, 1600, 3200)])
def test_a_class_of_growth_that_is_named_is_the_right_one(noise, sizes):
    random = np.random.default_rng(5)
    n = np.array(sizes, float)
    named = wrong = 0
    for shape in range(len(SHAPES)):
        for _ in range(60):
            values = SHAPES[shape](n) * np.exp(noise * random.standard_normal(len(n)))
            growth = growth_of(n, values + (random.random() < 0.5) * values.min() * random.random())
            if growth is not None and growth.weight >= 0.9:
                named += 1
                wrong += growth.likely != shape
    assert wrong <= 0.03 * named
    assert named >= 0.75 * 60 * len(SHAPES)


def test_growth_knows_its_classes_over_wide_spans_without_noise():
    n = np.array([10.0, 100.0, 1000.0, 10_000.0])
    assert [growth_of(n, 1e-9 * shape(n)).name for shape in SHAPES] == list(CLASSES[: len(SHAPES)])


@pytest.mark.slow
def test_a_tail_is_told_apart_at_five_per_cent_noise():
    planted = Planted(noise=0.05)
    for i in range(60):
        planted.add("p99", 0.2, 0.4, benchmark=f"b{i}").add("p50", 0.05, benchmark=f"b{i}")
    found = [hint for hint in planted.hints() if hint.rule == "tail" and abs(hint.commit - CHANGE) <= 1]
    assert len(found) >= 50
