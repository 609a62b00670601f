"""Badges as files: SVG that needs no other host, and JSON for the endpoint badge of shields.io."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any, Final

from perfsite.pages.feed import text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfsite.report.badges import BadgeView

COLOURS: Final = {"regression": "b42318", "unsure": "8a5300", "good": "0b6b4b", "none": "57616e"}
"""White stands out from each by at least 5 : 1; each stands out from white and from black by at least 3 : 1."""
_LABEL: Final = "3b434e"
_HEIGHT, _SIZE, _PAD = 20, 11, 6
_EM: Final = 2048
_WIDTHS: Final = (
    720, 806, 940, 1676, 1302, 2204, 1488, 550, 930, 930, 1302, 1676, 745, 930, 745, 930,
    1302, 1302, 1302, 1302, 1302, 1302, 1302, 1302, 1302, 1302, 930, 930, 1676, 1676, 1676, 1117,
    2048, 1400, 1404, 1430, 1578, 1295, 1177, 1588, 1539, 862, 931, 1419, 1140, 1726, 1532, 1612,
    1235, 1612, 1424, 1400, 1262, 1499, 1400, 2025, 1403, 1260, 1403, 930, 930, 930, 1676, 1302,
    1302, 1230, 1276, 1067, 1276, 1220, 720, 1276, 1296, 562, 705, 1212, 562, 1992, 1296, 1243,
    1276, 1276, 874, 1067, 807, 1296, 1212, 1676, 1212, 1212, 1076, 1300, 930, 1300, 1676,
)  # fmt: skip
"""Advance widths of U+0020 to U+007E in Verdana, the font of badges, in 2,048ths of its size (its `hmtx` table).

Another font is squeezed or stretched to them by `textLength`, so that text never leaves its half.
"""


def endpoint(badge: BadgeView) -> Mapping[str, Any]:
    """Return a badge as the endpoint badge of shields.io reads it (https://shields.io/badges/endpoint-badge)."""
    return {
        "schemaVersion": 1,
        "label": plain(badge.label),
        "message": plain(badge.message) or "unknown",
        "color": COLOURS[badge.state],
    }


def svg(badge: BadgeView) -> str:
    """Return a badge as a picture that says in words what its colour says, to programs that read aloud, too."""
    label, message = plain(badge.label), plain(badge.message)
    left, right = (width(words) + 2 * _PAD for words in (label, message))
    told = text(f"{label}: {message}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="{_HEIGHT}" role="img" '
        f'aria-label="{told}"><title>{told}</title>'
        f'<clipPath id="r"><rect width="{left + right}" height="{_HEIGHT}" rx="4"/></clipPath><g clip-path="url(#r)">'
        f'<rect width="{left}" height="{_HEIGHT}" fill="#{_LABEL}"/>'
        f'<rect x="{left}" width="{right}" height="{_HEIGHT}" fill="#{COLOURS[badge.state]}"/></g>'
        f'<g fill="#fff" font-family="Verdana,Geneva,DejaVu Sans,sans-serif" font-size="{_SIZE}" aria-hidden="true">'
        f"{_words(label, _PAD)}{_words(message, left + _PAD)}</g></svg>\n"
    )


def _words(words: str, x: int) -> str:
    return f'<text x="{x}" y="14" textLength="{width(words)}" lengthAdjust="spacingAndGlyphs">{text(words)}</text>'


def plain(words: str) -> str:
    r"""Return words without characters that are not seen: they would turn the writing or break a line.

    Examples
    --------
    >>> plain("a\u202eb\nc")
    'ab c'
    """
    return "".join(one for one in " ".join(words.split()) if not unicodedata.category(one).startswith("C"))


def width(words: str) -> int:
    """Return how wide words are in pixels, at least 1.

    Examples
    --------
    >>> width("iii"), width("WWW"), width("慢")
    (9, 33, 11)
    """
    return max(1, round(sum(map(_advance, words)) * _SIZE / _EM))


def _advance(letter: str) -> int:
    place = ord(letter) - 0x20
    if 0 <= place < len(_WIDTHS):
        return _WIDTHS[place]
    if unicodedata.combining(letter):
        return 0
    return _EM if unicodedata.east_asian_width(letter) in "WF" else _WIDTHS[0x6F - 0x20] + 60
