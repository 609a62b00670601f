"""`[hints]`: rules that are switched off, and the files that benchmarks run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

from perfsite.config import checks

if TYPE_CHECKING:
    from perfsite.config.checks import Check
    from perfsite.config.reader import Reader


def _rule_names(value: Any) -> str | None:
    good = isinstance(value, list) and all(isinstance(item, str) and item.strip() for item in value)
    return None if good else "expected a list of rules' names"


def _globs(value: Any) -> str | None:
    good = isinstance(value, list) and value and all(isinstance(item, str) and item.strip() for item in value)
    return None if good else "expected a list of globs of files"


HINT_SETTINGS: Final[Mapping[str, Check]] = {"off": _rule_names, "paths": checks.table}


@dataclass(frozen=True, slots=True, kw_only=True)
class HintSettings:
    """Which rules are not asked, and which files a benchmark runs: globs of benchmarks, each with globs of files."""

    off: tuple[str, ...] = ()
    paths: Mapping[str, tuple[str, ...]] | None = None

    def paths_of(self, benchmark: str) -> tuple[str, ...]:
        """Return the globs of the files that a benchmark runs; empty where the owner did not say."""
        found = (files for glob, files in (self.paths or {}).items() if fnmatchcase(benchmark, glob))
        return tuple(dict.fromkeys(glob for globs in found for glob in globs))


def read_hints(reader: Reader, table: Mapping[str, Any]) -> HintSettings:
    """Return the settings of a `[hints]` table; what is wrong in it, the reader notes."""
    values = reader.read(table, HINT_SETTINGS, "hints")
    paths = values.get("paths", {})
    good = reader.read(paths, dict.fromkeys(paths, _globs), "hints.paths")
    return HintSettings(
        off=tuple(values.get("off", ())), paths={glob: tuple(files) for glob, files in good.items()} or None
    )
