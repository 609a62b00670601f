"""What a benchmark's page tells beside trend and verdicts: distribution, growth, season; and the pages next to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from perfsite.report.distribution import DistributionView
    from perfsite.report.scaling import ScalingView
    from perfsite.report.season_view import SeasonView


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How the values of a benchmark lie: each `rest` counts what is left out of the tuple before it."""

    distributions: tuple[DistributionView, ...] = ()
    distributions_rest: int = 0
    scaling: tuple[ScalingView, ...] = ()
    scaling_rest: int = 0
    seasons: tuple[SeasonView, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """The benchmarks before and after one in the order of names, as (name, URL); None at either end.

    `group` is the one it is listed in; empty where all benchmarks are in one.
    """

    before: tuple[str, str] | None = None
    after: tuple[str, str] | None = None
    group: str = ""


NO_SHAPE: Final = Shape()
ALONE: Final = Beside()
