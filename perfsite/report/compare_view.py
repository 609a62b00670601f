"""What the page that compares any two commits, releases or environments needs; the browser divides and sorts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perfsite.report.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareView:
    """What can be compared."""

    sentence: str


def compare_view(context: Context) -> CompareView:
    """Return the page on which a reader chooses what to compare."""
    return CompareView(sentence=f"Any two of {len(context.refs)} measured commits.")
