"""One document template per kind of chart, and the BokehJS that draws it: the only place that knows bokeh.

Importing `bokeh.models` costs 0.7 to 1 s of CPU, most of a small build. So the template is shipped as JSON for the
BokehJS version of the lock file, and made from the models only where another version is installed.
"""

from __future__ import annotations

import json
import re
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from perfsite.errors import ConfigError
from perfsite.pages.slots import ASSETS

BOKEH_VERSION: Final = version("bokeh")
BOKEH_PATH: Final = f"{ASSETS}bokeh-{BOKEH_VERSION}.min.js"
TREND_PATH: Final = f"{ASSETS}trend-{BOKEH_VERSION}.json"
SHIPPED: Final = Path(__file__).parent / "assets" / "trend.json"
STYLES: Final = Path(__file__).parent / "assets" / "bokeh" / "styles.js"
"""Stands before BokehJS in one file, so that it is always there first: what lets it work under a strict policy."""
_BUNDLE: Final = "server/static/js/bokeh.min.js"


def chart_assets() -> dict[str, bytes]:
    """Return what every chart needs, by path in the site: BokehJS and the templates of the same version.

    Raises
    ------
    ConfigError
        Where the installed bokeh has no BokehJS.
    """
    return {BOKEH_PATH: _bundle(), TREND_PATH: _shipped() or trend_template()}


def _bundle() -> bytes:
    spec = find_spec("bokeh")
    path = Path(spec.origin).parent / _BUNDLE if spec is not None and spec.origin else None
    if path is None or not path.is_file():
        raise ConfigError("bokeh is installed without BokehJS", where=str(path), hint="Install bokeh from a wheel.")
    return STYLES.read_bytes() + path.read_bytes()


def _shipped() -> bytes | None:
    """Return the shipped template where it was made by the installed version, else None."""
    content = SHIPPED.read_bytes()
    return content if json.loads(content)["version"] == BOKEH_VERSION else None


def trend_template() -> bytes:
    """Return the document of a trend chart without data, as JSON; the same bytes for the same bokeh.

    Its roots are the figure `trend` and the strip `strip` below it, in which a range tool chooses what the figure
    shows. The browser fills the sources (`SOURCES`) and sets colours, ranges and ticks: it knows the theme, the width
    and the reader's choice. It gives places as they are drawn, so that a linear axis serves for logarithms and dates.
    """
    from bokeh.document import Document
    from bokeh.models import Range1d

    document = Document(title="Trend")
    x_range = Range1d(0, 1, name="x")
    sources = _sources()
    document.add_root(_trend(x_range, sources))
    document.add_root(_strip(x_range, sources))
    return _with_stable_ids(document.to_json())


SOURCES: Final[dict[str, tuple[str, ...]]] = {
    "band": ("x", "lower", "upper"),
    "releases": ("x",),
    "limits": ("y", "color", "dash"),
    "limit_labels": ("x", "y", "text", "color", "align", "offset", "rise"),
    "changes": ("x", "color"),
    "marks": ("x", "y", "color", "fill", "marker"),
    "labels": ("x", "y", "text", "color", "align", "offset"),
    "facts": ("x", "y"),
    "drift": ("x", "y"),
    "baselines": ("x", "y"),
    "levels": ("x", "y"),
    "others": ("xs", "ys", "color"),
    "other_points": ("x", "y", "color", "marker"),
    "points": ("x", "y", "color", "fill", "marker", "size", "at"),
    "outliers": ("x", "y", "marker", "at"),
    "suspected": ("x", "y"),
    "withdrawn": ("x", "y"),
    "overview": ("x", "y"),
}
"""What the browser fills: the sources of the template and their columns."""


def _sources() -> dict[str, Any]:
    from bokeh.models import ColumnDataSource

    return {name: ColumnDataSource({key: [] for key in keys}, name=name) for name, keys in SOURCES.items()}


def _figure(name: str, **more: Any) -> Any:
    from bokeh.models import Range1d
    from bokeh.plotting import figure

    plot = figure(
        name=name,
        sizing_mode="stretch_width",
        y_range=Range1d(0, 1, name=f"{name}-y"),
        toolbar_location=None,
        background_fill_alpha=0,
        border_fill_alpha=0,
        outline_line_color=None,
        output_backend="canvas",
        **more,
    )
    plot.xgrid.visible = False
    return plot


def _trend(x_range: Any, sources: dict[str, Any]) -> Any:
    from bokeh.models import FixedTicker, LinearAxis, PanTool, WheelZoomTool

    pan = PanTool(dimensions="width")
    zoom = WheelZoomTool(dimensions="width", modifiers={"ctrl": True})
    plot = _figure("trend", height=360, min_height=160, x_range=x_range, tools=[pan, zoom], active_drag=pan)
    plot.add_layout(LinearAxis(name="release-axis"), "above")
    plot.xaxis[1].name, plot.yaxis.name, plot.ygrid.name = "x-axis", "y-axis", "y-grid"
    for axis in (*plot.xaxis, *plot.yaxis):
        axis.ticker = FixedTicker(ticks=[], minor_ticks=[])
        axis.axis_line_color = None
        axis.minor_tick_line_color = None
        axis.major_tick_line_color = None
        axis.major_label_text_font_size = "12px"
    plot.ygrid.ticker = plot.yaxis[0].ticker
    _add_grounds(plot, sources)
    _add_points(plot, sources)
    _add_labels(plot, sources)
    return plot


def _add_grounds(plot: Any, sources: dict[str, Any]) -> None:
    """Add what lies below the points: band, lines across, lines along."""
    plot.varea("x", "lower", "upper", source=sources["band"], name="r-band", fill_alpha=0.14)
    plot.vspan("x", source=sources["releases"], name="r-releases", line_width=1)
    plot.hspan(
        "y", source=sources["limits"], name="r-limits",
        line_color={"field": "color"}, line_dash={"field": "dash"}, line_width=1.5,
    )  # fmt: skip
    plot.vspan(
        "x", source=sources["changes"], name="r-changes",
        line_color={"field": "color"}, line_width=1.5, line_dash="4 3",
    )  # fmt: skip
    plot.multi_line(
        "xs", "ys", source=sources["others"], name="r-others", line_color={"field": "color"}, line_width=1.5
    )
    plot.line("x", "y", source=sources["baselines"], name="r-baselines", line_width=1.5, line_dash="6 4")
    plot.line("x", "y", source=sources["levels"], name="r-levels", line_width=2.5)
    plot.line("x", "y", source=sources["drift"], name="r-drift", line_width=3, line_dash="1 5", line_cap="round")


def _add_points(plot: Any, sources: dict[str, Any]) -> None:
    field = {name: {"field": name} for name in ("color", "fill", "marker", "size")}
    plot.scatter(
        "x", "y", source=sources["other_points"], name="r-other-points", size=6,
        fill_color=field["color"], line_color=None, marker=field["marker"],
    )  # fmt: skip
    plot.scatter(
        "x", "y", source=sources["points"], name="r-points", size=field["size"], marker=field["marker"],
        fill_color=field["fill"], line_color=field["color"], fill_alpha=0.8,
    )  # fmt: skip
    plot.scatter(
        "x", "y", source=sources["outliers"], name="r-outliers", size=9, fill_alpha=0, line_width=1.5,
        marker=field["marker"],
    )  # fmt: skip
    for name, marker, size in (("suspected", "diamond", 18), ("withdrawn", "x", 9)):
        plot.scatter(
            "x", "y", source=sources[name], name=f"r-{name}", marker=marker, size=size, fill_alpha=0, line_width=1.5
        )


def _add_labels(plot: Any, sources: dict[str, Any]) -> None:
    color = {"field": "color"}
    plot.scatter("x", "y", source=sources["facts"], name="r-facts", marker="triangle", size=9, line_color=None)
    plot.scatter(
        "x", "y", source=sources["marks"], name="r-marks", marker={"field": "marker"}, size=11, line_width=1.5,
        line_color=color, fill_color={"field": "fill"},
    )  # fmt: skip
    plot.text(
        "x", "y", source=sources["labels"], text="text", name="r-labels", text_color=color,
        x_offset={"field": "offset"}, y_offset=-1, text_align={"field": "align"},
        text_baseline="middle", text_font_size="13px", text_font_style="bold",
    )  # fmt: skip
    plot.text(
        "x", "y", source=sources["limit_labels"], text="text", name="r-limit-labels", text_color=color,
        x_offset={"field": "offset"}, y_offset={"field": "rise"}, text_align={"field": "align"},
        text_baseline="middle", text_font_size="12px", background_fill_color="white", background_fill_alpha=0.7,
    )  # fmt: skip


def _strip(x_range: Any, sources: dict[str, Any]) -> Any:
    """Return the strip of a whole series, in which a range tool holds what the figure above it shows."""
    from bokeh.models import Range1d, RangeTool

    tool = RangeTool(x_range=x_range, name="range-tool")
    strip = _figure("strip", height=48, min_height=48, x_range=Range1d(0, 1, name="strip-x"), tools=[tool])
    strip.axis.visible = False
    strip.ygrid.visible = False
    strip.min_border = 0
    strip.line("x", "y", source=sources["overview"], name="r-overview", line_width=1)
    return strip


def _with_stable_ids(document: Any) -> bytes:
    """Return a document as JSON with ids in order of appearance, whatever was made before in this process."""
    from bokeh.core.json_encoder import serialize_json

    text = serialize_json(document)
    order: dict[str, str] = {}

    def rename(match: re.Match[str]) -> str:
        return '"' + order.setdefault(match.group(1), f"t{len(order)}") + '"'

    return re.sub(r'"(p\d+)"', rename, text).encode()
