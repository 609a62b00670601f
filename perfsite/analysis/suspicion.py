"""Changes of level that the memory of noise may explain as well: short series drift in steps of their own."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from perfsite.analysis.detection.elimination import critical_z
from perfsite.analysis.memory import shrunken_variance, variance_of_mean

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from perfsite.analysis.changepoint import Changes
    from perfsite.analysis.noise import Noise

    IntArray = NDArray[np.int64]


def doubtful_levels(changes: Changes, edges: IntArray, noise: Noise | None, sensitivity: float) -> frozenset[int]:
    """Return the numbers of the segments whose change would not stand if the noise had the memory it may have.

    Notes
    -----
    Detection cannot tell memory from white noise in few points and takes it for white: on AR(1) noise of 0.6 one short
    series in six then changes its level. `perfsite.analysis.memory` draws what such a series shows towards what
    series usually have; by as much as the means on either side vary more under it, the evidence of a change is less.
    With more points memory shows, detection has asked for more evidence itself, and nothing is doubtful.
    """
    if noise is None or not changes.indices or changes.model is None or not changes.model.is_white:
        return frozenset()
    lengths = edges[1:] - edges[:-1]
    usual = shrunken_variance(noise.told / noise.segments, noise.memory)
    variances = variance_of_mean(lengths, noise.memory)
    critical = critical_z(int(edges[-1])) * sensitivity
    doubtful = []
    for number, (score, (before, after)) in enumerate(zip(changes.scores, pairwise(lengths.tolist()), strict=True), 1):
        more = usual * float(variances[number - 1] + variances[number]) / (1 / before + 1 / after)
        if score < critical * more**0.5:
            doubtful.append(number)
    return frozenset(doubtful)
