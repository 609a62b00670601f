"""The test of channels: one message to each, which tells nobody anything and is remembered nowhere."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from perfsite.config.notify import ChannelKind
from perfsite.errors import DeliveryError
from perfsite.model.alert import AlertState
from perfsite.report.alert_views import Alert
from perfsite.workflow import codebase
from perfsite.workflow.address import site_address
from perfsite.workflow.alert_issues import LABEL
from perfsite.workflow.notifying import Notified, Served, Told, chosen_channels, send, way_to

if TYPE_CHECKING:
    from perfsite.workflow.notifying import NotifyWish
    from perfsite.workflow.project import Project

_TEST: Final = Alert(
    id="test",
    state=AlertState.CONFIRMED,
    title="Test: perfsite reaches this channel",
    sentence="This is a test: nothing has changed, and nothing is to be done.",
    url=None,
    severity="minor",
)


def send_test(project: Project, wish: NotifyWish) -> Notified:
    """Send a test message to every channel that is meant; what pages somebody is resolved at once."""
    served = []
    for channel in chosen_channels(project, wish.only):
        way = way_to(channel, wish.environ)
        if way.problem is not None:
            served.append(Served(channel=channel.name, kind=way.kind, problem=way.problem))
            continue
        alert = replace(_TEST, url=site_address(project, codebase.web_address(project, wish.environ)))
        if way.kind == ChannelKind.GITHUB_ISSUES:
            told = [_asked(alert, wish)]
        else:
            states = (AlertState.CONFIRMED, AlertState.FIXED) if way.is_one_by_one else (AlertState.CONFIRMED,)
            told = send([(replace(alert, state=state),) for state in states], way, project.title, wish)
        served.append(Served(channel=channel.name, kind=way.kind, told=tuple(told)))
    return Notified(served=tuple(served), place=None)


def _asked(alert: Alert, wish: NotifyWish) -> Told:
    """Ask for the issues only: an issue is for everybody to see, and stays."""
    from perfsite.forges.github import github_of

    title = "the issues can be read; whether one may be opened, only opening one tells"
    try:
        github_of(wish.environ).issues(LABEL)
    except DeliveryError as error:
        return Told(title=title, alerts=(alert,), outcome="failed", reason=str(error)[:300])
    return Told(title=title, alerts=(alert,), outcome="sent")
