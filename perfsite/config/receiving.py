"""`[receive]`: which CI runs may bring measurements into the history, and how much a pull request may bring."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from perfsite.config import checks

if TYPE_CHECKING:
    from perfsite.config.checks import Check
    from perfsite.config.reader import Reader


def _environments(value: Any) -> str | None:
    good = isinstance(value, list) and value and all(checks.environment(item) is None for item in value)
    return None if good else 'expected a list of names of environments, like ["ci-linux"]'


def _workflows(value: Any) -> str | None:
    good = isinstance(value, list) and value and all(isinstance(item, str) and _PATH.fullmatch(item) for item in value)
    return None if good else 'expected a list of workflow files, like [".github/workflows/benchmarks.yml"]'


_PATH: Final = re.compile(r"\.github/workflows/[^/\\]+\.ya?ml")
RECEIVE_SETTINGS: Final[Mapping[str, Check]] = {
    "workflows": _workflows,
    "environments": _environments,
    "pull_request_megabytes": checks.count,
    "pull_request_new_series": checks.count,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveSettings:
    """Which workflows may measure (empty: all of the default branch), in which environments (empty: the runners').

    `pull_request_megabytes` is how much the lines of one pull request may take of the history, in MiB;
    `pull_request_new_series` how many series it may have that the trend does not have, where the trend has fewer.
    """

    workflows: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    pull_request_megabytes: int = 32
    pull_request_new_series: int = 2_000


def read_receiving(reader: Reader, table: Mapping[str, Any]) -> ReceiveSettings:
    """Return the settings of a `[receive]` table; what is wrong in it, the reader notes."""
    values = reader.read(table, RECEIVE_SETTINGS, "receive")
    return ReceiveSettings(
        workflows=tuple(values.get("workflows", ())),
        environments=tuple(values.get("environments", ())),
        pull_request_megabytes=values.get("pull_request_megabytes", 32),
        pull_request_new_series=values.get("pull_request_new_series", 2_000),
    )
