"""The address of the page that compares any two commits or releases."""

from __future__ import annotations

from urllib.parse import urlencode


def compare_url(base: str, head: str) -> str:
    """Return the address that compares two commits or releases, from the root of the site.

    Examples
    --------
    >>> compare_url("v1.3", "parser@2.0")
    'compare/?base=v1.3&head=parser%402.0'
    """
    return f"compare/?{urlencode({'base': base, 'head': head})}"
