"""When alerts go out: quiet hours, weekends, digests, and what waits for nothing."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from perfsite.config.notify import Digest, Route
from perfsite.incidents.timing import is_quiet, is_time, is_urgent, last_digest
from perfsite.model.alert import AlertState
from perfsite.model.findings import Severity

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = Route(quiet=(time(22), time(7)), timezone=BERLIN)


@pytest.mark.parametrize(
    ("at", "quiet"),
    [
        ("2026-06-01T19:59Z", False),
        ("2026-06-01T20:00Z", True),  # 22:00 in summer
        ("2026-06-02T04:59Z", True),
        ("2026-06-02T05:00Z", False),
        ("2026-12-01T20:30Z", False),  # 21:30 in winter
        ("2026-12-01T21:00Z", True),
    ],
)
def test_quiet_hours_are_those_of_the_clock_on_the_wall(at, quiet):
    assert is_quiet(NIGHT, datetime.fromisoformat(at)) is quiet


def test_quiet_hours_may_lie_within_a_day():
    lunch = Route(quiet=(time(12), time(13)))
    assert [is_quiet(lunch, datetime(2026, 6, 1, hour, tzinfo=UTC)) for hour in (11, 12, 13)] == [False, True, False]


def test_a_weekend_is_quiet_where_the_owner_says_so():
    friday = datetime(2026, 6, 5, 12, tzinfo=UTC)
    route = Route(quiet_weekends=True)
    days = [is_quiet(route, friday + timedelta(days=i)) for i in range(4)]
    assert days == [False, True, True, False]
    assert not is_quiet(Route(), friday + timedelta(days=1))


def test_a_daily_digest_takes_what_waited_before_nine_oclock():
    route = Route(digest=Digest.DAILY, timezone=BERLIN)
    found = datetime(2026, 6, 1, 13, tzinfo=UTC)
    assert not is_time(route, None, found)
    assert not is_time(route, found, datetime(2026, 6, 2, 6, 59, tzinfo=UTC))
    assert is_time(route, found, datetime(2026, 6, 2, 7, 0, tzinfo=UTC))
    assert is_time(route, found, datetime(2026, 6, 9, 3, 0, tzinfo=UTC))


def test_a_weekly_digest_goes_out_on_monday():
    route = Route(digest=Digest.WEEKLY, digest_at=time(8))
    found = datetime(2026, 6, 1, 8, 1, tzinfo=UTC)  # a Monday, just too late
    due = [is_time(route, found, datetime(2026, 6, 1, 9, tzinfo=UTC) + timedelta(days=i)) for i in range(9)]
    assert due == [False] * 7 + [True, True]
    assert last_digest(route, datetime(2026, 6, 8, 7, 59, tzinfo=UTC)) == datetime(2026, 6, 1, 8, tzinfo=UTC)


def test_a_digest_that_is_due_in_quiet_hours_goes_out_after_them():
    route = Route(digest=Digest.DAILY, digest_at=time(3), quiet=(time(22), time(7)))
    found = datetime(2026, 6, 1, 12, tzinfo=UTC)
    assert not is_time(route, found, datetime(2026, 6, 2, 4, tzinfo=UTC))
    assert is_time(route, found, datetime(2026, 6, 2, 7, tzinfo=UTC))


def test_a_clock_that_is_put_back_gives_one_digest():
    route = Route(digest=Digest.DAILY, digest_at=time(2, 30), timezone=BERLIN)
    found = datetime(2026, 10, 24, 12, tzinfo=UTC)
    night = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # 02:30 for the first time
    assert is_time(route, found, night)
    assert not is_time(route, night + timedelta(minutes=1), night + timedelta(hours=1, minutes=10))


@pytest.mark.parametrize(
    ("urgent", "state", "severity", "is_it"),
    [
        (Severity.CRITICAL, AlertState.CONFIRMED, Severity.CRITICAL, True),
        (Severity.CRITICAL, AlertState.CONFIRMED, Severity.MAJOR, False),
        (Severity.MAJOR, AlertState.REOPENED, Severity.CRITICAL, True),
        (Severity.MINOR, AlertState.FIXED, Severity.CRITICAL, False),
        (None, AlertState.CONFIRMED, Severity.CRITICAL, False),
    ],
)
def test_only_what_is_bad_enough_is_urgent_and_good_news_never(urgent, state, severity, is_it):
    assert is_urgent(Route(urgent=urgent), state, severity) is is_it
