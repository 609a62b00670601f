"""The executive summary as one file of HTML to mail: styles within, no script, nothing loaded from anywhere."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from perfsite.pages.render import Renderer
from perfsite.report.outline import MONTHS_TITLE, outline

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from perfsite.report.comparison import ComparisonView
    from perfsite.report.outline import Part
    from perfsite.report.summary_views import SummaryView


def summary_file(view: SummaryView, *, site: str = "", overrides: Path | None = None) -> str:
    """Return the summary as a page of its own.

    Parameters
    ----------
    site
        The address of the published site with a slash at its end, for links; empty: none are made.
    overrides
        The owner's folder of templates; `summary_file.html.j2` there replaces the shipped one.
    """
    style = files("perfsite.pages").joinpath("templates", "summary_file.css").read_text(encoding="utf-8")
    renderer = Renderer(overrides, style=style.strip(), months=MONTHS_TITLE)
    heading = f"{view.title}: summary"
    return renderer("summary_file", view=view, heading=heading, parts=list(outline(view)), site=site).lstrip()


def comparison_file(
    view: ComparisonView, parts: Sequence[Part], *, site: str = "", overrides: Path | None = None
) -> str:
    """Return a comparison as a page of its own, in the form of the summary; `parts` are its sections."""
    style = files("perfsite.pages").joinpath("templates", "summary_file.css").read_text(encoding="utf-8")
    renderer = Renderer(overrides, style=style.strip(), months=MONTHS_TITLE)
    return renderer("summary_file", view=view, heading=view.title, parts=list(parts), site=site).lstrip()
