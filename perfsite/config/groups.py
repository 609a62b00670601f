"""`[[groups]]`: names for series that the site shows together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from perfsite.config import checks
from perfsite.model.group import Group

if TYPE_CHECKING:
    from perfsite.config.checks import Check
    from perfsite.config.reader import Reader

GROUP_SETTINGS: Final[Mapping[str, Check]] = dict.fromkeys(
    ("name", "benchmark", "metric", "unit", "environment"), checks.text
)


def read_group(reader: Reader, table: Mapping[str, Any]) -> Group | None:
    """Return a group; None where it has no name, which the reader notes."""
    line = reader.line("groups")
    found = reader.read(table, GROUP_SETTINGS, "groups")
    if "name" not in found:
        reader.fault("groups", "groups: give `name`", line=line)
        return None
    return Group(**found)
