"""What noise is made of, what it costs, and why a benchmark is to be mended first."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from perfsite.analysis.chance import discoveries, normal_scores, two_sided_normal, upper_binomial, upper_f
from perfsite.analysis.dip import best_split, bound_of_dip, chance_of_dip, dip_of
from perfsite.analysis.flat import lay_flat
from perfsite.analysis.judge import judge
from perfsite.analysis.noisekinds import find_flapping, find_modes, measure_memory, measure_tail
from perfsite.analysis.quality import Attendance, assess_quality, count_attendance
from perfsite.analysis.student import two_sided
from perfsite.analysis.warmup import find_warm_up
from perfsite.model.policy import Policy, Threshold
from perfsite.model.quality import Quality, Reason
from perfsite.model.run import Direction
from perfsite.model.series import Series, SeriesKey

if TYPE_CHECKING:
    from numpy.typing import NDArray

LATENCY = Policy(threshold=Threshold(fail=0.2))


def series(values: NDArray[np.float64], **more: object) -> Series:
    n = len(values)
    made = Series(
        key=SeriesKey(benchmark="bench", metric="time", environment="ci"),
        unit="s",
        direction=Direction.LOWER,
        commits=np.arange(n, dtype=np.int32),
        values=values,
        standard_errors=np.full(n, np.nan),
        counts=np.zeros(n, dtype=np.int32),
        labels=np.full(n, -1, dtype=np.int32),
        eligible=np.ones(n, dtype=np.bool_),
    )
    return replace(made, **more)  # type: ignore[arg-type]


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def noise(n: int, spread: float = 0.01, seed: int = 1) -> NDArray[np.float64]:
    return 1 + spread * rng(seed).normal(size=n)


def assess(one: Series, policy: Policy = LATENCY, **more: object) -> Quality:
    judgement = judge(one, policy)
    found = assess_quality(one, judgement, lay_flat(one, judgement), policy, **more)  # type: ignore[arg-type]
    assert found is not None
    return found


def test_a_quiet_series_costs_nothing_and_has_nothing_to_mend() -> None:
    quality = assess(series(noise(120, seed=2)))
    assert (quality.cost, quality.reasons, quality.modes, quality.flapping) == (0.0, (), None, None)
    assert quality.floor == pytest.approx(0.035, abs=0.01)


def test_noise_above_the_threshold_makes_runs_blind() -> None:
    quality = assess(series(noise(120, 0.09)))
    assert quality.reasons[0] is Reason.BLIND
    assert quality.blind >= 90
    assert quality.cost >= 90


def test_without_a_threshold_no_run_is_blind() -> None:
    quality = assess(series(noise(120, 0.09)), Policy())
    assert (quality.least, quality.blind) == (None, 0)


def test_single_runs_far_off_are_suspicions() -> None:
    values = noise(120)
    values[30::20] *= 1.4
    quality = assess(series(values))
    assert quality.suspicions == 5
    assert Reason.SUSPICIONS in quality.reasons
    assert Reason.BLIND in quality.reasons, "where one run in thirty is far off, a run that is far off says little"
    assert quality.cost >= 25


def test_two_groups_of_runs_are_two_modes() -> None:
    slow = rng(2).random(200) < 0.35
    one = series(noise(200) * np.where(slow, 1.2, 1.0))
    modes = assess(one).modes
    assert modes is not None
    assert modes.gap == pytest.approx(0.2, abs=0.03)
    assert modes.share == pytest.approx(0.35, abs=0.07)
    assert modes.switches > 30


def test_one_wide_or_skewed_mode_is_not_two() -> None:
    for values in (rng().uniform(0.8, 1.2, 300), rng().exponential(0.1, 300) + 1, 1 + rng().standard_t(2, 300) * 0.02):
        one = series(np.maximum(values, 0.1))
        assert find_modes(lay_flat(one, judge(one, LATENCY)), least=0.02) is None


def test_a_level_that_goes_back_and_forth_flaps() -> None:
    values = noise(160, 0.005)
    for at in (20, 60, 100, 140):
        values[at : at + 20] *= 1.3
    values[40:60] *= 1.5
    changes = judge(series(values), LATENCY).change_points
    flapping = find_flapping(changes)
    if len(changes) >= 6:  # the levels may also be taken for modes of the noise
        assert flapping is not None
        assert flapping.returns >= 3
    assert find_flapping(changes[:2]) is None
    assert find_flapping(()) is None


def test_neighbours_that_resemble_each_other_are_memory() -> None:
    state, values = 0.0, []
    for shock in rng(3).normal(size=150):
        state = 0.6 * state + shock
        values.append(1 + 0.05 * state)
    one = series(np.array(values))
    memory, chance = measure_memory(lay_flat(one, judge(one, LATENCY)).newest(100))
    assert memory > 0.3
    assert chance < 0.001
    assert Reason.MEMORY in assess(one).reasons
    assert measure_memory(lay_flat(series(noise(5)), judge(series(noise(5)), LATENCY))) == (0.0, 1.0)


def test_a_level_change_is_no_memory() -> None:
    values = noise(120)
    values[60:] *= 1.5
    one = series(values)
    assert measure_memory(lay_flat(one, judge(one, LATENCY)))[1] > 0.001


def test_most_runs_close_and_some_far_is_a_long_tail() -> None:
    deviations = rng().normal(size=200) * 0.01
    assert measure_tail(deviations)[2] is False
    deviations[::15] += 0.2
    half, most, is_long = measure_tail(deviations)
    assert is_long
    assert most > 10 * half
    assert measure_tail(np.zeros(100)) == (0.0, 0.0, False)
    assert measure_tail(np.zeros(0)) == (0.0, 0.0, False)


def test_a_coarse_timer_is_said_so_and_has_no_modes() -> None:
    one = series(1 + 0.1 * rng().integers(0, 4, 100).astype(float))
    quality = assess(one)
    assert Reason.COARSE in quality.reasons
    assert quality.distinct == 4
    assert quality.modes is None


def test_runs_that_say_little_of_their_own_centre_have_a_wide_interval() -> None:
    values = noise(60, 0.08)
    one = series(values, standard_errors=0.08 * values, counts=np.full(60, 3, dtype=np.int32))
    quality = assess(one)
    assert quality.interval == pytest.approx(4.303 * 0.08, rel=0.01)
    assert quality.within == 0.0
    assert quality.samples == 3
    assert {Reason.WIDE_INTERVAL, Reason.FEW_SAMPLES} <= set(quality.reasons)


def test_more_samples_do_not_help_where_runs_differ_and_samples_agree() -> None:
    values = noise(60, 0.08)
    one = series(values, standard_errors=0.002 * values, counts=np.full(60, 5, dtype=np.int32))
    quality = assess(one)
    assert Reason.BETWEEN_RUNS in quality.reasons
    assert Reason.FEW_SAMPLES not in quality.reasons
    assert quality.within == 1.0


def test_runs_without_the_benchmark_are_gaps() -> None:
    quality = assess(series(noise(60, seed=2)), attendance=Attendance(runs=50, failed=4, missing=6))
    assert quality.reasons == (Reason.GAPS,)
    assert quality.cost == 10.0


def test_attendance_counts_from_the_first_point_on() -> None:
    stops = np.arange(0, 30)
    assert count_attendance(np.array([10, 11, 14]), np.array([12]), stops) == Attendance(runs=20, failed=1, missing=16)
    assert count_attendance(np.array([], dtype=np.int64), np.array([1]), stops) == Attendance()


def test_too_few_points_have_no_quality() -> None:
    for n in (0, 1, 2, 3, 9):
        one = series(noise(n))
        judgement = judge(one, LATENCY)
        assert assess_quality(one, judgement, lay_flat(one, judgement), LATENCY) is None


def test_a_slow_first_sample_is_warm_up_unless_the_samples_were_sorted() -> None:
    steady = [1.0, 1.01, 0.99, 1.0, 1.02, 0.98, 1.0, 1.01, 1.0, 0.99]
    assert find_warm_up([1.5, *steady]) == pytest.approx(0.5, abs=0.01)
    assert find_warm_up([1.5, 1.4, *steady]) == pytest.approx(0.5, abs=0.01)
    for samples in (
        steady,
        sorted([1.5, *steady]),
        sorted([1.5, *steady], reverse=True),
        [*steady[:4], 1.5, *steady[4:]],
        [1.5, *steady[:5], 1.5, *steady[5:]],
        [1.5],
        [],
        [0.0] * 20,
        [1.0] * 20,
        [float("nan")] * 20,
        [2.0] * 10 + [1.0] * 10,
    ):
        assert find_warm_up(samples) is None


def test_the_dip_is_that_of_the_paper() -> None:
    assert dip_of(np.array([1.0])) == 0.0
    assert dip_of(np.array([0.0, 1.0])) == pytest.approx(0.25)
    two = np.sort(np.concatenate([np.linspace(0, 1, 50), np.linspace(9, 10, 50)]))
    assert dip_of(two) == pytest.approx(0.25, abs=0.03)
    for seed in range(20):
        values = np.sort(rng(seed).normal(size=60))
        dip = dip_of(values)
        assert dip_of(3 * values + 7) == pytest.approx(dip)
        assert dip_of(np.sort(-values)) == pytest.approx(dip)
        assert 1 / 120 <= dip <= bound_of_dip(values) + 1 / 60
    assert chance_of_dip(dip_of(two), 100) < 0.001


def test_splits_of_degenerate_values_tell_nothing() -> None:
    assert best_split(np.zeros(30)) == (15, 0.0)
    assert best_split(np.arange(5.0))[1] == 0.0
    assert bound_of_dip(np.zeros(30)) == 0.5


def test_probabilities_are_those_of_scipy() -> None:
    stats = pytest.importorskip("scipy.stats")
    for value in (0.1, 1.0, 3.5, 20.0):
        assert two_sided_normal(value) == pytest.approx(2 * stats.norm.sf(value))
        for degrees in (2, 3, 16, 200):
            assert two_sided(value, degrees) == pytest.approx(2 * stats.t.sf(value, degrees), rel=1e-6, abs=1e-12)
            for numerator in (2, 4, 6):
                assert upper_f(value, numerator, degrees) == pytest.approx(stats.f.sf(value, numerator, degrees))
    assert upper_binomial(7, 20, 0.1) == pytest.approx(stats.binom.sf(6, 20, 0.1))
    values = np.array([3.0, 1.0, 1.0, 9.0])
    assert normal_scores(values) == pytest.approx(stats.norm.ppf(stats.rankdata(values) / 5))
    with pytest.raises(ValueError, match="degrees"):
        upper_f(1.0, 3, 9)


def test_discoveries_are_those_of_the_procedure() -> None:
    chances = [0.01, 0.02, 0.03, 0.04, 0.05]
    assert discoveries(chances, 0.05) == (True,) * 5
    assert discoveries([0.9, 0.02], 0.05) == (False, True)
    assert discoveries([1.0, 1.0], 0.05) == (False, False)
