"""The real histories and files, against numbers counted by other means."""

import os
import tarfile
from pathlib import Path

import pytest

from perfsite import sources
from perfsite.importers import asv, github_action_benchmark

REAL = Path(os.environ.get("PERFSITE_REAL_DATA", "../shared/data"))
pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not REAL.is_dir(), reason=f"no real data at {REAL} (set PERFSITE_REAL_DATA)"),
]
PUBLISHED = REAL / "histories" / "github-action-benchmark"
RAW = {
    "pytest-benchmark": "pytest-benchmark",
    "hyperfine": "hyperfine",
    "pyperf": "pyperf",
    "google-benchmark": "google-benchmark",
    "gab-custom": "github-action-benchmark",
    "locust": "locust",
    "go-bench": "go-bench",
    "jmh": "jmh",
    "benchmarkdotnet": "benchmarkdotnet",
    "julia-benchmarktools": "julia-benchmarktools",
    "luau": "luau",
}


@pytest.mark.parametrize(
    ("project", "runs", "series", "values"),
    [
        ("hyperium__hyper", 879, 27, 7603),
        ("GoogleChromeLabs__chromium-bidi", 248, 68, 7378),
        ("JuliaGPU__CUDA.jl", 318, 56, 17808),
        ("awslabs__mountpoint-s3", 30, 22, 660),
        ("benchmark-action__github-action-benchmark", 1832, 27, 4150),
    ],
)
def test_every_published_history_is_read_whole(project, runs, series, values):
    problems: list[str] = []
    found = list(github_action_benchmark.read(PUBLISHED / project, problems=problems))
    rows = [row for run in found for row in run.measurements]
    assert len(found) == runs
    assert len({(row.benchmark, *sorted(row.parameters.items()), row.metric.name) for row in rows}) == series
    assert len(rows) == values
    assert all(row.value is not None for row in rows)
    assert not [problem for problem in problems if "direction" not in problem]


def test_one_series_of_hyper_has_its_known_first_and_last_values():
    values = [
        row.value
        for run in github_action_benchmark.read(PUBLISHED / "hyperium__hyper")
        for row in run.measurements
        if row.benchmark == "hello_world_16"
    ]
    assert len(values) == 440
    assert (values[0], values[-1]) == (59874e-9, 68228e-9)


@pytest.mark.parametrize("folder", RAW)
def test_every_real_file_of_a_format_is_recognised_and_read(folder):
    files = sorted(path for path in (REAL / "raw" / folder).rglob("*") if path.is_file())
    assert files
    for path in files:
        with path.open(encoding="utf-8") as stream:
            name, reading = sources.read(stream, origin=path.name)
        assert name == RAW[folder], path
        assert reading.measurements


def test_no_file_of_another_format_is_taken_for_one_of_these():
    others = [
        p for p in sorted((REAL / "raw").rglob("*")) if p.is_file() and p.relative_to(REAL / "raw").parts[0] not in RAW
    ]
    assert len(others) > 100
    for path in others:
        head = path.read_text(encoding="utf-8", errors="replace")[:65536]
        assert not set(sources.recognise(head)) & set(RAW.values()), path


def test_the_hyperfine_file_has_its_known_values():
    (path,) = (REAL / "raw" / "hyperfine").rglob("*.json")
    with path.open(encoding="utf-8") as stream:
        _, reading = sources.read(stream, origin=path.name)
    times = [row for row in reading.measurements if row.metric.name == "time"]
    assert [(row.value, row.count) for row in times] == [(11.81813333352, 3), (12.04923320852, 3)]


@pytest.mark.slow
def test_django_asv_is_read_whole(tmp_path):
    with tarfile.open(REAL / "histories" / "asv" / "django-asv.tar.xz") as archive:
        # Python 3.11.2 has no filters yet; the archive is our own.
        archive.extractall(tmp_path, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    root = next(path.parent for path in tmp_path.rglob("benchmarks.json"))
    problems: list[str] = []
    runs = values = nulls = 0
    series, commits, environments = set(), set(), set()
    for run in asv.read(root, problems=problems):
        runs += 1
        commits.add(run.commit.sha)
        environments.add(run.environment.name)
        columns = run.measurements
        for name, value in zip(columns.benchmark, columns.value, strict=True):
            if value is None:
                nulls += 1
            else:
                values += 1
                series.add((run.environment.name, name))
    assert problems == []
    assert (runs, len(commits), len(environments)) == (4675, 1772, 12)
    assert (values, nulls, len(series)) == (197_101, 58_760, 669)
