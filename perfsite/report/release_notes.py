"""The performance section of release notes: what changed between two releases, as Markdown to paste."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from perfsite.report.markdown import link, markdown
from perfsite.report.wording import count_text

if TYPE_CHECKING:
    from perfsite.report.release_views import CauseRow, GroupRow, MoverRow
    from perfsite.report.views import CommitRef

MOST_NAMED: Final = 5
"""Benchmarks that the section names, of either direction."""
MOST_GROUPS: Final = 12
TITLE: Final = "Performance"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotesFacts:
    """What a section tells: a release against another, from its page's view.

    `page` is the URL of the release's page from the root of the site, `compare` that of the page that compares the two
    (empty: none), `site_url` the site's own with a slash at its end (None: not known, links stay relative to the root
    of the site). `remarks` are sentences on what is compared.
    """

    sentence: str
    page: str
    compare: str = ""
    remarks: Sequence[str] = ()
    groups: Sequence[GroupRow] = ()
    worse: Sequence[MoverRow] = ()
    worse_count: int = 0
    better: Sequence[MoverRow] = ()
    better_count: int = 0
    causes: Sequence[CauseRow] = ()
    cause_count: int = 0
    added: Sequence[tuple[str, str]] = ()
    added_count: int = 0
    removed: Sequence[tuple[str, str]] = ()
    removed_count: int = 0
    left_out: Sequence[tuple[str, str]] = ()
    site_url: str | None = None

    def shortened(self) -> NotesFacts:
        """Return only the sentences with their links, for where there is no room."""
        told = NotesFacts(sentence=self.sentence, page=self.page, compare=self.compare, remarks=self.remarks)
        return replace(told, site_url=self.site_url)


def release_notes(facts: NotesFacts, *, title: str = TITLE, level: int = 2) -> str:
    """Return the section, with a line's end at its end.

    `title` is that of its heading, any text, of `level` 1 to 6; 0: it has none.
    """
    links = [_link("Details", facts.page, facts)]
    if facts.compare and facts.compare != facts.page:
        links.append(_link("every series", facts.compare, facts))
    head = [f"{'#' * level} {markdown(title)}", ""] if level else []
    lines = [*head, f"{markdown(facts.sentence, 400)} {', '.join(links)}."]
    for remark in facts.remarks:
        lines += ["", markdown(remark, 400)]
    if len(facts.groups) > 1:
        lines += ["", "| group | benchmarks | geometric mean | 95 % interval |", "|---|--:|--:|--:|"]
        lines += [_group(row) for row in facts.groups[:MOST_GROUPS]]
        if len(facts.groups) > MOST_GROUPS:
            lines += ["", f"and {count_text(len(facts.groups) - MOST_GROUPS)} more groups"]
    lines += _movers("Regressions", facts.worse, facts.worse_count, facts)
    lines += _movers("Improvements", facts.better, facts.better_count, facts)
    lines += _causes(facts)
    lines += _names("New benchmarks", facts.added, facts.added_count, facts)
    lines += _names("Removed benchmarks", facts.removed, facts.removed_count, facts)
    if facts.left_out:
        lines += ["", "Not compared:", ""]
        lines += [f"- {markdown(environment)}: {markdown(why, 200)}" for environment, why in facts.left_out]
    return "\n".join([*lines, ""])


def _group(row: GroupRow) -> str:
    name = markdown(" · ".join(part for part in (row.name, row.metric, row.environment) if part))
    return f"| {name} | {count_text(row.series)} | {row.words} | {row.interval or '–'} |"


def _movers(title: str, rows: Sequence[MoverRow], count: int, facts: NotesFacts) -> list[str]:
    if not count:
        return []
    lines = ["", f"{title}:", ""]
    for row in rows[:MOST_NAMED]:
        name = f"{row.benchmark} ({row.parameters})" if row.parameters else row.benchmark
        since = f", since {_commit(row.commit, facts)}" if row.commit else ""
        stage = f" ({row.stage})" if row.stage else ""
        # A unit comes from a result file and may be any text.
        levels = f"{markdown(row.before)} → {markdown(row.after)}"
        lines.append(
            f"- {_link(name, row.url, facts)} ({markdown(row.metric)}, {markdown(row.environment)}): "
            f"{levels}, **{row.delta}**{f' ({row.interval})' if row.interval else ''}{stage}{since}"
        )
    rest = count - sum(1 + row.others for row in rows[:MOST_NAMED])
    return [*lines, f"- and {count_text(rest)} more series"] if rest > 0 else lines


def _causes(facts: NotesFacts) -> list[str]:
    if not facts.causes:
        return []
    lines = ["", "Commits that changed it:", ""]
    for row in facts.causes[:MOST_NAMED]:
        subject = f" {markdown(row.commit.subject)}" if row.commit.subject else ""
        incident = f" ({_link('incident', row.incident, facts)})" if row.incident else ""
        lines.append(f"- {_commit(row.commit, facts)}{subject}: {markdown(row.sentence, 300)}{incident}")
    rest = facts.cause_count - min(len(facts.causes), MOST_NAMED)
    return [*lines, f"- and {count_text(rest)} more"] if rest > 0 else lines


def _names(title: str, names: Sequence[tuple[str, str]], count: int, facts: NotesFacts) -> list[str]:
    if not count:
        return []
    told = ", ".join(_link(name, url, facts) for name, url in names[:MOST_NAMED])
    rest = count - min(len(names), MOST_NAMED)
    return ["", f"{title}: {told}{f' and {count_text(rest)} more' if rest > 0 else ''}"]


def _commit(ref: CommitRef, facts: NotesFacts) -> str:
    # Hexadecimal digits need no neutralising, and whoever copies them wants nothing else.
    return f"[{ref.short}]({_root(facts)}{ref.url})"


def _link(text: str, url: str, facts: NotesFacts) -> str:
    return link(text, f"{_root(facts)}{url}")


def _root(facts: NotesFacts) -> str:
    return f"{facts.site_url.rstrip('/')}/" if facts.site_url else ""
