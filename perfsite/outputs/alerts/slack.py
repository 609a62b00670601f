"""Alerts as JSON for Slack's incoming webhooks, which Mattermost and Rocket.Chat take, too.

https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks, and .../formatting-message-text: `&`, `<` and
`>` are escaped, so that nothing of a name becomes a mention or a link. Mattermost and Rocket.Chat read `text` only and
find mentions in plain text, too: a zero-width space within the mark keeps them from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from perfsite.outputs.alerts.texts import Form, body_of, title_of, web
from perfsite.report.markdown import plain

if TYPE_CHECKING:
    from perfsite.report.alert_views import Alert

_SECTION: Final = 2900
"""A section takes 3,000 characters, a header 150, a message 50 blocks."""
_HEADER: Final = 150
_MARKS: Final = str.maketrans({mark: f"\u200b{mark}\u200b" for mark in "*_~`"})


def escaped(text: str, most: int) -> str:
    """Return any text as Slack shows it literally."""
    safe = plain(text, most).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return safe.translate(_MARKS)


def _link(text: str, url: str) -> str:
    return f"<{web(url).replace('&', '&amp;')}|{text.replace('|', '¦')}>"


_FORM: Final = Form(
    safe=escaped,
    link=_link,
    bold=lambda text: f"*{text}*",
    items=lambda lines: "\n".join(f"• {line}" for line in lines),
    paragraph=str,
    between="\n",
)


def slack_message(alerts: Sequence[Alert], project: str) -> dict[str, Any]:
    """Return the message for some alerts."""
    title, body = title_of(alerts, project), body_of(alerts, _FORM)
    sections = _pieces(body)
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": _cut(title, _HEADER), "emoji": False}}
    ]
    blocks += [{"type": "section", "text": {"type": "mrkdwn", "text": piece, "verbatim": True}} for piece in sections]
    blocks.append(
        {"type": "context", "elements": [{"type": "plain_text", "text": _cut(plain(project), 150), "emoji": False}]}
    )
    return {"text": f"*{escaped(title, 200)}*\n{body}", "blocks": blocks, "unfurl_links": False}


def _pieces(body: str) -> list[str]:
    """Return a body in pieces that fit into a section each, cut between lines; a message holds forty at most."""
    pieces = [""]
    for line in body.split("\n"):
        if len(pieces[-1]) + len(line) + 1 > _SECTION and pieces[-1]:
            pieces.append("")
        pieces[-1] += f"{line[:_SECTION]}\n"
    return [piece.rstrip("\n") for piece in pieces if piece.strip()][:40]


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
