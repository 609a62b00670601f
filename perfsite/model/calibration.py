"""Calibration: what runs of the same code, one after the other, say of the noise of a series."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """The noise of a series as calibration runs tell it; fractions of the centre.

    `deviation` is the standard deviation between runs, with so many `degrees` of freedom (>= 1) behind it, `within` the
    usual standard error of a centre from within its run (None: not known), `runs` how many runs told all that.
    """

    deviation: float
    degrees: int
    within: float | None
    runs: int
