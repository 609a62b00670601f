"""Judge a timeline: every series under the owner's policy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

from perfsite.analysis.across import weigh_together
from perfsite.analysis.badruns import find_bad_runs
from perfsite.analysis.batches import Case
from perfsite.analysis.excuses_aside import excuse_aside
from perfsite.model.decisions import Decisions, SeriesDecisions
from perfsite.workflow.causes import with_causes
from perfsite.workflow.depth import find_warm_ups, kept_in_depth, surroundings_of
from perfsite.workflow.executors import Place, analyse_all

if TYPE_CHECKING:
    from perfsite.config import Settings
    from perfsite.history.timeline import Timeline
    from perfsite.model.calibration import Calibration
    from perfsite.model.causes import CommonShift
    from perfsite.model.event import Event, Pin
    from perfsite.model.findings import Judgement
    from perfsite.model.policy import Policy
    from perfsite.model.run import Run
    from perfsite.model.series import Series
    from perfsite.model.slow import BadRun, InDepth
    from perfsite.workflow.kept import KeptAnswers


RECENT_COMMITS: Final = 5
"""An environment that none of so many newest commits was measured in is no longer watched."""


@dataclass(frozen=True, slots=True)
class JudgedTimeline:
    """A timeline with the owner's directions, the findings of its series, and of the points aside of the trend.

    `pins` are the pinned baselines, `decided` all that was decided about baselines, by the number of their series, as
    are the findings in depth of living series, `in_depth`. `shifts` are the runs at which the series of an environment
    moved together, `policies` what the series were judged by.
    """

    timeline: Timeline
    judgements: tuple[Judgement, ...]
    aside: Mapping[int, Judgement]
    pins: Mapping[int, Pin]
    decided: Mapping[int, SeriesDecisions]
    in_depth: Mapping[int, InDepth]
    bad_runs: tuple[BadRun, ...]
    shifts: tuple[CommonShift, ...] = ()
    policies: tuple[Policy, ...] = ()
    """How each series was judged."""


def directed(series: Series, settings: Settings) -> Series:
    """Return a series with the direction that the owner set, if any."""
    direction = settings.direction(series.key, series.unit, series.direction)
    return series if direction is series.direction else replace(series, direction=direction)


def policy_of(series: Series, settings: Settings) -> Policy:
    """Return how a series is judged."""
    return settings.policy(series.key, series.unit, series.direction)


def pinned_value(pin: Pin | None) -> float | None:
    """Return the value of a pinned baseline, if there is one."""
    return None if pin is None else pin.value


def case_of(series: Series, policy: Policy, decided: SeriesDecisions, calibrated: Calibration | None) -> Case:
    """Return everything that the analysis of one series needs, its points aside of the trend left out."""
    pinned = pinned_value(decided.pin)
    return Case(
        series=series,
        policy=policy,
        accepted=decided.accepted_points,
        pinned=pinned,
        told=decided.told,
        calibrated=calibrated,
    )


def watched_series(series: Sequence[Series]) -> list[bool]:
    """Return which series have a point in the newest run of their environment, if that still has runs.

    An environment whose newest run is behind the `RECENT_COMMITS` newest commits has had its say: the life of its
    findings was told when it ran.
    """
    newest: dict[str, int] = {}
    for one in series:
        if len(one):
            name = one.key.environment
            newest[name] = max(newest.get(name, -1), int(one.commits[-1]))
    tails = (one.commits[-RECENT_COMMITS:].tolist() for one in series)
    recent = sorted({commit for tail in tails for commit in tail})[-RECENT_COMMITS:]
    return [len(one) > 0 and recent[0] <= int(one.commits[-1]) == newest[one.key.environment] for one in series]


def rates_of(policies: Iterable[Policy]) -> list[float]:
    """Return the false discovery rates that the owners of some series allow."""
    return [policy.false_discovery_rate for policy in policies]


def judge_timeline(
    timeline: Timeline,
    settings: Settings,
    events: Sequence[Event] = (),
    place: Place | None = None,
    *,
    newest: Iterable[Run] = (),
    kept: KeptAnswers | None = None,
) -> JudgedTimeline:
    """Return the findings of a whole timeline, each series against its pinned baseline if it has one.

    `events` are what people decided, in the order they are stored; `place` is where series are analysed.
    `newest` are the newest runs with their samples, from which warm-up is told; `kept` are
    the answers of the time before.
    """
    decisions = Decisions(events, timeline.commits)
    series, shifts = with_causes([directed(one, settings) for one in timeline.series], timeline.versions)
    found = [decisions.of(one) for one in series]
    beside = {number: directed(one, settings) for number, one in timeline.aside.items()}
    policies = [policy_of(one, settings) for one in series]
    watched = watched_series(series)
    around = surroundings_of(timeline, find_warm_ups(newest))
    cases = [
        replace(
            case_of(one, policies[number], decided, timeline.calibrations.get(number)),
            aside=beside.get(number),
            around=around.get(number),
            watched=watched[number],
        )
        for number, (one, decided) in enumerate(zip(series, found, strict=True))
    ]
    analyse = partial(analyse_all, place=place)
    answers = analyse(cases) if kept is None else kept.all(cases, analyse)
    judgements = weigh_together(series, [answer.judgement for answer in answers], rates_of(policies))
    aside = {number: answer.aside for number, answer in enumerate(answers) if answer.aside is not None}
    aside = dict(excuse_aside(series, beside, aside, timeline.versions))
    weighed = weigh_together([beside[i] for i in aside], list(aside.values()), rates_of(policies[i] for i in aside))
    return JudgedTimeline(
        replace(timeline, series=series, aside=beside),
        tuple(judgements),
        dict(zip(aside, weighed, strict=True)),
        pins={number: decided.pin for number, decided in enumerate(found) if decided.pin is not None},
        decided={number: decided for number, decided in enumerate(found) if decided.pins or decided.accepted},
        in_depth=kept_in_depth(answers),
        bad_runs=find_bad_runs(zip(series, judgements, strict=True)),
        shifts=shifts,
        policies=tuple(policies),
    )
