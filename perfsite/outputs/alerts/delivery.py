"""Delivery: messages to one channel, through a process that nobody hears, within a time."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from perfsite.config.notify import ChannelKind
from perfsite.errors import ConfigError

if TYPE_CHECKING:
    from perfsite.outputs.alerts.messages import Message

START_S: Final = 30.0
EACH_S: Final = 45.0
"""How long one message may take: an answer that asks to wait, and a second try."""


def kind_of(name: str, url: str, told: ChannelKind | None) -> str:
    """Return how a channel is spoken to: `slack`, `json` or `apprise`.

    Raises
    ------
    ConfigError
        Its address does not tell, or apprise is needed and not there. Nothing of the address is repeated.
    """
    parts = urlsplit(url.strip())
    if told in (ChannelKind.SLACK, ChannelKind.JSON):
        return str(told)
    if parts.hostname == "hooks.slack.com":
        return "slack"
    where = f"perfsite.toml: notify.channels {name!r}"
    if importlib.util.find_spec("apprise") is None:
        raise ConfigError(
            "is sent through apprise, which is not installed",
            where=where,
            hint='pip install "perfsite[notify]", or set `kind` where the address is a webhook: "slack" or "json"',
        )
    if parts.scheme in ("http", "https") and not _is_known(url):
        hint = '`kind = "slack"` is what Slack, Mattermost and Rocket.Chat take, `kind = "json"` one JSON document'
        raise ConfigError("its address does not tell what it takes; set `kind`", where=where, hint=hint)
    return "apprise"


def _is_known(url: str) -> bool:
    """Whether a web address is of a service whose own addresses apprise takes: Discord, and the workflows of Teams."""
    host = (urlsplit(url).hostname or "").lower()
    return host in ("discord.com", "discordapp.com") or host.endswith((".logic.azure.com", ".api.powerplatform.com"))


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a message did not arrive, in words that repeat nothing; not `is_sure`: it may have."""

    reason: str
    is_sure: bool = True


def deliver(kind: str, url: str, messages: Sequence[Message]) -> list[Failure | None]:
    """Send messages to one channel; return why each did not arrive, None: it did.

    The address goes through a pipe, never into an argument or a variable. What takes longer than its time is killed.
    """
    order = {"kind": kind, "url": url.strip(), "messages": [message.content for message in messages]}
    limit_s = START_S + EACH_S * len(messages)
    # -P: a module of the folder that this runs in, which may be anybody's, is not taken for a library.
    command = [sys.executable, "-P", "-m", "perfsite.outputs.alerts.relay"]
    try:
        done = subprocess.run(
            command,
            input=json.dumps(order).encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=limit_s,
            check=False,
        )
        answered, why = done.stdout, "the sending process ended without a word"
    except subprocess.TimeoutExpired as expired:
        answered, why = expired.stdout or b"", f"no answer within {limit_s:.0f} s"
    found = [_failure(line) for line in answered.splitlines()]
    return [found[i] if i < len(found) else Failure(why, is_sure=False) for i in range(len(messages))]


def _failure(line: bytes) -> Failure | None:
    try:
        told: Any = json.loads(line)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        return Failure("the sending process answered nonsense", is_sure=False)
    reason = told.get("reason")
    return None if reason is None else Failure(str(reason)[:100], is_sure=told.get("sure") is True)
