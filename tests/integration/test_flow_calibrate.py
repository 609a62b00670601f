"""Calibrating with the real command: the owner's command run, the noise told, nothing of it in the trend."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
SCRIPT = """
import json, pathlib, sys
count = pathlib.Path("count"); n = int(count.read_text()) + 1 if count.exists() else 1
count.write_text(str(n))
print("measuring", n)
seconds = [1.0 + 0.02 * (n % 3) + 0.001 * i for i in range(5)]
row = {"command": "work", "times": seconds, "median": seconds[2], "mean": seconds[2], "stddev": 0.0016}
pathlib.Path("bench.json").write_text(json.dumps({"results": [row]}))
sys.exit(3 if n == int(sys.argv[1]) else 0)
"""


@pytest.fixture
def ready(project):
    project.write(".git/info/exclude", "*\n")
    project.write("measure.py", SCRIPT)
    return project


def calibrate(place, *options: str, fails_at: int = 0):
    command = (sys.executable, "measure.py", str(fails_at), "bench.json")
    return place.perfsite("calibrate", *options, "--", *command)


def test_a_command_is_run_and_its_noise_told_and_kept_out_of_the_trend(ready):
    done = calibrate(ready, "--environment", "desk")
    assert done.code == 0, done.err
    assert "measuring 5" in done.err
    assert "measuring" not in done.out
    assert "between runs in the middle of 1 series" in done.out
    assert "5 calibration runs at" in done.out
    assert len(ready.lines) == 5
    assert all(json.loads(line)["calibration"] is True for line in ready.lines)
    assert ready.perfsite("check").code == 4
    for value in (1.0, 1.0, 1.001):
        ready.commit("next")
        ready.quickly_recorded([value] * 3)
    ready.commit("slower")
    ready.quickly_recorded([1.6] * 3)
    row = json.loads(ready.perfsite("check", "--json").out)["rows"][0]
    assert row["verdict"] == "regression"
    assert 0.02 < row["noise_floor"] < 0.5
    assert json.loads(ready.good("build", "--json"))["runs"] == 4


def test_equal_runs_of_one_second_are_runs_all_the_same(ready):
    ready.write("same.py", SCRIPT.replace("0.02 * (n % 3) + ", ""))
    done = ready.perfsite("calibrate", "--runs", "3", "--json", "--", sys.executable, "same.py", "0", "bench.json")
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert (found["written"], found["series"][0]["runs"], found["series"][0]["between_runs"]) == (3, 3, 0.0)
    assert found["series"][0]["within_runs"] == pytest.approx(0.0007, rel=0.1)


def test_a_command_that_fails_stops_everything(ready):
    done = calibrate(ready, fails_at=2)
    assert done.code == 3
    assert "run 2 of 5 ended with exit code 3; nothing was stored" in done.err
    assert ready.lines == []
    assert Path(ready.path / "count").read_text() == "2"


def test_wrong_calls_say_what_to_do(ready):
    for arguments, said in (
        (("--", "no-such-program"), "there is no command 'no-such-program'"),
        (("--runs", "1", "--", sys.executable), "choose 2 to 100"),
        (("--runs", "1000", "--", sys.executable), "choose 2 to 100"),
        ((), "give either result files"),
        (("a.json", "--", "make"), "give either result files"),
        (("a.json",), "1 files; a calibration needs 2 to 100"),
    ):
        done = ready.perfsite("calibrate", *arguments)
        assert (done.code, said in done.err) == (2, True), done.err
    silent = ready.perfsite("calibrate", "--", sys.executable, "-c", "print('; rm -rf x')")
    assert silent.code == 3
    assert "run 1 of the command wrote no result file" in silent.err


def test_files_of_several_runs_are_taken_as_they_are(ready):
    for i, value in enumerate([1.0, 1.03, 0.99]):
        row = {"command": "work", "times": [value] * 3, "median": value}
        ready.write(f"run{i}.json", json.dumps({"results": [row]}))
    found = json.loads(ready.good("calibrate", "--json", "run0.json", "run1.json", "run2.json"))
    assert (found["runs"], found["series"][0]["runs"]) == (3, 3)
    assert found["series"][0]["between_runs"] == pytest.approx(0.0207, abs=0.001)
