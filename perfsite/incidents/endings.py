"""Endings: when the regression that began at a point of a series was over, if it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from perfsite.model.findings import Doubt

if TYPE_CHECKING:
    from perfsite.model.findings import Judgement


def end_of_regression(judgement: Judgement, began: int) -> int | None:
    """Return the index of the first point that no longer suffers from the regression that began at a point.

    None where it stands. It is over where the level is back, where it was accepted, where it fell back to an earlier
    regression, and where the machine changed, so that nothing can be told of it any more. The newest points count only
    once later ones have confirmed them. It is over at once where the level was only back from a better one that did
    not last.
    """
    later = slice(began, len(judgement.since))
    settled = judgement.doubts[later] & int(Doubt.UNCONFIRMED) == 0
    over = np.flatnonzero((judgement.since[later] < began) & settled)
    return None if not len(over) else began + int(over[0])
