"""How soon a preview shows a new run, and how fast a site's folder is brought up to date."""

from __future__ import annotations

import time

import pytest
from synthetic_runs import runs

from perfsite.history.store import DirectoryStore
from perfsite.pages.writer import SiteFolder
from perfsite.workflow.kept import keeping
from perfsite.workflow.project import open_project
from perfsite.workflow.site import build_site

ROUNDS = 3


@pytest.mark.benchmark(timer=time.process_time)
def test_show_a_new_run_of_200_series_after_250_commits(benchmark, tmp_path):
    """A build that keeps what it can, after a run that measured every series; CPU time."""
    made = list(runs(commits=250 + ROUNDS, series=200))
    store = DirectoryStore(tmp_path / "history")
    store.append(made[:250])
    left = iter(made[250:])
    with keeping() as kept:
        build_site(open_project(tmp_path), fetch=False, kept=kept)
        kept.site.foresee()

        def another():
            store.append([next(left)])

        def rebuild():
            return build_site(open_project(tmp_path), fetch=False, kept=kept)

        built = benchmark.pedantic(rebuild, setup=another, rounds=ROUNDS)
    assert built.runs > 250  # one more where nothing is measured, ROUNDS more else


@pytest.mark.benchmark(timer=time.process_time)
def test_compare_10000_files_that_did_not_change(benchmark, tmp_path):
    """10,000 files of 10 kB each, put into a folder that has them already; CPU time."""
    files = {f"commits/{i:05}/index.html": b"%d" % i + b"x" * 10_000 for i in range(10_000)}

    def put_all():
        with SiteFolder(tmp_path / "site") as folder:
            for path, content in files.items():
                folder.put(path, content)
            folder.finish()
        return folder.unchanged

    put_all()
    assert benchmark.pedantic(put_all, rounds=ROUNDS) == 10_000
