"""`[notify]` and `[[owners]]`: what may stand there, and what is said of what may not, secrets never repeated."""

from datetime import UTC, time
from zoneinfo import ZoneInfo

import pytest

from perfsite.config import parse
from perfsite.config.notify import ChannelKind, Digest, Route
from perfsite.errors import ConfigError
from perfsite.model.alert import AlertState
from perfsite.model.findings import Severity
from perfsite.model.series import SeriesKey

SECRET = "T0SECRET/B1SECRET/xyzzy"
CHANNEL = '[[notify.channels]]\nname = "a"\nurl_env = "A"\n'


def test_a_channel_has_the_routing_of_the_table_and_its_own():
    settings = parse(
        '[notify]\nseverity = "major"\nquiet = "22:00-07:00"\ntimezone = "Europe/Berlin"\nurgent = "critical"\n'
        '[[notify.channels]]\nname = "chat"\nurl_env = "CHAT"\nkind = "slack"\n'
        '[[notify.channels]]\nname = "mail"\nurl_env = "MAIL"\nseverity = "minor"\nquiet = "never"\nurgent = "never"\n'
        'digest = "weekly"\ndigest_at = "08:30"\nstates = ["fixed", "new"]\nenvironments = ["ci-*"]\n',
        where="x",
    ).notify
    chat, mail = settings.channels
    assert (chat.name, chat.url_env, chat.kind) == ("chat", "CHAT", ChannelKind.SLACK)
    assert (chat.route.severity, chat.route.quiet) == (Severity.MAJOR, (time(22), time(7)))
    assert (chat.route.timezone, chat.route.urgent) == (ZoneInfo("Europe/Berlin"), Severity.CRITICAL)
    assert (mail.route.severity, mail.route.quiet, mail.route.urgent) == (Severity.MINOR, None, None)
    assert (mail.route.digest, mail.route.digest_at) == (Digest.WEEKLY, time(8, 30))
    assert mail.route.states == (AlertState.NEW, AlertState.FIXED)
    assert settings.days == 14


def test_people_are_not_told_of_suspicions_unless_they_ask():
    route = parse(CHANNEL, where="x").notify.channels[0].route
    assert route == Route()
    assert route.states == (AlertState.CONFIRMED, AlertState.REOPENED, AlertState.FIXED)
    assert (route.timezone, route.digest) == (UTC, Digest.NEVER)


def test_the_last_owner_whose_globs_select_a_series_owns_it():
    settings = parse(
        '[[owners]]\nowner = "@all"\n[[owners]]\nowner = "@parser"\nbenchmark = "parse/*"\n', where="x"
    ).notify
    key = SeriesKey(benchmark="parse/json", metric="time", environment="ci")
    assert settings.owner_of(key, "s") == "@parser"
    assert settings.owner_of(SeriesKey(benchmark="import", metric="time", environment="ci"), "s") == "@all"
    assert parse("", where="x").notify.owner_of(key, "s") is None


@pytest.mark.parametrize(
    ("route", "environments", "groups", "owners", "goes"),
    [
        (Route(), ["ci"], [], [], True),
        (Route(environments=("ci-*",)), ["ci-arm", "lab"], [], [], True),
        (Route(environments=("ci-*",)), ["lab"], [], [], False),
        (Route(groups=("parser",)), ["lab"], ["parser", "io"], [], True),
        (Route(groups=("parser",)), ["lab"], [], [], False),
        (Route(owners=("@parser",), environments=("lab",)), ["lab"], [], ["@parser"], True),
        (Route(owners=("@parser",), environments=("ci",)), ["lab"], [], ["@parser"], False),
    ],
)
def test_an_incident_goes_where_all_that_is_asked_for_is_met(route, environments, groups, owners, goes):
    assert route.takes_one_of(environments, groups, owners) is goes


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[notify]\nquiet = "22-7"', "line 2: notify.quiet: expected"),
        ('[notify]\nquiet = "24:00-07:00"', "notify.quiet"),
        ('[notify]\ntimezone = "Mars/Olympus"', "line 2: notify.timezone: expected a time zone"),
        ('[notify]\ntimezone = "../../etc/passwd"', "notify.timezone"),
        ('[notify]\nstates = ["acknowledged"]', "line 2: notify.states: expected a list of new, confirmed"),
        ("[notify]\nstates = []", "notify.states"),
        ("[notify]\nstates = [[]]", "notify.states"),
        ('[notify]\nseverity = "none"', "notify.severity: expected one of minor, major, critical"),
        ('[notify]\ndigest = "hourly"', "notify.digest: expected one of never, daily, weekly"),
        ('[notify]\ndigest_at = "9"', "notify.digest_at: expected a time of the day"),
        ("[notify]\ndays = 0", "notify.days"),
        ("notify = 3", "line 1: notify: expected a table"),
        ("[[notify.channels]]\nurl_env = 'A'", "line 1: notify.channels: give `name`"),
        ("[[notify.channels]]\nname = 'a'", "line 1: notify.channels: 'a' needs `url_env`"),
        (f"{CHANNEL}{CHANNEL}", "notify.channels: two are called 'a'"),
        (f"{CHANNEL}kind = 'telegram'", "line 4: notify.channels.kind: expected one of slack, json, github-issues"),
        ("[[owners]]\nbenchmark = 'a'", "line 1: owners: give `owner`"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(text, said):
    with pytest.raises(ConfigError) as raised:
        parse(text, where="x")
    assert said in str(raised.value)


@pytest.mark.parametrize(
    "line",
    [
        f'url = "https://hooks.slack.com/services/{SECRET}"',
        f'url_env = "https://hooks.slack.com/services/{SECRET}"',
        f'url_env = "{SECRET}"',
        f'url_env = ["{SECRET}"]',
        f'kind = "slack://{SECRET}"',
        f'webhook = "{SECRET}"',
        f'slack = "slack://{SECRET}"',
    ],
)
def test_an_address_in_the_file_is_refused_and_never_repeated(line):
    with pytest.raises(ConfigError) as raised:
        parse(f'[[notify.channels]]\nname = "a"\n{line}\n', where="x")
    told = f"{raised.value} {raised.value.hint}"
    assert "an address is a secret: put it into an environment variable" in told
    assert "SECRET" not in told
    assert "xyzzy" not in told
    assert "line 3" in told
