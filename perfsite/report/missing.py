"""Series that went missing: their environment was measured without them, and they are not retired yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from perfsite.report.retirement import RETIRED_COMMITS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from perfsite.model.series import Series

PAUSES: Final = 10
"""Newest points of a series that tell how long it pauses between two of them."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A series that its environment's newest commit does not have; `last` and `since` are positions of commits.

    It was measured at `last`, and not from `since` on: `commits` times. `has_failed` tells that it was tried at the
    newest of them, and failed or was skipped.
    """

    number: int
    last: int
    since: int
    commits: int
    has_failed: bool


def missing_series(
    series: Sequence[Series],
    absent: Mapping[int, Collection[int]],
    stops: Mapping[str, NDArray[np.int32]],
    *,
    retired_after: int = RETIRED_COMMITS,
) -> list[Missing]:
    """Return the series that are missing at the newest commit of their environment, in the order of their numbers.

    A series that is measured now and then only is missing once it pauses for longer than it lately did.

    Parameters
    ----------
    series
        All series of the trend; their position is their number.
    absent
        Commits, by series number, where a measurement failed or was skipped.
    stops
        Commits, by environment, at which the environment has a run, sorted; the newest is the one that is asked about.
    retired_after
        Commits without the series after which nobody waits for it.
    """
    found = []
    for number, one in enumerate(series):
        at = stops.get(one.key.environment)
        if at is None or not len(one) or one.commits[-1] >= at[-1]:
            continue
        places = np.searchsorted(at, one.commits[-PAUSES:])
        gone = len(at) - 1 - int(places[-1])
        usual = int(np.diff(places).max()) - 1 if len(places) > 1 else 0
        if usual < gone < retired_after:
            failed = int(at[-1]) in absent.get(number, ())
            found.append(Missing(number, int(one.commits[-1]), int(at[places[-1] + 1]), gone, failed))
    return found
