"""How fast pages are stamped."""

from __future__ import annotations

import importlib
import time
from types import SimpleNamespace

import pytest


@pytest.mark.benchmark(timer=time.process_time)
def test_stamp_a_site_of_1000_commit_pages(benchmark, root, tmp_path, monkeypatch):
    """All pages and documents of 1,000 commits and 100 series, from views that are made already; CPU time."""
    stamp = pytest.importorskip("perfsite.pages.stamp")
    charts, engine, render, slots = (
        importlib.import_module(f"perfsite.pages.{name}") for name in ("charts", "engine", "render", "slots")
    )
    monkeypatch.syspath_prepend(root / "tests" / "unit" / "pages")
    made_up = importlib.import_module("synthetic").SyntheticSite(series=100, commits_count=1000)
    commits, benchmarks = list(made_up.commits()), list(made_up.benchmarks())
    names = ("title", "overview", "data", "commit_lines", "commit_index", "series_index")
    view = SimpleNamespace(
        **{name: getattr(made_up, name) for name in names}, commits=lambda: commits, benchmarks=lambda: benchmarks
    )
    (tmp_path / "staging").mkdir()
    shells = engine.build_shells(tmp_path, tmp_path / "staging", title="Synthetic", epoch=1_700_000_000)
    urls = (shells.overview, slots.BENCHMARKS, slots.COMMITS, slots.DATA, *slots.SHELLS)
    html = {url: (shells.staging / url / "index.html").read_text("utf-8") for url in urls}
    constants = {"bokeh": charts.BOKEH_PATH, "trend": charts.TREND_PATH, "script": f"{slots.ASSETS}chart.js"}
    renderer = render.Renderer(None, **constants)

    def stamp_all():
        pages = {}
        stamp.stamp_site(view, html, renderer, overview=shells.overview, put=pages.__setitem__)
        return sum(path.startswith("commits/") and path.endswith("/index.html") for path in pages)

    assert benchmark.pedantic(stamp_all, rounds=3, warmup_rounds=1) == 1001
