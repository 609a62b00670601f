"""Importers: whole histories of other tools in, runs out, lazily."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final, Protocol, cast

from perfsite.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from perfsite.model.run import Run

IMPORTERS: Final = {
    "asv": "perfsite.importers.asv",
    "bencher": "perfsite.importers.bencher",
    "codespeed": "perfsite.importers.codespeed",
    "github-action-benchmark": "perfsite.importers.github_action_benchmark",
    "go-bench": "perfsite.importers.go_bench",
    "otava": "perfsite.importers.otava",
    "perfsite": "perfsite.importers.perfsite",
    "pyperf": "perfsite.importers.pyperf",
    "pytest-benchmark": "perfsite.importers.pytest_benchmark",
}
"""Name -> module, imported when needed."""
BASELINE: Final = "perf-baseline"
"""What is imported as a decision, not as runs: `perfsite.importers.perf_baseline`."""


class Importer(Protocol):
    """A tool's history: a module with these members.

    `read` checks the path at once and yields runs lazily, roughly in the order of their time, so that a history of any
    size fits in memory. A file or entry that cannot be read costs itself only: it is told in `problems`, one line
    each. Where nothing at all could be read, InputError is raised. The id of the runs is None.
    """

    NAME: str
    TITLE: str

    def read(
        self,
        path: Path,
        *,
        progress: Callable[[int, int], None] | None = None,
        problems: list[str] | None = None,
    ) -> Iterator[Run]:
        """Yield the runs; `progress` is called with (files or entries done, all of them)."""
        ...


class Nameless(Protocol):
    """An importer of a history that does not tell environments apart, so that the owner may name one."""

    def read(
        self,
        path: Path,
        *,
        progress: Callable[[int, int], None] | None = None,
        problems: list[str] | None = None,
        environment: str,
    ) -> Iterator[Run]:
        """Yield the runs, all of them in that environment."""
        ...


def names() -> list[str]:
    """Return the names of all importers."""
    return list(IMPORTERS)


def load(name: str) -> Importer:
    """Return the importer of that name.

    Raises
    ------
    ConfigError
        There is none.
    """
    if name not in IMPORTERS:
        raise ConfigError(f"there is no importer '{name}'", hint=f"Known are: {', '.join([*IMPORTERS, BASELINE])}.")
    return cast("Importer", importlib.import_module(IMPORTERS[name]))
