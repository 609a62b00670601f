"""What lists pages for machines: the search index and the sitemaps, without shells and with stamped pages."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, Final

from perfsite.pages import slots

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfsite.report.commit_views import CommitLine

SEARCHED_COMMITS: Final = 500
"""How many of the newest commits the search box knows."""
MAPPED_COMMITS: Final = 200
"""How many of the newest commits stand in the first sitemap; instant navigation reads that one as a whole."""
_URL: Final = re.compile(r"\s*<url>.*?</url>", re.DOTALL)
_LASTMOD: Final = re.compile(r"<lastmod>[^<]*</lastmod>")
_XMLNS: Final = "http://www.sitemaps.org/schemas/sitemap/0.9"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A stamped page that search and sitemap know: its title, URL, and a sentence that says what stands there."""

    title: str
    url: str
    sentence: str


def searchable(index: str, pages: Sequence[Listed], lines: Sequence[CommitLine]) -> str:
    """Return a search index with the stamped pages and the newest commits, without the shells.

    Parameters
    ----------
    index
        `search/search_index.json` as the engine wrote it; titles and texts in it are HTML.
    pages
        Benchmarks, releases, incidents.
    lines
        The list of commits, newest first.
    """
    document: dict[str, Any] = json.loads(index)
    kept = [entry for entry in document["docs"] if slots.NAME not in entry["location"] and not _is_slot(entry)]
    for page in pages:
        text = f"<p>{escape(page.sentence)}</p><p>{escape(_parts(page.title))}</p>"
        kept.append({"location": page.url, "title": escape(page.title), "text": text})
    for line in lines[:SEARCHED_COMMITS]:
        text = f"<p>{line.ref.sha}</p>"
        kept.append({"location": line.ref.url, "title": escape(f"{line.ref.short} {line.ref.subject}"), "text": text})
    document["docs"] = kept
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def _parts(name: str) -> str:
    """Return the parts of a name: search finds the beginnings of words, and the whole name is one word to it."""
    words = [word for word in re.split(r"[^\w]+", name) if word]
    pieces = [piece for word in words if "_" in word for piece in word.split("_") if piece]
    return " ".join(dict.fromkeys([*words, *pieces]))


def _is_slot(entry: dict[str, Any]) -> bool:
    return "PERFSITECONTENTSLOT" in entry["text"] or "PERFSITECONTENTSLOT" in entry["title"]


def sitemaps(
    sitemap: str, *, site_url: str | None, urls: Sequence[str], commits: Sequence[str], day: str
) -> dict[str, str]:
    """Return the sitemaps: all pages with the newest commits, and the other commits in a second one.

    Parameters
    ----------
    sitemap
        `sitemap.xml` as the engine wrote it.
    site_url
        Where the site will stand, with a slash at its end; None: no page can be listed.
    urls
        Pages to add, relative to the site.
    commits
        URLs of the commits' pages, newest first.
    day
        What `lastmod` says, `2026-11-21`: the newest commit's, so that the same history gives the same bytes.
    """
    kept = [entry for entry in _URL.findall(sitemap) if slots.NAME not in entry]
    kept = [_LASTMOD.sub(f"<lastmod>{day}</lastmod>", entry) for entry in kept]
    if site_url is None:
        return {"sitemap.xml": _urlset(kept)}
    first = [*kept, *(_entry(site_url + url) for url in (*urls, *commits[:MAPPED_COMMITS]))]
    maps = {"sitemap.xml": _urlset(first)}
    if len(commits) > MAPPED_COMMITS:
        maps["sitemap-commits.xml"] = _urlset([_entry(site_url + url) for url in commits[MAPPED_COMMITS:]])
    return maps


def _entry(url: str) -> str:
    return f"\n    <url>\n         <loc>{escape(url)}</loc>\n    </url>"


def _urlset(entries: Sequence[str]) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="{_XMLNS}">{"".join(entries)}\n</urlset>\n'
