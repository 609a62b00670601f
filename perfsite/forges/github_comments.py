"""Exactly one comment of ours in a conversation, whoever else writes there and however many jobs post at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from perfsite.errors import DeliveryError
from perfsite.forges.forge import Posted
from perfsite.forges.http import Request, UncertainError
from perfsite.forges.refusals import RefusedError

if TYPE_CHECKING:
    from perfsite.forges.fields import Record
    from perfsite.forges.github_api import Api

MOST_CHARACTERS: Final = 65_536
"""GitHub: "Body is too long (maximum is 65536 characters)"."""
ACTIONS_BOT: Final = "github-actions[bot]"
_TRIES: Final = 3
_NEEDS: Final = "pull-requests: write"


def put_comment(api: Api, number: int, body: str, *, marker: str, author: str) -> Posted:
    """Create or update the one comment by `author` that begins or ends with the marker.

    A comment of somebody else with the same marker is neither touched nor counted. After a comment was created all are
    looked at again: of several of ours, which jobs made that ran at once, the oldest stays.
    """
    check_body(body, marker)
    for _ in range(_TRIES):
        ours = comments_of(api, number, marker=marker, author=author)
        try:
            if ours:
                posted = _keep_oldest(api, ours, body)
            else:
                posted = _create(api, number, body)
                ours = comments_of(api, number, marker=marker, author=author)
                if len(ours) > 1:
                    posted = _keep_oldest(api, ours, body)
        except UncertainError:
            continue  # it may be there: the next round looks before it writes
        except RefusedError as refused:
            if refused.status == 404 and ours:
                continue  # somebody deleted it between our looking and our writing
            raise
        return posted
    raise DeliveryError(
        "GitHub did not say whether the comment was posted, three times over",
        where=f"{api.repository}#{number}",
        hint="Run this again: it looks for the comment before it writes one.",
    )


def comments_of(api: Api, number: int, *, marker: str, author: str) -> list[Record]:
    """Return the comments by `author` that begin or end with the marker, oldest first."""
    listed = api.pages(f"issues/{number}/comments", needs="pull-requests: read")
    ours = [
        comment for comment in listed if _is_by(comment, author) and is_marked(comment.text_or_none("body"), marker)
    ]
    return sorted(ours, key=lambda comment: comment.number("id"))


def comment_text(api: Api, number: int, *, marker: str, author: str) -> str | None:
    """Return what the one comment of ours says now; None where there is none."""
    ours = comments_of(api, number, marker=marker, author=author)
    return (ours[0].text_or_none("body") or "") if ours else None


def is_marked(body: str | None, marker: str) -> bool:
    """Return whether a text begins or ends with the marker; one that only quotes it does not."""
    text = (body or "").strip()
    return text.startswith(marker) or text.endswith(marker)


def check_body(body: str, marker: str) -> None:
    """Raise unless this is a comment that will be found again and that GitHub takes."""
    if not marker.strip() or not is_marked(body, marker):
        raise ValueError("a comment begins or ends with its marker")
    if len(body) > MOST_CHARACTERS:
        raise DeliveryError(f"the comment has {len(body):,} characters, and GitHub takes {MOST_CHARACTERS:,}")


def _is_by(comment: Record, author: str) -> bool:
    user = comment.record_or_none("user")
    return user is not None and user.text("login").lower() == author.lower()


def _keep_oldest(api: Api, ours: list[Record], body: str) -> Posted:
    """Make the oldest say `body` and delete the others."""
    oldest = ours[0]
    for other in ours[1:]:
        api.delete(f"issues/comments/{other.number('id')}", needs=_NEEDS)
    if _same(oldest.text_or_none("body"), body):
        return Posted(url=oldest.web("html_url"), outcome="unchanged")
    changed = api.send("PATCH", f"issues/comments/{oldest.number('id')}", {"body": body}, needs=_NEEDS)
    return Posted(url=changed.web("html_url"), outcome="updated")


def _create(api: Api, number: int, body: str) -> Posted:
    made = api.send("POST", f"issues/{number}/comments", {"body": body}, needs=_NEEDS, is_repeatable=False)
    return Posted(url=made.web("html_url"), outcome="created")


def _same(there: str | None, body: str) -> bool:
    """Return whether two texts are one for GitHub, which may change line ends and drops white space at the ends."""
    return (there or "").replace("\r\n", "\n").strip() == body.replace("\r\n", "\n").strip()


def login_of(api: Api, *, in_actions: bool) -> str:
    """Return as whom the token writes.

    GraphQL's `viewer` answers for every kind of token. Where it is closed, REST's `GET /user` knows people only;
    what is left inside of GitHub Actions is the token of the workflow itself.
    """
    base = api.http.base
    graphql = base.removesuffix("/v3") + "/graphql"  # GitHub Enterprise Server: /api/v3 and /api/graphql
    asked = Request(method="POST", url=graphql, body={"query": "query { viewer { login } }"})
    answer = api.http.send(asked)
    told = answer.json() if answer.status == 200 else None
    viewer = ((told.get("data") or {}) if isinstance(told, dict) else {}).get("viewer")
    if isinstance(viewer, dict) and isinstance(viewer.get("login"), str) and viewer["login"]:
        return str(viewer["login"])
    try:
        return api.get("/user").text("login")
    except RefusedError as refused:
        if refused.status != 403 or not in_actions:
            raise
        return ACTIONS_BOT
