"""Issues: those with a label, and opening, commenting, closing, reopening them, each once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfsite.forges.forge import Issue, Posted
from perfsite.forges.http import UncertainError
from perfsite.forges.one_comment import is_same

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfsite.forges.api import Api
    from perfsite.forges.fields import Record

_NEEDS = "issues: write"


def issues(api: Api, label: str) -> tuple[Issue, ...]:
    """Return the issues with a label, open and closed, newest first."""
    listed = api.pages("issues", needs="issues: read", labels=label, state="all")
    return tuple(_read(issue) for issue in listed if "pull_request" not in issue.fields)


def open_issue(api: Api, title: str, body: str, labels: Sequence[str]) -> Issue:
    """Open an issue."""
    document = {"title": title, "body": body, "labels": list(labels)}
    try:
        return _read(api.send("POST", "issues", document, needs=_NEEDS, is_repeatable=False))
    except UncertainError:
        for issue in issues(api, labels[0]) if labels else ():
            if issue.is_open and issue.title == title and is_same(issue.body, body):
                return issue
        return _read(api.send("POST", "issues", document, needs=_NEEDS, is_repeatable=False))


def comment_issue(api: Api, number: int, body: str) -> Posted:
    """Add a comment to an issue."""
    path = f"issues/{number}/comments"
    try:
        made = api.send("POST", path, {"body": body}, needs=_NEEDS, is_repeatable=False)
    except UncertainError:
        listed = list(api.pages(path, needs="issues: read"))
        if listed and is_same(listed[-1].text_or_none("body") or "", body):
            return Posted(url=listed[-1].web("html_url"), outcome="created")
        made = api.send("POST", path, {"body": body}, needs=_NEEDS, is_repeatable=False)
    return Posted(url=made.web("html_url"), outcome="created")


def close(api: Api, number: int, *, reason: str) -> Issue:
    """Close an issue as `completed` or as `not_planned`."""
    return _read(api.send("PATCH", f"issues/{number}", {"state": "closed", "state_reason": reason}, needs=_NEEDS))


def reopen(api: Api, number: int) -> Issue:
    """Open a closed issue again."""
    return _read(api.send("PATCH", f"issues/{number}", {"state": "open", "state_reason": "reopened"}, needs=_NEEDS))


def _read(issue: Record) -> Issue:
    user = issue.record_or_none("user")
    return Issue(
        number=issue.number("number"),
        title=issue.text("title"),
        body=issue.text_or_none("body") or "",
        is_open=issue.text("state") == "open",
        labels=_labels(issue),
        author=user.text("login") if user else None,
        url=issue.web("html_url"),
    )


def _labels(issue: Record) -> tuple[str, ...]:
    """Return the labels' names; GitHub documents a label as a text or as an object."""
    labels = issue.fields.get("labels")
    if not isinstance(labels, list):
        return ()
    named = [label.get("name") if isinstance(label, dict) else label for label in labels]
    return tuple(name for name in named if isinstance(name, str))
