"""The geometric mean of ratios: by hand, and how often its interval holds the truth."""

from __future__ import annotations

import math

import numpy as np
import pytest

from perfsite.analysis.geometric import common_shares, geometric_mean


def test_the_mean_of_a_ratio_and_its_inverse_is_no_difference() -> None:
    mean = geometric_mean(np.log([2.0, 0.5]), np.full(2, np.nan))
    assert mean.delta == pytest.approx(0.0)
    assert mean.lower == pytest.approx(math.exp(-12.7062 * math.log(2)) - 1, rel=1e-4)
    assert not mean.is_told


def test_the_interval_of_three_ratios_is_that_of_students_t_on_logarithms() -> None:
    logs = np.log([1.02, 1.03, 1.04])
    mean = geometric_mean(logs, np.full(3, 1e-6))
    half = 4.30265 * logs.std(ddof=1) / math.sqrt(3)
    assert mean.delta == pytest.approx((1.02 * 1.03 * 1.04) ** (1 / 3) - 1)
    assert mean.lower == pytest.approx(math.exp(logs.mean() - half) - 1, rel=1e-5)
    assert mean.upper == pytest.approx(math.exp(logs.mean() + half) - 1, rel=1e-5)


def test_equal_ratios_of_noisy_runs_are_no_certainty() -> None:
    mean = geometric_mean(np.zeros(4), np.full(4, 0.02))
    assert mean.upper == pytest.approx(math.expm1(1.959964 * 0.01), rel=1e-4)


def test_one_ratio_has_its_own_noise_and_of_unknown_noise_no_interval() -> None:
    assert geometric_mean(np.array([0.1]), np.array([0.02])).upper == pytest.approx(math.expm1(0.1 + 1.959964 * 0.02))
    alone = geometric_mean(np.array([0.1]), np.array([np.nan]))
    assert math.isnan(alone.lower)
    assert not alone.is_told
    assert geometric_mean(np.empty(0), np.empty(0)).count == 0


def test_noise_that_all_of_a_run_share_does_not_average_out() -> None:
    many = geometric_mean(np.zeros(400), np.full(400, 0.02), together=0.5)
    assert many.upper > math.expm1(1.9 * 0.02 * math.sqrt(0.5))


def test_a_value_beyond_all_numbers_is_infinite_not_an_error() -> None:
    assert geometric_mean(np.array([800.0]), np.array([0.1])).delta == math.inf


@pytest.mark.parametrize("benchmarks", [2, 3, 8, 40])
@pytest.mark.parametrize("spread", [0.0, 0.03])
@pytest.mark.parametrize("together", [0.0, 0.4])
def test_the_interval_holds_the_truth_as_often_as_it_says(benchmarks: int, spread: float, together: float) -> None:
    rng = np.random.default_rng([benchmarks, int(100 * spread), int(10 * together)])
    truth, trials, held = 0.02, 500, 0
    errors = rng.uniform(0.005, 0.02, size=benchmarks)
    for _ in range(trials):
        own = math.sqrt(1 - together) * rng.normal(size=benchmarks) + math.sqrt(together) * rng.normal()
        logs = math.log1p(truth) + spread * rng.normal(size=benchmarks) + errors * own
        mean = geometric_mean(logs, errors, together)
        held += mean.lower <= truth <= mean.upper
    assert held / trials >= 0.925


def test_how_alike_the_noise_of_a_run_is_comes_out_as_it_was_made() -> None:
    rng = np.random.default_rng(5)
    runs, benchmarks, share = 400, 12, 0.3
    common = rng.normal(size=(runs, 1))
    scores = math.sqrt(share) * common + math.sqrt(1 - share) * rng.normal(size=(runs, benchmarks))
    commits = np.repeat(np.arange(runs), benchmarks)
    both = np.concatenate([scores.ravel(), rng.normal(size=len(commits))])
    families = np.repeat([0, 2], len(commits))
    shares = common_shares(both, families, np.tile(commits, 2), 3)
    assert shares[0] == pytest.approx(share, abs=0.05)
    assert shares[1] == 0.0
    assert shares[2] < 0.02
    assert common_shares(np.empty(0), np.empty(0, np.int64), np.empty(0, np.int64), 0).tolist() == []
