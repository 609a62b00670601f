"""All load-test tools call the same figure the same: name, unit and direction, so that their numbers stand together."""

import io
from collections import defaultdict
from pathlib import Path

import pytest

from perfsite import sources
from perfsite.sources.formats.load_metrics import load_metric, percentile_name

DATA = Path(__file__).parents[3] / "data"
TOOLS = (
    "ab", "hey", "jmeter", "jmeter-summary", "k6", "k6-points", "locust", "locust-history", "oha", "pgbench", "vegeta",
    "wrk",
)  # fmt: skip
SHARED = {
    "requests": ("1", "neither"),
    "failures": ("1", "lower"),
    "error_rate": ("1", "lower"),
    "requests_per_second": ("1/s", "higher"),
    "failures_per_second": ("1/s", "lower"),
    "bytes_per_second": ("B/s", "higher"),
    "bytes_sent_per_second": ("B/s", "higher"),
    "throughput": ("1/s", "higher"),
    "size": ("B", "lower"),
    "duration": ("s", "neither"),
    "bytes_received": ("B", "neither"),
    "bytes_sent": ("B", "neither"),
    "success_rate": ("1", "higher"),
    **dict.fromkeys(("min", "mean", "median", "max", "p50", "p90", "p95", "p99", "p99.9", "time"), ("s", "lower")),
}
# k6 measures whatever a script wants, and the number of users, in the same figures.
OF_REQUESTS = ("http_", "iteration_duration")


def found_of(tool):
    """Return the (unit, direction) of every metric that a tool's recorded files hold."""
    found = defaultdict(set)
    for path in sorted((DATA / tool).iterdir()):
        if path.name == "README.md":
            continue
        _, reading = sources.read(io.StringIO(path.read_text(encoding="utf-8"), newline=""), origin=path.name)
        for row in reading.measurements:
            if not tool.startswith("k6") or row.benchmark.startswith(OF_REQUESTS):
                found[row.metric.name].add((row.metric.unit, str(row.metric.direction)))
    return found


@pytest.mark.parametrize("tool", TOOLS)
def test_a_figure_that_tools_share_has_one_unit_and_direction(tool):
    found = found_of(tool)
    assert {name: kinds for name, kinds in found.items() if name in SHARED} == {
        name: {SHARED[name]} for name in found.keys() & SHARED.keys()
    }
    assert all(len(kinds) == 1 for kinds in found.values())
    if tool not in {"pgbench", "k6", "k6-points"}:
        assert found.keys() >= {"requests", "p50", "max"}


def test_every_percentile_is_a_time_that_is_better_low():
    for tool in TOOLS:
        for name, kinds in found_of(tool).items():
            if percentile_name(name.removeprefix("p")) == name:
                assert kinds == {("s", "lower")}, (tool, name)


def test_the_shared_table_agrees_with_the_metrics_of_locust_and_jmeter():
    for name, (unit, direction) in SHARED.items():
        if name not in {"throughput", "duration", "bytes_received", "bytes_sent", "success_rate"}:
            metric, _ = load_metric(name)
            assert (metric.unit, str(metric.direction)) == (unit, direction), name
