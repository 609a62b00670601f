"""One request to a host: bounded in time and size, tried again only where that is safe, the token told to no other."""

from __future__ import annotations

import io
import json
import logging
import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Any, Final
from urllib.parse import urljoin, urlsplit

import urllib3
from urllib3.exceptions import HTTPError

from perfsite.errors import DeliveryError
from perfsite.forges.faults import Fault, fault_of
from perfsite.forges.limits import Limit, asked_pause_s, limit_of
from perfsite.forges.proxies import pool_for

if TYPE_CHECKING:
    from perfsite.forges.token import Token

_log = logging.getLogger(__name__)
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_TRANSIENT: Final = frozenset({500, 502, 503, 504})
_MOST_REDIRECTS: Final = 5
_CHUNK: Final = 1 << 16
_LONG_PAUSE_S: Final = 10.0
_ONCE: Final = urllib3.Retry(total=False, redirect=False)
"""What urllib3 does by itself: nothing, since it cannot tell what is safe."""


def _now() -> datetime:
    return datetime.now(UTC)


def _chance() -> float:
    return secrets.randbelow(1 << 20) / (1 << 20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How long a request may take, how large its answer may be and how often it is tried, with the clocks for that.

    `total_s` holds for one request with all its tries and waits. `jitter` returns a number in [0, 1).
    """

    connect_s: float = 10.0
    read_s: float = 30.0
    total_s: float = 180.0
    tries: int = 5
    most_bytes: int = 32 << 20
    most_pages: int = 50
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = _now
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = _chance


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked.

    Parameters
    ----------
    is_repeatable
        Whether asking twice does no more than asking once.
    needs
        The permission without which a host refuses this: `pull-requests: write`.
    into
        Where the answer's body goes in place of memory; emptied before each try.
    most_bytes
        How large the answer may be; None: as `Bounds` says.
    """

    method: str
    url: str
    body: object | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    is_repeatable: bool = True
    needs: str = ""
    into: IO[bytes] | None = field(default=None, repr=False)
    most_bytes: int | None = None

    @property
    def where(self) -> str:
        """The request as errors name it, without the query."""
        return f"{self.method} {urlsplit(self.url).path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a host answered, whether it liked the request or not; `is_foreign`: another host than the one asked."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    is_foreign: bool = False

    def json(self) -> Any:
        """Return the body as JSON, None where it is none."""
        try:
            value = json.loads(self.body)
            # An escaped half of a pair (\\ud800) is read as a text that nothing can write again.
            return json.loads(_written(value)) if b"\\ud" in self.body.lower() else value
        except (ValueError, RecursionError):
            return None


def _written(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


class UncertainError(DeliveryError):
    """A request that is not repeatable may have been carried out: look before it is sent again."""


class Http:
    """Requests to one host.

    Parameters
    ----------
    base
        The address of the API, `https://api.github.com`; only loopback may be plain http.
    token, scheme
        The secret, and how its header begins: ("Authorization", "Bearer ").
    """

    def __init__(
        self, base: str, *, token: Token, scheme: tuple[str, str], environ: Mapping[str, str], bounds: Bounds
    ) -> None:
        self.base = base
        self.bounds = bounds
        self._token = token
        self._scheme = scheme
        self._environ = environ
        self._pools: dict[tuple[str, str, int | None], urllib3.PoolManager] = {}

    def __repr__(self) -> str:
        return f"Http({self.base!r})"

    def close(self) -> None:
        """Close all connections."""
        for pool in self._pools.values():
            pool.clear()

    def hide(self, text: str) -> str:
        """Return text without the token, which a host may repeat."""
        return self._token.hide(text)

    def is_own(self, url: str) -> bool:
        """Return whether an address is on the host that gave us the token."""
        return origin(url) == origin(self.base)

    def send(self, request: Request) -> Answer:
        """Send a request and return the answer, errors of the host's (400 and above) among them.

        Tried again, with growing pauses, where that is safe: what is repeatable after any passing fault, everything
        else only where the host certainly did nothing. A rate limit is waited for where the time suffices.

        Raises
        ------
        UncertainError
            The host may have done what was asked.
        DeliveryError
            No usable answer came.
        """
        deadline = self.bounds.clock() + self.bounds.total_s
        attempt = 0
        while True:
            attempt += 1
            outcome = self._try(request, deadline)
            pause_s = self._pause(request, outcome, attempt)
            if pause_s is None or self.bounds.clock() + pause_s >= deadline:
                return self._settled(request, outcome)
            level = logging.WARNING if pause_s > _LONG_PAUSE_S else logging.INFO  # nobody should wonder for a minute
            _log.log(level, "%s: %s; tried again in %.0f s", request.where, self._short(outcome), pause_s)
            self.bounds.sleep(pause_s)

    def _pause(self, request: Request, outcome: Answer | Fault, attempt: int) -> float | None:
        """Return after how many seconds to try again; None: this is how it ended."""
        backoff_s = 2.0 ** (attempt - 1) * (0.5 + self.bounds.jitter() / 2)
        if isinstance(outcome, Fault):
            is_safe = request.is_repeatable or not outcome.was_sent
            return backoff_s if outcome.is_passing and is_safe and attempt < self.bounds.tries else None
        limit = self._limit(outcome)
        if limit is not None:
            # Clocks differ, and whoever waits for the same moment must not all come at it.
            return limit.wait_s + backoff_s if attempt < self.bounds.tries else None
        if outcome.status in _TRANSIENT and request.is_repeatable and attempt < self.bounds.tries:
            return max(backoff_s, asked_pause_s(outcome.headers, self.bounds.now()))
        return None

    def _settled(self, request: Request, outcome: Answer | Fault) -> Answer:
        """Return an answer, or raise what is left to be said."""
        if isinstance(outcome, Fault):
            kind = UncertainError if outcome.was_sent and not request.is_repeatable else DeliveryError
            raise kind(self.hide(outcome.problem), where=request.where, hint=outcome.hint)
        limit = self._limit(outcome)
        if limit is not None:
            raise DeliveryError(limit.problem, where=request.where, hint=limit.hint)
        if outcome.status in _TRANSIENT:
            kind = DeliveryError if request.is_repeatable else UncertainError
            problem = f"the server failed (status {outcome.status}), also when asked again"
            raise kind(problem, where=request.where, hint="Run this again later; the host may have a status page.")
        return outcome

    def _short(self, outcome: Answer | Fault) -> str:
        return self.hide(outcome.problem) if isinstance(outcome, Fault) else f"status {outcome.status}"

    def _limit(self, answer: Answer) -> Limit | None:
        return None if answer.is_foreign else limit_of(answer.status, answer.headers, answer.json, self.bounds.now())

    def _try(self, request: Request, deadline: float) -> Answer | Fault:
        """Ask once, following redirects."""
        url, asked, is_foreign = request.url, request, False
        for _ in range(_MOST_REDIRECTS + 1):
            # Who leaves the host gets no token again, even where the way leads back.
            is_foreign = is_foreign or not self.is_own(url)
            answer = self._ask(asked, url, deadline, is_foreign=is_foreign)
            if isinstance(answer, Fault) or answer.status not in _REDIRECTS:
                return answer
            there = _joined(url, answer.headers.get("location", ""))
            wrong = self._wrong_way(request, url, there)
            if wrong is not None:
                return wrong
            url = there
            if answer.status == 303:  # the others are to be repeated as they are: docs.github.com, "Follow redirects"
                asked = replace(asked, method="GET", body=None)
        return Fault(problem="it leads from one address to the next without end")

    def _wrong_way(self, request: Request, here: str, there: str) -> Fault | None:
        """Return why a redirect is not followed."""
        scheme, host, _ = origin(there)
        if not host or scheme not in {"http", "https"}:
            return Fault(problem="it leads to something that is not an address")
        if self.is_own(there) and self.is_own(here):
            return None
        if request.into is None:
            return Fault(
                problem=f"it leads to another host, {host}, and nothing but files is fetched from others",
                hint="Has the host moved? Then set its new address (GITHUB_API_URL, CI_API_V4_URL).",
            )
        if scheme == "http" and not (is_loopback(there) and is_loopback(self.base)):
            return Fault(problem=f"it leads to {host} without encryption")
        return None

    def _ask(self, request: Request, url: str, deadline: float, *, is_foreign: bool) -> Answer | Fault:
        """Send one request to one address and read the answer."""
        began = self.bounds.clock()
        left_s = deadline - began
        if left_s <= 0:
            return Fault(problem="it took too long")
        timeout = urllib3.Timeout(connect=min(self.bounds.connect_s, left_s), read=min(self.bounds.read_s, left_s))
        headers = {"User-Agent": "perfsite", "Accept-Encoding": "identity"}
        if not is_foreign:
            headers |= request.headers
            headers[self._scheme[0]] = self._scheme[1] + self._token.reveal()
        content = None
        if request.body is not None:
            content = json.dumps(request.body).encode()
            headers["Content-Type"] = "application/json"
        host = origin(url)
        if host not in self._pools:
            self._pools[host] = pool_for(url, self._environ)
        fault = None
        try:
            response = self._pools[host].request(
                request.method, url, body=content, headers=headers, timeout=timeout,
                retries=_ONCE, redirect=False, preload_content=False, decode_content=False,
            )  # fmt: skip
            try:
                answer = self._read(request, response, deadline, is_foreign=is_foreign)
            finally:
                response.close()
        except (HTTPError, OSError) as error:
            fault = fault_of(error, host=host[1])
        # Outside of the handler: what urllib3 raises knows whole addresses, and those of files hold a signature.
        outcome = fault or answer
        took_s = self.bounds.clock() - began
        _log.debug("%s %s: %s in %.2f s", request.method, urlsplit(url).path, self._short(outcome), took_s)
        return outcome

    def _read(
        self, request: Request, response: urllib3.BaseHTTPResponse, deadline: float, *, is_foreign: bool
    ) -> Answer | Fault:
        """Read an answer's body until it ends, is too large or takes too long."""
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            return Fault(problem="the answer is compressed though that was not asked for", was_sent=True)
        is_file = request.into is not None and response.status == 200
        sink: IO[bytes] = request.into if request.into is not None and is_file else io.BytesIO()
        sink.seek(0)
        sink.truncate()
        most = request.most_bytes if request.most_bytes is not None and is_file else self.bounds.most_bytes
        size = 0
        while chunk := response.read1(_CHUNK):
            size += len(chunk)
            if size > most:
                return Fault(problem=f"the answer is larger than {most:,} bytes", was_sent=True)
            if self.bounds.clock() > deadline:
                return Fault(problem="the answer took too long to arrive", was_sent=True)
            try:
                sink.write(chunk)
            except OSError as error:
                return Fault(problem=f"cannot be written: {error.strerror}", hint="Is there room on the disk?")
        body = b"" if is_file else sink.getvalue()  # type: ignore[attr-defined]  # a BytesIO, as is_file says
        return Answer(status=response.status, headers=response.headers, body=body, is_foreign=is_foreign)


def origin(url: str) -> tuple[str, str, int | None]:
    """Return scheme, host and port of an address; the port of the scheme where it names none.

    Examples
    --------
    >>> origin("https://API.github.com/user"), origin("http://127.0.0.1:8000")
    (('https', 'api.github.com', 443), ('http', '127.0.0.1', 8000))
    """
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname or "", parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        return "", "", None


def _joined(here: str, there: str) -> str:
    """Return where a redirect leads; empty where that is no address."""
    try:
        return urljoin(here, there)
    except ValueError:
        return ""


def is_loopback(url: str) -> bool:
    """Return whether an address is this very machine."""
    host = origin(url)[1]
    return host in {"localhost", "::1"} or re.fullmatch(r"127(\.\d{1,3}){3}", host) is not None


def checked_base(url: str, *, name: str) -> str:
    """Return the address of an API without a slash at its end.

    Raises
    ------
    DeliveryError
        It is no address, is not encrypted (but for loopback), or holds a password; it is not repeated then.
    """
    scheme, host, _ = origin(url)
    if not host or scheme not in {"http", "https"} or "@" in urlsplit(url).netloc or "?" in url or "#" in url:
        problem = "it is not the address of an API"
    elif scheme == "http" and not is_loopback(url):
        problem = "it is not encrypted, and a token would travel over it"
    else:
        return url.rstrip("/")
    raise DeliveryError(problem, where=name, hint="Write it as https://api.github.com is written.")


class _WithoutQueries(logging.Filter):
    """Cuts the query from what urllib3 logs: in the address of a file it is a signature that opens the file."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(re.sub(r"\?\S*", "?…", arg) if isinstance(arg, str) else arg for arg in record.args)
        return True


logging.getLogger("urllib3.connectionpool").addFilter(_WithoutQueries())
