"""The picture of an alert: the incident page's drawing of the worst series as a PNG, for channels that take one.

Pillow draws it, which bokeh brings along: no browser, no second plotting library.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

    from perfsite.report.incident_views import IncidentChart

SCALE: Final = 2
"""Pixels for each unit of the drawing across."""
_TALL: Final = 3
"""The same down: a picture in a chat is less wide than a page."""
_TOP: Final = 84
_BOTTOM: Final = 64
_TEXT: Final = 24
_INK, _SOFT, _LINE = (32, 33, 36), (95, 99, 104), (120, 144, 156)
_BEFORE, _AFTER, _PAPER = (46, 125, 50), (198, 40, 40), (255, 255, 255)


def alert_picture(chart: IncidentChart, title: str) -> bytes:
    """Return the picture of a chart as PNG; the same bytes for the same chart and version of Pillow."""
    from PIL import Image, ImageDraw, ImageFont

    width, height = chart.width * SCALE, chart.height * _TALL + _TOP + _BOTTOM
    image = Image.new("RGB", (width, height), _PAPER)
    draw = ImageDraw.Draw(image)
    draw.font = ImageFont.load_default(size=_TEXT)
    _heads(draw, chart, title, width)
    points = [_at(float(x), float(y)) for x, y in re.findall(r"([\d.]+) ([\d.]+)", chart.line)]
    draw.line(points, fill=_LINE, width=3, joint="curve")
    for x, y in points:
        draw.ellipse((x - 4, y - 4, x + 4, y + 4), fill=_LINE)
    mark = chart.mark * SCALE
    for top in range(_TOP, height - _BOTTOM, 16):
        draw.line([(mark, top), (mark, top + 8)], fill=_INK, width=2)
    for (start, end, level), colour in ((chart.before, _BEFORE), (chart.after, _AFTER)):
        draw.line([_at(start, level), _at(end, level)], fill=colour, width=5)
    _feet(draw, chart, width, height)
    content = io.BytesIO()
    image.save(content, "PNG", optimize=True)
    return content.getvalue()


def _at(x: float, y: float) -> tuple[float, float]:
    return x * SCALE, y * _TALL + _TOP


def _heads(draw: ImageDraw, chart: IncidentChart, title: str, width: int) -> None:
    """Write what is drawn, and both levels in the colours of their lines."""
    draw.text((16, 10), _fitting(draw, title or chart.name, width - 32), fill=_INK)
    left = 16.0
    for text, colour in (
        (f"before {chart.before_text}", _BEFORE),
        (f"after {chart.after_text}", _AFTER),
        (chart.name, _SOFT),
    ):
        shown = _fitting(draw, text, width - 16 - left)
        draw.text((left, 46), shown, fill=colour)
        left += draw.textlength(shown) + 32


def _feet(draw: ImageDraw, chart: IncidentChart, width: int, height: int) -> None:
    """Write the commits at both ends."""
    first = f"{chart.first.short} {chart.first.date}"
    last = f"{chart.last.short} {chart.last.date}"
    draw.text((16, height - 44), first, fill=_SOFT)
    draw.text((width - 16 - draw.textlength(last), height - 44), last, fill=_SOFT)


def _fitting(draw: ImageDraw, text: str, width: float) -> str:
    """Return text in one line, cut to a width; what the font cannot show is left out."""
    line = "".join(char for char in text if char.isprintable())[:200]
    while line and draw.textlength(line) > width:
        line = f"{line[:-2]}…" if line.endswith("…") else f"{line[:-1]}…"
        if line == "…":
            return ""
    return line
