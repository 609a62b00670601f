"""Timing: whether an alert goes out now, or waits for the end of quiet hours or for the next digest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from perfsite.config.notify import Digest
from perfsite.model.alert import OVER, AlertState
from perfsite.model.findings import SEVERITIES

if TYPE_CHECKING:
    from perfsite.config.notify import Route
    from perfsite.model.findings import Severity

_SATURDAY: Final = 5


def is_quiet(route: Route, now: datetime) -> bool:
    """Whether it is a time at which nobody there is to be disturbed; `now` is aware."""
    local = now.astimezone(route.timezone)
    if route.quiet_weekends and local.weekday() >= _SATURDAY:
        return True
    if route.quiet is None:
        return False
    start, end = route.quiet
    clock = local.time()
    return start <= clock < end if start <= end else clock >= start or clock < end


def last_digest(route: Route, now: datetime) -> datetime:
    """Return when the newest digest was due: today or yesterday, or the Monday before, at the time of the digest."""
    local = now.astimezone(route.timezone)
    day = local.date() if local.time() >= route.digest_at else local.date() - timedelta(days=1)
    if route.digest is Digest.WEEKLY:
        day -= timedelta(days=day.weekday())
    return datetime.combine(day, route.digest_at, tzinfo=route.timezone).astimezone(UTC)


def is_urgent(route: Route, state: AlertState, severity: Severity) -> bool:
    """Whether an alert waits for nothing; what is over never is urgent."""
    if route.urgent is None or state in OVER:
        return False
    return SEVERITIES.index(severity) >= SEVERITIES.index(route.urgent)


def is_time(route: Route, held: datetime | None, now: datetime) -> bool:
    """Whether what is not urgent goes out now; `held` is since when the oldest of it waits, None: it is all new."""
    if is_quiet(route, now):
        return False
    return route.digest is Digest.NEVER or (held is not None and held < last_digest(route, now))
