"""Find out in which image a job of GitLab runs, and what it needs beside the benchmarks: Python, pip and git."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfsite.scaffold.harness import Harness

PYTHON: Final = "python:3.13"
_IMAGES: Final = {
    **dict.fromkeys(("cargo-bench", "criterion", "gungraun", "iai"), "rust:1"),
    **dict.fromkeys(("benchmarkjs", "tinybench", "vitest"), "node:22"),
    "go-bench": "golang:1",
    "google-benchmark": "gcc:14",
    "jmh": "maven:3-eclipse-temurin-21",
    "benchmarkdotnet": "mcr.microsoft.com/dotnet/sdk:8.0",
}
"""What measures the formats of other languages than Python; all are made of Debian or Ubuntu."""
_UPDATE: Final = "apt-get update"
_INSTALL: Final = "apt-get install --yes --no-install-recommends"


def image_of(harness: Harness) -> str:
    """Return the image that the benchmarks run in."""
    return _IMAGES.get(harness.format, PYTHON)


def preparation(harness: Harness) -> tuple[str, ...]:
    """Return the lines that bring into an image what it lacks of Python, pip, git and the builder of the benchmarks."""
    if image_of(harness) == PYTHON:
        return ()
    more = " cmake" if harness.format == "google-benchmark" else ""
    return _UPDATE, f"{_INSTALL} git python3 python3-pip{more}"


def in_image(lines: Sequence[str]) -> tuple[str, ...]:
    """Return lines of bash for a job in an image, where everybody is root and nobody has `sudo`.

    Examples
    --------
    >>> in_image(["sudo apt-get update", 'echo "::error::write it here"'])
    ('apt-get update', 'echo "write it here"')
    """
    return tuple(line.replace("sudo apt-get ", "apt-get ").replace("::error::", "") for line in lines)
