"""A made-up history of any size, the same for the same seed: what perfsite is measured on where no real one is at hand.

`python tests/bench/synthetic_runs.py FOLDER [--commits N] [--series N] [--seed N]` writes it as a history of one line
per run into FOLDER/history.
"""

from __future__ import annotations

import argparse
import hashlib
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from perfsite.model.run import Columns, Commit, Direction, Environment, Metric, Run, Source
from perfsite.model.series import Series, SeriesKey

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

START = datetime(2024, 1, 1, tzinfo=UTC)
METRIC = Metric(name="time", unit="s", direction=Direction.LOWER)


def values(*, commits: int, series: int, seed: int = 1) -> NDArray[np.float64]:
    """Return positive centres in seconds, shape (commits, series): levels that change, noise, a few outliers.

    Every series has a level of its own between 1 µs and 1 s, noise of 0.5 % to 8 % and up to three changes of 3 % to
    50 %; 0.5 % of the points are outliers.
    """
    generator = np.random.default_rng(seed)
    levels = np.tile(10.0 ** generator.uniform(-6, 0, series), (commits, 1))
    for column in range(series):
        for start in generator.integers(1, max(commits, 2), generator.integers(0, 4)):
            levels[start:, column] *= np.exp(generator.choice((-1, 1)) * generator.uniform(0.03, 0.4))
    noise = generator.normal(0, 1, (commits, series)) * generator.uniform(0.005, 0.08, series)
    outliers = np.where(generator.random((commits, series)) < 0.005, generator.uniform(1.5, 4, (commits, series)), 1)
    return levels * np.exp(noise) * outliers


def sha(number: int, seed: int = 1) -> str:
    """Return the sha of the n-th made-up commit."""
    return hashlib.sha1(f"{seed}:{number}".encode(), usedforsecurity=False).hexdigest()


def runs(*, commits: int, series: int, seed: int = 1) -> Iterator[Run]:
    """Yield one run per commit, oldest first: three commits a day, as pytest-benchmark would have measured them."""
    names = [f"tests/test_group{i % 25:02}.py::test_work_{i:05}" for i in range(series)]
    facts = {"cpu.model": "Synthetic CPU", "cpu.cores": 2, "os": "Linux", "runtime.python": "3.11.2"}
    for number, row in enumerate(values(commits=commits, series=series, seed=seed)):
        time = START + number * timedelta(hours=8)
        centres = row.tolist()
        yield Run(
            time=time + timedelta(minutes=7),
            commit=Commit(
                sha=sha(number, seed),
                time=time,
                subject=f"Change number {number}",
                author="Ada Example",
                parents=(sha(number - 1, seed),) if number else (),
                dirty=False,
            ),
            environment=Environment(name="synthetic", facts=facts),
            source=Source(format="pytest-benchmark", tool="pytest-benchmark", version="5.1.0"),
            branch="main",
            measurements=Columns(
                metrics=(METRIC,),
                benchmark=names,
                metric=[0] * series,
                value=centres,
                count=[25] * series,
                deviation=[value * 0.02 for value in centres],
            ),
        )


def series_of(*, commits: int, series: int, seed: int = 1) -> list[Series]:
    """Return the same numbers as series, the form in which analysis takes them."""
    columns = np.ascontiguousarray(values(commits=commits, series=series, seed=seed).T)
    return [
        Series(
            key=SeriesKey(benchmark=f"test_work_{number:05}", metric="time", environment="synthetic"),
            unit="s",
            direction=Direction.LOWER,
            commits=np.arange(commits, dtype=np.int32),
            values=row,
            standard_errors=row * 0.02 / 5,
            counts=np.full(commits, 25, dtype=np.int32),
            labels=np.zeros(commits, dtype=np.int32),
            eligible=np.ones(commits, dtype=np.bool_),
        )
        for number, row in enumerate(columns)
    ]


def main() -> None:
    """Write a history into a folder."""
    from perfsite.history.store import DirectoryStore

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--commits", type=int, default=1000)
    parser.add_argument("--series", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    history = options.folder / "history"
    history.mkdir(parents=True, exist_ok=True)
    store = DirectoryStore(history)
    made = runs(commits=options.commits, series=options.series, seed=options.seed)
    # A few at a time: an append encodes all its runs before it writes, and ten million rows are 800 MB of lines.
    while some := list(islice(made, 250)):
        store.append(some)


if __name__ == "__main__":
    main()
