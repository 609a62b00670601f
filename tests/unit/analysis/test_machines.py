from __future__ import annotations

import numpy as np
import pytest

from perfsite.analysis.changepoint import find_changes
from perfsite.analysis.detection.machines import count_told, find_machines, fit_offsets, guess_offsets


def by_turns(n: int, stay: int, machines: int = 2) -> np.ndarray:
    """Return labels of machines that take turns, each for so many points."""
    return np.arange(n) // stay % machines


def measured(labels: np.ndarray, offsets: list[float], *, step_at: int | None = None, step: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(0)
    level = np.where(np.arange(len(labels)) >= (len(labels) if step_at is None else step_at), step, 0.0)
    return 10 * np.exp(np.array(offsets)[labels] + level + rng.normal(0, 0.01, len(labels)))


def test_machines_that_take_turns_make_no_change_points():
    labels = by_turns(300, 50)
    values = measured(labels, [0.0, 0.05])
    assert len(find_changes(values).indices) > 3
    assert find_changes(values, labels=labels).indices == ()


def test_a_change_of_the_code_is_found_among_machines_that_take_turns():
    labels = by_turns(240, 30, 3)
    values = measured(labels, [0.0, 0.05, -0.08], step_at=137, step=0.03)
    assert find_changes(values, labels=labels).indices == (137,)


def test_a_change_that_comes_with_one_of_many_switches_is_found():
    labels = by_turns(240, 20)
    values = measured(labels, [0.0, 0.05], step_at=120, step=0.04)
    (place,) = find_changes(values, labels=labels).indices
    assert abs(place - 120) <= 1


def test_offsets_are_those_of_the_machines_and_average_to_nothing():
    labels = by_turns(200, 10)
    offsets = find_changes(measured(labels, [0.0, 0.05]), labels=labels).offsets
    assert offsets is not None
    assert offsets[labels == 1].mean() - offsets[labels == 0].mean() == pytest.approx(0.05, abs=0.005)
    assert offsets.sum() == pytest.approx(0, abs=1e-9)


def test_a_change_with_a_machine_that_stays_is_found():
    labels = (np.arange(120) >= 60).astype(int)
    values = measured(labels, [0.0, 0.05])
    changes = find_changes(values, labels=labels)
    assert changes.indices == (60,)
    assert changes.offsets is None


def test_a_change_is_the_code_s_where_the_old_machine_shows_it_too():
    labels = np.array([0] * 60 + [1] * 50 + [0] * 10)
    values = measured(labels, [0.0, 0.0], step_at=60, step=0.05)
    assert find_changes(values, labels=labels).indices == (60,)


def test_from_one_pair_of_machines_to_another_pair_nothing_is_told_and_the_change_is_found():
    labels = np.concatenate([by_turns(100, 10), 2 + by_turns(100, 10)])
    values = measured(labels, [0.0, 0.05, 0.2, 0.26])
    changes = find_changes(values, labels=labels)
    assert changes.indices == (100,)
    assert changes.offsets is not None


@pytest.mark.parametrize(
    "labels",
    [
        np.random.default_rng(1).integers(0, 3, 150),
        np.random.default_rng(1).integers(0, 50, 150),
        np.arange(150),
        np.zeros(150, dtype=np.int64),
        np.full(150, -1),
        np.random.default_rng(1).integers(-1, 2, 150),
        np.arange(150) * 10**15,
    ],
)
def test_labels_that_tell_nothing_change_nothing(labels):
    values = measured(np.zeros(150, dtype=np.int64), [0.0], step_at=70, step=0.05)
    plain, labelled = find_changes(values), find_changes(values, labels=labels)
    assert labelled.indices == plain.indices == (70,)
    assert labelled.scores == plain.scores
    assert labelled.offsets is None


def test_fifty_machines_are_told_apart():
    rng = np.random.default_rng(2)
    labels = rng.integers(0, 50, 2000)
    values = measured(labels, list(rng.normal(0, 0.1, 50)), step_at=900, step=0.02)
    assert find_changes(values).indices == ()
    (place,) = find_changes(values, labels=labels).indices
    assert abs(place - 900) <= 3


def test_points_of_an_unknown_machine_are_taken_as_they_are():
    labels = by_turns(200, 10)
    values = measured(labels, [0.0, 0.05], step_at=100, step=0.05)
    hidden = np.where(np.arange(200) % 17 == 0, -1, labels)
    changes = find_changes(values, labels=hidden)
    assert changes.indices == (100,)
    assert changes.offsets is not None
    assert not changes.offsets[hidden < 0].any()


@pytest.mark.parametrize("n", range(12))
def test_short_series_with_machines_have_an_answer(n):
    labels = np.arange(n) % 2
    assert all(4 <= place <= n - 4 for place in find_changes(np.arange(1.0, n + 1), labels=labels).indices)


def test_values_that_are_not_positive_or_all_equal_have_machines_too():
    labels = by_turns(120, 10)
    assert find_changes(np.full(120, 3.0), labels=labels).indices == ()
    values = measured(labels, [0.0, 0.5]) - 11
    assert find_changes(values, labels=labels).indices == ()


def test_which_numbers_the_labels_are_does_not_matter():
    labels = by_turns(240, 30, 3)
    values = measured(labels, [0.0, 0.05, -0.08], step_at=137, step=0.03)
    first, second = (find_changes(values, labels=codes) for codes in (labels, np.array([7, 900, 3])[labels]))
    assert first.indices == second.indices
    np.testing.assert_allclose(first.offsets, second.offsets)


def test_stretches_without_a_common_machine_are_blocks():
    machines = find_machines(np.array([0, 1] * 5 + [-1] + [2, 3] * 5))
    assert machines is not None
    assert machines.blocks[0] == machines.blocks[9] == 0
    assert machines.blocks[11] == machines.blocks[20] == 1
    assert machines.switches == 18


def test_the_guess_is_not_led_astray_by_one_change_of_the_code():
    labels = by_turns(160, 20)
    values = measured(labels, [0.0, 0.05], step_at=80, step=0.5)
    machines = find_machines(labels)
    assert machines is not None
    guess = guess_offsets(np.log(values), machines)
    assert guess[20] - guess[0] == pytest.approx(0.05, abs=0.01)


def test_levels_that_share_no_machine_tell_no_offset():
    labels = np.array([0] * 20 + [1] * 20 + [0] * 20)
    machines = find_machines(labels)
    assert machines is not None
    assert not fit_offsets(np.log(measured(labels, [0.0, 0.2])), machines, [20, 40], None).any()


def test_the_newest_points_tell_no_offsets():
    labels = np.array([0] * 21 + [1] * 21 + [0] * 3)
    values = measured(labels, [0.4, 0.0], step_at=42, step=0.2)
    changes = find_changes(values, labels=labels)
    assert changes.indices == ()
    assert changes.offsets is not None
    assert changes.offsets[0] - changes.offsets[30] == pytest.approx(0.4, abs=0.01)


def test_offsets_are_counted_within_their_blocks():
    machines = find_machines(np.array([0, 1] * 5 + [2] * 10))
    assert machines is not None
    offsets = np.array([0.1, -0.1] * 5 + [0.0] * 10)
    assert count_told(offsets, machines) == 1


def test_a_change_close_to_one_of_two_switches_is_told_from_the_machine():
    labels = np.array([0] * 20 + [1] * 36 + [0] * 20)
    values = measured(labels, [0.05, 0.0], step_at=60, step=0.08)
    (place,) = find_changes(values, labels=labels).indices
    assert abs(place - 60) <= 1
