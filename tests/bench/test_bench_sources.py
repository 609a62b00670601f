"""How fast result files are recognised and read."""

from __future__ import annotations

import io
import json
import time
from pathlib import Path

import pytest

from perfsite import sources
from perfsite.sources.loading import HEAD_CHARACTERS, outline

DATA = Path(__file__).parents[1] / "data"


@pytest.mark.benchmark(timer=time.process_time)
def test_recognise_every_recorded_file(benchmark):
    """All formats asked about the head of each recorded file, about 200 of them; CPU time."""
    paths = [path for path in sorted(DATA.glob("*/*")) if path.is_file() and path.name != "README.md"]
    heads = [path.read_text(encoding="utf-8")[:HEAD_CHARACTERS] for path in paths]

    def recognise():
        outline.cache_clear()
        return sum(len(sources.recognise(head)) for head in heads)

    assert benchmark.pedantic(recognise, rounds=3, warmup_rounds=1) == len(paths)


@pytest.mark.benchmark(timer=time.process_time)
def test_read_20_000_google_benchmarks(benchmark):
    """A file of 20,000 benchmarks, streamed and checked; CPU time."""
    entry = {"run_type": "iteration", "repetitions": 1, "repetition_index": 0, "threads": 1, "time_unit": "ns"}
    rows = [
        {"name": f"BM_sort/{i}", **entry, "iterations": 1000, "real_time": 1.5 * i + 1, "cpu_time": 1.4 * i + 1}
        for i in range(20_000)
    ]
    text = json.dumps({"context": {"num_cpus": 2}, "benchmarks": rows}, indent=2)

    def read():
        return len(sources.read(io.StringIO(text), origin="bench.json")[1].measurements)

    assert benchmark.pedantic(read, rounds=3, warmup_rounds=1) == 40_000
