from __future__ import annotations

import numpy as np
import pytest

from perfsite.analysis.labels import confounded_segments


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ([0] * 20, {}),
        ([-1] * 10 + [1] * 10, {}),
        ([0] * 10 + [1] * 10, {1: 16}),
        ([0] * 11 + [1] * 9, {1: 17}),
        ([0] * 10 + [1] * 3 + [-1] * 7, {1: 20}),
        ([0] * 5 + [1] * 5 + [1] * 10, {}),
        ([0] * 8 + [1, 0] + [1] * 10, {}),
        ([0] * 10 + [1] * 9 + [0], {}),
    ],
    ids=["one machine", "nothing known", "together", "one point late", "too few", "far", "before", "after"],
)
def test_a_change_is_confounded_only_where_no_machine_saw_both_levels(labels, expected):
    assert confounded_segments(np.array(labels), np.array([0, 10, 20]), 6) == expected
