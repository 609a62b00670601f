"""`[comment]`: when a pull request gets a comment, what it shows, and what keeps the request from being merged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from perfsite.config import checks

if TYPE_CHECKING:
    from perfsite.config.checks import Check
    from perfsite.config.reader import Reader

ALWAYS: Final = "always"
CHANGED: Final = "changed"
REGRESSED: Final = "regressed"
GATES: Final = ("rules", "minor", "major", "critical", "never")
MOST_ROWS: Final = 200


def _rows(value: Any) -> str | None:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return None if whole and 1 <= value <= MOST_ROWS else f"expected a whole number from 1 to {MOST_ROWS}"


COMMENT_SETTINGS: Final[Mapping[str, Check]] = {
    "when": checks.one_of(ALWAYS, CHANGED, REGRESSED),
    "rows": _rows,
    "fail_on": checks.one_of(*GATES),
    "title": checks.text,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentSettings:
    """When a comment is created, how many rows it shows unfolded, what fails, and its heading (None: the site's)."""

    when: str = CHANGED
    rows: int = 20
    fail_on: str = GATES[0]
    title: str | None = None


def read_comment(reader: Reader, table: Mapping[str, Any]) -> CommentSettings:
    """Return the settings of a `[comment]` table; what is wrong in it, the reader notes."""
    return CommentSettings(**reader.read(table, COMMENT_SETTINGS, "comment"))
