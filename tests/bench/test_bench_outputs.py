"""How fast what CI waits for is made and read: a comment, the runs of an artifact, the state of every series."""

from __future__ import annotations

import time
import zipfile

import pytest
import synthetic_runs
from comment_cases import better, checked, facts, steady, unsure, worse

from perfsite.history.parcel import read_parcels, write_runs
from perfsite.history.store import DirectoryStore
from perfsite.outputs.comment import LIMIT, comment_markdown
from perfsite.report.comment import comment_view
from perfsite.report.openmetrics import openmetrics
from perfsite.workflow.gather import gather
from perfsite.workflow.project import open_project
from perfsite.workflow.site import judged_report


@pytest.mark.benchmark(timer=time.process_time)
def test_comment_of_2000_rows(benchmark):
    """View and Markdown of a check's answer in which a quarter changed, cut where the host cuts; CPU time."""
    changed = [make(f"tests/test_{i % 25}.py::test_{i}") for i in range(167) for make in (worse, better, unsure)]
    view = checked(*changed, *steady(1_499))
    known = facts(view, most_rows=500)

    def comment():
        return comment_markdown(comment_view(view, known))

    text = benchmark(comment)
    assert len(view.rows) == 2_000
    assert 10_000 < len(text) <= LIMIT


@pytest.mark.benchmark(timer=time.process_time)
def test_read_an_artifact_of_1_mb(benchmark, tmp_path):
    """The runs of a zip file of another's, unpacked and held against the schema; CPU time."""
    lines = tmp_path / "runs.jsonl"
    write_runs(lines, synthetic_runs.runs(commits=20, series=600))
    parcel = tmp_path / "run.zip"
    with zipfile.ZipFile(parcel, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(lines, lines.name)
    assert 0.9e6 < lines.stat().st_size < 1.3e6
    assert len(benchmark(read_parcels, [parcel])) == 20


@pytest.mark.benchmark(timer=time.process_time)
def test_openmetrics_of_1000_series(benchmark, tmp_path):
    """What Prometheus reads of a judged history; CPU time."""
    (tmp_path / "history").mkdir()
    DirectoryStore(tmp_path / "history").append(synthetic_runs.runs(commits=20, series=1_000))
    project = open_project(tmp_path)
    context = judged_report(project, gather(project)).context
    text = benchmark(openmetrics, context)
    assert text.count("\nperfsite_value_seconds{") == 1_000
