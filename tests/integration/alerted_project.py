"""A project with a remote whose history shows a regression, and channels that are told of it."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

START = 20
"""The commit that makes it slower."""
HOSTILE = "parse <!channel> @everyone *bold* [x](http://evil.example) <b>"
NOW = datetime(2026, 1, 20, 12, tzinfo=UTC)


def levels(n: int, *, slow_from: int = START, mended_at: int | None = None, by: float = 1.3) -> list[float]:
    """Return the level of each of n commits."""
    return [by if slow_from <= i < (mended_at or n) else 1.0 for i in range(n)]


def sample(level: float, seed: int) -> list[float]:
    """Return ten values around a level, the same for the same seed."""
    chance = random.Random(seed)
    return [level * (1 + 0.01 * chance.gauss(0, 1)) for _ in range(10)]


def record(place, first: int, last: int, found: list[float], *, name: str = HOSTILE, push: bool = False) -> None:
    """Commit and record from one commit up to another, exclusive, an hour apart each."""
    for i in range(first, last):
        sha = place.commit(f"change {i} for @everyone <!here>", at=12 * i)
        if not push:
            place.quickly_recorded(sample(found[i], i), commit=sha, name=name)
            continue
        times = sample(found[i], i)
        row = {"command": name, "times": times, "median": sorted(times)[len(times) // 2]}
        place.write("bench.json", json.dumps({"results": [row]}))
        place.good("record", "bench.json", "--environment", "desk", "--push")


def settings(place, text: str) -> Path:
    """Write the settings."""
    return place.write(
        "site_config/perfsite.toml",
        f'title = "Parser"\nsite_url = "https://perf.example/parser/"\nhistory_branch = "perf-history"\n{text}',
    )


SLACK = '[[notify.channels]]\nname = "chat"\nurl_env = "CHAT_URL"\nkind = "slack"\n'
