"""How many benchmarks, values and samples a real result file holds, counted without perfsite's readers.

Each counter looks at the text or the JSON in the simplest way that a person would.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Count(NamedTuple):
    """What a file holds; None: not told apart by this counter."""

    benchmarks: int
    values: int | None
    samples: int | None


def _lines(pattern: str, text: str) -> int:
    return len(re.findall(pattern, text, re.MULTILINE))


def _pytest_benchmark(path: Path, text: str) -> Count:
    rows = json.loads(text)["benchmarks"]
    data = [row["stats"].get("data", []) for row in rows]
    extra = sum(isinstance(value, (int, float)) for row in rows for value in row.get("extra_info", {}).values())
    whole = [samples for samples in data if not any(isinstance(sample, str) for sample in samples)]
    return Count(len(rows), len(rows) + extra, sum(map(len, whole)))


def _google(path: Path, text: str) -> Count:
    rows = json.loads(text)["benchmarks"]
    names = {row.get("run_name", row["name"]) for row in rows}
    aggregates = tuple(f"_{name}" for name in ("mean", "median", "stddev", "cv", "BigO", "RMS"))
    bases = {name for name in names if not (name.endswith(aggregates) and name.rpartition("_")[0] in names)}
    return Count(len(bases), None, None)


def _bmf(path: Path, text: str) -> Count:
    root = json.loads(text)
    return Count(len(root), sum(map(len, root.values())), 0)


def _benchmarkdotnet(path: Path, text: str) -> Count:
    rows = json.loads(text)["Benchmarks"]
    return Count(len(rows), None, sum(len(row["Statistics"]["OriginalValues"]) for row in rows))


def _text(pattern: str, values: int = 1) -> Callable[[Path, str], Count]:
    return lambda _, text: Count(_lines(pattern, text), values * _lines(pattern, text), 0)


def _catch2(path: Path, text: str) -> Count:
    # The first of a benchmark's three rows ends in samples, iterations and the estimated time.
    return Count(_lines(r"^\S.*\s\d+\s+\d+\s+[\d.]+ [num]?s *$", text), None, 0)


def _criterion(path: Path, text: str) -> Count:
    sample = json.loads((path.parent / "sample.json").read_text(encoding="utf-8"))
    # Before 0.3 the pair [iterations, times], later an object.
    return Count(1, None, len(sample["times"] if isinstance(sample, dict) else sample[1]))


def _go(path: Path, text: str) -> Count:
    rows = re.findall(r"^Benchmark\S+\s+\d+\s+(.*)$", text, re.MULTILINE)
    return Count(len(rows), sum(len(row.split()) // 2 for row in rows), None)


def _hyperfine(path: Path, text: str) -> Count:
    rows = json.loads(text)["results"]
    return Count(len(rows), 3 * len(rows), sum(len(row["times"]) for row in rows))


def _jmh(path: Path, text: str) -> Count:
    rows = json.loads(text)
    samples = sum(len(fork) for row in rows for fork in row["primaryMetric"]["rawData"])
    return Count(len(rows), sum(1 + len(row["secondaryMetrics"]) for row in rows), samples)


def _julia(path: Path, text: str) -> Count:
    count = text.count('"TrialEstimate"')
    return Count(
        count, text.count('"time"') + text.count('"memory"') + text.count('"allocs"') + text.count('"gctime"'), 0
    )


def _locust(path: Path, text: str) -> Count:
    return Count(len(text.strip().splitlines()) - 1, None, 0)


def _otava(path: Path, text: str) -> Count:
    if text.startswith("#"):
        rows = [line.split(",") for line in text.splitlines() if line.startswith("Tag=")]
        return Count(len({row[0] for row in rows}), None, None)
    header, *rows = text.strip().splitlines()
    metrics = len(re.findall(r"metric\d", header))
    return Count(metrics, metrics * len(rows), 0)


def _pyperf(path: Path, text: str) -> Count:
    root = json.loads(text)
    runs = [run for row in root["benchmarks"] for run in row["runs"] if run.get("values")]
    # The peak memory of each run that has values is a metric of its own, with a sample for each.
    memory = sum(bool({"mem_max_rss", "command_max_rss"} & run.get("metadata", {}).keys()) for run in runs)
    return Count(len(root["benchmarks"]), None, sum(len(run["values"]) for run in runs) + memory)


def _vitest(path: Path, text: str) -> Count:
    rows = [row for file in json.loads(text)["files"] for group in file["groups"] for row in group["benchmarks"]]
    return Count(len(rows), None, sum(len(row.get("samples") or ()) for row in rows))


def _gungraun(path: Path, text: str) -> Count:
    text = re.sub(r"\x1b\[[\d;]*m", "", text)
    shown = _lines(r"^  [A-Z][^:|\n]*: +(?:[\d.]+)\|", text)
    if shown:
        return Count(_lines(r"^[a-z_]\S*::\S+.*\n(?:\w.*\n)*  \S", text), shown, 0)
    decoder, found, values = json.JSONDecoder(), set[Any](), 0
    for match in re.finditer(r"^ *(?=\{)", text, re.MULTILINE):
        try:
            root, _ = decoder.raw_decode(text, match.end())
        except ValueError:
            continue
        if isinstance(root, dict) and "module_path" in root:
            new = sum(len(_totals(profile)) for profile in root.get("profiles") or root.get("callgrind_summary") or [])
            # One whose tools have no metrics is there as skipped.
            found.add((root["module_path"], root.get("id")))
            values += new or 1
    return Count(len(found), values, 0)


def _totals(profile: Any) -> list[Any]:
    """Return the metrics in the total of one tool's profile; those that only the old run has are skipped, not lost."""
    found = []
    todo = [profile["summaries"]["total"]]
    while todo:
        node = todo.pop()
        if isinstance(node, dict):
            if (
                "metrics" in node
                and isinstance(node["metrics"], dict)
                and {"Left", "Both", "Right"} & node["metrics"].keys()
            ):
                found.append(node)
            else:
                todo.extend(node.values())
    return found


COUNTERS: Final[dict[str, Callable[[Path, str], Count]]] = {
    "bencher-metric-format": _bmf,
    "benchmarkdotnet": _benchmarkdotnet,
    "benchmarkjs": _text(r" x [\d,.]+ ops/sec ±"),
    "cargo-bench": _text(r"\.\.\. bench: "),
    "catch2": _catch2,
    "criterion-bencher-text": _text(r"\.\.\. bench: "),
    "criterion-json": _criterion,
    "criterion-text": _text(r" time:   \["),
    "gab-custom": _text(r'"name":'),
    "go-bench": _go,
    "google-benchmark": _google,
    "gungraun": _gungraun,
    "hyperfine": _hyperfine,
    "iai": _text(r"^  Instructions:", 5),
    "jmh": _jmh,
    "julia-benchmarktools": _julia,
    "locust": _locust,
    "luau": _text(r"^SUCCESS:"),
    "otava-csv": _otava,
    "pyperf": _pyperf,
    "pytest-benchmark": _pytest_benchmark,
    "vitest": _vitest,
}
