"""The feed of incidents as XML: Atom 1.0 (RFC 4287)."""

from __future__ import annotations

import re
import uuid
from html import escape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from perfsite.report.feed import FeedEntry, FeedView

PATH: Final = "data/incidents.atom"
ROOT: Final = "../"
"""The way from the feed's folder to the root of the site, where nobody knows its address."""
_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML 1.0 document may hold, not even escaped (XML 1.0, production 2)."""
_KEYS: Final = uuid.UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")
"""RFC 9562's namespace of URLs."""


def atom(view: FeedView, site_url: str | None) -> str:
    """Return the feed.

    Links are absolute where the site's address is known (`site_url`, with a slash at its end), else relative to the
    feed, which RFC 4287 allows; a link to itself, which must say where it is, is then left out. The ids are names, not
    addresses, and stay when a site moves: UUIDs made of an incident's id (RFC 9562, version 5).
    """
    root = site_url or ROOT
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<feed xmlns="http://www.w3.org/2005/Atom">',
        f"<id>{_name(f'feed {site_url or view.title}')}</id>",
        f"<title>{text(f'{view.title}: incidents')}</title>",
        "<subtitle>Regressions that later runs confirmed, the last to change first.</subtitle>",
        f"<updated>{_time(max([view.updated, *(entry.updated for entry in view.entries)]))}</updated>",
        f"<author><name>{text(view.title) or 'perfsite'}</name></author>",
        "<generator>perfsite</generator>",
        f'<link rel="alternate" type="text/html" href="{text(root)}incidents/"/>',
    ]
    if site_url:
        lines.append(f'<link rel="self" type="application/atom+xml" href="{text(site_url)}{PATH}"/>')
    for entry in view.entries:
        lines.extend(_entry(entry, root))
    return "\n".join([*lines, "</feed>", ""])


def _entry(entry: FeedEntry, root: str) -> Iterator[str]:
    yield "<entry>"
    yield f"<id>{_name(f'incident {entry.key}')}</id>"
    yield f"<title>{text(entry.title)}</title>"
    yield f'<link rel="alternate" type="text/html" href="{text(root + entry.url)}"/>'
    yield f"<published>{_time(entry.published)}</published>"
    yield f"<updated>{_time(entry.updated)}</updated>"
    for term in entry.terms:
        yield f'<category term="{text(term)}"/>'
    yield f"<summary>{text(entry.summary)}</summary>"
    yield "</entry>"


def text(words: str) -> str:
    r"""Return words as they stand in XML: without what XML cannot hold, the rest escaped.

    Examples
    --------
    >>> text("a\x00<b> & 'c'")
    'a&lt;b&gt; &amp; &#x27;c&#x27;'
    """
    return escape(_NOT_XML.sub("", words))


def _name(key: str) -> str:
    return f"urn:uuid:{uuid.uuid5(_KEYS, f'perfsite {key}')}"


def _time(time: datetime) -> str:
    """Return a time as RFC 3339 writes it."""
    return time.isoformat(timespec="seconds").replace("+00:00", "Z")
