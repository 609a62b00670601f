"""What the HTTP load generators share: names, and that no text makes any of them raise anything but their error."""

import contextlib
import io
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfsite import sources
from perfsite.errors import InputError
from perfsite.sources.document import Document
from perfsite.sources.formats.http_load import Figures, benchmark_of, messages_of

DATA = Path(__file__).parents[3] / "data"
FORMATS = ("wrk", "hey", "oha", "vegeta", "ab")
FILES = sorted(path for name in FORMATS for path in (DATA / name).iterdir() if path.name != "README.md")
WORDS = (
    "",
    "0",
    "-1",
    "nan",
    "1e999",
    "9" * 400,
    "%",
    "ms",
    ":",
    "\n",
    "\t",
    ",",
    '"',
    "[",
    "<i>",
    "\u202e",
    "é",
    "\x1b[31m",
)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("http://127.0.0.1:8642/items?page=2", "/items?page=2"),
        ("https://example.org", "/"),
        ("https://example.org?q=a/b", "/?q=a/b"),
        ("http://[::1]:80/a#b", "/a"),
        ("example.org/x", "/x"),
        ("/x?next=http://y/z", "/x?next=http://y/z"),
        ("http://example.org/<script>|../é", "/<script>|../é"),
        ("", "/"),
    ],
)
def test_the_path_and_query_of_a_url_name_the_benchmark(url, name):
    assert benchmark_of(url) == name


def test_no_more_than_twenty_kinds_of_failures_are_told():
    told = messages_of((f"error {i}", i) for i in range(1, 31))
    assert len(told) == 21
    assert told[-1] == "and 10 more kinds of failures"


def test_a_share_of_failures_is_never_more_than_all():
    figures = Figures(Document("x", hint="x"), "line 1", "x")
    figures.outcome(30, 10)
    assert figures.value("error_rate") == 1


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_share_is_a_fraction_and_every_benchmark_has_its_failures_right(path):
    with path.open(encoding="utf-8", newline="") as stream:
        reading = sources.load(path.parent.name).parse(stream, origin=path.name)
    for row in reading.measurements:
        if row.metric.name.endswith("_rate") and row.value is not None:
            assert 0 <= row.value <= 1
        assert row.metric.unit in {"s", "B", "1/s", "B/s", "1"}


@pytest.mark.parametrize("name", FORMATS)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_a_damaged_file_is_read_or_refused(name, data):
    path = data.draw(st.sampled_from([path for path in FILES if path.parent.name == name]))
    text = path.read_text(encoding="utf-8")[:6000]
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 30)))
        text = text[:start] + data.draw(st.sampled_from(WORDS) | st.text(max_size=4)) + text[end:]
    check(name, text)


@pytest.mark.parametrize("name", FORMATS)
@given(data=st.data())
@settings(max_examples=20, deadline=None)
def test_lines_in_any_order_are_read_or_refused(name, data):
    path = data.draw(st.sampled_from([path for path in FILES if path.parent.name == name]))
    lines = path.read_text(encoding="utf-8")[:4000].splitlines()
    chosen = data.draw(st.lists(st.sampled_from(lines), max_size=60))
    check(name, "\n".join([lines[0], *chosen]))


def check(name, text):
    with contextlib.suppress(UnicodeEncodeError):
        sources.load(name).accepts(text)
    try:
        reading = sources.load(name).parse(io.StringIO(text, newline=""), origin="x")
    except InputError:
        return
    for row in reading.measurements:
        assert (row.value is None) == (row.status != "ok")
        parts = [row.value, row.deviation, row.statistics and dict(row.statistics), list(row.samples or ())]
        json.dumps([row.benchmark, dict(row.parameters), parts, list(reading.warnings)], allow_nan=False)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(
    "unit", [" ", "\t", "1", "a ", "[", "<", "%", '"', "1.0", "1m", "Summary:\n", "\n", " \n", "1 "]
)
def test_long_lines_of_anything_take_no_long_time(name, unit):
    for start in (
        "",
        "Running 2s test @ http://x\n",
        "Summary:\n",
        "Requests      [total, rate]  ",
        '{"latency":',
        "Document Path: /\n",
    ):
        check(name, start + unit * (8_000 // len(unit)))
