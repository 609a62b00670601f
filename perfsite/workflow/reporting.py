"""The report for people who will not open the site: the executive summary in any of its forms."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from perfsite.errors import ConfigError
from perfsite.report.spans import span_of_days, span_of_release, span_since
from perfsite.report.summary_records import csv, document
from perfsite.report.summary_texts import markdown, text
from perfsite.workflow.address import site_address
from perfsite.workflow.gather import gather
from perfsite.workflow.site import judged_report

if TYPE_CHECKING:
    from perfsite.report.context import Context
    from perfsite.report.spans import Span
    from perfsite.report.summary_views import SummaryView
    from perfsite.workflow.gather import Gathered
    from perfsite.workflow.project import Project

MOST_DAYS: Final = 36_500
_NAMED_TAGS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """A summary, in the form that was asked for, and what should be said beside it."""

    content: str
    view: SummaryView
    warnings: tuple[str, ...]


def report(project: Project, *, form: str = "text", since: str | None = None) -> Reported:
    """Return the executive summary of a project.

    Parameters
    ----------
    form
        `text`, `markdown`, `html`, `json` or `csv`.
    since
        What the changes are told of: a day (`2026-05-01`), a release's tag, or days before the newest commit (`30d`);
        None: the last thirty days.

    Raises
    ------
    ConfigError
        `since` is none of these.
    HistoryError
        The history cannot be read.
    """
    gathered = gather(project)
    made = judged_report(project, gathered)
    view = made.summary_of(None if since is None else span_of(made.context, since))
    return Reported(content=_written(view, form, project, gathered), view=view, warnings=gathered.warnings)


def _written(view: SummaryView, form: str, project: Project, gathered: Gathered) -> str:
    site = site_address(project, gathered.repository_url) or ""
    if form == "html":
        from perfsite.pages.summary_file import summary_file

        overrides = project.root / "site_config" / "overrides" / "perfsite"
        return summary_file(view, site=site, overrides=overrides if overrides.is_dir() else None)
    if form == "markdown":
        return markdown(view, site=site)
    if form == "json":
        return json.dumps(document(view), ensure_ascii=False, allow_nan=False, indent=2) + "\n"
    return csv(view) if form == "csv" else text(view)


def span_of(context: Context, since: str) -> Span:
    """Return what a text means; a release's name wins over what else it could be.

    Raises
    ------
    ConfigError
        It means nothing here.
    """
    releases = {name: position for position, name in context.timeline.releases}
    if since in releases:
        return span_of_release(releases[since], since)
    if (days := re.fullmatch(r"(\d{1,5})d", since)) and 0 < int(days[1]) <= MOST_DAYS:
        return span_of_days(context, int(days[1]), least=1)
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", since):
        try:
            return span_since(context, datetime.fromisoformat(since).replace(tzinfo=UTC))
        except ValueError as error:
            raise ConfigError(f"there is no such day: {since}", where="--since", hint=str(error)) from error
    newest = ", ".join(list(reversed(releases))[:_NAMED_TAGS])
    known = f"releases here: {newest}" if newest else "no release is known here"
    raise ConfigError(
        f"neither a day, nor days, nor a release: {since[:60]!r}",
        where="--since",
        hint=f"give a day (2026-05-01), days before the newest commit (30d), or a release's tag ({known})",
    )
