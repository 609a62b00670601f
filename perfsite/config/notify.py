"""`[notify]`: which channels are told of incidents, what they are told, and when."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, time, tzinfo
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from perfsite.config import checks
from perfsite.model.alert import AlertState
from perfsite.model.findings import Severity
from perfsite.model.selector import Selector

if TYPE_CHECKING:
    from perfsite.config.checks import Check
    from perfsite.config.reader import Reader
    from perfsite.model.series import SeriesKey

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,59}\Z")
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}\Z")
_QUIET: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)\Z")
_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\Z")
_ADDRESS: Final = "an address is a secret: put it into an environment variable, and the variable's name into `url_env`"


class ChannelKind(StrEnum):
    """How a channel is spoken to where its address alone does not tell."""

    SLACK = "slack"
    """JSON as Slack's incoming webhooks take it; Mattermost and Rocket.Chat take the same."""
    JSON = "json"
    """One documented JSON document."""
    GITHUB_ISSUES = "github-issues"
    """An issue for each incident, closed when it is fixed."""


class Digest(StrEnum):
    """How often what was collected goes out as one message."""

    NEVER = "never"
    DAILY = "daily"
    WEEKLY = "weekly"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What a channel is told, and when.

    `severity` is the least that is told. An incident passes `environments` and `groups` with one of its series, and
    `owners` where one of them owns one; empty: all pass. In `quiet`, from and to on the clock of `timezone`, and on
    Saturdays and Sundays where `quiet_weekends`, alerts are held back; with a `digest` until its time, too. What is at
    least `urgent` never is (None: everything is).
    """

    states: tuple[AlertState, ...] = (AlertState.CONFIRMED, AlertState.REOPENED, AlertState.FIXED)
    severity: Severity = Severity.MINOR
    environments: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    quiet: tuple[time, time] | None = None
    quiet_weekends: bool = False
    timezone: tzinfo = UTC
    urgent: Severity | None = None
    digest: Digest = Digest.NEVER
    digest_at: time = time(9)

    def takes_one_of(self, environments: Sequence[str], groups: Sequence[str], owners: Sequence[str]) -> bool:
        """Whether an incident of these goes here."""
        wanted = ((self.environments, environments), (self.groups, groups), (self.owners, owners))
        return all(
            not globs or any(fnmatchcase(name, glob) for glob in globs for name in names) for globs, names in wanted
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """Where alerts go: `url_env` names the environment variable that holds the address; None: it needs none."""

    name: str
    url_env: str | None = None
    kind: ChannelKind | None = None
    route: Route = field(default_factory=Route)


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner(Selector):
    """Who is responsible for the series that the globs select; of several, the last in the file."""

    owner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifySettings:
    """Everything about alerts; `days` is how old a culprit may be when a channel is served for the first time."""

    channels: tuple[Channel, ...] = ()
    owners: tuple[Owner, ...] = ()
    days: int = 14

    def owner_of(self, key: SeriesKey, unit: str) -> str | None:
        """Return who owns a series; None where the owner did not say."""
        return next((one.owner for one in reversed(self.owners) if one.selects(key, unit)), None)


def _name(value: Any) -> str | None:
    good = isinstance(value, str) and _NAME.match(value)
    return None if good else "expected 1 to 60 letters, digits, blanks, `.`, `_` and `-`"


def _some_of(words: Sequence[str]) -> Check:
    def check(value: Any) -> str | None:
        good = isinstance(value, list) and value and all(isinstance(one, str) and one in words for one in value)
        return None if good else f"expected a list of {', '.join(words)}"

    return check


def _names(value: Any) -> str | None:
    good = isinstance(value, list) and value and all(isinstance(one, str) and one.strip() for one in value)
    return None if good else 'expected a list of globs, like ["ci-*"]'


def _quiet(value: Any) -> str | None:
    good = isinstance(value, str) and (value == "never" or _QUIET.match(value))
    return None if good else 'expected "never", or a time from and to, like "22:00-07:00"'


def _clock(value: Any) -> str | None:
    return None if isinstance(value, str) and _CLOCK.match(value) else 'expected a time of the day, like "09:00"'


def _zone(value: Any) -> tzinfo | None:
    """Return a time zone by its name; None where there is none of that name."""
    if value == "UTC":
        return UTC  # known without the database of zones, which small systems lack
    try:
        return ZoneInfo(value) if isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9_+/-]{1,60}", value) else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _timezone(value: Any) -> str | None:
    known = _zone(value) is not None
    return None if known else 'expected a time zone that this machine knows, like "UTC" or "Europe/Berlin"'


_LEAST: Final = (Severity.MINOR, Severity.MAJOR, Severity.CRITICAL)
ROUTE_SETTINGS: Final[Mapping[str, Check]] = {
    "states": _some_of(tuple(state for state in AlertState if state is not AlertState.IGNORED)),
    "severity": checks.one_of(*_LEAST),
    "environments": _names,
    "groups": _names,
    "owners": _names,
    "quiet": _quiet,
    "quiet_weekends": checks.switch,
    "timezone": _timezone,
    "urgent": checks.one_of("never", *_LEAST),
    "digest": checks.one_of(*Digest),
    "digest_at": _clock,
}
NOTIFY_SETTINGS: Final[Mapping[str, Check]] = {
    **ROUTE_SETTINGS,
    "days": checks.count,
    "channels": checks.tables,
}
CHANNEL_SETTINGS: Final[Mapping[str, Check]] = {
    "name": _name,
    "url_env": checks.text,
    "kind": checks.one_of(*ChannelKind),
    **ROUTE_SETTINGS,
}
OWNER_SETTINGS: Final[Mapping[str, Check]] = dict.fromkeys(
    ("owner", "benchmark", "metric", "unit", "environment"), checks.text
)


def read_notify(reader: Reader, table: Mapping[str, Any], owners: Sequence[Mapping[str, Any]]) -> NotifySettings:
    """Return the settings of a `[notify]` table and of `[[owners]]`; what is wrong in them, the reader notes."""
    values = reader.read(_without_secrets(reader, table, "notify"), NOTIFY_SETTINGS, "notify")
    route = _route(Route(), values)
    found = [_channel(reader, one, route) for one in values.get("channels", [])]
    channels = tuple(one for one in found if one is not None)
    names = [one.name for one in channels]
    for name in sorted({name for name in names if names.count(name) > 1}):
        reader.fault("channels", f"notify.channels: two are called {name!r}; what each was told is kept by its name")
    owned = [_owner(reader, one) for one in owners]
    return NotifySettings(
        channels=channels,
        owners=tuple(one for one in owned if one is not None),
        days=values.get("days", NotifySettings().days),
    )


def _channel(reader: Reader, table: Mapping[str, Any], base: Route) -> Channel | None:
    line = reader.line("notify.channels")
    values = reader.read(_without_secrets(reader, table, "notify.channels"), CHANNEL_SETTINGS, "notify.channels")
    kind = ChannelKind(values["kind"]) if "kind" in values else None
    if "name" not in values:
        reader.fault("name", "notify.channels: give `name`", line=line)
        return None
    if kind is not ChannelKind.GITHUB_ISSUES and "url_env" not in table:
        reader.fault("url_env", f"notify.channels: {values['name']!r} needs `url_env`; {_ADDRESS}", line=line)
    return Channel(name=values["name"], url_env=values.get("url_env"), kind=kind, route=_route(base, values))


def _owner(reader: Reader, table: Mapping[str, Any]) -> Owner | None:
    line = reader.line("owners")
    values = reader.read(table, OWNER_SETTINGS, "owners")
    if "owner" not in values:
        reader.fault("owner", "owners: give `owner`", line=line)
        return None
    return Owner(**values)


def _without_secrets(reader: Reader, table: Mapping[str, Any], inside: str) -> dict[str, Any]:
    """Return a table without what may be an address, of which the reader is told everything but the value."""
    good = {}
    for key, value in table.items():
        is_address = "://" in str(value) if not isinstance(value, list) else False
        if key in ("url", "webhook", "token") or is_address:
            reader.fault(key, f"{inside}.{key[:40]}: {_ADDRESS}")
        elif key == "url_env" and not (isinstance(value, str) and _VARIABLE.match(value)):
            reader.fault(key, f"{inside}.url_env: expected the name of an environment variable; {_ADDRESS}")
        else:
            good[key] = value
    return good


def _route(base: Route, values: Mapping[str, Any]) -> Route:
    """Return a route with what a table sets; its other settings are those of the base."""
    found: dict[str, Any] = {name: getattr(base, name) for name in Route.__slots__}
    for name in ("environments", "groups", "owners"):
        if name in values:
            found[name] = tuple(values[name])
    if "states" in values:
        found["states"] = tuple(state for state in AlertState if state in values["states"])
    if "severity" in values:
        found["severity"] = Severity(values["severity"])
    if "urgent" in values:
        found["urgent"] = None if values["urgent"] == "never" else Severity(values["urgent"])
    if "quiet" in values:
        match = _QUIET.match(values["quiet"])
        found["quiet"] = match and (time(int(match[1]), int(match[2])), time(int(match[3]), int(match[4])))
    if "quiet_weekends" in values:
        found["quiet_weekends"] = values["quiet_weekends"]
    if "timezone" in values:
        found["timezone"] = _zone(values["timezone"]) or UTC
    if "digest" in values:
        found["digest"] = Digest(values["digest"])
    if "digest_at" in values:
        found["digest_at"] = time.fromisoformat(values["digest_at"])
    return Route(**found)
