"""The remotes of a repository: their names, and the web address that one of them stands for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from perfsite.history.checkout import server_url, web_url
from perfsite.history.plumbing import Git


def remotes(path: Path) -> list[str]:
    """Return the names of the remotes of the repository at a path."""
    return Git(path).text("remote").split()


def web_address(path: Path, environ: Mapping[str, str]) -> str | None:
    """Return the web address of a repository without credentials: of `origin`, else of its first remote.

    Where no remote is on a host with web pages, the CI service may name one.
    """
    names = remotes(path)
    named = ["origin"] if "origin" in names else names[:1]
    told = [web_url(Git(path).text("remote", "get-url", name)) for name in named]
    return next((url for url in told if url), None) or server_url(environ)
