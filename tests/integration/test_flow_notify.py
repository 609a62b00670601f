"""Alerts from end to end: real histories, the real command, real receivers; each turn told once."""

from __future__ import annotations

import cProfile
import json
import pstats
import re
from datetime import UTC, datetime

import pytest
from alerted_project import HOSTILE, SLACK, levels, record, settings
from receivers import Webhook, listening

from perfsite.workflow.notifying import NotifyWish, notify
from perfsite.workflow.project import open_project

pytestmark = pytest.mark.slow
SECRET = "T0SECRET/B1SECRET/xyzzy"


@pytest.fixture
def webhook():
    with listening(Webhook()) as webhook:
        yield webhook


@pytest.fixture
def alerted(project):
    """Return a project whose newest five commits are slower by a third."""
    record(project, 0, 25, levels(25))
    settings(project, SLACK)
    return project


def env_of(webhook: Webhook) -> dict[str, str]:
    return {"CHAT_URL": f"{webhook.url}/services/{SECRET}"}


def everything(place) -> str:
    """Return all that perfsite wrote into a project, as text."""
    files = [file for file in place.path.rglob("*") if file.is_file() and ".git/objects" not in str(file)]
    return "\n".join(file.read_text(encoding="utf-8", errors="replace") for file in files)


def test_a_regression_is_told_once_and_its_end_once(alerted, webhook):
    env = env_of(webhook)
    told = alerted.good("notify", env=env)
    assert re.search(r"chat: sent: Regression: .*regressed by \+\d\d\.\d %", told)
    (request,) = webhook.received
    assert request.path == f"/services/{SECRET}"
    text = request.json["text"]
    assert "https://perf.example/parser/incidents/" in text
    assert "change 20" in text
    assert len(request.json["blocks"]) >= 3
    assert "chat: nothing to tell" in alerted.good("notify", env=env)
    record(alerted, 25, 34, levels(34, mended_at=25))
    assert "chat: sent: Fixed: " in alerted.good("notify", env=env)
    assert "chat: nothing to tell" in alerted.good("notify", env=env)
    assert len(webhook.received) == 2


def test_nothing_hostile_is_a_mention_a_link_or_markup(alerted, webhook):
    alerted.good("notify", env=env_of(webhook))
    told = json.dumps(webhook.received[0].json, ensure_ascii=False)
    for mark in ("<!channel>", "<!here>", "@everyone", "http://evil"):
        assert mark not in told, mark
    assert "@\u200beveryone" in told
    assert HOSTILE not in told
    assert "<b>" not in webhook.received[0].json["text"]


def test_the_address_is_nowhere(alerted, webhook):
    webhook.status = 500
    env = env_of(webhook)
    runs = [alerted.perfsite("-vv", "notify", *more, env=env) for more in ((), ("--json",), ("--test",))]
    assert [done.code for done in runs] == [5, 5, 5]
    shown = "".join(done.out + done.err for done in runs)
    assert "it answered 500" in shown
    for place in (shown, everything(alerted)):
        assert "SECRET" not in place
        assert "xyzzy" not in place
        assert "127.0.0.1" not in place


def test_incidents_are_found_once_for_all_that_is_told_of_them(alerted, webhook):
    wish = NotifyWish(now=datetime.now(UTC), environ=env_of(webhook), is_dry=True)
    profile = cProfile.Profile()
    (served,) = profile.runcall(notify, open_project(alerted.path), wish).served
    assert [one.outcome for one in served.told] == ["would be sent"]
    counts = {name: count for (_, _, name), (count, *_) in pstats.Stats(profile).stats.items()}
    assert counts["find_incidents"] == 1


def test_what_did_not_arrive_is_told_by_the_next_run(alerted, webhook):
    env = env_of(webhook)
    webhook.status = 503
    done = alerted.perfsite("notify", env=env)
    assert done.code == 5
    assert "chat: failed, it answered 503: Regression" in done.out
    webhook.status = 200
    assert "chat: sent: Regression" in alerted.good("notify", env=env)
    assert "nothing to tell" in alerted.good("notify", env=env)


def test_a_server_that_asks_to_wait_a_moment_is_asked_again_at_once(alerted, webhook):
    webhook.statuses, webhook.headers = [429], {"Retry-After": "1"}
    assert "chat: sent" in alerted.good("notify", env=env_of(webhook))
    assert len(webhook.received) == 2


def test_where_no_channel_can_be_served_nothing_is_said_to_be_remembered(alerted):
    settings(alerted, '[[notify.channels]]\nname = "unset"\nurl_env = "NOT_SET"\n')
    done = alerted.perfsite("notify")
    assert (done.code, "remembered" in done.out) == (5, False)


def test_one_channel_that_fails_keeps_no_other_from_being_told(alerted, webhook):
    other = '[[notify.channels]]\nname = "gone"\nurl_env = "GONE_URL"\nkind = "json"\n'
    missing = '[[notify.channels]]\nname = "unset"\nurl_env = "NOT_SET"\n'
    settings(alerted, f"{other}{missing}{SLACK}")
    env = {**env_of(webhook), "GONE_URL": "http://127.0.0.1:1/none"}
    done = alerted.perfsite("notify", env=env)
    assert done.code == 5
    assert "gone: failed, no connection: Regression" in done.out
    assert "unset: failed: the environment variable NOT_SET is not set" in done.out
    assert "chat: sent: Regression" in done.out
    env["GONE_URL"] = f"{webhook.url}/json"
    done = alerted.perfsite("notify", env=env)
    assert "gone: sent: Regression" in done.out
    assert "chat: nothing to tell" in done.out
    document = webhook.received[-1].json
    assert (document["version"], document["kind"], document["project"]) == (1, "perfsite-alerts", "Parser")
    (alert,) = document["alerts"]
    assert (alert["state"], alert["severity"], alert["environments"]) == ("confirmed", "critical", ["desk"])
    assert 0.25 < alert["delta"] < 0.35


def test_a_dry_run_sends_and_stores_nothing(alerted, webhook):
    before = alerted.snapshot("history")
    answer = json.loads(alerted.good("notify", "--dry-run", "--json", env=env_of(webhook)))
    (channel,) = answer["channels"]
    assert [one["outcome"] for one in channel["messages"]] == ["would be sent"]
    assert answer["remembered"] is None
    assert webhook.received == []
    assert alerted.snapshot("history") == before


def test_a_test_message_tells_nobody_anything_and_is_not_remembered(alerted, webhook):
    before = alerted.snapshot("history")
    assert "chat: sent: Test: perfsite reaches this channel" in alerted.good("notify", "--test", env=env_of(webhook))
    assert alerted.snapshot("history") == before
    assert "nothing has changed" in webhook.received[0].json["text"]


def test_the_first_run_passes_over_what_is_old_and_a_day_brings_it_back(project, webhook):
    record(project, 0, 60, levels(60, slow_from=12))  # 30 days; the regression is 24 days before the newest commit
    settings(project, SLACK)
    env = env_of(webhook)
    told = project.good("notify", env=env)
    assert "chat: nothing to tell" in told
    assert "chat: 1 incident from before" in told
    assert webhook.received == []
    assert "chat: sent: Regression" in project.good("notify", "--since", "2026-01-01", env=env)
    assert "chat: nothing to tell" in project.good("notify", env=env)


def test_without_a_channel_a_workflow_goes_on(project):
    settings(project, "")
    done = project.perfsite("notify", "--push")
    assert (done.code, done.out) == (0, "")
    assert "there is no channel, so nothing is told; add [[notify.channels]]" in done.err


@pytest.mark.parametrize(
    ("arguments", "text", "said"),
    [
        (("--test",), "", "there is no channel"),
        (("--channel", "mail"), SLACK, "there is no channel 'mail'"),
        (("--since", "yesterday"), SLACK, "there is no such day"),
        (("--dry-run", "--test"), SLACK, "do not go together"),
        ((), f'{SLACK}url = "https://hooks.slack.com/{SECRET}"\n', "an address is a secret"),
        ((), SLACK.replace('kind = "slack"\n', ""), "its address does not tell what it takes"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(project, webhook, arguments, text, said):
    settings(project, text)
    done = project.perfsite("notify", *arguments, env=env_of(webhook))
    assert done.code == 2
    assert said in done.err
    assert "SECRET" not in done.err
