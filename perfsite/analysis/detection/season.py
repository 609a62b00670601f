"""A rhythm in the noise, as of days of the week or of machines that take turns: found by its peak in the spectrum."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from perfsite.analysis.detection.quantiles import quantile, windows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

FEWEST_FOR_SEASON = 40
"""Points below which no rhythm can be told from chance."""
FEWEST_CYCLES = 5
LONGEST_PERIOD = 60
"""A slower rhythm looks like changes of level, and is left to be told as such."""
MOST_WAVES = 4
"""Waves taken away one after the other: a rhythm that is no pure sine has overtones."""
PARTS = 3
LEAST_SHARE = 0.25
BLOCK = 32
"""Bins of the spectrum that tell what power is usual nearby."""
CHANCE = 7.0
"""-log of the chance that noise alone shows a rhythm, before the uncertainty of the usual power; 1 in 1,000."""
UNCERTAINTY = 1.6
"""How much the needed power grows because the usual power is itself estimated, from `BLOCK` bins."""


def without_season(x: FloatArray) -> FloatArray:
    """Return x without its rhythm, x itself where there is none.

    Notes
    -----
    The spectrum is that of the successive differences, clipped: a change of level is then one difference among
    n - 1 and spreads its power over all frequencies, where in x itself it would tower at the low ones. Divided by the
    spectrum of differencing, white noise is flat again. A wave stands out by its power over the median power of the
    frequencies nearby, tested as the largest of n / 2 exponential variables [1]_; noise with memory has a sloping
    spectrum, but no peak. The wave's amplitude is the Fourier coefficient at the peak. Taken away, the next is sought.

    References
    ----------
    .. [1] R. A. Fisher, Tests of significance in harmonic analysis, Proc. Roy. Soc. A 125, 1929, 54-59.
    """
    if len(x) < FEWEST_FOR_SEASON:
        return x
    for _ in range(MOST_WAVES):
        wave = _strongest_wave(x)
        if wave is None:
            break
        x = x - wave
    return x


def _strongest_wave(x: FloatArray) -> FloatArray | None:
    n = len(x)
    steps = x[1:] - x[:-1]
    clip = 3.0 * quantile(np.abs(steps), 0.75)
    steps = np.clip(steps, -clip, clip)
    steps -= steps.mean()
    size = 2 * n
    spectrum = np.fft.rfft(steps, size)
    first = 2 * max(FEWEST_CYCLES, n // LONGEST_PERIOD)
    angles = np.arange(first, len(spectrum)) * (2 * math.pi / size)
    power = np.abs(spectrum[first:]) ** 2 / (2 - 2 * np.cos(angles))
    if len(power) < BLOCK or clip <= 0:
        return None
    blocks = windows(power, BLOCK, BLOCK // 2).copy()
    blocks.partition(BLOCK // 2, axis=1)
    middles = np.arange(len(blocks)) * (BLOCK // 2) + BLOCK / 2
    usual = np.interp(np.arange(len(power)), middles, blocks[:, BLOCK // 2]) / math.log(2)
    ratios = power / np.maximum(usual, 1e-300)
    peak = int(ratios.argmax())
    if ratios[peak] < UNCERTAINTY * (math.log(n / 2) + CHANCE):
        return None
    return _wave(steps, angles.item(peak), 2 * math.pi / size, n)


def _wave(steps: FloatArray, angle: float, width: float, n: int) -> FloatArray | None:
    """Return the wave near an angular frequency, shape (n,), refined to a fraction of a bin of the spectrum."""
    times = np.arange(n)
    tried = np.minimum(angle + width * np.linspace(-1, 1, 9), math.pi)
    sums = np.exp(-1j * tried[:, None] * times[:-1]) @ steps
    gains = np.exp(1j * tried) - 1
    best = int(np.abs(sums / gains).argmax())
    parts = np.exp(-1j * tried[best] * times[:-1]) * steps
    cuts = np.arange(PARTS) * len(steps) // PARTS
    shares = (np.add.reduceat(parts, cuts) * sums[best].conjugate()).real / abs(sums[best]) ** 2 * PARTS
    if shares.min() < LEAST_SHARE:
        return None
    amplitude = sums[best] / gains[best] / len(steps) * (1.0 if tried[best] >= math.pi - 1e-9 else 2.0)
    wave: FloatArray = (amplitude * np.exp(1j * tried[best] * times)).real
    return wave
