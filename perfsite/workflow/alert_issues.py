"""Alerts as issues on GitHub: one for each incident, commented when it turns, closed when it is over."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Final, Protocol

from perfsite.errors import DeliveryError
from perfsite.model.alert import OVER, AlertState
from perfsite.outputs.alerts.delivery import Failure
from perfsite.outputs.alerts.texts import MARKDOWN, body_of, title_of
from perfsite.report.markdown import markdown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfsite.forges.forge import Issue, Posted
    from perfsite.report.alert_views import Alert

LABEL: Final = "performance"
_TITLE: Final = 250


class Tracker(Protocol):
    """What is asked of a host of issues; every method raises DeliveryError where it refuses or fails."""

    @property
    def login(self) -> str:
        """As whom issues are opened."""
        ...

    def issues(self, label: str) -> tuple[Issue, ...]:
        """Return the issues with a label, open and closed, newest first."""
        ...

    def open_issue(self, title: str, body: str, labels: Sequence[str] = ()) -> Issue:
        """Open an issue."""
        ...

    def comment_issue(self, number: int, body: str) -> Posted:
        """Add a comment to an issue."""
        ...

    def close_issue(self, number: int, *, is_planned: bool = True) -> Issue:
        """Close an issue as completed, or as not planned."""
        ...

    def reopen_issue(self, number: int) -> Issue:
        """Open a closed issue again."""
        ...


def tell_issues(environ: Mapping[str, str], alerts: Sequence[Alert], project: str) -> list[Failure | None]:
    """Tell alerts in the repository that the environment names; return why each failed, None: it did not."""
    from perfsite.forges.github import github_of

    try:
        tracker = github_of(environ)
    except DeliveryError as error:
        return [_words(error)] * len(alerts)
    with closing(tracker):
        return tell_tracker(tracker, alerts, project)


def tell_tracker(tracker: Tracker, alerts: Sequence[Alert], project: str) -> list[Failure | None]:
    """Tell alerts, each in the issue of its incident.

    An issue is ours where we opened it and it holds the incident's mark: others can write the mark, not as us.
    """
    try:
        login, listed = tracker.login, tracker.issues(LABEL)
    except DeliveryError as error:
        return [_words(error)] * len(alerts)
    ours = [issue for issue in listed if issue.author == login]
    reasons: list[Failure | None] = []
    for alert in alerts:
        issue = next((one for one in ours if mark(alert.id) in one.body), None)
        try:
            _tell(tracker, alert, issue, project)
            reasons.append(None)
        except DeliveryError as error:
            reasons.append(_words(error))
    return reasons


def mark(incident: str) -> str:
    """Return what the issue of an incident is known by; nothing of it is seen."""
    return f"<!-- perfsite incident {incident} -->"


def _tell(tracker: Tracker, alert: Alert, issue: Issue | None, project: str) -> None:
    body = f"{mark(alert.id)}\n{body_of([alert], MARKDOWN, most_commits=10)}\n"
    title = title_of([alert], project)[:_TITLE]
    if alert.state in OVER:
        if issue is not None and issue.is_open:
            tracker.comment_issue(issue.number, f"**{markdown(title, _TITLE)}**\n\n{body}")
            tracker.close_issue(issue.number, is_planned=alert.state is AlertState.FIXED)
        return
    if issue is None:
        tracker.open_issue(title, body, [LABEL])
        return
    if not issue.is_open:
        tracker.reopen_issue(issue.number)
    tracker.comment_issue(issue.number, f"**{markdown(title, _TITLE)}**\n\n{body}")


def _words(error: DeliveryError) -> Failure:
    return Failure(f"{error}{f' ({error.hint})' if error.hint else ''}"[:300])
