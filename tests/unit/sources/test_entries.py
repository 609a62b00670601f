"""Arrays of entries decoded one at a time say the same as the whole document decoded at once."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfsite.errors import CombinedInputError, InputError
from perfsite.sources import entries
from perfsite.sources.document import Document, step
from perfsite.sources.entries import Entries, Members
from perfsite.sources.loading import parse_json

nodes = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
objects = st.dictionaries(st.text(max_size=3), nodes, max_size=4)


@pytest.fixture(autouse=True, params=[1, 3, 1 << 20], ids=lambda size: f"pieces of {size}")
def pieces(request, monkeypatch):
    monkeypatch.setattr(entries, "PIECE", request.param)


def read(text, key="rows"):
    document = Document("x.json", hint="h")
    found = Entries(io.StringIO(text, newline=""), document, key=key)
    rows = list(found)
    document.finish()
    return rows, found.root


@given(
    st.lists(objects, max_size=4), objects, st.sampled_from([None, 1]), st.booleans(), st.sampled_from(["", "\ufeff"])
)
def test_entries_and_the_rest_are_what_the_whole_document_says(rows, rest, indent, last, start):
    rest.pop("rows", None)
    root = {**rest, "rows": rows} if last else {"rows": rows, **rest}
    text = start + json.dumps(root, indent=indent, ensure_ascii=False)
    assert read(text) == ([(f"$.rows[{i}]", row) for i, row in enumerate(rows)], rest)
    assert read(json.dumps(rows, indent=indent), key=None)[0] == [(f"$[{i}]", row) for i, row in enumerate(rows)]


def inner_members(text, key="rows", without=frozenset({"huge"})):
    document = Document("x.json", hint="h")
    found = Members(io.StringIO(text, newline=""), document, key=key, without=without)
    rows = list(found)
    document.finish()
    return rows, found


@given(objects, objects, nodes, st.sampled_from([None, 1]), st.booleans())
def test_members_and_the_rest_are_what_the_whole_document_says(rows, rest, huge, indent, last):
    rest.pop("rows", None)
    root = {**rest, "huge": huge, "rows": rows} if last else {"rows": rows, "huge": huge, **rest}
    told, found = inner_members(json.dumps(root, indent=indent, ensure_ascii=False))
    rest.pop("huge", None)
    assert told == [(step("$.rows", key), key, value) for key, value in rows.items()]
    assert (found.root, found.is_found) == (rest, True)


@pytest.mark.parametrize(
    "huge", ['["]", "\\"]", {"a": "\\\\"}]', '{"[": [[]], "x\\u0022": "}"}', "1.5", '"\\""', "null"]
)
def test_a_value_that_is_passed_over_ends_where_it_ends(huge):
    told, found = inner_members(f'{{"huge": {huge}, "rows": {{"a": 1}}, "b": 2}}')
    assert (told, found.root) == ([("$.rows.a", "a", 1)], {"b": 2})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '{"huge": [1, "a',
            "x.json: the file ends in the middle|x.json: line 1 column 16: the file ends in the middle",
        ),
        ('{"rows": {"a": 1, "a": 2}}', "x.json: $.rows: the key 'a' stands twice"),
        ('{"rows": {"a": 1} "b"}', "x.json: line 1 column 19: is not JSON: expecting ',' or '}' at '"),
        ("[1]", "x.json: $: expected an object, found an array"),
        ("", "x.json: is empty"),
    ],
)
def test_what_is_wrong_with_members_is_told_with_its_place(text, said):
    with pytest.raises(InputError) as caught:
        inner_members(text)
    assert str(caught.value).startswith(tuple(said.split("|")))


def test_members_that_are_no_object_are_left_in_the_rest():
    told, found = inner_members('{"rows": [1]}')
    assert (told, found.root, found.is_found) == ([], {"rows": [1]}, False)


@given(st.text(alphabet='[]{}":,01e-. \nrows"\\u', max_size=30) | objects.map(json.dumps), st.integers(0, 30))
def test_what_is_no_document_is_the_same_kind_of_error_as_at_once(text, cut):
    text = text[:cut]
    try:
        parse_json(text, origin="x.json", hint="h")
    except InputError:
        with pytest.raises(InputError):
            read(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "x.json: is empty"),
        (" \n ", "x.json: is empty"),
        (
            '{"a": 1,\n "rows": [{"b": 1},\n  {"b": x}]}',
            "x.json: line 3 column 9: is not JSON: expecting value at 'x}]}'",
        ),
        ('{"rows": [{}, {}', "x.json: line 1 column 17: the file ends in the middle"),
        ('{"rows": [{"a": "b', "the file ends in the middle"),
        ('{"rows": [{}] "a"', "is not JSON: expecting ',' or '}'"),
        ('{"rows": []} x', "x.json: line 1 column 14: is not JSON: extra data at 'x'"),
        ('{"a": 1, "a": 2}', "x.json: $: the key 'a' stands twice"),
        ('{"rows": [{}, {"b": [{"a": 1, "a": 2}]}]}', "x.json: $.rows[1].b[0]: the key 'a' stands twice"),
        ('{"rows": [3]}', "x.json: $.rows[0]: expected an object, found the number 3"),
        ('{"rows": {}}', "x.json: $.rows: expected an array, found an object"),
        ('{"rows": 1e999}', "expected an array"),
        ("{}", "x.json: $: 'rows' is missing"),
        ("[]", "x.json: $: expected an object, found an array"),
        ("12", "x.json: $: expected an object, found the number 12"),
        ("{,}", "expecting a key in double quotes"),
        ('{"rows": ' + "[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text, said):
    with pytest.raises((InputError, CombinedInputError)) as caught:
        read(text)
    assert said in str(caught.value)


def test_the_way_to_the_array_may_have_several_keys():
    assert read('{"a": 1, "run": {"b": 2, "rows": [{"c": 3}]}}', key=["run", "rows"]) == (
        [("$.run.rows[0]", {"c": 3})],
        {"a": 1},
    )
    for text, said in (
        ('{"run": {}}', r"\$\.run: 'rows' is missing"),
        ('{"run": []}', r"\$\.run: expected an object, found an array"),
        ('{"run": {"rows": 3}}', r"\$\.run\.rows: expected an array, found the number 3"),
        ('{"run": {"rows": [], "rows": []}}', r"\$\.run: the key 'rows' stands twice"),
    ):
        with pytest.raises(InputError, match=said):
            read(text, key=["run", "rows"])


def test_a_root_that_is_no_array_is_told():
    with pytest.raises(InputError, match=r"\$: expected an array, found an object"):
        read("{}", key=None)


def members(text):
    document = Document("x.json", hint="h")
    found = list(Members(io.StringIO(text, newline=""), document))
    document.finish()
    return found


@given(objects, st.booleans())
def test_members_are_those_of_the_whole_document(root, indent):
    found = members(json.dumps(root, indent=indent, ensure_ascii=False))
    assert [(key, value) for _, key, value in found] == list(root.items())


def test_members_have_places_and_a_root_that_is_no_object_is_told():
    assert members('{"a": 1, "odd key": [2]}') == [("$.a", "a", 1), ('$["odd key"]', "odd key", [2])]
    for text, said in (
        ("[1]", r"\$: expected an object, found an array"),
        ("", "is empty"),
        ('{"a": 1} x', "extra data"),
        ('{"a": 1, "a": 2}', r"\$: the key 'a' stands twice"),
        ('{"a": 1,', "ends in the middle"),
    ):
        with pytest.raises(InputError, match=said):
            members(text)


@pytest.mark.parametrize("samples", [[0.5] * 20_000, [1] * 20_000, [0.5, None] * 10_000])
def test_many_floats_are_packed_and_nothing_else_is(samples):
    text = json.dumps({"samples": samples})
    found = parse_json(text, origin="x.json", hint="h", packed=True)["samples"]
    assert list(found) == samples
    assert isinstance(found, list) == (samples[0] != 0.5 or samples[1] is None)


def test_packed_numbers_are_checked_like_others():
    document = Document("x.json", hint="h")
    found = parse_json(json.dumps({"samples": [-0.5] * 20_000}), origin="x.json", hint="h", packed=True)
    assert document.numbers(found, "samples", "$") == [-0.5] * 20_000
    assert document.mapping(found, "samples", "$") is None
    with pytest.raises(InputError, match="expected an object, found an array"):
        document.finish()
