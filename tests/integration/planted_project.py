"""A project with real commits and a regression whose causes are planted: for the flow tests of hints."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from perfsite.history.store import DirectoryStore
from perfsite.model.run import Columns, Commit, Direction, Environment, Measurement, Metric, Run, Source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COMMITS = 30
CULPRIT = 20
"""The commit that changes the parser, its lock file and the runtime."""
PARSER = "parser/test_parse.py::test_json"
HOSTILE = "<img src=x onerror=alert(1)>"
START = datetime(2026, 1, 1, tzinfo=UTC)
TIME = Metric(name="time", unit="s", direction=Direction.LOWER)
ALLOCATIONS = Metric(name="allocations", unit="1", direction=Direction.LOWER)
P50, P99 = (Metric(name=name, unit="s", direction=Direction.LOWER) for name in ("p50", "p99"))


def plant(repository, settings: str = "") -> list[str]:
    """Commit a code base and append a run for each commit; return the shas."""
    shas = []
    for i in range(COMMITS):
        files = {"docs/news.md": str(i), "src/network/http.py": str(i)}
        if i == CULPRIT:
            files |= {
                "src/parser/json.py": "new",
                "poetry.lock": "new",
                f"src/parser/{HOSTILE.replace('/', '')}.py": "x",
            }
        shas.append(repository.commit(f"commit {i}", files=files, time=START + timedelta(days=i)))
    folder = repository.path / "site_config"
    folder.mkdir()
    (folder / "perfsite.toml").write_text(f'title = "Planted"\n{settings}', encoding="utf-8")
    store(repository.path, shas)
    return shas


def store(project: Path, shas: list[str]) -> None:
    """Append a run for each commit."""
    DirectoryStore(project / "history").append(_runs(shas))


def _runs(shas: list[str]) -> Iterator[Run]:
    chance = random.Random(3)

    def around(level: float) -> float:
        return level * (1 + 0.004 * chance.gauss(0, 1))

    for i, sha in enumerate(shas):
        is_bad = i >= CULPRIT
        rounds = [0.03, *(around(0.01) for _ in range(9))]
        rows = [
            _row(PARSER, TIME, around(1.4e-3 if is_bad else 1e-3)),
            _row(PARSER, ALLOCATIONS, 48.0 if is_bad else 12.0),
            _row(f"GET /{HOSTILE}", P50, around(0.05)),
            _row(f"GET /{HOSTILE}", P99, around(0.3 if is_bad else 0.2)),
            _row("network/test_http.py::test_get", TIME, sum(rounds) / 10, samples=rounds),
            *(
                _row(
                    "sort/test_sort.py::test_list",
                    TIME,
                    around(1e-8 * n * (n.bit_length() if is_bad else 1)),
                    parameters={"n": str(n)},
                )
                for n in (10, 100, 1000, 10_000)
            ),
        ]
        yield Run(
            time=START + timedelta(days=i, hours=1),
            commit=Commit(sha=sha, time=START + timedelta(days=i), subject=f"commit {i}"),
            environment=Environment(name="ci", facts={"runtime.python": "3.13.0" if is_bad else "3.12.4"}),
            source=Source(format="pytest-benchmark", tool="pytest-benchmark", version="5.0"),
            measurements=Columns.of(rows),
        )


def _row(benchmark: str, metric: Metric, value: float, **more) -> Measurement:
    return Measurement(benchmark=benchmark, metric=metric, value=value, **more)
