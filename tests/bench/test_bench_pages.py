"""How fast pages are stamped."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest
from synthetic import SyntheticSite

from perfsite.pages import engine, publish, render, slots, stamp


class _Made(SimpleNamespace):
    """A site whose many pages are made already; all else is asked of the made-up one."""

    def __getattr__(self, name):
        return getattr(self.made_up, name)


@pytest.mark.benchmark(timer=time.process_time)
def test_stamp_a_site_of_1000_commit_pages(benchmark, tmp_path):
    """All pages and documents of 1,000 commits and 100 series, from views that are made already; CPU time."""
    made_up = SyntheticSite(series=100, commits_count=1000)
    commits, benchmarks = list(made_up.commits()), list(made_up.benchmarks())
    incidents, releases = list(made_up.incidents()), list(made_up.releases())
    view = _Made(
        made_up=made_up,
        commits=lambda: commits,
        benchmarks=lambda: benchmarks,
        incidents=lambda: incidents,
        releases=lambda: releases,
    )
    (tmp_path / "staging").mkdir()
    shells = engine.build_shells(tmp_path, tmp_path / "staging", title="Synthetic", epoch=1_700_000_000)
    urls = (shells.overview, slots.BENCHMARKS, slots.COMMITS, *slots.SECTIONS, slots.DATA, *slots.SHELLS)
    html = {url: (shells.staging / url / "index.html").read_text("utf-8") for url in urls}
    renderer = render.Renderer(None, **publish.template_constants(shells.overview))

    def stamp_all():
        pages = {}
        stamp.stamp_site(
            view,
            html,
            renderer,
            overview=shells.overview,
            sink=SimpleNamespace(size=10**6, put=pages.__setitem__, keeps=lambda *_: False),
        )
        return sum(path.startswith("commits/") and path.endswith("/index.html") for path in pages)

    assert benchmark.pedantic(stamp_all, rounds=3, warmup_rounds=1) == 1001
