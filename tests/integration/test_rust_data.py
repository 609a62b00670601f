"""Real output of Rust's benchmark tools that others wrote: every file is read, and nothing in it goes missing."""

import os
from pathlib import Path

import pytest

from perfsite import sources
from perfsite.errors import InputError
from perfsite.model.run import Status

RAW = Path(os.environ.get("PERFSITE_REAL_DATA", "../shared/data")) / "raw"
if not RAW.is_dir():
    pytest.skip(f"there is no real data in {RAW}", allow_module_level=True)
KINDS = {
    "cargo-bench": "cargo-bench",
    "criterion-bencher-text": "cargo-bench",
    "criterion-text": "criterion-text",
    "iai": "iai",
    "gungraun": "gungraun",
}
TEXTS = sorted((path, name) for kind, name in KINDS.items() for path in (RAW / kind).glob("*/*.txt"))
TREE = sorted((RAW / "criterion-json").rglob("*.json"))


def read(path):
    def beside(name):
        companion = path.parent / name
        return companion.open(encoding="utf-8") if companion.is_file() else None

    with path.open(encoding="utf-8", newline="") as stream:
        return sources.read(stream, origin=str(path), beside=beside)


def written(path, name):
    """Return how many metrics a person counts in a text, None where a count says nothing."""
    lines = path.read_text(encoding="utf-8").splitlines()
    if name == "cargo-bench":
        return sum("bench:" in line for line in lines)
    if name == "criterion-text":
        return sum("time:   [" in line for line in lines)
    if name == "iai":
        return sum(line.startswith("  ") for line in lines)
    return None if path.name.startswith("json") else sum("|" in line for line in lines)


@pytest.mark.parametrize(("path", "name"), TEXTS, ids=lambda value: getattr(value, "name", value))
def test_every_text_is_recognised_and_read_whole(path, name):
    found, reading = read(path)
    assert found == name
    assert reading.measurements
    assert written(path, name) in {None, len(reading.measurements)}


def test_of_a_summary_every_metric_is_read_and_what_was_cut_off_is_told():
    (folder,) = (RAW / "gungraun").iterdir()
    assert len(read(folder / "json_one_callgrind_all_metrics.txt")[1].measurements) == 37
    assert len(read(folder / "json_one_dhat_all_metrics.txt")[1].measurements) == 13
    assert len(read(folder / "json_pretty_two_callgrind.txt")[1].measurements) == 4
    (old,) = {row.status for row in read(folder / "json_one_callgrind_no_diff_old.txt")[1].measurements}
    assert old is Status.SKIPPED
    cut = read(folder / "json_truncated_pretty_then_ndjson.txt")[1]
    assert (len(cut.measurements), len(cut.warnings)) == (2, 1)
    assert cut.warnings[0].startswith("line 3: a summary begins here and is cut off")


@pytest.mark.parametrize("path", TREE, ids=lambda path: "/".join(path.parts[-4:]))
def test_of_criterion_s_tree_measurements_are_read_and_other_files_say_what_they_are(path):
    if path.name in {"benchmark.json", "tukey.json"} or path.parent.name == "change":
        with pytest.raises(InputError, match="no measurement"):
            read(path)
        return
    found, reading = read(path)
    (time,) = reading.measurements
    assert (found, time.metric.name, time.count, len(time.samples)) == ("criterion", "time", 100, 100)
    assert time.benchmark.startswith("Fibonacci")
    assert time.lower <= time.value <= time.upper
