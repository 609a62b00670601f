from __future__ import annotations

import numpy as np

from perfsite.analysis.detection.locallevel import _drop_the_weak, _Filter, _fit_together


def traces(kalman: _Filter, places: list[int], n: int) -> np.ndarray:
    """Return what jumps of size 1 leave in the innovations, a row per place."""
    rows = np.zeros((len(places), n))
    for row, place in zip(rows, places, strict=True):
        left = min(n - place, kalman.reach + 1)
        row[place : place + left] = kalman.response[:left]
    return rows


def test_the_inner_products_of_jumps_are_those_of_what_they_leave() -> None:
    kalman, places, n = _Filter(0.025, 90), [4, 9, 40, 85], 90
    rows = traces(kalman, places, n)
    assert np.allclose(kalman.gram(places), rows @ rows.T, rtol=1e-12)
    innovations = np.random.default_rng(1).normal(size=n)
    assert np.allclose(kalman.projections(innovations, places), rows @ innovations, rtol=1e-12)
    assert np.allclose(kalman.matched(innovations)[places] * kalman.norms[places], rows @ innovations, rtol=1e-12)


def test_what_stands_after_dropping_is_what_a_fit_of_it_alone_would_be() -> None:
    n, kalman = 120, _Filter(0.005, 120)
    x = np.random.default_rng(2).normal(0, 1, n)
    x[60:] += 12
    untouched = kalman.innovations(x)
    fit, scores = _drop_the_weak(untouched, kalman, _fit_together(untouched, kalman, [20, 60, 66, 100]), 5.0)
    alone = _fit_together(untouched, kalman, [60])
    assert fit.changes == [60]
    assert scores[0] > 5
    for told, expected in ((fit.sizes, alone.sizes), (fit.inverse, alone.inverse), (fit.rest, alone.rest)):
        assert np.allclose(told, expected, rtol=1e-9)
