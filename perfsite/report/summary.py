"""The executive summary: what got better and worse, what it costs, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perfsite.report.summary_views import SummaryView

if TYPE_CHECKING:
    from perfsite.report.views import OverviewView


def summary_view(overview: OverviewView) -> SummaryView:
    """Return the summary of a site."""
    return SummaryView(sentence=overview.sentence, state=overview.state)
