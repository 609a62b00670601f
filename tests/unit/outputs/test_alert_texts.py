"""The texts of alerts: the link first, numbers with their noise, and nothing hostile that becomes anything."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from perfsite.config.notify import ChannelKind
from perfsite.errors import ConfigError
from perfsite.model.alert import AlertState
from perfsite.outputs.alerts import messages
from perfsite.outputs.alerts.delivery import deliver, kind_of
from perfsite.outputs.alerts.picture import alert_picture
from perfsite.outputs.alerts.slack import slack_message
from perfsite.outputs.alerts.texts import HTML, MARKDOWN, PLAIN, body_of, title_of
from perfsite.report.alert_views import Alert, AlertCommit
from perfsite.report.incident_views import IncidentChart
from perfsite.report.views import CommitRef

NOW = datetime(2026, 5, 1, tzinfo=UTC)
URL = "https://perf.example/incidents/0123456789/"
REF = CommitRef(sha="a" * 40, short="a" * 8, subject="s", date="2026-05-01", url="commits/a/")
CHART = IncidentChart(
    width=640, height=120, line="M8 100L320 100L632 20", mark=400.0, before=(8.0, 400.0, 100.0),
    after=(400.0, 632.0, 20.0), before_text="1 ms", after_text="2 ms", first=REF, last=REF, points=3, name="parse",
)  # fmt: skip
ALERT = Alert(
    id="0123456789",
    state=AlertState.CONFIRMED,
    title="Regression: parse regressed by +13.8 %",
    sentence="parse regressed by +13.8 %.",
    url=URL,
    severity="critical",
    worst="parse · time · ci",
    size="+13.8 % (95 %: +12.0 % to +15.0 %)",
    noise="±1.2 %",
    levels="1.0 ms → 1.14 ms",
    delta=0.138,
    size_fraction=0.12,
    lead="99 % sure.",
    good="b" * 40,
    bad="a" * 40,
    range_text="One commit can have done it.",
    commits=(AlertCommit(short="aaaaaaaa", subject="slow", author="Ada", date="2026-05-01", url=URL, likely=True),),
    commit_count=1,
    series=3,
    standing=3,
    benchmarks=3,
    environments=("ci",),
    owners=("@parser",),
    hints=("It allocates more.",),
    chart=CHART,
)
HOSTILE = (
    "<!channel> <@U012AB3CD> @everyone @here #general &amp; *b* _i_ `c` [x](http://evil.example) <b onload=x> "
    "www.evil.example \x1b[31m \u202e \r\nBcc: all@example.org <!-- --> | ~s~ !subteam^S1 <at>all</at>"
)


def hostile(text: str) -> Alert:
    return replace(
        ALERT, title=text, sentence=text, worst=text, size=text, noise=text, levels=text, lead=text, why=text,
        range_text=text, environments=(text,), owners=(text,), hints=(text,),
        commits=(replace(ALERT.commits[0], subject=text, author=text),),
    )  # fmt: skip


def all_texts(alerts: list[Alert]) -> dict[str, str]:
    slack = slack_message(alerts, "Parser")
    return {
        "title": title_of(alerts, "Parser"),
        "plain": body_of(alerts, PLAIN),
        "markdown": body_of(alerts, MARKDOWN),
        "html": body_of(alerts, HTML),
        "slack": slack["text"] + json.dumps(slack["blocks"], ensure_ascii=False),
    }


def test_a_message_leads_with_its_link_and_tells_size_with_noise_culprit_owner_and_hint():
    texts = all_texts([ALERT])
    for name in ("plain", "markdown", "html"):
        text = texts[name]
        assert URL in text.split("\n")[0], name
        for part in ("+13.8 % (95 %", "1.2 %", "aaaaaaaa", "slow", "critical", "parser", "It allocates more"):
            assert part in text, (name, part)
    assert f"<{URL}|" in texts["slack"]


def test_the_sentence_that_the_title_says_is_not_said_twice():
    assert "regressed by" not in body_of([ALERT], PLAIN)
    assert "regressed by" in body_of([replace(ALERT, title="Regression: a title that was cut…")], PLAIN)


def test_many_alerts_are_a_line_each_and_then_a_number():
    alerts = [replace(ALERT, id=f"{i:010d}") for i in range(20)]
    assert title_of(alerts, "Parser") == "Parser: 20 confirmed"
    body = body_of(alerts, MARKDOWN)
    assert body.count(URL) == 15
    assert body.endswith("- and 5 more")


@pytest.mark.parametrize("alerts", [[hostile(HOSTILE)], [hostile(HOSTILE), ALERT]])
def test_nothing_hostile_becomes_a_mention_a_link_markup_or_a_header(alerts):
    for name, text in all_texts(alerts).items():
        for mark in ("@everyone", "@here", "<!channel>", "<@U012", "http://evil", "www.evil", "<!--"):
            assert mark not in text, (name, mark)
        if name in ("markdown", "html"):
            assert not re.search(r"(?<!\\)<(?:b |at>)", text)
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "\r" not in text
    title = title_of(alerts, "x")
    assert "\n" not in title
    assert not re.search(r"(?<!\\)[<*_`\[]", messages.service(alerts, "x").content["markdown_title"][2:-2])
    assert len(title) <= 300


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag, attrs):
        self.found.add(tag)
        self.attributes |= {name for name, _ in attrs}


@given(st.text(min_size=1, max_size=200))
def test_whatever_the_text_html_has_our_tags_only_and_slack_our_links_only(text):
    alert = hostile(text)
    tags = _Tags()
    tags.feed(body_of([alert], HTML))
    assert tags.found <= {"p", "a", "ul", "li", "strong"}
    assert tags.attributes <= {"href"}
    slack = slack_message([alert], text)
    json.dumps(slack).encode()
    for link in re.findall(r"<[^>]*>", slack["text"]):
        assert link.startswith(f"<{URL}|")
    assert all(len(block["text"]["text"]) <= 3000 for block in slack["blocks"] if "text" in block)


def test_a_slack_message_keeps_its_limits_however_much_there_is_to_tell():
    many = [replace(ALERT, title="x" * 5000, size="y" * 5000, id=str(i)) for i in range(200)]
    slack = slack_message(many, "z" * 5000)
    assert len(slack["blocks"]) <= 50
    assert len(slack["blocks"][0]["text"]["text"]) <= 150
    assert all(len(block["text"]["text"]) <= 3000 for block in slack["blocks"][1:-1])


def test_a_document_is_json_with_unrounded_numbers_and_its_version():
    document = json.loads(json.dumps(messages.document([ALERT], "Parser", NOW).content["json"], allow_nan=False))
    assert (document["version"], document["kind"]) == (1, "perfsite-alerts")
    assert (document["alerts"][0]["delta"], document["alerts"][0]["incident"]) == (0.138, "0123456789")


@pytest.mark.parametrize(
    ("state", "severity", "kind"),
    [
        (AlertState.NEW, "critical", "warning"),
        (AlertState.CONFIRMED, "critical", "failure"),
        (AlertState.REOPENED, "minor", "warning"),
        (AlertState.FIXED, "critical", "success"),
    ],
)
def test_a_service_is_told_how_bad_it_is(state, severity, kind):
    assert messages.service([replace(ALERT, state=state, severity=severity)], "x").content["type"] == kind


def test_a_picture_is_a_png_with_both_levels_in_their_colours(tmp_path):
    file = tmp_path / "alert.png"
    file.write_bytes(alert_picture(CHART, "Regression: ünïcode ☃ " + "long " * 100))
    with Image.open(file) as image:
        assert (image.format, image.size) == ("PNG", (1280, 508))
        colours = {colour for _, colour in image.convert("RGB").getcolors(100_000)}
    assert {(46, 125, 50), (198, 40, 40), (255, 255, 255)} <= colours
    assert alert_picture(CHART, "a") == alert_picture(CHART, "a")


@pytest.mark.parametrize(
    ("url", "told", "kind"),
    [
        ("https://hooks.slack.com/services/T/B/x", None, "slack"),
        ("https://chat.example/hooks/x", ChannelKind.SLACK, "slack"),
        ("https://any.example/x", ChannelKind.JSON, "json"),
        ("discord://a/b", None, "apprise"),
        ("https://discord.com/api/webhooks/1/x", None, "apprise"),
        ("https://prod-1.westeurope.logic.azure.com:443/workflows/x", None, "apprise"),
        ("mailtos://a:b@example.org", None, "apprise"),
    ],
)
def test_an_address_tells_how_a_channel_is_spoken_to(url, told, kind):
    assert kind_of("chat", url, told) == kind


@pytest.mark.parametrize("url", ["https://any.example/s3cret", "https://discord.com.evil.example/s3cret"])
def test_an_address_of_any_host_needs_its_kind_and_is_not_repeated(url):
    with pytest.raises(ConfigError) as raised:
        kind_of("chat", url, None)
    assert "set `kind`" in str(raised.value)
    assert "s3cret" not in f"{raised.value} {raised.value.hint}"


def test_a_webhook_without_tls_on_another_machine_is_not_spoken_to():
    (failure,) = deliver("json", "http://perf.example/s3cret", [messages.document([ALERT], "x", NOW)])
    assert failure is not None
    assert failure.reason == "its address must start with https://"
    assert failure.is_sure
