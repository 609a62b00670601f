"""Exactly one comment of ours in a conversation, whoever else writes there and however many jobs post at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from perfsite.errors import DeliveryError
from perfsite.forges.forge import Posted
from perfsite.forges.http import UncertainError
from perfsite.forges.refusals import RefusedError

_TRIES: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A comment that is there; later ones have larger numbers."""

    id: int
    body: str
    url: str


class Conversation(Protocol):
    """Where comments are: a pull request or a merge request."""

    most_characters: int

    def ours(self, marker: str) -> list[Comment]:
        """Return the comments that the token's owner wrote and that are marked."""
        ...

    def create(self, body: str) -> str:
        """Add a comment, and return its address; not repeatable."""
        ...

    def change(self, comment: Comment, body: str) -> str:
        """Replace the text of a comment and return its address."""
        ...

    def delete(self, comment: Comment) -> None:
        """Delete a comment; gone already is as good."""
        ...


def put_comment(conversation: Conversation, body: str, *, marker: str) -> Posted:
    """Create or update the one comment of ours that begins or ends with the marker.

    A comment of somebody else with the same marker is neither touched nor counted. After a comment was created all are
    looked at again: of several of ours, which jobs made that ran at once, the oldest stays.
    """
    if not marker.strip() or not is_marked(body, marker):
        raise ValueError("a comment begins or ends with its marker")
    most = conversation.most_characters
    if len(body) > most:
        problem = f"the comment has {len(body):,} characters, and no more than {most:,} are taken"
        raise DeliveryError(problem, hint="Leave some of it out.")
    for _ in range(_TRIES):
        try:
            return _put(conversation, body, marker)
        except UncertainError:
            continue  # it may be there: the next round looks before it writes
        except _VanishedError:
            continue
    raise DeliveryError(
        "whether the comment was posted remained unknown, three times over",
        hint="Run this again: it looks for the comment before it writes one.",
    )


def comment_text(conversation: Conversation, *, marker: str) -> str | None:
    """Return what the one comment of ours says now; None where there is none."""
    ours = conversation.ours(marker)
    return min(ours, key=lambda comment: comment.id).body if ours else None


def is_marked(body: str, marker: str) -> bool:
    """Return whether a text begins or ends with the marker; one that only quotes it does not.

    Examples
    --------
    >>> [is_marked(text, "<!-- m -->") for text in ("<!-- m -->x", "x <!-- m --> ", "> <!-- m --> y")]
    [True, True, False]
    """
    return body.strip().startswith(marker) or body.strip().endswith(marker)


def is_same(there: str, body: str) -> bool:
    """Return whether two texts are one for a host, which may change line ends and drop white space at the ends."""
    return there.replace("\r\n", "\n").strip() == body.replace("\r\n", "\n").strip()


class _VanishedError(Exception):
    """A comment was deleted by somebody between our looking and our writing."""


def _put(conversation: Conversation, body: str, marker: str) -> Posted:
    ours = conversation.ours(marker)
    if ours:
        return _keep_oldest(conversation, ours, body)
    url = conversation.create(body)
    ours = conversation.ours(marker)
    return _keep_oldest(conversation, ours, body) if len(ours) > 1 else Posted(url=url, outcome="created")


def _keep_oldest(conversation: Conversation, ours: list[Comment], body: str) -> Posted:
    """Make the oldest say `body` and delete the others."""
    oldest, *others = sorted(ours, key=lambda comment: comment.id)
    for other in others:
        conversation.delete(other)
    if is_same(oldest.body, body):
        return Posted(url=oldest.url, outcome="unchanged")
    try:
        return Posted(url=conversation.change(oldest, body), outcome="updated")
    except RefusedError as refused:
        if refused.status != 404:
            raise
    raise _VanishedError
