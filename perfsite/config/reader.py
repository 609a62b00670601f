"""Read tables of settings, collecting every fault with its line before speaking."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from perfsite.errors import ConfigError
from perfsite.model.run import Direction

if TYPE_CHECKING:
    from perfsite.config.checks import Check


class Reader:
    """Check tables against what may stand in them, and collect every fault before speaking.

    Parameters
    ----------
    text
        The whole file: TOML's reader keeps no places, so lines are found by their keys.
    where
        The file's name, for messages.
    """

    def __init__(self, text: str, where: str) -> None:
        self._lines = text.splitlines()
        self._where = where
        self._faults: list[str] = []
        self._seen: dict[str, int] = {}

    def read(self, table: Mapping[str, Any], allowed: Mapping[str, Check], inside: str) -> dict[str, Any]:
        """Return the good settings of a table; `inside` is its name, empty for the file itself."""
        good: dict[str, Any] = {}
        for key, value in table.items():
            name = f"{inside}.{key}" if inside else key
            line = self.line(key)  # of good settings, too: the next mention of the key is another one
            if key not in allowed:
                self.fault(key, f"{name}: no such setting; there are {', '.join(allowed)}", line=line, limit=None)
            elif (fault := allowed[key](value)) is not None:
                self.fault(key, f"{name}: {fault}, found {value!r}", line=line)
            else:
                good[key] = Direction(value) if key == "direction" else value
        return good

    def fault(self, key: str, problem: str, *, line: int | None = None, limit: int | None = 300) -> None:
        """Note what is wrong, at the next mention of a key or at a line that is known."""
        self._faults.append(f"line {line or self.line(key)}: {problem}"[:limit])

    def finish(self) -> None:
        """Raise what was noted, if anything.

        Raises
        ------
        ConfigError
            Names every fault.
        """
        if self._faults:
            raise ConfigError(
                "\n".join(self._faults),
                where=self._where,
                hint="the README and the guide of perfsite list every setting",
            )

    def line(self, key: str) -> int:
        """Return the line of the next mention of a key, counted from 1; TOML's reader keeps no places."""
        pattern = re.compile(rf"""^\s*(?:\[+\s*)?["']?{re.escape(key)}["']?\s*(?:[=\].])""")
        start = self._seen.get(key, 0)
        for number, line in enumerate(self._lines[start:], start + 1):
            if pattern.match(line):
                self._seen[key] = number
                return number
        return self._seen.get(key, 1)
