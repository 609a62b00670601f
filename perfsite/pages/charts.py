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
    return path.read_bytes()


def _shipped() -> bytes | None:
    """Return the shipped template where it was made by the installed version, else None."""
    content = SHIPPED.read_bytes()
    return content if json.loads(content)["version"] == BOKEH_VERSION else None


def trend_template() -> bytes:
    """Return the document of a trend chart without data, as JSON; the same bytes for the same bokeh.

    The browser fills the sources `points`, `outliers`, `levels`, `baselines`, `band` and `changes`, and sets colours
    and ranges: it knows the theme and the reader's choice.
    """
    from bokeh.document import Document

    document = Document(title="Trend")
    document.add_root(_trend())
    return _with_stable_ids(document.to_json())


def _trend() -> Any:
    from bokeh.models import HoverTool, PanTool, Range1d, ResetTool, TapTool, WheelZoomTool
    from bokeh.plotting import figure

    hover = HoverTool(name="hover", tooltips=None, mode="mouse", renderers=[])
    tap = TapTool(name="tap", renderers=[])
    pan = PanTool(dimensions="width")
    plot = figure(
        name="trend",
        height=380,
        min_height=260,
        sizing_mode="stretch_width",
        x_range=Range1d(0, 1, name="x"),
        y_range=Range1d(0, 1, name="y"),
        tools=[pan, WheelZoomTool(dimensions="width", modifiers={"ctrl": True}), ResetTool(), tap, hover],
        active_drag=pan,
        toolbar_location=None,
        background_fill_alpha=0,
        border_fill_alpha=0,
        outline_line_color=None,
        output_backend="canvas",
    )
    _style_axes(plot)
    _add_lines(plot)
    drawn = _add_points(plot)
    hover.renderers = drawn
    tap.renderers = drawn
    return plot


def _style_axes(plot: Any) -> None:
    from bokeh.models import AdaptiveTicker

    plot.xaxis.ticker = AdaptiveTicker(mantissas=[1, 2, 5], base=10, min_interval=1, desired_num_ticks=6)
    plot.xaxis.name, plot.yaxis.name = "xaxis", "yaxis"
    plot.xgrid.visible = False
    plot.ygrid.name = "ygrid"
    for axis in (*plot.xaxis, *plot.yaxis):
        axis.axis_line_color = None
        axis.minor_tick_line_color = None
        axis.major_tick_line_color = None
        axis.major_label_text_font_size = "12px"
        axis.axis_label_text_font_size = "12px"
        axis.axis_label_text_font_style = "normal"


def _add_lines(plot: Any) -> None:
    from bokeh.models import ColumnDataSource

    band = ColumnDataSource({"x": [], "lower": [], "upper": []}, name="band")
    plot.varea("x", "lower", "upper", source=band, name="r-band", fill_alpha=0.14)
    changes = ColumnDataSource({"x": [], "y": [], "text": [], "color": [], "align": []}, name="changes")
    plot.vspan("x", source=changes, name="r-spans", line_color={"field": "color"}, line_width=1.5, line_dash="4 3")
    baselines = ColumnDataSource({"x": [], "y": []}, name="baselines")
    plot.line("x", "y", source=baselines, name="r-baselines", line_width=1.5, line_dash="6 4")
    levels = ColumnDataSource({"x": [], "y": []}, name="levels")
    plot.line("x", "y", source=levels, name="r-levels", line_width=2.5)
    plot.scatter(
        "x", "y", source=changes, name="r-marks", marker="inverted_triangle", size=11, color={"field": "color"}
    )
    plot.text(
        "x", "y", source=changes, text="text", name="r-labels", text_color={"field": "color"}, x_offset=9, y_offset=-1,
        text_baseline="middle", text_font_size="13px", text_font_style="bold", text_align={"field": "align"},
    )  # fmt: skip


def _add_points(plot: Any) -> list[Any]:
    from bokeh.models import ColumnDataSource

    points = ColumnDataSource({"x": [], "y": [], "color": [], "at": []}, name="points")
    outliers = ColumnDataSource({"x": [], "y": [], "marker": [], "at": []}, name="outliers")
    return [
        plot.scatter(
            "x", "y", source=points, name="r-points", size=6, fill_color={"field": "color"}, line_color=None,
            fill_alpha=0.75, nonselection_fill_alpha=0.75,
        ),
        plot.scatter(
            "x", "y", source=outliers, name="r-outliers", size=8, fill_alpha=0, line_width=1.5,
            marker={"field": "marker"}, nonselection_line_alpha=1, nonselection_fill_alpha=0,
        ),
    ]  # fmt: skip


def _with_stable_ids(document: Any) -> bytes:
    """Return a document as JSON with ids in order of appearance, whatever was made before in this process."""
    from bokeh.core.json_encoder import serialize_json

    text = serialize_json(document)
    order: dict[str, str] = {}

    def rename(match: re.Match[str]) -> str:
        return '"' + order.setdefault(match.group(1), f"t{len(order)}") + '"'

    return re.sub(r'"(p\d+)"', rename, text).encode()
