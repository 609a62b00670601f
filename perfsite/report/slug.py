"""Slugs: a benchmark's name as a part of a URL that never depends on other benchmarks."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import Final

_PLAIN: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}\Z")
_DOTTED: Final = re.compile(r"(?=.{1,80}\Z)[a-z0-9][a-z0-9_-]*(?:\.[a-z0-9_-]+)*\Z")
DIGITS: Final = 16
"""Hex digits of a hash in a slug: 64 bits, of which nobody finds two alike by chance, or cheaply by trying."""
_HASHED: Final = re.compile(rf".*-[0-9a-f]{{{DIGITS}}}\Z")
_RESERVED: Final = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9]|index|perfsite-shell)\Z")
"""Names that Windows gives to devices, so that no folder there can have them, and those that a site needs itself."""


def slug(name: str) -> str:
    """Return the slug of any name, the same for the same name for ever, different for different names.

    A name that is a fit slug is its own; any other is made readable and ends in hex digits of its hash, so that
    no two names meet, on file systems that fold case neither.

    Examples
    --------
    >>> slug("parse_json"), slug("Parse JSON"), slug("../etc")
    ('parse_json', 'parse-json-e15fce6230458473', 'etc-f7f9121fdb53d8de')
    """
    if _PLAIN.match(name) and not _HASHED.match(name) and not _RESERVED.match(name):
        return name
    folded = unicodedata.normalize("NFKD", name[:400]).encode("ascii", "ignore").decode().lower()
    readable = re.sub(r"[^a-z0-9_]+", "-", folded).strip("-")[-60:].strip("-") or "benchmark"
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:DIGITS]
    return f"{readable}-{digest}"


def tag_slug(tag: str) -> str:
    """Return the slug of a tag: like `slug`, but versions keep their dots.

    Examples
    --------
    >>> tag_slug("v1.4.0-rc1"), tag_slug("parser@2.0"), tag_slug("con.1"), tag_slug("v1..")
    ('v1.4.0-rc1', 'parser-2-0-d1d51d901eeab974', 'con-1-3a22eac69f440b36', 'v1-2028d3edae77cc16')
    """
    is_plain = _DOTTED.match(tag) and not _HASHED.match(tag) and not _RESERVED.match(tag.partition(".")[0])
    return tag if is_plain else slug(tag)


def benchmark_url(name: str) -> str:
    """Return the URL of a benchmark's page from the root of the site."""
    return f"benchmarks/{slug(name)}/"


def release_url(tag: str) -> str:
    """Return the URL of a release's page from the root of the site."""
    return f"releases/{tag_slug(tag)}/"
