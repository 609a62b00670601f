"""Messages: alerts in the forms that a channel may take, ready to be sent."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from perfsite.model.alert import OVER, AlertState
from perfsite.outputs.alerts.document import alerts_document
from perfsite.outputs.alerts.slack import slack_message
from perfsite.outputs.alerts.texts import HTML, MARKDOWN, PLAIN, body_of, short_of, title_of
from perfsite.report.markdown import markdown

if TYPE_CHECKING:
    from perfsite.report.alert_views import Alert


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message: `title` in one line, and everything that the process which sends it may need, as JSON values."""

    title: str
    content: dict[str, Any]


def slack(alerts: Sequence[Alert], project: str) -> Message:
    """Return the message for a webhook of Slack's kind."""
    return Message(title=title_of(alerts, project), content={"json": slack_message(alerts, project)})


def document(alerts: Sequence[Alert], project: str, now: datetime) -> Message:
    """Return the message for a webhook that takes perfsite's own document."""
    return Message(title=title_of(alerts, project), content={"json": alerts_document(alerts, project, now)})


def service(alerts: Sequence[Alert], project: str) -> Message:
    """Return the message for any service: every form, for the service decides which it takes."""
    title = title_of(alerts, project)
    content = {
        "title": title,
        "markdown_title": f"**{markdown(title, 200)}**",
        "text": body_of(alerts, PLAIN),
        "markdown": body_of(alerts, MARKDOWN),
        "markdown_short": body_of(alerts, MARKDOWN, most_commits=1),
        "html": body_of(alerts, HTML),
        "short": short_of(alerts),
        "type": _type(alerts),
        "key": f"perfsite-{alerts[0].id}",
        "url": next((alert.url for alert in alerts if alert.url), None),
        "picture": _picture(alerts),
    }
    return Message(title=title, content=content)


def _type(alerts: Sequence[Alert]) -> str:
    """Return how bad the worst of the alerts is, in the words of notification services."""
    bad = [alert for alert in alerts if alert.state not in OVER]
    if not bad:
        return "success"
    worst = any(alert.severity == "critical" and alert.state is not AlertState.NEW for alert in bad)
    return "failure" if worst else "warning"


def _picture(alerts: Sequence[Alert]) -> str | None:
    """Return the picture of the only alert in base64; a message on several has none."""
    (alert, *others) = alerts
    if others or alert.chart is None:
        return None
    from perfsite.outputs.alerts.picture import alert_picture

    return b64encode(alert_picture(alert.chart, alert.title)).decode()
