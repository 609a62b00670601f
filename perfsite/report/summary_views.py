"""What a reader will see of the executive summary, as data; every text may be hostile and is escaped where placed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryView:
    """What got better and worse, what it costs, and what to do."""

    sentence: str
    state: str
