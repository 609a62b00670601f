"""What people are told in an alert, as data; every text may be hostile and is escaped where it is placed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perfsite.model.alert import AlertState
    from perfsite.report.incident_views import IncidentChart


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertCommit:
    """A commit that may be the culprit; `url` is an address of the web, None: none is known."""

    short: str
    subject: str
    author: str
    date: str
    url: str | None
    likely: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One thing that a channel is told of one incident.

    `title` is one line, `url` the incident's page on the web (None: nobody knows where the site is). `size` is how much
    the worst series changed with its 95 % interval, `noise` what a single run of it strays, `levels` before and after.
    `delta` and `size_fraction` are the same as numbers. `commits` are the first of `commit_count` that may have done
    it. `doubt` is why this may not be the first time that this is told; empty where it is. `withdrawn` tells that the
    incident is over because the analysis of more runs does not find it: of such a one little else is known.
    """

    id: str
    state: AlertState
    title: str
    sentence: str
    url: str | None
    severity: str = "none"
    confirmed: bool = True
    withdrawn: bool = False
    worst: str = ""
    size: str = ""
    noise: str = ""
    levels: str = ""
    delta: float | None = None
    size_fraction: float | None = None
    lead: str = ""
    why: str = ""
    doubt: str = ""
    good: str | None = None
    bad: str | None = None
    range_text: str = ""
    compare_url: str | None = None
    commits: tuple[AlertCommit, ...] = ()
    commit_count: int = 0
    series: int = 0
    standing: int = 0
    benchmarks: int = 0
    environments: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    chart: IncidentChart | None = None
