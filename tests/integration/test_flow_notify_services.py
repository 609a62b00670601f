"""What each service is really sent: mail to a mail server, Discord, Teams and PagerDuty behind a proxy, issues."""

from __future__ import annotations

import email
import email.policy
import json
import re
from io import BytesIO

import pytest
from aiosmtpd.controller import Controller
from alerted_project import levels, record, settings
from PIL import Image
from receivers import Webhook, certificate, listening, speaking_tls

pytestmark = pytest.mark.slow
SECRET = "5ecret0f0urs5ecret0f0urs"
HOSTS = ("discord.com", "events.pagerduty.com", "prod-1.westeurope.logic.azure.com")


@pytest.fixture(scope="module")
def pem(tmp_path_factory):
    """Return a certificate for the hosts of services, which this machine trusts nowhere else."""
    return certificate(tmp_path_factory.mktemp("tls"), *HOSTS)


@pytest.fixture
def proxied(pem, monkeypatch):
    """Send what goes to the hosts of services here: by the variables that any HTTP client honours, and real TLS."""
    with listening(Webhook(status=202, tls=speaking_tls(pem))) as webhook:
        for name in ("HTTPS_PROXY", "https_proxy"):
            monkeypatch.setenv(name, webhook.url)
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(pem))
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
        yield webhook


@pytest.fixture
def alerted(project):
    """Return a project whose newest eight commits are slower by a third."""
    record(project, 0, 28, levels(28))
    return project


def channel(place) -> None:
    settings(place, '[[notify.channels]]\nname = "there"\nurl_env = "THERE_URL"\n')


def no_secret(done) -> None:
    for part in (SECRET, "5ecret", "127.0.0.1"):
        assert part not in done.out
        assert part not in done.err


class Mailbox:
    """Keeps the messages that a mail server takes."""

    def __init__(self) -> None:
        self.messages: list[email.message.EmailMessage] = []
        self.to: list[list[str]] = []

    async def handle_DATA(self, _server, _session, envelope) -> str:  # noqa: N802  # aiosmtpd's name
        self.messages.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        self.to.append(envelope.rcpt_tos)
        return "250 taken"


class AnyPort(Controller):
    """A mail server on a free port, which it looks up before it calls itself to see that it is there."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def mailbox():
    box = Mailbox()
    controller = AnyPort(box, hostname="127.0.0.1", port=0)
    controller.start()
    box.port = controller.port
    yield box
    controller.stop()


def test_a_mail_has_a_subject_of_one_line_html_and_the_picture(alerted, mailbox):
    channel(alerted)
    url = f"mailto://127.0.0.1:{mailbox.port}?from=perf@example.org&to=team@example.org&pass={SECRET}"
    done = alerted.perfsite("-vv", "notify", env={"THERE_URL": url})
    assert done.code == 0, done.out + done.err
    no_secret(done)
    (message,) = mailbox.messages
    assert mailbox.to == [["team@example.org"]]
    assert message["Subject"].startswith("Regression: ")
    assert "\n" not in message["Subject"]
    parts = {part.get_content_type(): part for part in message.walk()}
    html = parts["text/html"].get_content()
    assert 'href="https://perf.example/parser/incidents/' in html
    assert "&lt;b&gt;" in html
    assert "<b>" not in html
    picture = Image.open(BytesIO(parts["image/png"].get_content()))
    assert (picture.format, picture.width) == ("PNG", 1280)


def test_discord_gets_markdown_without_mentions_and_then_the_picture(alerted, proxied):
    proxied.status = 200
    channel(alerted)
    done = alerted.perfsite("-vv", "notify", env={"THERE_URL": f"https://discord.com/api/webhooks/4174216298/{SECRET}"})
    assert done.code == 0, done.out + done.err
    no_secret(done)
    text, picture = proxied.received
    assert (text.host, text.path) == ("discord.com", f"/api/webhooks/4174216298/{SECRET}")
    content = text.json["content"]
    assert len(content) <= 2000
    assert "(https://perf.example/parser/incidents/" in content
    for mention in ("@everyone", "<!here>", "<!channel>"):
        assert mention not in content
    assert "allow_mentions" not in text.json
    assert b"\x89PNG" in picture.body


def test_teams_gets_a_card_without_mentions(alerted, proxied):
    channel(alerted)
    url = f"workflows://prod-1.westeurope.logic.azure.com:443/643e69f83c8944438d68119179a10a64/{SECRET}"
    done = alerted.perfsite("-vv", "notify", env={"THERE_URL": url})
    assert done.code == 0, done.out + done.err
    no_secret(done)
    (request,) = proxied.received
    (card,) = request.json["attachments"]
    text = "\n".join(block.get("text", "") for block in card["content"]["body"])
    assert "(https://perf.example/parser/incidents/" in text
    assert "entities" not in card["content"]["msteams"]
    assert "@everyone" not in text


def test_pagerduty_is_triggered_and_resolved_by_one_key(alerted, proxied):
    channel(alerted)
    env = {"THERE_URL": f"pagerduty://{SECRET}@{SECRET}api"}
    assert "sent: Regression" in alerted.good("notify", env=env)
    record(alerted, 28, 40, levels(40, mended_at=28))
    assert "sent: Fixed" in alerted.good("notify", env=env)
    raised, resolved = (request.json for request in proxied.received)
    assert (raised["event_action"], resolved["event_action"]) == ("trigger", "resolve")
    assert raised["dedup_key"] == resolved["dedup_key"]
    assert raised["dedup_key"].startswith("perfsite-")
    assert raised["payload"]["severity"] == "critical"
    assert len(raised["payload"]["summary"]) <= 1024
    assert raised["links"][0]["href"].startswith("https://perf.example/parser/incidents/")


def test_a_page_of_what_is_ignored_is_resolved_once_and_a_chat_is_told_nothing(alerted, proxied):
    channel(alerted)
    env = {"THERE_URL": f"pagerduty://{SECRET}@{SECRET}api"}
    chat = {"THERE_URL": f"discord://4174216298/{SECRET}"}
    alerted.good("notify", env=env)
    ignore(alerted)
    assert "there: nothing to tell" in alerted.good("notify", "--dry-run", env=chat)
    assert "sent: Ignored: " in alerted.good("notify", env=env)
    assert "there: nothing to tell" in alerted.good("notify", env=env)
    raised, resolved = (request.json for request in proxied.received)
    assert (raised["event_action"], resolved["event_action"]) == ("trigger", "resolve")
    assert raised["dedup_key"] == resolved["dedup_key"]
    (incident,) = json.loads(alerted.good("incidents", "list", "--all", "--json"))["incidents"]
    alerted.good("incidents", "reopen", incident["id"], "--reason", "it hurts after all", "--author", "Ada")
    assert "sent: Reopened: " in alerted.good("notify", env=env)
    assert proxied.received[-1].json["event_action"] == "trigger"


def ignore(place) -> None:
    """Ignore the only incident of a project."""
    (incident,) = json.loads(place.good("incidents", "list", "--json"))["incidents"]
    place.good("incidents", "ignore", incident["id"], "--reason", "a price @everyone agreed to", "--author", "Ada")


@pytest.mark.parametrize("status", [404, 500])
def test_a_service_that_refuses_is_named_by_its_answer_and_nothing_else(alerted, proxied, status):
    proxied.status = status
    channel(alerted)
    done = alerted.perfsite("-vv", "notify", "--json", env={"THERE_URL": f"discord://4174216298/{SECRET}"})
    assert done.code == 5
    no_secret(done)
    (message,) = json.loads(done.out)["channels"][0]["messages"]
    assert (message["outcome"], message["reason"]) == ("failed", f"it answered {status}")


@pytest.mark.parametrize("url", [f"discord://{SECRET}", f"nosuch://{SECRET}", f"pagerduty://{SECRET}", SECRET])
def test_an_address_that_apprise_does_not_know_is_not_repeated(alerted, url):
    channel(alerted)
    done = alerted.perfsite("-vv", "notify", env={"THERE_URL": url})
    assert done.code == 5
    assert "failed, its address is none that apprise knows" in done.out
    no_secret(done)


def test_without_apprise_it_is_said_how_to_get_it(alerted, tmp_path):
    channel(alerted)
    blocked = tmp_path / "blocked"
    blocked.mkdir()
    (blocked / "sitecustomize.py").write_text("import sys\nsys.modules['apprise'] = None\n", encoding="utf-8")
    done = alerted.perfsite("notify", env={"THERE_URL": f"discord://1/{SECRET}", "PYTHONPATH": str(blocked)})
    assert done.code == 2, done.err
    assert 'pip install "perfsite[notify]"' in done.err
    no_secret(done)


def test_the_issue_of_what_is_ignored_is_closed_as_not_planned_with_who_and_why(alerted, github_server):
    settings(alerted, '[[notify.channels]]\nname = "issues"\nkind = "github-issues"\n')
    env = github_server.environ
    alerted.good("notify", env=env)
    ignore(alerted)
    assert "issues: sent: Ignored: " in alerted.good("notify", env=env)
    (issue,) = github_server.issues.values()
    assert (issue["state"], issue["state_reason"]) == ("closed", "not_planned")
    (said,) = github_server.comments[issue["number"]]
    assert re.search(r"Ignored by Ada on [\d-]+: a price \\@\u200beveryone agreed to", said["body"])
    assert "issues: nothing to tell" in alerted.good("notify", env=env)
    assert len(github_server.comments[issue["number"]]) == 1
    assert github_server.problems == []


def test_an_incident_is_one_issue_commented_and_closed(alerted, github_server):
    settings(alerted, '[[notify.channels]]\nname = "issues"\nkind = "github-issues"\n')
    env = github_server.environ
    assert "issues: sent: Regression" in alerted.good("notify", env=env)
    assert "issues: nothing to tell" in alerted.good("notify", env=env)
    (issue,) = github_server.issues.values()
    assert [label["name"] for label in issue["labels"]] == ["performance"]
    assert issue["title"].startswith("Regression: ")
    assert "https://perf.example/parser/incidents/" in issue["body"]
    assert "@everyone" not in issue["title"] + issue["body"]
    record(alerted, 28, 40, levels(40, mended_at=28))
    assert "issues: sent: Fixed" in alerted.good("notify", env=env)
    assert (issue["state"], issue["state_reason"]) == ("closed", "completed")
    assert len(github_server.comments[issue["number"]]) == 1
    assert "issues: nothing to tell" in alerted.good("notify", env=env)
    assert github_server.problems == []


def test_an_issue_of_somebody_else_with_our_mark_is_left_alone(alerted, github_server):
    settings(alerted, '[[notify.channels]]\nname = "issues"\nkind = "github-issues"\n')
    answer = json.loads(alerted.good("incidents", "list", "--all", "--json"))
    label = {"name": "performance"}
    foreign = github_server.issue(5, body=f"<!-- perfsite incident {answer['incidents'][0]['id']} -->", title="theirs")
    foreign["labels"] = [{**example_label(), **label}]
    foreign["user"]["login"] = "mallory"
    assert "issues: sent: Regression" in alerted.good("notify", env=github_server.environ)
    assert len(github_server.issues) == 2
    assert github_server.comments[5] == []


def example_label():
    from github_description import example

    return example("issues/create")["labels"][0]


def test_a_token_that_may_not_write_issues_fails_that_channel_with_the_next_step(alerted, github_server):
    settings(alerted, '[[notify.channels]]\nname = "issues"\nkind = "github-issues"\n')
    github_server.permissions -= {"issues"}
    done = alerted.perfsite("-vv", "notify", env=github_server.environ)
    assert done.code == 5
    assert "issues: write" in done.out
    assert github_server.token not in done.out + done.err
    done = alerted.perfsite("notify", env={})
    assert done.code == 5
    assert "GITHUB_REPOSITORY" in done.out
