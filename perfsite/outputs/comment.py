"""The comment on a pull request as Markdown: the verdict in a sentence, what matters in a table, the rest folded."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from perfsite.report.comment_views import Outcome
from perfsite.report.markdown import html_text, link, markdown
from perfsite.report.slug import slug
from perfsite.report.wording import plural

if TYPE_CHECKING:
    from perfsite.report.comment_views import CommentGroup, CommentRow, CommentView, Mention

LIMIT: Final = 65_000
"""Bytes of a comment at most, in UTF-8, so that it is below 65,536 whatever a host counts.

GitHub says "maximum is 65536 characters" of a column of 262,144 bytes; a check's summary takes 65,535 characters.
"""
SUMMARY_LIMIT: Final = 1_000_000
"""Bytes that go into a job's summary, of which GitHub takes 1 MiB a step."""
MOST_REMARKS: Final = 6
_REMARK: Final = 400
_MOST_PLACES: Final = 5
_RESERVE: Final = 800
"""Bytes kept for what closes a table, a fold, and says how many rows are left."""
_SAID: Final = re.compile(r"^<!-- perfsite commit ([0-9a-f]{4,64}) (regressed|recovered|fine) -->$", re.MULTILINE)
_OVER: Final = "\nAn earlier commit of this pull request regressed; this one does not.\n"
_NEXT: Final = (
    "Not expected? Measure this commit again, all its runs count together, or mend it. Expected? After the merge, "
    "`perfsite baseline accept` makes the new level the baseline, with your reason."
)
_HEAD: Final = "| benchmark | metric | before → after | change | noise | verdict |\n|---|---|--:|--:|--:|---|"


def marker(project: str) -> str:
    """Return the line, hidden from readers, by which a project's comment is found again.

    Examples
    --------
    >>> marker("perfsite"), marker("a --> b")
    ('<!-- perfsite comment perfsite -->', '<!-- perfsite comment a-b-8527e2ebc667f9da -->')
    """
    return f"<!-- perfsite comment {slug(project)} -->"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a comment of ours said: of which commit, and whether it regressed, or an earlier commit before it."""

    sha: str
    regressed: bool


def said(body: str) -> Said | None:
    """Return what a comment that is there told; None where that cannot be read.

    Examples
    --------
    >>> said("<!-- perfsite comment perfsite -->\\n<!-- perfsite commit 1a2b3c4d regressed -->\\n### parser")
    Said(sha='1a2b3c4d', regressed=True)
    """
    match = _SAID.search(body)
    return None if match is None else Said(sha=match[1], regressed=match[2] != "fine")


def comment_markdown(view: CommentView, *, before: Said | None = None, limit: int = LIMIT) -> str:
    """Return the comment with its marker as the first line.

    Parameters
    ----------
    before
        What the comment said that this one takes the place of, if any.
    limit
        Bytes at most, in UTF-8, at least 20,000: rows are left out, whole, until it fits.
    """
    is_over = before is not None and before.regressed and view.outcome is not Outcome.REGRESSED
    state = "regressed" if view.outcome is Outcome.REGRESSED else "recovered" if is_over else "fine"
    head = f"{marker(view.project)}\n<!-- perfsite commit {view.sha} {state} -->\n"
    text = summary_markdown(view, limit=limit - _size(head) - _size(_OVER))
    return f"{head}{text}{_OVER if is_over and view.is_telling else ''}"


def summary_markdown(view: CommentView, *, limit: int = SUMMARY_LIMIT) -> str:
    """Return the comment without its marker: for the summary of a job or of a check run."""
    if view.outcome is Outcome.QUIET:
        return f"{_quiet(view)}\n"
    sentence = f"{_icon(view)} **{markdown(view.lead)}**{markdown(view.rest, 400)}"
    head = f"### {markdown(view.title)}\n\n{sentence}\n"
    tail = _tail(view)
    room = _Room(limit - _size(head) - _size(tail) - 2 * _RESERVE)
    notable, left = _tables(view, room, lambda row: row.is_notable, most=view.most_rows)
    parts = [head, notable]
    if left:
        parts.append(f"and {plural(left, 'more row')} like these{_all_values(view)}\n")
    parts += [_remarks(view, room), tail, _folded(view, room, left)]
    return "\n".join(part for part in parts if part)


def headline(view: CommentView, most: int = 140) -> str:
    """Return the verdict as plain text of at most so many characters: the title of a check, a commit's status.

    140 characters are what GitHub takes as the description of a status.
    """
    text = " ".join(view.sentence.split())
    return text if len(text) <= most else f"{text[: most - 1]}…"


class _Room:
    """How many bytes are left."""

    def __init__(self, size: int) -> None:
        self.left = size

    def take(self, text: str) -> bool:
        """Whether a text with the end of its line fits; then it is counted."""
        size = _size(text) + 1
        if size > self.left:
            return False
        self.left -= size
        return True


def _size(text: str) -> int:
    return len(text.encode())


def _icon(view: CommentView) -> str:
    """Return a picture of what the words beside it say."""
    if view.fails:
        return "❌"
    return "⚠️" if view.warns else "✅"


def _quiet(view: CommentView) -> str:
    """Return the one line of a run that changed nothing."""
    told = f"**{markdown(view.title)}**: {markdown(view.sentence, 400)}"
    links = " · ".join(link(text, url) for text, url in view.links)
    caveat = f"Not certain: {markdown(view.caveat, _REMARK)}." if view.caveat else ""
    return " ".join(part for part in (told, caveat, markdown(view.power, 200), links) if part)


def _tables(
    view: CommentView, room: _Room, wanted: Callable[[CommentRow], bool], *, most: int | None = None
) -> tuple[str, int]:
    """Return the wanted rows, a table for each environment, as far as there is room; and how many are left out."""
    lines: list[str] = []
    left = 0
    names = len({group.environment for group in view.groups}) > 1
    for group in view.groups:
        rows = [row for row in group.rows if wanted(row)]
        shown = rows if most is None else rows[:most]
        head = f"\n{_title(group)}\n\n{_HEAD}" if names else f"\n{_HEAD}"
        told: list[str] = []
        for row in shown:
            line = _row(row)
            if not room.take(line if told else f"{head}\n{line}"):
                break
            told.append(line)
        if told:
            lines += [head.removeprefix("\n") if not lines else head, *told]
        most = None if most is None else most - len(told)
        left += len(rows) - len(told)
    return ("\n".join([*lines, ""]) if lines else ""), left


def _title(group: CommentGroup) -> str:
    return f"**{link(group.environment, group.url)}**"


def _row(row: CommentRow) -> str:
    name = link(row.benchmark, row.url)
    change = f"**{_whole(row.change)}**" if row.is_notable else _whole(row.change)
    verdict = markdown(row.verdict)
    if row.mark:
        mark = markdown(row.mark).replace(" %", "\u00a0%")
        verdict += f", **{mark}**" if row.fails else f", {mark}"
    if row.incident:
        verdict += f", {link('incident', row.incident)}"
    values = f"{_whole(markdown(row.before, 60))} → {_whole(markdown(row.after, 60))}"
    return f"| {name} | {markdown(row.metric, 40)} | {values} | {change} | {_whole(row.noise)} | {verdict} |"


def _whole(number: str) -> str:
    """Return a number with its unit, which no line's end parts."""
    return re.sub(r"(?<=[\d.]) ", "\u00a0", number)


def _remarks(view: CommentView, room: _Room) -> str:
    """Return what to mind: the weightiest lines, the others folded."""
    lines = [f"- {markdown(text, _REMARK)}" for text in view.remarks]
    shown = [line for line in lines[:MOST_REMARKS] if room.take(line)]
    more = [line for line in lines[MOST_REMARKS:] if room.take(line)]
    told = ["\n".join([*shown, ""])] if shown else []
    if more:
        told.append(_fold(plural(len(more), "more remark"), "\n".join(more)))
    return "\n".join(told)


def _folded(view: CommentView, room: _Room, left: int) -> str:
    """Return the measurements that are no news, in a fold; `left` of the others are not shown for want of room."""
    count = sum(not row.is_notable for group in view.groups for row in group.rows)
    if not count or left:
        return ""
    tables, missing = _tables(view, room, lambda row: not row.is_notable)
    more = f"\nand {plural(missing, 'more measurement')}{_all_values(view)}" if missing else ""
    body = f"{tables}{more}".strip("\n")
    return _fold(plural(count, "other measurement"), body)


def _fold(title: str, body: str) -> str:
    return f"<details>\n<summary>{html_text(title)}</summary>\n\n{body}\n\n</details>\n"


def _all_values(view: CommentView) -> str:
    return f": {link('all values of this commit', view.values_url)}" if view.values_url else ""


def _tail(view: CommentView) -> str:
    lines = [
        " · ".join(link(text, url) for text, url in view.links),
        _NEXT if view.has_regressed else "",
        f"{_compared(view)} {markdown(view.power, 200)}".rstrip(),
    ]
    return "\n\n".join(line for line in lines if line) + "\n"


def _compared(view: CommentView) -> str:
    """Return what was compared with what, and where it was measured."""
    what = f"{_mention(view.head)} compared with {_mention(view.base)} and the runs before it" if view.base else ""
    what = what or f"{_mention(view.head)}, without a commit that it could be compared with"
    told = [_place(group) for group in view.groups[:_MOST_PLACES]]
    if len(view.groups) > _MOST_PLACES:
        told.append(f"{plural(len(view.groups) - _MOST_PLACES, 'more environment')}")
    return f"{what}; measured in {'; '.join(told)}." if told else f"{what}."


def _place(group: CommentGroup) -> str:
    facts = [markdown(group.machine, 120)] if group.machine else []
    if group.runs > 1:
        facts.append(plural(group.runs, "run"))
    if group.suites:
        facts.append(f"suites {', '.join(markdown(suite, 40) for suite in group.suites[:3])}")
    if group.points:
        facts.append(f"baselines of {group.points}")
    name = link(group.environment, group.url)
    return f"{name} ({', '.join(facts)})" if facts else name


def _mention(commit: Mention) -> str:
    return f"{link(commit.short, commit.url, as_code=True)} {markdown(commit.subject, 80)}".rstrip()
