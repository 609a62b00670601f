"""The same history gives the same site; a new run changes only what speaks of it; an interrupted build is mended."""

import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def grown(session_place):
    """Return a project, its site before and after one run was added, and the commits of both."""
    made = session_place("grown")
    shas = []
    for i in range(8):
        shas.append(made.commit(f"c{i}", i))
        made.quickly_recorded([0.1 + i % 3 / 1000] * 3, name="work", commit=shas[-1])
        if i < 3:
            made.quickly_recorded([0.2] * 3, name="other", commit=shas[-1])
    made.good("build")
    before = made.snapshot("site")
    shas.append(made.commit("new", 8))
    made.quickly_recorded([0.1] * 3, name="work")
    made.good("build")
    return made, before, made.snapshot("site"), shas


def test_a_new_run_changes_only_pages_that_speak_of_it(grown):
    _, before, after, shas = grown
    changed = {path for path in after if before.get(path) != after[path]}
    assert f"commits/{shas[8]}/index.html" in changed
    assert "benchmarks/work/data.json" in changed
    assert "benchmarks/other/data.json" not in changed
    for sha in shas[:6]:
        assert not {path for path in changed if path.startswith(f"commits/{sha}/")}, sha
    # Sparklines lie with the pictures, and hold the newest point.
    assert {path for path in changed if path.startswith("assets/")} == {"assets/perfsite/sparks/0.json"}


def test_a_new_run_removes_nothing(grown):
    _, before, after, _ = grown
    assert before.keys() <= after.keys()


def test_the_same_history_elsewhere_and_later_gives_the_same_bytes(grown, tmp_path):
    made, _, after, _ = grown
    copy = type(made)(tmp_path / made.path.name)
    shutil.copytree(made.path, copy.path, ignore=shutil.ignore_patterns("site"))
    copy.good("build", env={"TZ": "Pacific/Auckland", "LC_ALL": "C", "PYTHONHASHSEED": "7", "COLUMNS": "40"})
    assert copy.snapshot("site") == after


def test_the_order_in_which_runs_arrived_does_not_matter(grown, tmp_path):
    made, _, after, _ = grown
    copy = type(made)(tmp_path / made.path.name)
    shutil.copytree(made.path, copy.path, ignore=shutil.ignore_patterns("site"))
    for shard in (copy.path / "history").rglob("*.jsonl"):
        lines = shard.read_text(encoding="utf-8").splitlines(keepends=True)
        shard.write_text("".join(reversed(lines)), encoding="utf-8")
    copy.good("build")
    assert copy.snapshot("site") == after


@pytest.mark.skipif(os.name != "posix", reason="SIGINT of another process is POSIX")
@pytest.mark.parametrize("after_s", [0.3, 0.9, 1.4])
def test_an_interrupted_build_is_130_and_the_next_one_completes_it(grown, tmp_path, after_s):
    made, _, after, _ = grown
    copy = type(made)(tmp_path / made.path.name)
    shutil.copytree(made.path, copy.path, ignore=shutil.ignore_patterns("site"))
    history = copy.snapshot("history")
    with subprocess.Popen(
        [sys.executable, "-m", "perfsite", "build"],
        cwd=copy.path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        time.sleep(after_s)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode in {0, 130, -signal.SIGINT}  # the last: before a line of perfsite ran
    assert "met a bug" not in said
    copy.good("build")
    assert copy.snapshot("site") == after
    assert copy.snapshot("history") == history
