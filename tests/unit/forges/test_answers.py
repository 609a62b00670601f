"""Whatever a host answers, it is read as what it should be or told in words: no answer is a bug of ours."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfsite.errors import DeliveryError
from perfsite.forges.fields import Record, record_of
from perfsite.forges.http import Answer, checked_base, is_loopback, origin
from perfsite.forges.limits import asked_pause_s, limit_of
from perfsite.forges.proxies import pool_for
from perfsite.forges.refusals import told

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
NAMES = ("retry-after", "x-ratelimit-remaining", "x-ratelimit-reset", "date")


def fault(call, *arguments, **options):
    """Return the error of a call, which may be of no kind but the one for people; None where it went well."""
    try:
        call(*arguments, **options)
    except DeliveryError as error:
        return error
    return None


@given(st.sampled_from([200, 403, 429, 500]), st.dictionaries(st.sampled_from(NAMES), st.text()), JSON)
def test_no_header_of_a_limit_is_a_bug(status, headers, body):
    limit = limit_of(status, headers, lambda: body, NOW)
    assert 0 <= asked_pause_s(headers, NOW) < math.inf
    if limit is not None:
        assert status in {403, 429}
        assert 0 <= limit.wait_s < math.inf
        assert "UTC" in limit.hint


@given(st.integers(0, 10**6))
def test_a_pause_is_as_long_as_the_host_says(seconds):
    assert limit_of(429, {"retry-after": str(seconds)}, dict, NOW).wait_s == seconds
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW.timestamp()) + seconds)}
    assert limit_of(403, headers, dict, NOW).wait_s == seconds


def test_a_moment_that_is_over_is_not_waited_for():
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int((NOW - timedelta(days=1)).timestamp()))}
    assert limit_of(403, headers, dict, NOW).wait_s == 0


def test_a_refusal_that_is_no_limit_is_none():
    assert limit_of(403, {"x-ratelimit-remaining": "12"}, lambda: {"message": "Resource not accessible"}, NOW) is None
    assert limit_of(500, {"retry-after": "3"}, dict, NOW) is None


@given(
    JSON | st.fixed_dictionaries({}, optional=dict.fromkeys(("message", "errors", "error", "error_description"), JSON))
)
def test_whatever_a_refusal_says_is_one_short_line(body):
    import json

    words = told(Answer(status=422, headers={}, body=json.dumps(body).encode()))
    assert len(words) <= 303
    assert not set("\n\r\x1b\x00\x85\u2028") & set(words)
    words.encode()


@given(st.binary())
def test_bytes_that_are_no_json_say_nothing(body):
    answer = Answer(status=422, headers={}, body=body)
    told(answer)
    answer.json()


READERS = ["text", "text_or_none", "number", "flag", "sha", "time", "web", "record", "record_or_none", "texts"]


@given(JSON, st.sampled_from(READERS))
def test_a_field_has_its_type_or_is_named(value, reader):
    error = fault(getattr(Record({"x": value}, "GET /y: $"), reader), "x")
    if error is not None:
        assert error.where == "GET /y: $.x"
        assert str(error).startswith("GET /y: $.x: expected ")
        assert error.hint


@given(JSON)
def test_the_objects_of_a_list_are_objects_or_one_is_named(value):
    found = []
    error = fault(lambda: found.extend(record_of(value, "GET /y").records("x")))
    assert [each.where for each in found] == [f"GET /y: $.x[{index}]" for index in range(len(found))]
    assert error is None or error.where.startswith("GET /y: $")


@pytest.mark.parametrize(
    ("time", "utc"),
    [("2026-11-22T12:00:00Z", NOW), ("2026-11-22T13:00:00.000+01:00", NOW)],
)
def test_a_time_is_read_in_utc(time, utc):
    assert Record({"x": time}, "$").time("x") == utc


@pytest.mark.parametrize(
    "time", ["", "2026-11-22T12:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "x"]
)
def test_a_time_that_is_none_is_named(time):
    with pytest.raises(DeliveryError, match=r"\$\.x: expected a time"):
        Record({"x": time}, "$").time("x")


@given(st.text())
def test_no_address_is_a_bug(url):
    origin(url)
    is_loopback(url)
    error = fault(checked_base, url, name="GITHUB_API_URL")
    assert error is None or error.where == "GITHUB_API_URL"


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "127.evil",
        "[::2]",
        "0.0.0.0",
        "evil@127x",
        "127.0.0.1@evil.example",
    ],
)
def test_only_this_machine_may_be_plain(host):
    assert not is_loopback(f"http://{host}/")
    with pytest.raises(DeliveryError):
        checked_base(f"http://{host}/", name="X")


PROXIES = st.text(max_size=30) | st.text(alphabet="htps:/[]@.%0a9é", max_size=20).map("http://".__add__)


@given(PROXIES, st.text(max_size=30))
def test_no_proxy_is_a_bug(proxy, exceptions):
    error = fault(pool_for, "https://api.github.com", {"HTTPS_PROXY": proxy, "NO_PROXY": exceptions})
    assert error is None or error.where == "HTTPS_PROXY"


def test_gitlab_tells_its_limit_by_other_names_and_only_one_that_is_used_up():
    moment = {"ratelimit-reset": str(int(NOW.timestamp()) + 40)}
    assert limit_of(429, {"ratelimit-remaining": "0", **moment}, lambda: None, NOW).wait_s == 40
    # The limit on notes is another one: those headers speak of one that has requests left.
    told = {"message": {"error": "This endpoint has been requested too many times. Try again later."}}
    assert limit_of(429, {"ratelimit-remaining": "595", **moment}, lambda: told, NOW).wait_s == 60
    assert limit_of(403, {"ratelimit-remaining": "595", **moment}, lambda: told, NOW) is None
