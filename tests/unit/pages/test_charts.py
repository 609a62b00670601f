"""The chart's template and BokehJS."""

from __future__ import annotations

import json

from perfsite.pages import charts
from perfsite.pages.publish import own_assets


def test_the_shipped_template_is_what_the_installed_bokeh_makes(accept_golden: None) -> None:
    made = charts.trend_template()
    assert charts.SHIPPED.read_bytes() == made, "make golden renews it"


def test_template_and_bokehjs_have_one_version() -> None:
    assets = charts.chart_assets()
    assert json.loads(assets[charts.TREND_PATH])["version"] == charts.BOKEH_VERSION
    assert f'"{charts.BOKEH_VERSION}"'.encode() in assets[charts.BOKEH_PATH]


def test_the_template_is_the_same_whatever_was_made_before() -> None:
    assert charts.trend_template() == charts.trend_template()


def test_the_browser_finds_every_source_by_its_name() -> None:
    text = charts.trend_template().decode()
    for name in (*charts.SOURCES, "x", "trend-y", "strip", "strip-x", "strip-y", "range-tool"):
        assert f'"name":"{name}"' in text


def test_the_pieces_of_the_chart_are_one_script_in_their_order() -> None:
    script = own_assets()["chart.js"].decode()
    assert script.index("const axisOf") < script.index("class Canvas") < script.index("class Scene")
    assert script.rstrip().endswith("})()")
    assert ";\n/* perfsite" in script
