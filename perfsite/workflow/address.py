"""Where the site of a project is published: one answer for every text that links to it."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from perfsite.config.checks import site_url as fault_of
from perfsite.errors import ConfigError

if TYPE_CHECKING:
    from perfsite.workflow.project import Project


def site_address(project: Project, repository_url: str | None, given: str | None = None) -> str | None:
    """Return where the site is published, as a build finds it, with a slash at its end; None: not known.

    That is what the caller gives, what `mkdocs.yml` says (an empty text there: nowhere), what the settings say,
    GitHub Pages' address of the repository, or in a job of GitLab what it calls the project's.

    Raises
    ------
    ConfigError
        What the caller gives is no web address.
    """
    if given is not None and (fault := fault_of(given)):
        raise ConfigError(f"{given[:80]!r}: {fault}", where="--site-url")
    address = given or _of_mkdocs(project)
    if address is None:
        address = project.settings.site_url or pages_address(repository_url) or _of_gitlab()
    return f"{address.rstrip('/')}/" if address else None


def _of_mkdocs(project: Project) -> str | None:
    """Return what the project's own MkDocs settings say; None where they say nothing."""
    file = project.root / "mkdocs.yml"
    text = file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""
    # What MkDocs' own tags stand for (`!ENV`) only MkDocs knows, and it takes seconds to start.
    told = re.search(r"""(?m)^site_url:[ \t]*(["']?)((?:https?://[^\s"'#]+)?)\1[ \t]*(?:#.*)?$""", text)
    return told[2] if told else None


def _of_gitlab() -> str | None:
    """Return where GitLab Pages serves the site of the project whose job this is: only GitLab knows."""
    told = os.environ.get("CI_PAGES_URL", "") if os.environ.get("GITLAB_CI") else ""
    return told if told and fault_of(told) is None else None


def pages_address(repository_url: str | None) -> str | None:
    """Return where GitHub Pages serves the site of a repository on GitHub; None for any other.

    Examples
    --------
    >>> pages_address("https://github.com/Owner/parser")
    'https://owner.github.io/parser/'
    >>> pages_address("https://github.com/Owner/owner.github.io")
    'https://owner.github.io/'
    """
    match = re.fullmatch(r"https?://(?:www\.)?github\.com/([A-Za-z0-9-]+)/([A-Za-z0-9._-]+)/?", repository_url or "")
    if match is None:
        return None
    host, name = f"{match[1].lower()}.github.io", match[2]
    return f"https://{host}/" if name.lower() == host else f"https://{host}/{name}/"
