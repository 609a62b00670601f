"""What noise is said to be made of: false alarms on noise of one kind, power on what was planted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from noises import make_series

from perfsite.analysis.dip import chance_of_dip, dip_of
from perfsite.analysis.flat import Flat, lay_flat
from perfsite.analysis.judge import judge
from perfsite.analysis.noisekinds import find_modes, measure_memory, measure_tail
from perfsite.analysis.quality import assess_quality
from perfsite.model.policy import Policy, Threshold
from perfsite.model.quality import Quality, Reason

if TYPE_CHECKING:
    from numpy.typing import NDArray

POLICY = Policy(threshold=Threshold(fail=0.2))


def flat_of(values: NDArray[np.float64]) -> Flat:
    n = len(values)
    return Flat(np.arange(n), values - values.mean(), np.zeros(n, dtype=np.int64))


def quality_of(values: NDArray[np.float64]) -> Quality:
    series = make_series(values)
    judgement = judge(series, POLICY)
    quality = assess_quality(series, judgement, lay_flat(series, judgement), POLICY)
    assert quality is not None
    return quality


ONE_MODE = {
    "normal": lambda rng, n: rng.normal(size=n),
    "uniform": lambda rng, n: rng.uniform(-1, 1, n),
    "laplace": lambda rng, n: rng.laplace(size=n),
    "heavy": lambda rng, n: rng.standard_t(2, n),
    "exponential": lambda rng, n: rng.exponential(size=n),
    "gamma": lambda rng, n: rng.gamma(2.0, size=n),
}


def test_uniform_noise_is_the_worst_of_one_mode_and_dips_as_often_as_said() -> None:
    rng = np.random.default_rng(1)
    chances = np.array([chance_of_dip(dip_of(np.sort(rng.random(60))), 60) for _ in range(1000)])
    assert 0.03 <= np.mean(chances <= 0.05) <= 0.07
    assert np.mean(chances <= 0.01) <= 0.02


@pytest.mark.slow
@pytest.mark.parametrize("kind", ONE_MODE)
@pytest.mark.parametrize("n", [30, 100, 200])
def test_noise_of_one_mode_seems_to_have_two_once_in_a_thousand_at_most(kind: str, n: int) -> None:
    rng = np.random.default_rng(2)
    found = sum(find_modes(flat_of(ONE_MODE[kind](rng, n)), least=0.0) is not None for _ in range(1500))
    assert found <= 5


@pytest.mark.slow
@pytest.mark.parametrize(("gap", "least"), [(5.0, 0.4), (6.0, 0.85), (8.0, 0.98)])
def test_two_modes_are_found_where_they_are_apart(gap: float, least: float) -> None:
    rng = np.random.default_rng(3)
    found = 0
    for _ in range(200):
        values = rng.normal(size=100) + gap * (rng.random(100) < 0.4)
        found += find_modes(flat_of(values), least=0.0) is not None
    assert found / 200 >= least


@pytest.mark.slow
@pytest.mark.parametrize("n", [30, 100])
def test_memory_is_claimed_as_rarely_as_said_whatever_the_tails_and_found_where_it_is(n: int) -> None:
    rng = np.random.default_rng(4)
    for kind in ("normal", "heavy", "exponential"):
        chances = np.array([measure_memory(flat_of(ONE_MODE[kind](rng, n)))[1] for _ in range(2000)])
        assert np.mean(chances <= 0.05) <= 0.075
        assert np.mean(chances <= 0.001) <= 0.006
    found = 0
    for _ in range(100):
        state, values = rng.normal(), []
        for shock in rng.normal(size=100):
            state = 0.6 * state + 0.8 * shock
            values.append(state)
        found += measure_memory(flat_of(np.array(values)))[1] <= 0.001
    assert found >= 95


@pytest.mark.slow
@pytest.mark.parametrize("n", [40, 100])
def test_normal_tails_are_not_long_and_those_of_spikes_are(n: int) -> None:
    rng = np.random.default_rng(5)
    assert sum(measure_tail(rng.normal(size=n))[2] for _ in range(1000)) <= 5
    spikes = 0
    for _ in range(200):
        values = rng.normal(size=n)
        values[: n // 12] += 15
        spikes += measure_tail(values)[2]
    assert spikes >= 190


@pytest.mark.slow
def test_a_quiet_benchmark_is_hardly_ever_ranked_and_a_noisy_one_always() -> None:
    rng = np.random.default_rng(6)
    quiet = [quality_of(1 + 0.02 * rng.normal(size=100)) for _ in range(150)]
    noisy = [quality_of(np.maximum(1 + 0.1 * rng.normal(size=100), 0.1)) for _ in range(60)]
    assert np.mean([bool(one.reasons) for one in quiet]) <= 0.02
    assert np.mean([one.cost >= 10 for one in quiet]) <= 0.02
    assert all(Reason.BLIND in one.reasons for one in noisy)
