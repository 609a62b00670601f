"""Retirement: which series and environments are not measured any more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from perfsite.history.timeline import Timeline
    from perfsite.model.series import Series

RETIRED_COMMITS: Final = 10
"""A series that its environment's newest this many commits do not have is retired."""
RETIRED_DAYS: Final = 90
"""So is every series of an environment without a run for this long before the newest commit."""
Stops = Mapping[str, "NDArray[np.int32]"]


def stops_of(timeline: Timeline) -> Stops:
    """Return, by environment, the commits of the trend at which it has a run, sorted."""
    commits: dict[str, set[int]] = {}
    for run in timeline.runs:
        if timeline.is_on_trend(run):
            commits.setdefault(run.environment, set()).add(run.commit)
    return {name: np.array(sorted(at), np.int32) for name, at in sorted(commits.items())}


def retired_environments(timeline: Timeline, stops: Stops) -> frozenset[str]:
    """Return the environments without a run for long; none where all are so: the project just rests."""
    commits = timeline.commits
    # The newest commit of any environment stands for now; a pull request's has whatever time its author gave it.
    ends = (commits[int(end)].time for at in stops.values() for end in at)
    newest = max((time for time in ends if time), default=None)
    if newest is None:
        return frozenset()
    gone = set()
    for name, at in stops.items():
        time = commits[int(at[-1])].time
        if time is not None and (newest - time).days > RETIRED_DAYS:
            gone.add(name)
    return frozenset(gone) if len(gone) < len(stops) else frozenset()


def is_retired(series: Series, stops: Stops, gone: frozenset[str]) -> bool:
    """Whether a series has not been measured for so long that it no longer counts in the health of the site."""
    if not len(series) or series.key.environment in gone:
        return True
    at = stops.get(series.key.environment)
    if at is None or len(at) <= RETIRED_COMMITS:
        return False
    return bool(series.commits[-1] < at[-RETIRED_COMMITS])


def retired_series(timeline: Timeline) -> frozenset[int]:
    """Return the numbers of the series that are not measured any more."""
    stops = stops_of(timeline)
    gone = retired_environments(timeline, stops)
    return frozenset(i for i, series in enumerate(timeline.series) if is_retired(series, stops, gone))
