"""What a history calls its commits: shas, or labels that stand in for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfsite.model.run import SHA, Commit, stand_in

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["Commits", "stand_in"]


class Commits:
    """The commits of one history; labels that are no full sha get a stand-in, told once at the end."""

    def __init__(self) -> None:
        self.labels: dict[str, None] = {}

    def of(self, text: str, *, time: datetime | None = None) -> Commit:
        """Return the commit of a full sha, or the stand-in of any other label."""
        label = text.strip()
        if SHA.match(label.lower()):
            return Commit(sha=label.lower(), time=time)
        self.labels[label] = None
        return stand_in(label, time=time)

    def doubts(self) -> list[str]:
        """Return what to say of labels, as one problem; nothing where all were shas."""
        if not self.labels:
            return []
        first = ", ".join(f"'{label[:40]}'" for label in list(self.labels)[:3])
        more = f" and {len(self.labels) - 3} more" if len(self.labels) > 3 else ""
        return [f"{first}{more} are no full commit shas: each is kept as a label of its own, in the order of time"]
