"""Release notes: what changed between two releases, or any two commits, as a section to paste or to post."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from perfsite.errors import HistoryError
from perfsite.outputs.notes import notes_text
from perfsite.report.release_notes import TITLE, NotesFacts, release_notes
from perfsite.report.release_pages import notes_facts
from perfsite.report.release_records import document
from perfsite.workflow.address import site_address
from perfsite.workflow.ends import EndFinder
from perfsite.workflow.gather import gather
from perfsite.workflow.site import judged_report

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfsite.forges.forge import Posted
    from perfsite.report.release_views import ReleaseView
    from perfsite.workflow.project import Project

FORMATS: Final = ("markdown", "text", "json")


@dataclass(frozen=True, slots=True, kw_only=True)
class NotesWish:
    """What is asked for: between which names (None: the newest release, the one before), and how it is told.

    `level` is that of the heading, 0 for none; `site_url` where the site stands (None: as the project says).
    """

    old: str | None = None
    new: str | None = None
    title: str = TITLE
    level: int = 2
    site_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """A section and what it was made of; `tag` is the release that it speaks of, None where that is no tag."""

    facts: NotesFacts
    view: ReleaseView
    section: str
    document: Mapping[str, Any]
    tag: str | None
    warnings: tuple[str, ...]
    notes: tuple[str, ...]

    def posted(self, posted: Posted) -> Noted:
        """Return it with what became of posting it."""
        told = {"url": posted.url, "outcome": posted.outcome}
        return replace(self, document={**self.document, "posted": told})

    def written(self, form: str) -> str:
        """Return it in one of `FORMATS`."""
        if form == "json":
            return json.dumps(self.document, ensure_ascii=False, allow_nan=False, indent=2) + "\n"
        if form == "text":
            return notes_text(self.view, site=self.facts.site_url or "")
        return self.section


def notes(project: Project, wish: NotesWish) -> Noted:
    """Return the section for release notes.

    Raises
    ------
    ConfigError
        A name means nothing here, or nothing was measured up to it.
    HistoryError
        There is no run, or the history cannot be read.
    """
    gathered = gather(project)
    report = judged_report(project, gathered)
    context = report.context
    if not context.trend_commits:
        raise HistoryError(
            "there is no run to tell of", where=str(project.history), hint="`perfsite record FILE` adds one"
        )
    ends = EndFinder(project, gathered, context).ends(wish.old, wish.new)
    releases = context.releases
    if ends.old is None and ends.new.release is not None:
        view = releases.view(ends.new.release)
    elif ends.old is not None:
        view = releases.between(ends.old, ends.new)
    else:
        raise ValueError("what is no release has an end before it")
    address = site_address(project, gathered.repository_url, wish.site_url)
    facts = notes_facts(view, address)
    section = release_notes(facts, title=wish.title, level=wish.level)
    return Noted(
        facts=facts,
        view=view,
        section=section,
        document=document(context, view, ends.old, ends.new, section=section),
        tag=ends.tag,
        warnings=gathered.warnings,
        notes=() if address else ("the site's address is not known, so links are relative; --site-url names it",),
    )
