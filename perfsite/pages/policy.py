"""The Content-Security-Policy under which a site works: files of its own, and what is inline only by its hash."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field
from html import unescape
from typing import Final

PATH: Final = "data/csp.txt"
_ELEMENT: Final = re.compile(r"<(script|style)\b([^>]*)>(.*?)</\1\s*>", re.DOTALL | re.IGNORECASE)
_ATTRIBUTE: Final = re.compile(r"""<[a-z][^<>]*?\sstyle=(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_LOADED: Final = re.compile(
    r"""<(?:script|img|iframe|video|audio|source|link(?=[^>]*\brel=["']?(?:stylesheet|icon)))\b[^>]*?"""
    r"""\s(?:src|href)=["']?(?:https?:)?//([^/"'>\s?#]+)""",
    re.IGNORECASE,
)
_RUN: Final = re.compile(
    r"""\btype\s*=\s*["']?(?!text/javascript|application/javascript|module)[\w./+-]+""", re.IGNORECASE
)
"""The type of a script element that holds data, which no policy looks at."""
_CHARSET: Final = re.compile(r"<head(?:\s[^>]*)?>(?:\s*<meta\s+charset=[^>]*>)?", re.IGNORECASE)


@dataclass(slots=True)
class Inline:
    """What pages hold within themselves, as hashes, and the hosts that they load from besides their own."""

    scripts: set[str] = field(default_factory=set)
    styles: set[str] = field(default_factory=set)
    attributes: set[str] = field(default_factory=set)
    hosts: set[str] = field(default_factory=set)

    def add(self, html: str) -> None:
        """Take in a page."""
        for match in _ELEMENT.finditer(html):
            kind, attributes, content = match.groups()
            if kind.lower() == "style":
                self.styles.add(_hash(content))
            elif content.strip() and not _RUN.search(attributes):
                self.scripts.add(_hash(content))
        for double, single in _ATTRIBUTE.findall(html):
            self.attributes.add(_hash(unescape(double or single)))
        self.hosts.update(_LOADED.findall(html))

    def policy(self, *, header: bool) -> str:
        """Return the policy: nothing but the site's own files, and these inline parts.

        `header` adds what only a header may say and a page may not: who may show it in a frame.
        """
        directives = {
            "default-src": ["'none'"],
            "script-src": ["'self'", *sorted(self.scripts)],
            "style-src": ["'self'", *sorted(self.styles)],
            "style-src-attr": ["'unsafe-hashes'", *sorted(self.attributes)] if self.attributes else [],
            "img-src": ["'self'", "data:"],
            "font-src": ["'self'"],
            "connect-src": ["'self'"],
            "worker-src": ["'self'"],
            "base-uri": ["'none'"],
            "form-action": ["'none'"],
            "frame-ancestors": ["'self'"] if header else [],
        }
        return "; ".join(f"{name} {' '.join(sources)}" for name, sources in directives.items() if sources)


def _hash(content: str) -> str:
    """Return the hash of a part as browsers make it: of its characters, with line ends made one."""
    text = content.replace("\r\n", "\n").replace("\r", "\n")
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def guarded(html: str, policy: str) -> str:
    """Return a page with a policy as its first word after the character set.

    A page that has no head, or a policy already, stays as it is.

    Examples
    --------
    >>> guarded('<head><meta charset="utf-8"></head>', "base-uri x")
    '<head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="base-uri x"></head>'
    """
    if 'http-equiv="Content-Security-Policy"' in html:
        return html
    head = _CHARSET.search(html)
    if head is None:
        return html
    at = head.end()
    return f'{html[:at]}<meta http-equiv="Content-Security-Policy" content="{policy}">{html[at:]}'
