"""Once each: several runs at once, runs that die, quiet hours and digests, against a real remote."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest
from alerted_project import SLACK, levels, record, settings
from receivers import Webhook, listening

from perfsite.workflow.notifying import NotifyWish, notify
from perfsite.workflow.project import open_project

pytestmark = pytest.mark.slow


@pytest.fixture
def webhook():
    with listening(Webhook()) as webhook:
        yield webhook


@pytest.fixture
def alerted(project, place):
    """Return a project with a remote, whose newest five commits are slower by a third."""
    origin = place("origin.git", git=False)
    origin.git("init", "-q", "--bare", "--initial-branch=main")
    project.git("remote", "add", "origin", origin.path.as_uri())
    record(project, 0, 25, levels(25))
    project.git("push", "-q", "origin", "main")
    settings(project, SLACK)
    return project


def env_of(webhook: Webhook) -> dict[str, str]:
    return {"CHAT_URL": f"{webhook.url}/hook"}


def start(place, env: dict[str, str]) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "perfsite", "notify", "--push", "--json"]
    return subprocess.Popen(
        command, cwd=place.path, env={**os.environ, **env}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip


def told(place, webhook: Webhook, now: datetime, **more):
    """Notify as a run would at some time; return what became of the messages of the first channel."""
    wish = NotifyWish(now=now, environ=env_of(webhook), **more)
    (served,) = notify(open_project(place.path), wish).served
    return [one.outcome for one in served.told], [state for _, state in served.held]


def test_of_many_runs_at_once_one_tells(alerted, webhook):
    webhook.wait_s = 0.5
    runs = [start(alerted, env_of(webhook)) for _ in range(5)]
    ended = [(*run.communicate(timeout=180), run.returncode) for run in runs]
    assert [code for _, _, code in ended] == [0] * 5, ended
    messages = [one for out, _, _ in ended for one in json.loads(out)["channels"][0]["messages"]]
    assert [one["outcome"] for one in messages] == ["sent"]
    assert len(webhook.received) == 1
    assert [json.loads(line).get("outcome") for line in branch_events(alerted)] == [None, "sending", "sent"]


def branch_events(place) -> list[str]:
    place.git("fetch", "-q", "origin", "perf-history")
    return place.git("show", "FETCH_HEAD:events.jsonl").splitlines()


def test_a_run_that_dies_before_it_can_say_so_is_told_again_later_with_a_remark(alerted, webhook):
    webhook.wait_s = 8
    run = start(alerted, env_of(webhook))
    end = time.monotonic() + 60
    while not webhook.received and time.monotonic() < end:
        time.sleep(0.05)
    os.killpg(run.pid, signal.SIGKILL)
    run.communicate(timeout=30)
    assert len(webhook.received) == 1
    assert [json.loads(line).get("outcome") for line in branch_events(alerted)] == [None, "sending"]
    webhook.wait_s = 0
    now = datetime.now(UTC)
    # Its claim is respected for a while: it may be alive, and slow.
    assert told(alerted, webhook, now, push=True) == ([], [])
    assert told(alerted, webhook, now + timedelta(minutes=16), push=True) == (["sent"], [])
    assert "Perhaps you have read this before" in webhook.received[-1].json["text"]
    assert told(alerted, webhook, now + timedelta(hours=1), push=True) == ([], [])
    assert len(webhook.received) == 2


def test_nothing_is_sent_that_cannot_be_remembered(alerted, webhook):
    alerted.git("remote", "set-url", "origin", "file:///nowhere/at/all.git")
    done = alerted.perfsite("notify", "--push", env=env_of(webhook))
    assert done.code == 4, done.err
    assert webhook.received == []


def test_a_receiver_that_does_not_answer_is_not_waited_for(alerted, webhook):
    webhook.wait_s = 15
    began = time.monotonic()
    done = alerted.perfsite("notify", "--push", env=env_of(webhook))
    assert done.code == 5
    assert "no answer in time, so that it may have arrived" in done.out
    assert time.monotonic() - began < 40
    webhook.wait_s = 0
    now = datetime.now(UTC)
    assert told(alerted, webhook, now, push=True) == ([], [])
    assert told(alerted, webhook, now + timedelta(minutes=16), push=True) == (["sent"], [])
    assert "Perhaps you have read this before" in webhook.received[-1].json["text"]


def test_what_is_held_in_quiet_hours_is_told_after_them(alerted, webhook):
    settings(alerted, f'[notify]\nquiet = "22:00-07:00"\n{SLACK}')
    night, morning = datetime(2026, 1, 20, 23, tzinfo=UTC), datetime(2026, 1, 21, 7, 30, tzinfo=UTC)
    assert told(alerted, webhook, night) == ([], ["confirmed"])
    assert told(alerted, webhook, night + timedelta(hours=1)) == ([], ["confirmed"])
    lines = (alerted.path / "history" / "events.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line).get("outcome") for line in lines] == [None, "held"]
    assert webhook.received == []
    assert told(alerted, webhook, morning) == (["sent"], [])
    assert told(alerted, webhook, morning) == ([], [])


def test_what_is_urgent_is_not_held(alerted, webhook):
    settings(alerted, f'[notify]\nquiet = "22:00-07:00"\nurgent = "critical"\n{SLACK}')
    assert told(alerted, webhook, datetime(2026, 1, 20, 23, tzinfo=UTC)) == (["sent"], [])


def test_a_digest_collects_until_its_time(alerted, webhook):
    settings(alerted, f'[notify]\ndigest = "daily"\ndigest_at = "09:00"\n{SLACK}')
    noon = datetime(2026, 1, 20, 12, tzinfo=UTC)
    assert told(alerted, webhook, noon) == ([], ["confirmed"])
    assert told(alerted, webhook, noon + timedelta(hours=12)) == ([], ["confirmed"])
    assert told(alerted, webhook, noon + timedelta(hours=21)) == (["sent"], [])
    assert told(alerted, webhook, noon + timedelta(days=2)) == ([], [])


def test_what_is_held_back_is_told_with_what_it_waits_for(alerted, webhook):
    settings(alerted, f'[notify]\ndigest = "weekly"\n{SLACK}')
    done = subprocess.run(
        [sys.executable, "-m", "perfsite", "notify", "--dry-run", "--since", "2020-01-01"],
        cwd=alerted.path, env={**os.environ, **env_of(webhook)}, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert "1 alert held back for the weekly digest" in done.stdout


def test_what_began_and_ended_in_quiet_hours_is_told_as_fixed(alerted, webhook):
    settings(alerted, f'[notify]\nquiet = "22:00-07:00"\n{SLACK}')
    record(alerted, 25, 32, levels(32))
    assert told(alerted, webhook, datetime(2026, 1, 20, 23, tzinfo=UTC)) == ([], ["confirmed"])
    record(alerted, 32, 44, levels(44, mended_at=32))
    assert told(alerted, webhook, datetime(2026, 1, 21, 8, tzinfo=UTC)) == (["sent"], [])
    assert webhook.received[0].json["text"].startswith("*Fixed")


def test_more_than_five_alerts_are_one_message(project, webhook):
    names = [f"b{i}" for i in range(8)]
    for i in range(40):
        sha = project.commit(f"change {i}", at=12 * i)
        for k, name in enumerate(names):
            level = 1.3 if i >= 10 + 3 * k else 1.0
            project.quickly_recorded(
                [level * (1 + 0.002 * ((i * 7 + j * 3 + k) % 5)) for j in range(5)], commit=sha, name=name
            )
    settings(project, SLACK)
    assert told(project, webhook, datetime(2026, 1, 21, tzinfo=UTC), since=datetime(2026, 1, 1, tzinfo=UTC))[0] == [
        "sent"
    ]
    (request,) = webhook.received
    assert "Parser: 8 confirmed" in request.json["text"]
    assert request.json["text"].count("https://perf.example/parser/incidents/") == 8
