"""The way to a host: directly, or through the proxy that the environment names."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import urllib3

from perfsite.errors import DeliveryError

if TYPE_CHECKING:
    from collections.abc import Mapping


def pool_for(url: str, environ: Mapping[str, str]) -> urllib3.PoolManager:
    """Return connections to the host of `url`; HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY are heeded.

    Small letters win, as in curl. A proxy's name and password are sent to the proxy and told to nobody.
    """
    address = urlsplit(url)
    proxy = _variable(environ, f"{address.scheme}_proxy") or _variable(environ, "all_proxy")
    if not proxy or _is_direct(address.hostname or "", address.port, _variable(environ, "no_proxy")):
        return urllib3.PoolManager(num_pools=4, maxsize=4)
    try:
        parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host = ""
    if not re.fullmatch(r"[A-Za-z0-9._:-]+", host) or parts.scheme not in {"http", "https"}:
        raise DeliveryError(
            f"the proxy for {address.scheme} is not an http or https address",
            where=f"{address.scheme.upper()}_PROXY",
            hint="Name an HTTP proxy (http://proxy.example:3128), or the host in NO_PROXY.",
        )
    headers = {}
    if parts.username is not None:
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        # As urllib3.make_headers does, but for names and passwords beyond Latin-1 too (RFC 7617).
        encoded = base64.b64encode(login.encode(errors="surrogateescape")).decode()
        headers = {"proxy-authorization": f"Basic {encoded}"}
    plain = f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{f':{port}' if port else ''}"
    return urllib3.ProxyManager(plain, num_pools=4, maxsize=4, proxy_headers=headers)


def _variable(environ: Mapping[str, str], name: str) -> str:
    return (environ.get(name) or environ.get(name.upper()) or "").strip()


def _is_direct(host: str, port: int | None, exceptions: str) -> bool:
    """Return whether NO_PROXY names a host: itself, a domain above it, or `*`.

    Examples
    --------
    >>> [_is_direct("api.github.com", None, names) for names in ("", "*", "localhost, .github.com", "hub.com")]
    [False, True, True, False]
    """
    for entry in exceptions.split(","):
        name = entry.strip().lower().lstrip(".")
        if name == "*" or name in {host, f"{host}:{port}"} or (name and host.endswith(f".{name}")):
            return True
    return False
