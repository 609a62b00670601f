"""Read perfsite.toml into typed settings; say which line is wrong."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from perfsite.config import checks
from perfsite.config.budgets import BUDGET_SETTINGS, KPI_SETTINGS, read_budget, read_indicator
from perfsite.config.comments import COMMENT_SETTINGS, CommentSettings, read_comment
from perfsite.config.environments import ENVIRONMENT_SETTINGS, read_adjustments
from perfsite.config.formats import FORMAT_SETTINGS, VALUE_SETTINGS, read_layout
from perfsite.config.groups import GROUP_SETTINGS, read_group
from perfsite.config.hints import HINT_SETTINGS, read_hints
from perfsite.config.notify import CHANNEL_SETTINGS, NOTIFY_SETTINGS, OWNER_SETTINGS, read_notify
from perfsite.config.reader import Reader
from perfsite.config.receiving import RECEIVE_SETTINGS, read_receiving
from perfsite.config.settings import Rule, Settings
from perfsite.errors import ConfigError
from perfsite.model.policy import PRESET_NAMES, Policy, Severities
from perfsite.model.run import Direction

if TYPE_CHECKING:
    from perfsite.config.checks import Check

__all__ = [
    "BUDGET_SETTINGS",
    "CHANNEL_SETTINGS",
    "COMMENT_SETTINGS",
    "DEFAULT_PLACE",
    "ENVIRONMENT_SETTINGS",
    "FORMAT_SETTINGS",
    "GROUP_SETTINGS",
    "HINT_SETTINGS",
    "KPI_SETTINGS",
    "NOTIFY_SETTINGS",
    "OWNER_SETTINGS",
    "RECEIVE_SETTINGS",
    "RULE_SETTINGS",
    "SETTINGS",
    "VALUE_SETTINGS",
    "CommentSettings",
    "Rule",
    "Settings",
    "load",
    "parse",
]

DEFAULT_PLACE: Final = Path("site_config/perfsite.toml")
SETTINGS: Final[Mapping[str, Check]] = {
    "title": checks.text,
    "branch": checks.ref,
    "repository_url": checks.url,
    "site_url": checks.site_url,
    "commit_pages": checks.commit_pages,
    "content_security_policy": checks.switch,
    "environment": checks.environment,
    "history_branch": checks.ref,
    "remote": checks.ref,
    "severities": checks.table,
    "alpha": checks.share,
    "false_discovery_rate": checks.share,
    "min_points": checks.count,
    "baseline_points": checks.count,
    "sensitivity": checks.fraction,
    "ignored_paths": checks.globs,
    "environments": checks.table,
    "rules": checks.tables,
    "formats": checks.table,
    "budgets": checks.tables,
    "kpis": checks.tables,
    "groups": checks.tables,
    "hints": checks.table,
    "notify": checks.table,
    "owners": checks.tables,
    "comment": checks.table,
    "receive": checks.table,
}
_JUDGING: Final = ("alpha", "false_discovery_rate", "min_points", "baseline_points", "sensitivity")
_SEVERITIES: Final[Mapping[str, Check]] = {
    "minor": checks.fraction,
    "major": checks.fraction,
    "critical": checks.fraction,
}
RULE_SETTINGS: Final[Mapping[str, Check]] = {
    "benchmark": checks.text,
    "metric": checks.text,
    "unit": checks.text,
    "environment": checks.text,
    "direction": checks.one_of(*Direction),
    "warn": checks.fraction,
    "fail": checks.fraction,
    "warn_absolute": checks.difference,
    "fail_absolute": checks.difference,
    "preset": checks.one_of(*PRESET_NAMES),
}


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
    reader = Reader(text, where)
    values = reader.read(table, SETTINGS, "")
    severities = _severities(reader, values.pop("severities", {}))
    judging = {name: values.pop(name) for name in _JUDGING if name in values}
    values["judging"] = Policy(severities=severities, **judging)
    values["rules"] = tuple(Rule(**reader.read(rule, RULE_SETTINGS, "rules")) for rule in values.pop("rules", []))
    budgets = [read_budget(reader, one) for one in values.pop("budgets", [])]
    values["budgets"] = tuple(one for one in budgets if one is not None)
    indicators = [read_indicator(reader, one) for one in values.pop("kpis", [])]
    values["indicators"] = tuple(one for one in indicators if one is not None)
    groups = [read_group(reader, one) for one in values.pop("groups", [])]
    values["groups"] = tuple(one for one in groups if one is not None)
    values["ignored_paths"] = tuple(values.get("ignored_paths", ()))
    values["environments"] = read_adjustments(reader, values.get("environments", {}))
    formats = values.pop("formats", {})
    values["formats"] = tuple(
        layout for name in formats if (layout := read_layout(reader, name, formats[name])) is not None
    )
    values["hints"] = read_hints(reader, values.pop("hints", {}))
    values["notify"] = read_notify(reader, values.pop("notify", {}), values.pop("owners", []))
    values["comment"] = read_comment(reader, values.pop("comment", {}))
    values["receive"] = read_receiving(reader, values.pop("receive", {}))
    reader.finish()
    return Settings(**values)


def _severities(reader: Reader, table: Mapping[str, Any]) -> Severities:
    values = reader.read(table, _SEVERITIES, "severities")
    try:
        return Severities(**values)
    except ValueError as error:
        reader.fault("severities", str(error))
        return Severities()
