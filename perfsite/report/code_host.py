"""Where the host of the code shows a commit, what lies between two, and a pull request."""

from __future__ import annotations

import re

_GITLAB = re.compile(r"https?://(?:[\w-]+\.)*[\w-]*gitlab[\w-]*(?:\.[\w-]+)*(?::\d+)?/", re.IGNORECASE)


def parts_url(repository_url: str) -> str:
    """Return what the addresses of the parts of a repository begin with; GitLab sets them apart from groups.

    Examples
    --------
    >>> parts_url("https://github.com/octo/parser")
    'https://github.com/octo/parser'
    >>> parts_url("https://gitlab.example.org/group/sub/parser")
    'https://gitlab.example.org/group/sub/parser/-'
    """
    return f"{repository_url.removesuffix('/-')}/-" if is_gitlab(repository_url) else repository_url


def is_gitlab(repository_url: str) -> bool:
    """Return whether a repository lies on GitLab: the name of the host tells, or the owner by a `/-` at the end."""
    return repository_url.endswith("/-") or _GITLAB.match(f"{repository_url}/") is not None


def commit_url(repository_url: str | None, sha: str) -> str | None:
    """Return the page of a commit; None where nobody knows the repository."""
    return f"{parts_url(repository_url)}/commit/{sha}" if repository_url else None


def commits_url(repository_url: str | None, older: str, newer: str) -> str | None:
    """Return the page of the commits after one up to another; None where nobody knows the repository."""
    return f"{parts_url(repository_url)}/compare/{older}...{newer}" if repository_url else None


def pull_request_url(repository_url: str | None, number: int | None) -> str | None:
    """Return the page of a pull request; None where there is none, or nobody knows the repository.

    Examples
    --------
    >>> pull_request_url("https://gitlab.com/octo/parser", 7)
    'https://gitlab.com/octo/parser/-/merge_requests/7'
    """
    if not repository_url or number is None:
        return None
    kind = "merge_requests" if is_gitlab(repository_url) else "pull"
    return f"{parts_url(repository_url)}/{kind}/{number}"
