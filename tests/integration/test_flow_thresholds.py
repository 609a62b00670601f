"""Thresholds with the real command: shown, exported and taken back, tried on the real history."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from test_flow_baselines import SECONDS, START, WAVE

from perfsite import config
from perfsite.history.store import DirectoryStore
from perfsite.model.run import Columns, Direction, Environment, Measurement, Metric, Run, Source, stand_in

pytestmark = pytest.mark.slow
LOUD = Metric(name="throughput", unit="1/s", direction=Direction.HIGHER)


@pytest.fixture
def project(place):
    """Return a project with a quiet and a loud series of 60 points, without a repository."""
    made = place(git=False)
    runs = []
    for i in range(60):
        rows = [
            Measurement(benchmark="parse[json]", metric=SECONDS, value=10 + 0.3 * WAVE[i % 5]),
            Measurement(benchmark="soak", metric=LOUD, value=1000.0 * (1 + 4 * WAVE[(7 * i) % 5])),
        ]
        time = START + timedelta(hours=i)
        runs.append(
            Run(
                time=time,
                commit=stand_in(f"b{i}", time=time),
                environment=Environment(name="ci"),
                source=Source(format="table"),
                measurements=Columns.of(rows),
            )
        )
    DirectoryStore(made.path / "history").append(runs)
    return made


def test_what_is_exported_and_appended_is_what_counts_from_then_on(project):
    shown = project.good("thresholds")
    assert "latency" in shown
    assert "throughput" in shown
    before = {row["benchmark"]: row for row in json.loads(project.good("thresholds", "--json"))["thresholds"]}
    assert before["parse[json]"]["adapted"] == 0.2
    assert before["soak"]["adapted"] == before["soak"]["noise_floor"] > 0.1
    said = project.good("thresholds", "--export", "rules.toml")
    assert "2 rules written to rules.toml" in said
    text = (project.path / "rules.toml").read_text(encoding="utf-8")
    assert project.good("thresholds", "--export", "-") == text
    project.write("site_config/perfsite.toml", text)
    assert len(config.load(project.path).rules) == 2
    after = {row["benchmark"]: row for row in json.loads(project.good("thresholds", "--json"))["thresholds"]}
    assert after["soak"]["fail"] == pytest.approx(before["soak"]["adapted"], abs=0.001)
    assert after["parse[json]"]["fail"] == 0.2
    assert {row["from"] for row in after.values()} == {"rule"}


def test_a_validation_tells_what_would_be_caught_and_is_the_same_every_time(project):
    said = project.good("thresholds", "--validate")
    assert "A change of 5 % would be caught in 1 of 2\u202fseries" in said or "caught in 1 of 2 series" in said
    assert "Without any change 0 of 24 replays called one all the same (0.0 %)." in said
    one, two = (project.good("thresholds", "--validate", "--json") for _ in range(2))
    assert one == two
    found = json.loads(one)
    assert found["sizes"] == [0.01, 0.03, 0.05, 0.1, 0.15]
    quiet = next(row for row in found["series"] if row["benchmark"] == "parse[json]")
    assert quiet["first_sight"] == [0.0, 1.0, 1.0, 1.0, 1.0]


def test_a_file_of_somebody_else_is_not_overwritten(project):
    project.write("mine.toml", "x = 1\n")
    done = project.perfsite("thresholds", "--export", "mine.toml")
    assert done.code == 2
    assert (project.path / "mine.toml").read_text() == "x = 1\n"
    assert project.perfsite("thresholds", "--export", "no/such/folder.toml").code == 5
    assert project.perfsite("thresholds", "--benchmark", "nothing").code == 2
