"""How fast a history is read and written."""

from __future__ import annotations

import itertools
import time

import pytest
import synthetic_runs

from perfsite.history.branch import BranchStore
from perfsite.history.codec import decode, encode
from perfsite.history.columns import Memo


@pytest.mark.benchmark(timer=time.process_time)
def test_parse_1_million_measurements(benchmark):
    """2,000 runs of 500 measurements: every line checked and turned into a run; CPU time."""
    lines = [encode(run).encode() for run in synthetic_runs.runs(commits=2000, series=500)]

    def parse():
        memo = Memo()
        return sum(len(decode(line, where="synthetic", memo=memo).measurements) for line in lines)

    assert benchmark.pedantic(parse, rounds=3, warmup_rounds=1) == 1_000_000


def test_append_to_a_long_branch(benchmark, make_repository):
    """One run of 50 measurements more on a remote branch of 4,000 runs; elapsed, for git does most of the work."""
    remote, user = make_repository("remote.git", bare=True), make_repository("user")
    remote.git("config", "uploadpack.allowFilter", "true")
    user.commit("first")
    user.git("remote", "add", "origin", remote.path.as_uri())
    made = synthetic_runs.runs(commits=4020, series=50)
    stored, more = list(itertools.islice(made, 4000)), made
    store = BranchStore(user.path)
    store.append(stored)

    def append(run):
        return store.append([run]).written

    assert benchmark.pedantic(append, setup=lambda: ((next(more),), {}), rounds=15, warmup_rounds=1) == 1
