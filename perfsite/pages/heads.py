"""What stamping adds to the heads of the engine's pages: the feed, and the policy of the site where it is wanted."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from perfsite.pages import feed, policy, slots

if TYPE_CHECKING:
    from pathlib import Path


class Heads:
    """The pages of the engine as they are published.

    The Content-Security-Policy is one for all pages, since instant navigation stays under that of the first.

    Parameters
    ----------
    staging
        What the engine made; its pages are read for what they hold within themselves.
    title
        Name of the site.
    is_guarded
        Whether pages carry the policy.
    """

    def __init__(self, staging: Path, *, title: str, is_guarded: bool) -> None:
        self._staging = staging
        self._feed = escape(f"{title}: incidents")
        self.inline = policy.Inline()
        for file in sorted(staging.rglob("*.html")):
            self.inline.add(_text(file))
        self._policy = self.inline.policy(header=False) if is_guarded else None

    def ours(self, url: str) -> str:
        """Return a page of perfsite's by its URL: its head names the feed, so that readers find it from there.

        That of commits does not: the same line in thousands of pages would weigh more than the feed.
        """
        page = self.page(f"{url}index.html")
        if url == slots.COMMIT_SHELL:
            return page
        # Material takes a plain rel="alternate" for the site in another language and asks for its sitemap.
        place = "../" * url.count("/") + feed.PATH
        link = f'<link rel="feed alternate" type="application/atom+xml" title="{self._feed}" href="{place}">'
        return page.replace("</head>", f"{link}</head>", 1)

    def page(self, path: str) -> str:
        """Return any page of the engine by its path in the site; bytes that are no text are kept."""
        page = _text(self._staging / path)
        return page if self._policy is None else policy.guarded(page, self._policy)


def _text(file: Path) -> str:
    return file.read_bytes().decode("utf-8", errors="surrogateescape")
