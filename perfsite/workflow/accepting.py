"""Accept worse levels as the new normal of their series."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from perfsite.analysis.baseline import NEAR
from perfsite.errors import ConfigError
from perfsite.model.event import BaselineAccepted
from perfsite.model.findings import VERDICTS, Verdict
from perfsite.report.wording import delta_text, plural
from perfsite.workflow.deciding import Chosen, Decided, Wish, author_of, choose, few, store, time_of_decision
from perfsite.workflow.gather import gather
from perfsite.workflow.revisions import find_commit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfsite.history.timeline import Timeline
    from perfsite.workflow.project import Project


def accept(project: Project, commit: str | None, wish: Wish) -> Decided:
    """Accept worse levels as the new normal of the series selected.

    Parameters
    ----------
    commit
        What the regressions began at; None: every regression that is open now is accepted where it began.

    Raises
    ------
    ConfigError
        Nobody says why, or who; no series is selected; none of them has such a regression.
    HistoryError
        The history cannot be read or written; then nothing has been stored.
    """
    if not (wish.reason or "").strip():
        raise ConfigError("a worse level is accepted for a reason", where="--reason", hint="say why it is worth it")
    author, gathered = author_of(project, wish), gather(project)
    now = time_of_decision(gathered)
    timeline = gathered.timeline
    chosen = list(choose(project, gathered, wish.series))
    if commit is None:
        found = [(int(one.judgement.since[-1]), one) for one in chosen if _regressed(one)]
        where = {int(one.series.commits[index]) for index, one in found}
    else:
        place = find_commit(project, timeline, commit, measured_after=True)
        found = [(index, one) for one in chosen if (index := _began_near(one, place)) >= 0]
        where = {place}
    if not found:
        raise _nothing_to_accept(timeline, chosen, commit)
    if known := [_acceptance(index, one) for index, one in found if commit is not None]:
        _refuse_repetition(known)
    events = [
        BaselineAccepted(
            time=now, author=author, reason=wish.reason, commit=timeline.commits[place].sha, series=wish.series
        )
        for place in sorted(where)
    ]
    pinned = [one.name for _, one in found if one.decided.pin is not None]
    names = tuple(
        f"{one.name}: {_size(one, index)} since {timeline.commits[int(one.series.commits[index])].sha[:8]}"
        for index, one in found
    )
    warnings = []
    if pinned:
        warnings.append(f"a pinned baseline stays what it is: {few(pinned)}; pin it anew, or unpin it")
    what = f"{plural(len(names), 'regression')} accepted as the new normal"
    return store(project, events, wish, what, names, warnings)


def _regressed(one: Chosen) -> bool:
    return VERDICTS[one.judgement.verdicts[-1]] is Verdict.REGRESSION


def _began_near(one: Chosen, place: int) -> int:
    """Return where a regression of a series began, at the commit or so near that hindsight may move it; -1: none."""
    index = int(one.series.commits.searchsorted(place))
    begun = np.unique(one.judgement.since[one.judgement.since >= 0])
    near = begun[np.abs(begun - index) <= NEAR]
    return int(near[np.abs(near - index).argmin()]) if len(near) else -1


def _acceptance(index: int, one: Chosen) -> BaselineAccepted | None:
    """Return the decision by which a regression that began at a point of a series is accepted already, if any."""
    return next((event for at, event in one.decided.accepted if abs(at - index) <= NEAR), None)


def _refuse_repetition(known: Sequence[BaselineAccepted | None]) -> None:
    """Refuse to accept what is accepted: a second decision would have to be withdrawn, too."""
    first = known[0]
    if first is not None and all(known):
        by = f" by {first.author}" if first.author else ""
        hint = f"`perfsite baseline withdraw {str(first.id)[:8]}` takes it back"
        raise ConfigError(f"accepted already{by} on {first.time:%Y-%m-%d}", hint=hint)


def _size(one: Chosen, index: int) -> str:
    """Return how large a regression is: the delta of its level."""
    judgement = one.judgement
    baseline = float(judgement.baselines[index])
    level = float(judgement.levels[index]) if index < len(judgement.levels) else baseline
    return delta_text(level / baseline - 1 if baseline > 0 else None)


def _nothing_to_accept(timeline: Timeline, chosen: Sequence[Chosen], commit: str | None) -> ConfigError:
    opened = [
        f"{one.name} since {timeline.commits[int(one.series.commits[one.judgement.since[-1]])].sha[:8]}"
        for one in chosen
        if _regressed(one)
    ]
    where = "open" if commit is None else f"that began at {commit[:60]}"
    hint = f"open are: {few(opened)}" if opened else "`perfsite check` shows what is judged a regression"
    return ConfigError(f"there is no regression {where} among {plural(len(chosen), 'series', 'series')}", hint=hint)
