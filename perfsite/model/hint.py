"""A hint: what the evidence recorded says of the cause of a finding, and what to look at next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perfsite.model.series import SeriesKey


class Confidence(IntEnum):
    """How far the evidence carries: rising."""

    LOW = 1
    """It fits, and so would other causes."""
    MEDIUM = 2
    """Other causes are possible and less likely."""
    HIGH = 3
    """The figures leave little else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """What the evidence says of the cause of one finding; it never says the finding again.

    `rule` is the name of the rule that found it. `series` are the series it speaks of, that of the finding first.
    `commit` is the position in the timeline of the commit where the finding is, None where it stands at no commit (a
    benchmark too short for its timer); `previous` is the commit measured before it, whose range holds the culprit.
    `sentence` holds the figures, `because` says why the confidence is what it is, `next_step` what to do. `figures`
    are those of the sentence as numbers, unrounded, in base units (deltas as fractions). `size` ranks hints of one
    confidence, the share that the finding changed by. `is_current` is whether the finding is still open.
    """

    rule: str
    series: tuple[SeriesKey, ...]
    sentence: str
    confidence: Confidence
    because: str
    next_step: str
    figures: Mapping[str, float] = field(default_factory=dict)
    commit: int | None = None
    previous: int | None = None
    size: float = 0.0
    is_current: bool = True
