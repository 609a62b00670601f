"""Read perfsite.toml into typed settings; say which line is wrong."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from perfsite.errors import ConfigError
from perfsite.model.layout import TableLayout, ValueColumn
from perfsite.model.policy import PRESETS, Policy, Severities, preset_for
from perfsite.model.run import Direction, is_environment_name

if TYPE_CHECKING:
    from perfsite.model.series import SeriesKey

DEFAULT_PLACE: Final = Path("site_config/perfsite.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Settings for the series that its globs select; later rules win, setting by setting."""

    benchmark: str = "*"
    metric: str = "*"
    unit: str = "*"
    environment: str = "*"
    direction: Direction | None = None
    warn: float | None = None
    fail: float | None = None
    preset: str | None = None

    def selects(self, key: SeriesKey, unit: str) -> bool:
        """Whether this rule speaks of a series; globs are case-sensitive."""
        return (
            fnmatchcase(key.benchmark, self.benchmark)
            and fnmatchcase(key.metric, self.metric)
            and fnmatchcase(unit, self.unit)
            and fnmatchcase(key.environment, self.environment)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything the owner of a site may set; every field has a default that works."""

    title: str | None = None
    branch: str | None = None
    """Default branch of the code; None: found out."""
    repository_url: str | None = None
    """Web address of the code, for links to commits; None: found out from the remote."""
    site_url: str | None = None
    """Web address of the site where no `mkdocs.yml` gives one; None: GitHub Pages' for code that is on GitHub."""
    environment: str | None = None
    """Name of the environment that `record` writes; None: made from the machine's facts."""
    history_branch: str = "perf-history"
    remote: str = "origin"
    judging: Policy = field(default_factory=Policy)
    """How a series is judged apart from its threshold, which presets and rules give."""
    rules: tuple[Rule, ...] = ()
    formats: tuple[TableLayout, ...] = ()
    """Tables of the owner's own that `record` reads."""

    def direction(self, key: SeriesKey, unit: str, told: Direction) -> Direction:
        """Return the direction of a series: the last rule that sets one, else what the data told."""
        for rule in reversed(self.rules):
            if rule.direction is not None and rule.selects(key, unit):
                return rule.direction
        return told

    def policy(self, key: SeriesKey, unit: str, direction: Direction) -> Policy:
        """Return how a series is judged."""
        threshold = preset_for(unit, direction)
        for rule in self.rules:
            if rule.selects(key, unit):
                if rule.preset is not None:
                    threshold = PRESETS[rule.preset]
                if rule.warn is not None:
                    threshold = replace(threshold, warn=rule.warn, name="rule")
                if rule.fail is not None:
                    threshold = replace(threshold, fail=rule.fail, name="rule")
        return replace(self.judging, threshold=threshold)


def load(project: Path, explicit: Path | None = None) -> Settings:
    """Return the settings of a project; without a file, the defaults.

    Parameters
    ----------
    project
        The folder that holds `site_config/perfsite.toml`.
    explicit
        A file named on the command line, which must exist.
    """
    path = explicit or project / DEFAULT_PLACE
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        if explicit is None:
            return Settings()
        raise ConfigError("no such file", where=str(path), hint="name an existing file with --config") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"cannot be read: {error}", where=str(path), hint="perfsite.toml is a text file in UTF-8"
        ) from None
    return parse(text, where=str(path))


def parse(text: str, *, where: str) -> Settings:
    """Return the settings that a text in TOML holds; every wrong key is named with its line."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"not valid TOML: {error}", where=where, hint="see the TOML rules on that line") from None
    reader = _Reader(text, where)
    values = reader.read(table, SETTINGS, "")
    severities = reader.severities(values.pop("severities", {}))
    judging = {name: values.pop(name) for name in _JUDGING if name in values}
    values["judging"] = Policy(severities=severities, **judging)
    values["rules"] = tuple(Rule(**reader.read(rule, RULE_SETTINGS, "rules")) for rule in values.pop("rules", []))
    formats = values.pop("formats", {})
    values["formats"] = tuple(layout for name in formats if (layout := reader.layout(name, formats[name])) is not None)
    reader.finish()
    return Settings(**values)


Check = Callable[[Any], str | None]


def _text(value: Any) -> str | None:
    return None if isinstance(value, str) and value.strip() else "expected some text"


def _fraction(value: Any) -> str | None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return None if number and 0 < value <= 100 else "expected a fraction above 0, like 0.1 for 10 %"


def _share(value: Any) -> str | None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return None if number and 0 < value < 1 else "expected a number between 0 and 1"


def _count(value: Any) -> str | None:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return None if whole and 1 <= value <= 10_000 else "expected a whole number from 1 to 10000"


def _environment(value: Any) -> str | None:
    good = isinstance(value, str) and is_environment_name(value)
    return None if good else "expected letters, digits, `.`, `_` and `-`, and not the word `pull`"


def _url(value: Any) -> str | None:
    good = isinstance(value, str) and re.fullmatch(r"https?://[^\s\"'<>@]+", value)
    return None if good else "expected a web address that starts with https://"


_NOT_IN_REFS: Final = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|(?:^|/)\.|\.(?:/|$)|\.lock(?:/|$)|^[-/]|/$")
"""What git refuses in the name of a branch, as `man git-check-ref-format` lists it."""


def _ref(value: Any) -> str | None:
    good = isinstance(value, str) and value and not _NOT_IN_REFS.search(value) and len(value) <= 200
    return None if good else "expected a name that git takes: no spaces, no `..`, no `-` in front, none of ~^:?*[\\"


def _site_url(value: Any) -> str | None:
    if fault := _url(value):
        return fault
    return "expected a web address without `?` and `#`" if re.search(r"[?#]", value) else None


def _one_of(*words: str) -> Check:
    return lambda value: None if value in words else f"expected one of {', '.join(words)}"


def _table(value: Any) -> str | None:
    return None if isinstance(value, dict) else "expected a table"


def _tables(value: Any) -> str | None:
    good = isinstance(value, list) and all(isinstance(item, dict) for item in value)
    return None if good else "expected [[rules]] tables"


def _texts(value: Any) -> str | None:
    texts = value if isinstance(value, list) else [value]
    good = bool(texts) and all(isinstance(item, str) and item.strip() for item in texts)
    return None if good else "expected a column, or a list of columns"


def _character(value: Any) -> str | None:
    good = isinstance(value, str) and len(value) == 1 and value not in '"\r\n'
    return None if good else "expected one character"


def _unit(value: Any) -> str | None:
    return None if isinstance(value, str) else "expected a unit"


SETTINGS: Final[Mapping[str, Check]] = {
    "title": _text,
    "branch": _ref,
    "repository_url": _url,
    "site_url": _site_url,
    "environment": _environment,
    "history_branch": _ref,
    "remote": _ref,
    "severities": _table,
    "alpha": _share,
    "min_points": _count,
    "baseline_points": _count,
    "sensitivity": _fraction,
    "rules": _tables,
    "formats": _table,
}
_JUDGING: Final = ("alpha", "min_points", "baseline_points", "sensitivity")
_SEVERITIES: Mapping[str, Check] = {"minor": _fraction, "major": _fraction, "critical": _fraction}
RULE_SETTINGS: Final[Mapping[str, Check]] = {
    "benchmark": _text,
    "metric": _text,
    "unit": _text,
    "environment": _text,
    "direction": _one_of(*Direction),
    "warn": _fraction,
    "fail": _fraction,
    "preset": _one_of(*PRESETS),
}


FORMAT_SETTINGS: Final[Mapping[str, Check]] = {
    "benchmark": _texts,
    "parameters": _texts,
    "rows": _text,
    "delimiter": _character,
    "metric": _text,
    "value": _text,
    "unit": _text,
    "values": _table,
}
VALUE_SETTINGS: Final[Mapping[str, Check]] = {
    "metric": _text,
    "unit": _unit,
    "direction": _one_of(*Direction),
    "deviation": _text,
    "lower": _text,
    "upper": _text,
    "count": _text,
}
_FORMAT_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}\Z")


class _Reader:
    """Check tables against what may stand in them, and collect every fault before speaking."""

    def __init__(self, text: str, where: str) -> None:
        self._lines = text.splitlines()
        self._where = where
        self._faults: list[str] = []
        self._seen: dict[str, int] = {}

    def read(self, table: Mapping[str, Any], allowed: Mapping[str, Check], inside: str) -> dict[str, Any]:
        good: dict[str, Any] = {}
        for key, value in table.items():
            place = f"line {self._line(key)}: {f'{inside}.' if inside else ''}{key}"
            if key not in allowed:
                self._faults.append(f"{place}: no such setting; there are {', '.join(allowed)}")
            elif (fault := allowed[key](value)) is not None:
                self._faults.append(f"{place}: {fault}, found {value!r}"[:300])
            else:
                good[key] = Direction(value) if key == "direction" else value
        return good

    def severities(self, table: Mapping[str, Any]) -> Severities:
        values = self.read(table, _SEVERITIES, "severities")
        try:
            return Severities(**values)
        except ValueError as error:
            self._faults.append(f"line {self._line('severities')}: {error}")
            return Severities()

    def layout(self, name: str, table: Any) -> TableLayout | None:
        """Return the layout of a `[formats.NAME]` table."""
        place = f"line {self._line('formats')}: formats.{name}"
        if not _FORMAT_NAME.match(name) or not isinstance(table, dict):
            self._faults.append(f"{place}: expected a table with a name of letters, digits, `_` and `-`"[:300])
            return None
        found = self.read(table, FORMAT_SETTINGS, f"formats.{name}")
        for key in ("benchmark", "parameters"):
            texts = found.get(key, [])
            found[key] = tuple([texts] if isinstance(texts, str) else texts)
        found["values"] = tuple(self._value_column(name, *item) for item in found.get("values", {}).items())
        is_long = "metric" in found and "value" in found
        if is_long == bool(found["values"]):
            self._faults.append(
                f"{place}: give either `values` (a column for each metric) or `metric` and `value` (a row for each)"
            )
        return TableLayout(name=name, **found)

    def _value_column(self, name: str, column: str, told: Any) -> ValueColumn:
        inside = f"formats.{name}.values.{column}"
        if isinstance(told, str):
            return ValueColumn(column=column, metric=column, unit=told)
        if not isinstance(told, dict):
            self._faults.append(
                f"line {self._line(column)}: {inside}: expected a unit or a table, found {told!r}"[:300]
            )
            told = {}
        found = self.read(told, VALUE_SETTINGS, inside)
        return ValueColumn(column=column, **{"metric": column, **found})

    def finish(self) -> None:
        if self._faults:
            raise ConfigError(
                "\n".join(self._faults), where=self._where, hint="the README of perfsite lists every setting"
            )

    def _line(self, key: str) -> int:
        """Return the line of the next mention of a key, counted from 1; TOML's reader keeps no places."""
        pattern = re.compile(rf"""^\s*(?:\[+\s*)?["']?{re.escape(key)}["']?\s*(?:[=\].])""")
        start = self._seen.get(key, 0)
        for number, line in enumerate(self._lines[start:], start + 1):
            if pattern.match(line):
                self._seen[key] = number
                return number
        return self._seen.get(key, 1)
