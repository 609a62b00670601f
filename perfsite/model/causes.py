"""Causes: what else happened at a run that may explain a change of its series."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FactChange:
    """A recorded fact of an environment that differs between two runs: `runtime.python`, from `3.11.4` to `3.12.1`.

    The comparability facts (CPU model, cores, accelerator, OS) are no such facts: they split the comparison.
    """

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonShift:
    """Most benchmarks of one environment moved by about the same factor at one run: the machine, more likely than code.

    `commit` is the position of the first run on the new level. `delta` is by how much times changed together: a
    fraction, above 0 where everything became slower. `moved` of `among` benchmarks that could have shown it did.
    """

    environment: str
    commit: int
    delta: float
    moved: int
    among: int
