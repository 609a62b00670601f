"""What the comment on a pull request shows, as data; texts may be hostile and are neutralised where they are placed.

URLs are absolute, or empty where nothing is known to lead there.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """What there is to tell: something that became worse or failed, another change, or nothing."""

    REGRESSED = "regressed"
    CHANGED = "changed"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentRow:
    """A measurement against its baseline, in words; `mark` says whether it fails or warns, and beyond what."""

    benchmark: str
    url: str
    metric: str
    before: str
    after: str
    change: str
    noise: str
    verdict: str
    mark: str
    incident: str
    is_notable: bool
    """Whether a reader must see it: it regressed or improved, or is beyond a budget."""
    fails: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentGroup:
    """The measurements of an environment, worst first; `machine` in words, `runs` those of the contender there."""

    environment: str
    url: str
    machine: str
    runs: int
    suites: tuple[str, ...]
    points: str
    """Of how many earlier runs the baselines are made: `6 to 30 runs`; empty where there is none."""
    rows: tuple[CommentRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A commit: the first digits of its sha, its subject (empty: not known), where it leads."""

    short: str
    subject: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentView:
    """A comment: `lead` and `rest` make the sentence with the verdict, `lead` the part of it that must be seen."""

    project: str
    """What tells the comment of one project from that of another in the same repository."""
    title: str
    sha: str
    head: Mention
    base: Mention | None
    outcome: Outcome
    fails: bool
    warns: bool
    """Whether something is to be looked at though nothing fails."""
    caveat: str
    """Why it is not certain what was to be compared with; empty where it is."""
    has_regressed: bool
    """Whether something became worse with this commit that a person decides on: to mend it, or to accept it."""
    is_telling: bool
    """Whether the run could be compared, so that what it does not show is not there, as far as it can tell."""
    lead: str
    rest: str
    power: str
    """Which change this run would have shown; empty where that is not known."""
    groups: tuple[CommentGroup, ...]
    remarks: tuple[str, ...]
    """What a reader must know to take the numbers for what they are, the weightiest first."""
    links: tuple[tuple[str, str], ...]
    """Text and URL of where to read on, the first `values_url`."""
    values_url: str
    """Where all values of the commit are; empty where that is not known."""
    most_rows: int
    """Notable rows that are shown before the rest is folded."""

    @property
    def sentence(self) -> str:
        """Return the verdict in one sentence, plain."""
        return f"{self.lead}{self.rest}"

    @property
    def total(self) -> int:
        """Return how many measurements there are."""
        return sum(len(group.rows) for group in self.groups)

    def document(self) -> dict[str, Any]:
        """Return the comment for programs."""
        return {"version": 1, "sentence": self.sentence, **asdict(self)}
