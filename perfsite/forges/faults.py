"""Why no answer came: what urllib3 raises, as words that hold no address and no secret."""

from __future__ import annotations

from dataclasses import dataclass

from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A request without a usable answer.

    `was_sent`: the host may have seen the request, and may have done what it asks. `is_passing`: it may be better soon.
    """

    problem: str
    hint: str = "Run this again; if it lasts, is the host well, or is a proxy in between?"
    was_sent: bool = False
    is_passing: bool = False


def fault_of(error: HTTPError | OSError, *, host: str) -> Fault:
    """Return what an exception of urllib3 means.

    Examples
    --------
    >>> fault_of(ConnectTimeoutError(), host="api.github.com").problem
    'api.github.com did not accept a connection in time'
    """
    if isinstance(error, ProxyError):
        return Fault(
            problem=f"the proxy did not let us through to {host}",
            hint="Look at HTTPS_PROXY (address, name and password), or name the host in NO_PROXY.",
        )
    if isinstance(error, SSLError):
        return Fault(
            problem=f"no encrypted connection to {host}: {_reason(error)}",
            hint="Where the host has a certificate of its own, name its authority's file in SSL_CERT_FILE.",
        )
    if isinstance(error, NameResolutionError):
        return Fault(problem=f"there is no host {host}", hint="Is its name spelled right?", is_passing=True)
    if isinstance(error, NewConnectionError):
        return Fault(problem=f"{host} refused the connection", hint=_UNREACHABLE, is_passing=True)
    if isinstance(error, ConnectTimeoutError):
        problem = f"{host} did not accept a connection in time"
        return Fault(problem=problem, hint=_UNREACHABLE, is_passing=True)
    if isinstance(error, ReadTimeoutError):
        problem = f"{host} did not answer in time"
    elif isinstance(error, ProtocolError):
        problem = f"{host} broke off its answer"
    else:
        problem = f"the connection to {host} failed ({type(error).__name__})"
    return Fault(problem=problem, was_sent=True, is_passing=True)


_UNREACHABLE = "Is the host up, and reachable from here?"


def _reason(error: SSLError) -> str:
    """Return OpenSSL's own word for it: `certificate verify failed`."""
    inner = error.args[0] if error.args else None
    reason = getattr(inner, "verify_message", None) or getattr(inner, "reason", None) or "the handshake failed"
    return str(reason).lower().replace("_", " ")
