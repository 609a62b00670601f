"""Find a Chromium on this machine, and say how it is started."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import Final

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
PLACES: Final = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
ARGUMENTS: Final = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]


def find_chromium() -> str | None:
    """Return the command of a browser that runs here, the one that PERFSITE_CHROMIUM names before all."""
    named = os.environ.get("PERFSITE_CHROMIUM")
    for candidate in (named,) if named else (*NAMES, *PLACES):
        command = shutil.which(candidate)
        if command and _runs(command):
            return command
    return None


def _runs(command: str) -> bool:
    """Whether it is a browser and not, as on Ubuntu, a stub that asks for a package."""
    try:
        done = subprocess.run([command, "--version"], capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
