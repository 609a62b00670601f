"""Read tables of settings, collecting every fault with its line before speaking."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping
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
        self._top: Collection[str] = ()

    def read(self, table: Mapping[str, Any], allowed: Mapping[str, Check], inside: str) -> dict[str, Any]:
        """Return the good settings of a table; `inside` is its name, empty for the file itself."""
        if not inside:
            self._top = allowed
        good: dict[str, Any] = {}
        for key, value in table.items():
            name = f"{inside}.{key}" if inside else key
            line = self.line(key)  # of good settings, too: the next mention of the key is another one
            if key not in allowed:
                self.fault(key, f"{name}: {self._unknown(key, allowed, inside)}", line=line, limit=None)
            elif (fault := allowed[key](value)) is not None:
                self.fault(key, f"{name}: {fault}, found {value!r}", line=line)
            else:
                good[key] = Direction(value) if key == "direction" else value
        return good

    def _unknown(self, key: str, allowed: Collection[str], inside: str) -> str:
        """Say what may have been meant by a name that is no setting; what follows a `[table]` is in it."""
        if inside and key in self._top:
            return f"no such setting; {key} belongs above the first [section]"
        near = difflib.get_close_matches(key, allowed, n=1)
        meant = f" did you mean {near[0]}?" if near else ""
        return f"no such setting;{meant} there are {', '.join(allowed)}"

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
