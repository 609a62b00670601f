"""Notice everything that goes wrong in a browser: console and page errors, failed requests, other hosts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, ConsoleMessage, Request, Response

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class Watch:
    """Collects what goes wrong in a browser context, except what a test said it expects."""

    def __init__(self, context: BrowserContext, expected: str | None) -> None:
        self.problems: list[str] = []
        self._expected = re.compile(expected) if expected else None
        context.on("console", self._console)
        context.on("weberror", lambda error: self._add(f"page error: {error.error}"))
        context.on("request", self._request)
        context.on("requestfailed", self._failed)
        context.on("response", self._response)

    def _add(self, problem: str) -> None:
        if not (self._expected and self._expected.search(problem)):
            self.problems.append(problem)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._add(f"console error: {message.text} ({message.location.get('url', '')})")

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in {"data", "blob", "about"} and parts.hostname not in _LOOPBACK:
            self._add(f"request to another host: {request.url}")

    def _failed(self, request: Request) -> None:
        # What a page still loads when it is left is aborted; that is no failure.
        if request.failure != "net::ERR_ABORTED":
            self._add(f"failed request: {request.url}: {request.failure}")

    def _response(self, response: Response) -> None:
        if response.status >= 400:
            self._add(f"failed request: {response.url}: status {response.status}")
