"""The process that sends messages: it alone knows the address, and nothing that it prints or logs is seen by anybody.

A notification address is a secret, and the libraries that use one log it, put it into exceptions and warn with it. So
they run in a process of its own whose standard error goes nowhere. It reads one JSON document (`kind`, `url`,
`messages`) and answers a line for each message: `{"reason": null}` where it arrived, else words of ours, with `sure`:
whether it certainly did not arrive.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import time
from base64 import b64decode
from http.client import HTTPException
from socket import gaierror
from ssl import SSLError
from typing import TYPE_CHECKING, Any, Final
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

if TYPE_CHECKING:
    from collections.abc import Callable

NO_ANSWER: Final = "no answer in time, so that it may have arrived"
TIMEOUT_S: Final = 10.0
LONGEST_WAIT_S: Final = 20.0
_LOOPBACK: Final = re.compile(r"(?:127(?:\.\d{1,3}){3}|localhost|::1)\Z")
_STATUS: Final = re.compile(r"error=(\d{3})\b")
_MAIL: Final = ("mailto", "mailtos")
_MARKDOWN: Final = ("discord", "workflow", "workflows")
_DISCORD: Final = 1900
"""Characters of a message on Discord, which refuses 2,001."""


class _NoRedirect(HTTPRedirectHandler):
    """Follows nothing: the address of a webhook is nobody else's."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        """Refuse."""


def post(url: str, message: dict[str, Any]) -> str | None:
    """Post a JSON document to a webhook; return why it did not arrive, None: it did."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and _LOOPBACK.match(parts.hostname or "")):
        return "its address must start with https://"
    body = json.dumps(message["json"]).encode()
    headers = {"Content-Type": "application/json", "User-Agent": "perfsite"}
    for may_wait in (True, False):
        request = Request(url, data=body, headers=headers, method="POST")  # noqa: S310  # the scheme was looked at
        try:
            # A proxy of the environment is for other hosts than this one.
            opener = build_opener(_NoRedirect, *([ProxyHandler({})] if parts.scheme == "http" else []))
            with opener.open(request, timeout=TIMEOUT_S) as answer:
                return None if 200 <= answer.status < 300 else f"it answered {answer.status}"
        except HTTPError as error:
            wait_s = _wait_of(error)
            error.close()
            if wait_s is None or not may_wait:
                return f"it answered {error.code}"
            time.sleep(wait_s)
        except (URLError, OSError, HTTPException, ValueError) as error:
            cause = error.reason if isinstance(error, URLError) else error
            return "no connection" if isinstance(cause, ConnectionRefusedError | gaierror | SSLError) else NO_ANSWER
    raise AssertionError


def _wait_of(error: HTTPError) -> float | None:
    """Return how long to wait before another try, as the answer says; None: there is no use."""
    wait = error.headers.get("Retry-After", "")
    if error.code not in (429, 503) or not re.fullmatch(r"\d{1,3}", wait) or int(wait) > LONGEST_WAIT_S:
        return None
    return float(wait)


def tell(url: str, message: dict[str, Any]) -> str | None:
    """Tell a service through apprise; return why it did not arrive, None: it did."""
    from apprise import Apprise, AppriseAsset

    heard = _Heard()
    log = logging.getLogger("apprise")
    log.addHandler(heard)
    log.propagate = False
    asset = AppriseAsset(app_id="perfsite", app_desc="perfsite", app_url="", async_mode=False)
    schema = urlsplit(url).scheme.lower()
    service = Apprise.instantiate(_with_facts(url, schema, message), asset=asset)
    if service is None:
        return "its address is none that apprise knows"
    sender = Apprise(asset=asset)
    sender.add(service)
    form, title, body = _body(schema, service, message)
    picture = _attached(service, schema, message, asset)
    if schema in _MAIL:
        arrived = sender.notify(body, title=title, notify_type=message["type"], body_format=form, attach=picture)
        return None if arrived else heard.reason
    # Elsewhere a picture is a message of its own: whether it is taken does not change that the alert was told.
    if not sender.notify(body, title=title, notify_type=message["type"], body_format=form):
        return heard.reason
    if picture is not None:
        sender.notify("", title="", notify_type=message["type"], attach=picture)
    return None


def _attached(service: Any, schema: str, message: dict[str, Any], asset: Any) -> Any:
    """Return the picture as apprise takes it; None where there is none, or where it would be of no use."""
    if not message["picture"] or not service.attachment_support or schema in ("json", "jsons", "xml", "xmls"):
        return None
    from apprise import AppriseAttachment
    from apprise.attachment.memory import AttachMemory

    picture = AttachMemory(b64decode(message["picture"]), name="incident.png", mimetype="image/png")
    return AppriseAttachment(picture, asset=asset)


class _Heard(logging.Handler):
    """Listens for the number of an HTTP answer, which alone is told."""

    reason = "it was not taken"

    def emit(self, record: logging.LogRecord) -> None:
        """Note the number."""
        if found := _STATUS.search(record.getMessage()):
            self.reason = f"it answered {found[1]}"
        elif "onnection error" in record.getMessage():
            self.reason = NO_ANSWER


def _with_facts(url: str, schema: str, message: dict[str, Any]) -> str:
    """Return an address with what a service needs to find an alert again; what the owner set stays."""
    facts = {"cto": "5", "rto": "15"}
    if schema == "pagerduty":
        facts |= {"action": "map", "dedup": message["key"]}
        facts |= {"click": message["url"]} if message["url"] else {}
    asked = urlsplit(url).query
    missing = {name: value for name, value in facts.items() if not re.search(rf"(?:\A|&){name}=", asked)}
    joint = "" if not missing else "&" if "?" in url else "?"
    return f"{url}{joint}{urlencode(missing)}"


def _body(schema: str, service: Any, message: dict[str, Any]) -> tuple[str, str, str]:
    """Return the form that a service takes, with title and body in it."""
    title = message["title"]
    if schema in _MAIL:
        return "html", title, message["html"]
    if "discord" in (schema, service.secure_protocol):
        # The title is the first line of the same Markdown there.
        title, body = message["markdown_title"], message["markdown"]
        if len(title) + len(body) > _DISCORD:
            body = message["markdown_short"]
        return "markdown", title, body[: _DISCORD - len(title)]
    if schema in _MARKDOWN or service.notify_format == "markdown":
        return "markdown", title, message["markdown"]
    is_small = service.title_maxlen + service.body_maxlen < 1500
    return "text", title, message["short" if is_small else "text"]


def main() -> None:
    """Send what standard input says."""
    order = json.load(sys.stdin)
    send: Callable[[str, dict[str, Any]], str | None] = tell if order["kind"] == "apprise" else post
    for message in order["messages"]:
        reason = send(order["url"], message)
        sys.stdout.write(json.dumps({"reason": reason, "sure": reason != NO_ANSWER}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
