"""What no format accepts: each is one clear error with the place, the value and the next step."""

import contextlib
import copy
import io
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfsite import sources
from perfsite.errors import CombinedInputError, InputError, PerfsiteError
from perfsite.history.checks import MAX_TEXT
from perfsite.sources.base import LONGEST_TEXT
from perfsite.sources.loading import parse_json

DATA = Path(__file__).parents[2] / "data"
FILES = {
    "hyperfine": DATA / "hyperfine" / "parameters.json",
    "google-benchmark": DATA / "google-benchmark" / "plain.json",
    "pytest-benchmark": DATA / "pytest-benchmark" / "plain.json",
    "github-action-benchmark": DATA / "github-action-benchmark" / "custom.json",
}
# Of each format: where a centre stands, and where a name stands.
PLACES = {
    "hyperfine": (("results", 0, "median"), ("results", 0, "command"), ("results",)),
    "google-benchmark": (("benchmarks", 0, "real_time"), ("benchmarks", 0, "name"), ("benchmarks",)),
    "pytest-benchmark": (("benchmarks", 0, "stats", "median"), ("benchmarks", 0, "fullname"), ("benchmarks",)),
    "github-action-benchmark": ((0, "value"), (0, "name"), ()),
}
FORMATS = pytest.mark.parametrize("name", FILES)


def document(name):
    return json.loads(FILES[name].read_text(encoding="utf-8"))


def changed(name, path, value):
    root = document(name)
    node = root
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value
    return root


def refused(name, content):
    text = content if isinstance(content, str) else json.dumps(content)
    with pytest.raises(InputError) as caught:
        sources.read(io.StringIO(text), origin="bench.json", format=name)
    assert caught.value.exit_code == 3
    assert str(caught.value).startswith("bench.json")
    assert caught.value.hint
    assert len(str(caught.value)) < 4000
    return str(caught.value)


def dotted(path):
    return "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)


@FORMATS
@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("fast", "expected a number, found text 'fast'"),
        (True, "expected a number, found true"),
        ([], "expected a number, found an array"),
        ({}, "expected a number, found an object"),
        (-1, "expected a number not below 0, found the number -1"),
        (float("nan"), "expected a finite number, found NaN"),
        (float("inf"), "expected a finite number, found a number too large to be one (infinity)"),
        ("x" * 10_000, "expected a number, found text 'xxx"),
        ("\x1b[31m\u202e", "expected a number, found text '\\x1b[31m\\u202e'"),
    ],
)
def test_a_value_that_is_no_time_is_named_with_its_place(name, value, said):
    path = PLACES[name][0]
    assert f"bench.json: {dotted(path)}: {said}" in refused(name, changed(name, path, value))


@FORMATS
@pytest.mark.parametrize("digits", ["1e400", "-1e400", "9" * 10_000, "9" * 350])
def test_a_number_that_no_double_holds_is_refused(name, digits):
    path = PLACES[name][0]
    text = json.dumps(changed(name, path, "HERE")).replace('"HERE"', digits)
    assert f"{dotted(path)}: expected a finite number" in refused(name, text)


@FORMATS
@pytest.mark.parametrize("value", [3, [], {}, False])
def test_a_name_that_is_no_text_is_refused(name, value):
    assert "expected text, found" in refused(name, changed(name, PLACES[name][1], value))


@FORMATS
@pytest.mark.parametrize("value", ["\ud800", "a\0b"])
def test_a_name_that_no_text_file_can_hold_is_refused(name, value):
    assert "NUL or half a surrogate pair" in refused(name, changed(name, PLACES[name][1], value))


@FORMATS
@pytest.mark.parametrize("value", ["<script>alert(1)</script>", "a\nb|c", "x" * 10_000, "\u202eevil", "日本語", "a/b"])
def test_any_other_name_is_kept_as_it_is(name, value):
    _, reading = sources.read(io.StringIO(json.dumps(changed(name, PLACES[name][1], value))), origin="x", format=name)
    kept = reading.measurements[0]
    assert "/".join([kept.benchmark, *(v for k, v in kept.parameters.items() if k.startswith("arg"))]) == value


@FORMATS
def test_a_benchmark_that_is_there_twice_is_refused_with_both_places(name):
    root = document(name)
    entries = root
    for step in PLACES[name][2]:
        entries = entries[step]
    entries.append(copy.deepcopy(entries[0]))
    said = refused(name, root)
    assert "is there twice" in said
    assert "first at $" in said


@FORMATS
def test_every_bad_place_is_told_at_once(name):
    root = document(name)
    entries = root
    for step in PLACES[name][2]:
        entries = entries[step]
    entries[0] = 3
    entries[1] = "x"
    with pytest.raises(CombinedInputError) as caught:
        sources.read(io.StringIO(json.dumps(root)), origin="bench.json", format=name)
    assert len(caught.value.errors) == 2


@FORMATS
def test_a_file_without_any_benchmark_is_refused(name):
    root = document(name)
    if isinstance(root, list):
        root = []
    else:
        root[PLACES[name][2][0]] = []
    assert "holds no benchmark" in refused(name, root)


@FORMATS
def test_a_missing_key_is_named(name):
    root = document(name)
    if isinstance(root, list):
        del root[0]["value"]
        assert "$[0]: 'value' is missing" in refused(name, root)
    else:
        key = PLACES[name][2][0]
        del root[key]
        assert f"bench.json: $: '{key}' is missing" in refused(name, root)


@FORMATS
def test_a_key_that_stands_twice_is_refused(name):
    text = FILES[name].read_text(encoding="utf-8")
    if text.lstrip().startswith("["):
        said = refused(name, text.replace('"name":', '"unit": "s", "name":', 1))
        assert "$[0]: the key 'unit' stands twice" in said
    else:
        said = refused(name, text.replace("{", '{"twice": 1, "twice": 2,', 1))
        assert "$: the key 'twice' stands twice" in said


@FORMATS
def test_a_file_cut_off_anywhere_is_refused(name):
    text = FILES[name].read_text(encoding="utf-8").rstrip()
    for size in range(1, len(text), max(len(text) // 60, 1)):
        assert "bench.json" in refused(name, text[:size])
    assert "the file ends in the middle" in refused(name, text[: len(text) // 2].rsplit('"', 2)[0])


@FORMATS
@pytest.mark.parametrize("content", ["", "  \n", "3", "null", '"text"', "true", "[1, 2]", "{}", "not json", "{'a': 1}"])
def test_something_else_is_refused(name, content):
    refused(name, content)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "bench.json: is empty"),
        (b"\x89PNG\r\n\x1a\n\x00", "is not a text file (byte 0x89 is not UTF-8)"),
        ('{"a": 1}'.encode("utf-16"), "is UTF-16, not UTF-8"),
        ('{"a": 1}'.encode("utf-16-le"), "is UTF-16, not UTF-8"),
        (b"ok\x00binary data of some length", "NUL characters"),
        (b'{"results": [', "the file ends in the middle"),
        (b'{"results": oops}', "bench.json: line 1 column 13: is not JSON: expecting value at 'oops}'"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b"plain text", "no format that perfsite knows"),
    ],
)
def test_bytes_that_are_no_result_file_say_what_they_are(raw, said):
    stream = io.TextIOWrapper(io.BytesIO(raw), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        sources.read(stream, origin="bench.json")
    assert said in str(caught.value)
    assert caught.value.hint


@FORMATS
def test_a_byte_order_mark_changes_nothing(name):
    raw = b"\xef\xbb\xbf" + FILES[name].read_bytes()
    found, reading = sources.read(io.TextIOWrapper(io.BytesIO(raw), encoding="utf-8"), origin="bench.json")
    assert found == name
    assert reading.measurements


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@FORMATS
@given(text=st.text())
@settings(max_examples=40, deadline=None)
def test_any_text_is_read_or_refused(name, text):
    with contextlib.suppress(PerfsiteError):
        sources.read(io.StringIO(text), origin="x", format=name)


@FORMATS
@given(data=st.data())
@settings(max_examples=80, deadline=None)
def test_a_changed_file_is_read_with_finite_numbers_or_refused(name, data):
    root = document(name)
    for _ in range(data.draw(st.integers(1, 3))):
        node = root
        while True:
            keys = list(node) if isinstance(node, dict) else range(len(node))
            if not keys:
                break
            key = data.draw(st.sampled_from(list(keys)))
            if isinstance(node[key], (dict, list)) and node[key] and data.draw(st.integers(0, 4)):
                node = node[key]
                continue
            if data.draw(st.booleans()) or isinstance(node, list):
                node[key] = data.draw(JSON)
            else:
                del node[key]
            break
    try:
        _, reading = sources.read(io.StringIO(json.dumps(root)), origin="x", format=name)
    except PerfsiteError:
        return
    for row in reading.measurements:
        assert (row.value is None) == (row.status != "ok")
        line = json.dumps(
            [row.benchmark, dict(row.parameters), row.metric.name, row.metric.unit, row.value, row.lower, row.upper,
             row.deviation, row.samples, dict(reading.facts), list(reading.warnings)],
            ensure_ascii=False, allow_nan=False,
        )  # fmt: skip
        line.encode("utf-8")


@FORMATS
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_a_text_with_characters_changed_is_read_or_refused(name, data):
    text = FILES[name].read_text(encoding="utf-8")
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 40)))
    changed = (
        text[:start] + data.draw(st.text(max_size=5) | st.sampled_from(["}", "]", "{", "[", ",", '"'])) + text[end:]
    )
    with contextlib.suppress(PerfsiteError):
        sources.read(io.StringIO(changed), origin="x")


@FORMATS
def test_a_broken_first_entry_does_not_hide_the_format(name):
    root = document(name)
    entries = root
    for step in PLACES[name][2]:
        entries = entries[step]
    entries[0] = {}
    with pytest.raises(InputError, match="is missing"):
        sources.read(io.StringIO(json.dumps(root)), origin="bench.json")


def test_a_million_samples_with_one_bad_one_name_it():
    times = [1.0] * 100_000
    times[77] = float("nan")
    text = json.dumps({"results": [{"command": "x", "times": times}]})
    with pytest.raises(InputError) as caught:
        sources.read(io.StringIO(text), origin="bench.json")
    assert "$.results[0].times[77]: expected a finite number, found NaN" in str(caught.value)


def test_a_file_that_is_bad_all_over_is_told_in_twenty_lines():
    text = json.dumps({"results": [{"command": "x", "times": ["bad"] * 100_000}]})
    with pytest.raises(CombinedInputError) as caught:
        sources.read(io.StringIO(text), origin="bench.json")
    assert len(str(caught.value).splitlines()) == 21


NAMED = {
    "hyperfine": ("results", 0),
    "google-benchmark": ("benchmarks", 0),
    "pytest-benchmark": ("benchmarks", 0),
    "github-action-benchmark": (0,),
}


@FORMATS
@pytest.mark.parametrize(
    ("text", "said"),
    [("", "the name of the benchmark is empty"), ("x" * 20_001, "of 20,001 characters; at most 20,000 can be stored")],
    ids=["empty", "too long"],
)
def test_a_name_that_no_history_keeps_is_told_once_with_its_place(name, text, said):
    root = document(name)
    entry = root
    for step in NAMED[name]:
        entry = entry[step]
    entry.update({key: text for key in ("command", "name", "fullname", "run_name") if key in entry})
    told = refused(name, root)
    assert f"bench.json: {dotted(NAMED[name])}" in told
    assert told.count(said) == 1


def test_a_google_benchmark_that_is_called_by_its_argument_only_is_told():
    told = refused("google-benchmark", changed("google-benchmark", ("benchmarks", 0, "name"), "/64"))
    assert "the name of the benchmark is empty" in told


def test_a_parameter_without_a_name_is_told():
    root = changed("hyperfine", ("results", 0, "parameters"), {"": "1"})
    assert "$.results[0]: the name of a parameter is empty" in refused("hyperfine", root)


def test_a_missing_name_is_told_once():
    root = document("pytest-benchmark")
    del root["benchmarks"][0]["name"], root["benchmarks"][0]["fullname"]
    assert refused("pytest-benchmark", root).count("$.benchmarks[0]") == 1


def test_sources_refuse_what_the_history_would():
    assert LONGEST_TEXT == MAX_TEXT


@pytest.mark.parametrize("inside", ["[],", "{},", '{"a":[]},'])
def test_a_file_that_would_unfold_to_many_times_its_size_is_refused_before(inside):
    with pytest.raises(InputError, match="arrays and objects"):
        parse_json("[" + inside * 5_000_000 + "{}]", origin="x", hint="h")
