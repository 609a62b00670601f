"""Tellings of a signal, by levels and noise of several kinds: the shortest is believed (Rissanen 1978)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfsite.analysis.detection.contrasts import Contrasts
from perfsite.analysis.detection.elimination import find_under
from perfsite.analysis.detection.flapping import flapping_model
from perfsite.analysis.detection.locallevel import Explanation, explain_as_walk
from perfsite.analysis.detection.modes import find_modes
from perfsite.analysis.detection.noisemodel import NoiseModel, description_length
from perfsite.analysis.detection.partition import SHORTEST_LEVEL, Scan
from perfsite.analysis.detection.placement import place_by_posterior
from perfsite.analysis.detection.ramps import drop_ramps
from perfsite.analysis.detection.signal import of_clean, replace_outliers
from perfsite.analysis.detection.transients import drop_transients
from perfsite.analysis.detection.variogram import autoregressive_model

if TYPE_CHECKING:
    from perfsite.analysis.detection.modes import Modes
    from perfsite.analysis.detection.signal import Signal

FEWEST_FOR_MEMORY = 24
"""Points below which noise with memory cannot be told from white noise."""
FEWEST_FOR_MODES = 3
"""Change points below which nothing can recur."""
FEWEST_FOR_FLAPPING = 4
"""Change points below which nothing flaps."""


def tell(signal: Signal, critical: float, *, look_for_modes: bool = True) -> Explanation:
    """Return the shortest telling of a signal, as levels and noise or as modes, levels and noise.

    Change points that only enclose a transient, or only follow a ramp, are none.
    """
    contrasts, scan = Contrasts(signal), Scan(signal)
    white = _tell_under(contrasts, scan, NoiseModel(signal.white), critical)
    best = _tell_as_noise(contrasts, scan, white, critical)
    if look_for_modes and len(white.changes) >= FEWEST_FOR_MODES:
        modes = find_modes(signal, white.changes)
        if modes is not None:
            as_modes = _tell_without(modes, signal, critical)
            if as_modes.length < best.length:
                return as_modes
    best = _unless_flapping(contrasts, scan, best, critical, modes_removed=not look_for_modes)
    changes, scores = drop_transients(signal.values, best.changes, best.scores)
    changes, scores = drop_ramps(signal, best.model, changes, scores)
    if best.model.persistence < 1:
        changes = place_by_posterior(signal, best.model, changes)
    return Explanation(changes, scores, best.model, best.length)


def _tell_without(modes: Modes, signal: Signal, critical: float) -> Explanation:
    """Return the telling of a signal as modes, and as what is left without them."""
    cleaned, outliers = replace_outliers(signal.values - modes.offsets)
    rest = of_clean(cleaned, signal.outliers | outliers, signal.weights)
    told = tell(rest, critical, look_for_modes=False)
    length = told.length + modes.length
    kept = set(modes.outlasting(signal, modes.beyond_switches(rest, told.changes)))
    kept.update(place for place in told.changes if any(abs(place - move) <= SHORTEST_LEVEL for move in modes.moves))
    scores = [score for place, score in zip(told.changes, told.scores, strict=True) if place in kept]
    return Explanation(sorted(kept), scores, told.model, length, rest)


def _tell_as_noise(contrasts: Contrasts, scan: Scan, white: Explanation, critical: float) -> Explanation:
    """Return the shortest telling of the signal among white noise, AR(1) and random walk."""
    signal = contrasts.signal
    if not white.changes or len(signal) < FEWEST_FOR_MEMORY:
        return white
    tellings = [white, explain_as_walk(signal, critical)]
    memory = autoregressive_model(signal)
    if memory is not None:
        tellings.append(_tell_under(contrasts, scan, memory, critical))
    return min(tellings, key=lambda telling: telling.length)


def _unless_flapping(
    contrasts: Contrasts, scan: Scan, told: Explanation, critical: float, *, modes_removed: bool
) -> Explanation:
    """Return the telling itself, or one in which its levels are noise where they flap."""
    if len(told.changes) < FEWEST_FOR_FLAPPING:
        return told
    model = flapping_model(contrasts.signal, told.changes, modes_removed=modes_removed)
    if model is None:
        return told
    changes, scores = find_under(contrasts, scan, model, critical)
    return Explanation(changes, scores, model, told.length)


def _tell_under(contrasts: Contrasts, scan: Scan, model: NoiseModel, critical: float) -> Explanation:
    signal = contrasts.signal
    changes, scores = find_under(contrasts, scan, model, critical)
    residuals = signal.values - signal.level_per_point(changes)
    length = description_length(residuals, model, len(changes), signal.weights)
    return Explanation(changes, scores, model, length)
