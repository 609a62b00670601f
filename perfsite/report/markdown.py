"""Any text as Markdown that GitHub and GitLab show as it is: no mention, reference, link, HTML, table break or command.

What hosts make of a text after Markdown is done with it, mentions above all, no backslash keeps away: a zero-width
space within the mark does, and what people read stays the same.
"""

from __future__ import annotations

import html
import re
from typing import Final
from urllib.parse import quote

from perfsite.report.wording import one_line

LONGEST: Final = 120
_GAP: Final = "\u200b"
_MARKS: Final = re.compile(r"([\\`*_{}\[\]#|~$@])")
_STARTS: Final = re.compile(r"\A(?:(\d{1,9})([.)])(?=\s|\Z)|([-+=]))")
_UNSEEN: Final = re.compile(r"[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\U000e0000-\U000e007f]")
"""What turns the direction of a text, or is not seen at all: a name is what it looks like."""
_BROKEN: Final = re.compile(r"[\ud800-\udfff]")
# What hosts make links of, or pictures, once the Markdown is HTML: where to put the gap, after the first group.
_MADE: Final = tuple(
    re.compile(pattern)
    for pattern in (
        r"([@#])",
        r"(:)(?=//)",
        r"(?i:(www))(?=\.)",
        # Merge requests, milestones, epics, labels, snippets and alerts of GitLab.
        r"([!%&~$^])(?=[\w\"])",
        r"(?i:\b(GH))(?=-\d)",
        # A picture by its name.
        r"(:)(?=[\w+-]+:)",
        # The start of a comment, where a marker of ours could be forged.
        r"(<)(?=!)",
    )
)
_COMMIT: Final = re.compile(r"(?<![0-9A-Za-z])[0-9a-fA-F]{7,}(?![0-9A-Za-z])")
"""What hosts take for a commit; no piece of it is left that is as long as one abbreviated."""


def _line(text: str, most: int) -> str:
    """Return text as one line of at most `most` characters, without what is not seen."""
    line = one_line(_BROKEN.sub("\ufffd", _UNSEEN.sub("", text[: 4 * most])))
    return line if len(line) <= most else f"{line[: most - 1]}…"


def plain(text: str, most: int = LONGEST) -> str:
    """Return text as one line, with gaps, which do not count, where a host would make something of it."""
    line = _line(text, most)
    for made in _MADE:
        line = made.sub(rf"\1{_GAP}", line)
    return _COMMIT.sub(lambda match: _GAP.join(re.findall(".{1,4}", match[0])), line)


def markdown(text: str, most: int = LONGEST) -> str:
    r"""Return any text as one line that Markdown shows as it is, cut where it is long; it may stand in a table's cell.

    Examples
    --------
    >>> markdown("a_b *c* <d> | e")
    'a\\_b \\*c\\* &lt;d&gt; \\| e'
    """
    return _STARTS.sub(lambda match: f"{match[1] or ''}\\{match[2] or match[3]}", inline(text, most))


def inline(text: str, most: int = LONGEST) -> str:
    r"""Return the same where something stands before it in its line: what would begin a list begins none there.

    Examples
    --------
    >>> inline("+12.0 %"), markdown("+12.0 %")
    ('+12.0 %', '\\+12.0 %')
    """
    # A backslash before what begins HTML is not known to every Markdown: that of Python leaves the element as it is.
    return _MARKS.sub(r"\\\1", html.escape(plain(text, most), quote=False))


def code(text: str, most: int = LONGEST) -> str:
    r"""Return any text as a code span, cut where it is long; it may stand in a table's cell.

    Bars become what looks like one: in a table, and there only, a code span's would need a backslash. Hosts make
    nothing of what stands in code, so that a name can be copied from it as it is.

    Examples
    --------
    >>> code("a`b|c"), code("")
    ('``a`b\u2502c``', '')
    """
    line = _line(text, most).replace("|", "\u2502").replace("<!", f"<{_GAP}!")
    if not line:
        return ""
    fence = "`" * (1 + max((len(run) for run in re.findall(r"`+", line)), default=0))
    # A space at either end is taken off by Markdown where both are there.
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def html_text(text: str, most: int = LONGEST) -> str:
    """Return any text for the inside of an HTML element that stands in Markdown, cut where it is long.

    Examples
    --------
    >>> html_text("</summary><b>")
    '&lt;/summary&gt;&lt;b&gt;'
    """
    return html.escape(plain(text, most))


def link(text: str, url: str, most: int = LONGEST, *, as_code: bool = False) -> str:
    r"""Return a link with any text to a web address, or to a place of the site; only the text where it is neither.

    Examples
    --------
    >>> link("a](b)", "https://x.example/a b(c)|d")
    '[a\\](b)](https://x.example/a%20b%28c%29%7Cd)'
    >>> link("a", "javascript:alert(1)")
    'a'
    """
    shown = code(text, most) if as_code else markdown(text, most)
    if not shown or not re.match(r"(?:https?://[^\s/]|(?![^/?#]*:)(?!//)[^\s])", url):
        return shown
    return f"[{shown}]({quote(url, safe='/:?&=#%')})"
