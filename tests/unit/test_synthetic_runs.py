"""The made-up history that perfsite is measured on."""

import numpy as np
import synthetic_runs


def test_the_same_seed_gives_the_same_history_and_another_seed_another():
    first, again, other = (list(synthetic_runs.runs(commits=20, series=7, seed=seed)) for seed in (3, 3, 4))
    assert first == again
    assert first != other


def test_the_numbers_do_not_differ_between_versions_of_numpy_or_machines():
    made = synthetic_runs.values(commits=50, series=4, seed=1)
    assert made.shape == (50, 4)
    assert (made > 0).all()
    np.testing.assert_allclose(made[[0, 49], [0, 3]], [0.0011462722152701917, 0.7567078196863256], rtol=1e-9)


def test_runs_and_series_hold_the_same_numbers():
    runs = list(synthetic_runs.runs(commits=12, series=3))
    for number, series in enumerate(synthetic_runs.series_of(commits=12, series=3)):
        assert [run.measurements.value[number] for run in runs] == series.values.tolist()


def test_every_commit_has_the_one_before_as_its_parent():
    runs = list(synthetic_runs.runs(commits=5, series=1))
    assert [run.commit.parents for run in runs[1:]] == [(run.commit.sha,) for run in runs[:-1]]
    assert [run.time for run in runs] == sorted(run.time for run in runs)
