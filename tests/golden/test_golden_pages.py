"""The content of every kind of page, whole, as it was accepted."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest
from synthetic import SyntheticSite

from perfsite.pages import slots
from perfsite.pages.publish import template_constants
from perfsite.pages.render import Renderer
from perfsite.pages.stamp import stamp_site

HERE = Path(__file__).parent / "pages"
SITE = SyntheticSite(7, 8)
SHELL = f"<title>{slots.TITLE}</title>\n{slots.CONTENT}\n"


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    shells = dict.fromkeys(("", slots.BENCHMARKS, slots.COMMITS, *slots.SECTIONS, slots.DATA, *slots.SHELLS), SHELL)
    made: dict[str, bytes] = {}
    constants = template_constants("") | {"bokeh": "bokeh.js", "trend": "trend.json"}
    renderer = Renderer(None, **constants)
    sink = SimpleNamespace(size=10**6, put=made.__setitem__, keeps=lambda *_: False)
    stamp_site(SITE, shells, renderer, overview="", sink=sink)
    kept = {
        "overview.html": "index.html",
        "benchmarks.html": "benchmarks/index.html",
        "benchmark.html": "benchmarks/benchmark-0000/index.html",
        "commit.html": f"{SITE.refs[-2].url}index.html",
        "commits.html": "commits/index.html",
        "incident.html": f"incidents/{SITE.refs[SITE.change_index(0)].sha[:10]}/index.html",
        "data.html": "data/index.html",
        "release.html": f"{next(SITE.releases()).url}index.html",
        **{f"{url.strip('/')}.html": f"{url}index.html" for url in slots.SECTIONS},
    }
    return {name: made[path].decode() for name, path in kept.items()}


@pytest.mark.parametrize(
    "name",
    [
        "overview",
        "benchmarks",
        "benchmark",
        "commit",
        "commits",
        "incident",
        "release",
        "data",
        *(url.strip("/") for url in slots.SECTIONS),
    ],
)
def test_a_page_is_as_it_was_accepted(pages: dict[str, str], name: str) -> None:
    golden, page = HERE / f"{name}.html", pages[f"{name}.html"]
    if os.environ.get("PERFSITE_GOLDEN") == "accept":
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(page, encoding="utf-8")
    assert page == golden.read_text(encoding="utf-8"), "make golden accepts it; read the difference first"
