"""The executive summary as Markdown and as plain text: foreign text makes no markup in either."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from typing import TYPE_CHECKING, Final

from perfsite.report.markdown import inline
from perfsite.report.markdown import markdown as escaped
from perfsite.report.outline import outline
from perfsite.report.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from perfsite.report.outline import Cell, Grid, Part
    from perfsite.report.summary_views import SummaryView

WIDTH: Final = 80
_TURNING: Final = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def plain(text: str) -> str:
    """Return a text in one line without characters that turn the direction of writing."""
    return one_line(_TURNING.sub("", text))


def markdown(view: SummaryView, *, site: str = "") -> str:
    """Return the summary as Markdown for a wiki, an issue or a mail.

    `site` is the address of the published site with a slash at its end, for links; empty: none are made. Foreign text
    makes no Markdown, no HTML, no mention and no link.
    """
    return markdown_of(view.title, view.sentence, outline(view), site=site)


def markdown_of(title: str, sentence: str, parts: Iterable[Part], *, site: str = "") -> str:
    """Return a report made of sections as Markdown."""
    lines = [f"# {_within(title)}", "", f"**{_within(sentence)}**", ""]
    for part in parts:
        lines += [f"## {_within(part.title)}", ""]
        for told in part.lines:
            lines += [_whole(told), ""]
        for i, step in enumerate(part.steps, 1):
            lines.append(f"{i}. {_linked(step, site)}{f'<br>{_within(step.note)}' if step.note else ''}")
        lines += [""] if part.steps else []
        lines += _markdown_table(part.grid, site) if part.grid else []
        for told in part.after:
            lines += [_whole(told), ""]
    return "\n".join(lines).rstrip() + "\n"


def _whole(text: str) -> str:
    """Return foreign text as a line of its own."""
    return escaped(text, len(text) + 1)


def _within(text: str) -> str:
    """Return foreign text behind something else in its line."""
    return inline(text, len(text) + 1)


def _linked(cell: Cell, site: str) -> str:
    text = _within(cell.text)
    return f"[{text}]({site}{cell.url})" if site and cell.url else text


def _markdown_table(grid: Grid, site: str) -> list[str]:
    rule = ["---:" if i in grid.right else "---" for i in range(len(grid.head))]
    lines = [f"| {' | '.join(map(_within, grid.head))} |", f"| {' | '.join(rule)} |"]
    for row in grid.rows:
        cells = [f"{_linked(cell, site)}{f'<br>{_within(cell.note)}' if cell.note else ''}" for cell in row]
        lines.append(f"| {' | '.join(cells)} |")
    return [*lines, ""]


def text(view: SummaryView) -> str:
    """Return the summary as text of 80 columns for a terminal or a mail."""
    return text_of(view.title, view.sentence, outline(view))


def text_of(title: str, sentence: str, parts: Iterable[Part]) -> str:
    """Return a report made of sections as text of 80 columns."""
    lines = [*_headed(title, "="), "", *_wrapped(sentence), ""]
    for part in parts:
        lines += [*_text_part(part), ""]
    return "\n".join(lines).rstrip() + "\n"


def _headed(title: str, rule: str) -> Iterator[str]:
    lines = _wrapped(title)
    yield from lines
    yield rule * min(max(map(_width, lines)), WIDTH)


def _text_part(part: Part) -> Iterator[str]:
    yield from _headed(part.title, "-")
    for sentence in part.lines:
        yield from _wrapped(sentence)
    for i, step in enumerate(part.steps, 1):
        yield from _wrapped(step.text, first=f"{i}. ", rest="   ")
        if step.note:
            yield from _wrapped(step.note, first="   ", rest="   ")
    if part.grid:
        yield from _text_table(part.grid)
    for sentence in part.after:
        yield from _wrapped(sentence)


def _wrapped(sentence: str, *, first: str = "", rest: str = "") -> list[str]:
    wrapper = textwrap.TextWrapper(width=WIDTH, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)
    return wrapper.wrap(plain(sentence)) or [first]


def _width(text: str) -> int:
    """Return how many columns of a terminal a text takes: an ideograph takes two, a combining mark none."""
    wide = sum(unicodedata.east_asian_width(one) in "WF" for one in text)
    return len(text) + wide - sum(unicodedata.combining(one) > 0 for one in text)


def _text_table(grid: Grid) -> Iterator[str]:
    """Yield a table; what does not fit into 80 columns becomes a list of its rows."""
    texts = [[_noted(cell) for cell in row] for row in grid.rows]
    widths = [max(_width(cells[i]) for cells in [list(grid.head), *texts]) for i in range(len(grid.head))]
    if sum(widths) + 2 * (len(widths) - 1) <= WIDTH:
        for cells in (grid.head, ["-" * width for width in widths], *texts):
            yield "  ".join(_padded(cell, widths[i], i in grid.right) for i, cell in enumerate(cells)).rstrip()
        return
    for first, *others in texts:
        yield from _wrapped(first, first="* ", rest="  ")
        for name, told in zip(grid.head[1:], others, strict=True):
            yield from _wrapped(f"{name}: {told}", first="    ", rest="      ")


def _noted(cell: Cell) -> str:
    return plain(f"{cell.text} ({cell.note})" if cell.note else cell.text)


def _padded(cell: str, width: int, right: bool) -> str:
    room = " " * (width - _width(cell))
    return room + cell if right else cell + room
