"""Analysed here, in several processes, or on a Dask cluster of which a worker dies: the site is the same."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from perfsite.analysis import batches
from perfsite.analysis.batches import Case, analyse_batch
from perfsite.cli.main import run
from perfsite.errors import ConfigError
from perfsite.model.policy import Policy
from perfsite.workflow import executors
from perfsite.workflow.executors import Place, analyse_all, analyse_for

BENCH = Path(__file__).parents[1] / "bench"
QUIET = {"DASK_DISTRIBUTED__ADMIN__LOW_LEVEL_LOG_LENGTH": "0", "PYTHONPATH": str(BENCH)}


def site_of(folder, *options, name):
    """Build the site of a folder with some options and return its files."""
    site = folder / name
    assert run(["-C", str(folder), "build", "--site-dir", str(site), *options]) == 0
    return {path.relative_to(site): path.read_bytes() for path in sorted(site.rglob("*")) if path.is_file()}


@pytest.fixture(scope="module")
def made_up(tmp_path_factory):
    """Return a folder with a history of 120 series and 400 commits, and its site as one process builds it."""
    folder = tmp_path_factory.mktemp("many") / "project"
    folder.mkdir()
    command = [sys.executable, str(BENCH / "synthetic_runs.py"), str(folder), "--commits", "400", "--series", "120"]
    subprocess.run(command, check=True, timeout=60)
    return folder, site_of(folder, "--jobs", "1", name="one")


def start(log, *arguments, until):
    """Start a process of dask and return it with the rest of the line that says it is ready."""
    with log.open("w") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{arguments[0]}", *arguments[1:]],
            env={**os.environ, **QUIET, "OMP_NUM_THREADS": "1"},
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
    end = time.monotonic() + 30
    while time.monotonic() < end and process.poll() is None:
        for line in log.read_text().splitlines():
            if until in line:
                return process, line.split(until, 1)[1].strip()
        time.sleep(0.05)
    process.kill()
    raise AssertionError(f"{arguments[0]} is not ready: {log.read_text()} {process.wait(10)}")


@pytest.fixture
def cluster(tmp_path):
    """Return the address of a scheduler on loopback and its two workers, which are ended with it."""
    started = []
    try:
        scheduler, address = start(
            tmp_path / "scheduler",
            "dask_scheduler",
            "--host",
            "127.0.0.1",
            "--port",
            "0",
            "--no-dashboard",
            until="Scheduler at:",
        )
        started.append(scheduler)
        workers = []
        for number in range(2):
            options = ("--nworkers", "1", "--nthreads", "1", "--no-dashboard", "--no-nanny", "--host", "127.0.0.1")
            worker, _ = start(tmp_path / f"worker{number}", "dask_worker", address, *options, until="Registered to:")
            started.append(worker)
            workers.append(worker)
        yield address, workers
    finally:
        # Workers without their scheduler wait for it to come back; nothing of theirs is worth a farewell.
        for process in reversed(started):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(20)


@pytest.mark.slow
def test_several_processes_build_the_same_bytes(made_up):
    folder, one = made_up
    assert site_of(folder, "--jobs", "2", name="two") == one


@pytest.mark.slow
def test_a_cluster_builds_the_same_bytes_though_a_worker_is_killed_in_the_middle(made_up, cluster, monkeypatch):
    from distributed import Client

    folder, one = made_up
    address, workers = cluster
    monkeypatch.setattr(executors, "batches_of", lambda cases: batches.batches_of(cases, 400))  # work for both
    seen = []

    def kill_one():
        with Client(address, timeout=10) as client:
            for _ in range(3000):
                at_work = [keys for keys in client.processing().values() if keys]
                if len(at_work) == 2:
                    seen.append(len(at_work))
                    workers[0].kill()
                    return
                time.sleep(0.002)

    killer = threading.Thread(target=kill_one)
    killer.start()
    built = site_of(folder, "--dask", address, name="dask")
    killer.join(20)
    assert seen == [2], "both workers were at work"
    assert workers[0].wait(10) == -signal.SIGKILL
    assert built == one


def cases(number=6, points=40):
    sys.path.insert(0, str(BENCH))
    try:
        import synthetic_runs
    finally:
        sys.path.remove(str(BENCH))
    return [Case(series=one, policy=Policy()) for one in synthetic_runs.series_of(commits=points, series=number)]


def told(answers):
    return [answer.judgement.verdicts.tolist() for answer in answers]


@pytest.mark.slow
def test_what_a_pool_had_not_answered_when_it_died_is_analysed_here(monkeypatch, caplog):
    class Dying(ProcessPoolExecutor):
        """A pool whose processes are killed, as by the system for their memory, after the first batch was sent."""

        def submit(self, *arguments, **more):
            future = super().submit(*arguments, **more)
            for process in self._processes.values():
                process.kill()
            return future

    monkeypatch.setattr(executors, "ProcessPoolExecutor", Dying)
    monkeypatch.setattr(executors, "batches_of", lambda cases: batches.batches_of(cases, 40))
    given = cases()
    assert told(analyse_all(given, Place(jobs=2))) == told(analyse_batch(given))
    assert "processes were lost" in caplog.text


def test_a_worker_of_another_version_is_refused():
    with pytest.raises(ConfigError, match=r"a worker has perfsite .* and this is perfsite 0.0 with numpy 1.0"):
        analyse_for("perfsite 0.0 with numpy 1.0", [])


def test_an_address_where_no_scheduler_answers_is_told(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(executors, "CONNECT_S", 1)
    assert run(["-C", str(tmp_path), "build", "--dask", "tcp://127.0.0.1:9"]) == 2
    assert "--dask tcp://127.0.0.1:9: no Dask scheduler answers" in capsys.readouterr().err


def test_an_address_that_is_none_is_told(tmp_path, capsys):
    assert run(["-C", str(tmp_path), "build", "--dask", "nonsense"]) == 2
    assert "no Dask scheduler answers" in capsys.readouterr().err


def test_few_points_are_analysed_in_this_process_and_many_in_as_many_as_there_are_cores():
    assert executors._jobs(None, executors.WORTH_A_POOL - 1) == 1
    assert executors._jobs(None, executors.WORTH_A_POOL) == executors.cores()
    assert executors._jobs(3, 10) == 3


def test_batches_hold_every_case_once_and_in_order():
    given = cases(7, 30)
    parts = list(batches.batches_of(given, 70))
    assert [case for part in parts for case in part] == given
    assert [len(part) for part in parts] == [3, 3, 1]
