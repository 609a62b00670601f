"""Notify: tell every channel what it has not been told of the incidents of a project."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from perfsite.config.notify import ChannelKind, Digest
from perfsite.errors import ConfigError
from perfsite.incidents.timing import is_urgent
from perfsite.model.alert import Outcome
from perfsite.outputs.alerts import messages
from perfsite.outputs.alerts.delivery import deliver, kind_of
from perfsite.outputs.alerts.texts import title_of
from perfsite.report.alert_plan import Ground
from perfsite.report.alerts import alert_of, withdrawn_alert
from perfsite.workflow.alert_claims import Claimed, Claims
from perfsite.workflow.alert_issues import tell_issues
from perfsite.workflow.gather import gather
from perfsite.workflow.keeping import keep
from perfsite.workflow.site import judged_report

if TYPE_CHECKING:
    from perfsite.config.notify import Channel
    from perfsite.report.alert_plan import ChannelPlan, Turn
    from perfsite.report.alert_views import Alert
    from perfsite.workflow.project import Project

HOW: Final = (
    'add [[notify.channels]] with `name` and `url_env` to perfsite.toml; the README has an example under "Alerts"'
)
MOST_SINGLE: Final = 5
"""Alerts that go to a channel each by itself; of more at once one message tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifyWish:
    """What is wanted: only this channel, incidents since when, nothing sent, onto the branch; `now` is aware."""

    now: datetime
    only: str | None = None
    since: datetime | None = None
    is_dry: bool = False
    push: bool = False
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a channel is reached: its kind and address, which nothing shows; or why it cannot be."""

    kind: str = ""
    url: str = field(default="", repr=False)
    problem: str | None = None

    @property
    def is_one_by_one(self) -> bool:
        """Whether each alert needs a message of its own, which stays open until it is closed."""
        return self.kind == ChannelKind.GITHUB_ISSUES or urlsplit(self.url).scheme.lower() == "pagerduty"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One message: its title, what it told of which incidents, and what became of it.

    `reason` is why it failed; not `is_sure`: it may have arrived.
    """

    title: str
    alerts: tuple[Alert, ...]
    outcome: str
    reason: str | None = None
    is_sure: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What was done for one channel; `held` are (incident, state) of what is kept for later.

    `resting` counts what failed so often that it is not tried before tomorrow; `digest` is what is held back for,
    `never` where quiet hours alone hold it.
    """

    channel: str
    kind: str
    told: tuple[Told, ...] = ()
    held: tuple[tuple[str, str], ...] = ()
    passed_over: int = 0
    since: datetime | None = None
    is_first: bool = False
    resting: int = 0
    digest: Digest = Digest.NEVER
    problem: str | None = None

    @property
    def has_failed(self) -> bool:
        """Whether something did not arrive."""
        return self.problem is not None or self.resting > 0 or any(one.outcome == "failed" for one in self.told)

    def document(self) -> dict[str, Any]:
        """Return it for programs."""
        return {
            "name": self.channel,
            "kind": self.kind or None,
            "problem": self.problem,
            "since": None if self.since is None else self.since.isoformat(),
            "first": self.is_first,
            "passed_over": self.passed_over,
            "resting": self.resting,
            "held": [{"incident": incident, "state": state} for incident, state in self.held],
            "messages": [
                {
                    "title": one.title,
                    "outcome": one.outcome,
                    "reason": one.reason,
                    "alerts": [{"incident": alert.id, "state": str(alert.state)} for alert in one.alerts],
                }
                for one in self.told
            ],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Notified:
    """What was done, channel by channel, and where it is remembered; `warnings` go beside it."""

    served: tuple[Served, ...]
    place: str | None
    warnings: tuple[str, ...] = ()

    @property
    def has_failed(self) -> bool:
        """Whether something did not arrive."""
        return any(one.has_failed for one in self.served)

    def document(self) -> dict[str, Any]:
        """Return the answer for programs."""
        return {"version": 1, "remembered": self.place, "channels": [one.document() for one in self.served]}


def notify(project: Project, wish: NotifyWish) -> Notified:
    """Tell every channel what it has not been told.

    Raises
    ------
    ConfigError
        There is no channel of that name, or apprise is needed and not there.
    HistoryError
        The history cannot be read, or what is told cannot be remembered: then nothing was sent that is not there.
    """
    if not project.settings.notify.channels and wish.only is None:
        # Workflows call this whether or not somebody has set up a channel yet.
        return Notified(served=(), place=None, warnings=(f"there is no channel, so nothing is told; {HOW}",))
    channels = chosen_channels(project, wish.only)
    ways = {channel.name: way_to(channel, wish.environ) for channel in channels}
    gathered = gather(project)
    context = judged_report(project, gathered).context
    staying = {name for name, way in ways.items() if way.is_one_by_one}
    ground = Ground(context, gathered.events, project.settings.notify, wish.now, wish.since, staying)
    reachable = [channel for channel in channels if ways[channel.name].problem is None]
    claims = Claims(ground, reachable, project.settings)
    kept = keep(project, push=wish.push)
    if wish.is_dry:
        claims.plan()
    else:
        claims.store(kept)
    plans = {plan.channel.name: plan for plan in claims.plans}
    served = []
    for channel in channels:
        way = ways[channel.name]
        if way.problem is not None:
            served.append(Served(channel=channel.name, kind=way.kind, problem=way.problem))
            continue
        plan = plans[channel.name]
        told = _rehearse(project, claims, plan, way) if wish.is_dry else _serve(project, claims, plan, way, wish)
        served.append(_served(plan, way, told))
        if not wish.is_dry:
            claims.end(kept, _ends(claims.of(channel), told), wish.now)
    warnings = (*gathered.warnings, *gathered.notes, *_forgetful(wish))
    return Notified(served=tuple(served), place=None if wish.is_dry else kept.place, warnings=warnings)


def _forgetful(wish: NotifyWish) -> tuple[str, ...]:
    """Say that a machine which is thrown away remembers nothing."""
    if wish.push or wish.is_dry or not wish.environ.get("CI"):
        return ()
    return ("what was told is remembered in this folder only, and is told again where CI throws it away: add --push",)


def chosen_channels(project: Project, only: str | None) -> tuple[Channel, ...]:
    """Return the channels that are meant."""
    channels = project.settings.notify.channels
    where = "perfsite.toml: notify"
    if not channels:
        raise ConfigError("there is no channel", where=where, hint=HOW)
    if only is None:
        return channels
    found = tuple(channel for channel in channels if channel.name == only)
    if not found:
        names = ", ".join(channel.name for channel in channels)
        raise ConfigError(f"there is no channel {only[:60]!r}", where=where, hint=f"there are: {names}")
    return found


def way_to(channel: Channel, environ: Mapping[str, str]) -> Way:
    """Return how a channel is reached."""
    if channel.kind is ChannelKind.GITHUB_ISSUES:
        return Way(kind=str(channel.kind))
    url = environ.get(channel.url_env or "", "").strip()
    if not url:
        return Way(problem=f"the environment variable {channel.url_env} is not set; it holds the address")
    return Way(kind=kind_of(channel.name, url, channel.kind), url=url)


def alerts_of(claims: Claims, turns: Sequence[Turn]) -> list[Alert]:
    """Return the alerts of some turns."""
    context = claims.ground.context
    found = []
    for turn in turns:
        if turn.incident is not None:
            found.append(alert_of(context, turn.incident, turn.state, owners=turn.owners, is_doubtful=turn.is_doubtful))
        elif turn.told is not None:
            found.append(withdrawn_alert(context, turn.told, is_doubtful=turn.is_doubtful))
    return found


def _bundles(plan: ChannelPlan, turns: Sequence[Turn], way: Way) -> list[list[int]]:
    """Return which turns go into one message, by their places."""
    every = list(range(len(turns)))
    if way.is_one_by_one:
        return [[i] for i in every]
    route = plan.channel.route
    alone = [
        i
        for i in every
        if (incident := turns[i].incident) is not None and is_urgent(route, turns[i].state, incident.severity)
    ]
    rest = [i for i in every if i not in alone]
    together = len(rest) > MOST_SINGLE or route.digest is not Digest.NEVER
    return [*([i] for i in alone), *([rest] if together and rest else [[i] for i in rest])]


def _rehearse(project: Project, claims: Claims, plan: ChannelPlan, way: Way) -> list[Told]:
    """Return what would be told."""
    alerts = alerts_of(claims, plan.send)
    told = []
    for bundle in _bundles(plan, plan.send, way):
        some = tuple(alerts[i] for i in bundle)
        told.append(Told(title=title_of(some, project.title), alerts=some, outcome="would be sent"))
    return told


def _serve(project: Project, claims: Claims, plan: ChannelPlan, way: Way, wish: NotifyWish) -> list[Told]:
    """Send what is claimed for one channel."""
    turns = [one.turn for one in claims.of(plan.channel)]
    if not turns:
        return []
    alerts = alerts_of(claims, turns)
    bundles = [tuple(alerts[i] for i in bundle) for bundle in _bundles(plan, turns, way)]
    return send(bundles, way, project.title, wish)


def send(bundles: Sequence[tuple[Alert, ...]], way: Way, title: str, wish: NotifyWish) -> list[Told]:
    """Send messages of some alerts each; what fails does not keep the others."""
    made = [_message(bundle, way, title, wish.now) for bundle in bundles]
    if way.kind == ChannelKind.GITHUB_ISSUES:
        failures = tell_issues(wish.environ, [alert for bundle in bundles for alert in bundle], title)
    else:
        failures = deliver(way.kind, way.url, made)
    return [
        Told(title=message.title, alerts=bundle, outcome="sent")
        if failure is None
        else Told(title=message.title, alerts=bundle, outcome="failed", reason=failure.reason, is_sure=failure.is_sure)
        for message, bundle, failure in zip(made, bundles, failures, strict=True)
    ]


def _message(alerts: Sequence[Alert], way: Way, title: str, now: datetime) -> messages.Message:
    if way.kind == ChannelKind.SLACK:
        return messages.slack(alerts, title)
    if way.kind == ChannelKind.JSON:
        return messages.document(alerts, title, now)
    return messages.service(alerts, title)


def _ends(claimed: Sequence[Claimed], told: Sequence[Told]) -> list[tuple[Claimed, Outcome]]:
    """Return what became of each claim; one whose message may have arrived stays without an end.

    It is told again after a while, with the remark that it may have been read before.
    """
    outcomes = {
        (alert.id, alert.state): Outcome.SENT if one.outcome == "sent" else Outcome.FAILED
        for one in told
        for alert in one.alerts
        if one.is_sure
    }
    found = ((one, outcomes.get((one.claim.incident, one.claim.state))) for one in claimed)
    return [(one, outcome) for one, outcome in found if outcome is not None]


def _served(plan: ChannelPlan, way: Way, told: Sequence[Told]) -> Served:
    held = tuple((turn.id, str(turn.state)) for turn in plan.hold)
    return Served(
        channel=plan.channel.name,
        kind=way.kind,
        told=tuple(told),
        held=held,
        passed_over=plan.passed_over,
        since=plan.since,
        is_first=plan.is_first,
        resting=plan.resting,
        digest=plan.channel.route.digest,
    )
