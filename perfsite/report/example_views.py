"""What a reader will see of a worked example, as data; every text may be hostile and is escaped where it is placed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One number of an example: what it is, what it is here, and how it comes about."""

    name: str
    value: str
    how: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleView:
    """A number of this site, worked out step by step; `url` is the page it stands on, from the root of the site.

    `subject` is whose it is: a series, an incident, a budget.
    """

    subject: str
    url: str
    where: str
    steps: tuple[Step, ...]
    verdict: str = ""
    """The verdict that the last step comes to, for its colour; empty where it comes to none."""
