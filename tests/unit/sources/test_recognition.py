"""Which format a file is of: by its content, never by words that happen to stand in it."""

import io
import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from perfsite import sources
from perfsite.errors import ConfigError, InputError, PerfsiteError
from perfsite.sources.loading import HEAD_CHARACTERS, outline

DATA = Path(__file__).parents[2] / "data"
RECORDED = sorted(path for path in DATA.glob("*/*") if path.is_file() and path.name != "README.md")
"""The result files; folders below hold trees, companions, histories and how the files were made."""


def read(text, **options):
    return sources.read(io.StringIO(text), origin="bench.json", **options)


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_recorded_file_is_recognised_as_its_own_format_only(path):
    assert sources.recognise(path.read_text(encoding="utf-8")[:HEAD_CHARACTERS]) == [path.parent.name]


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_recorded_file_is_read(path):
    with path.open(encoding="utf-8", newline="") as stream:
        name, reading = sources.read(stream, origin=path.name)
    assert name == path.parent.name
    assert reading.measurements


@pytest.mark.parametrize("name", sources.SOURCES)
def test_every_format_says_what_it_is_and_has_a_recorded_file(name):
    source = sources.load(name)
    assert name == source.NAME
    assert source.TITLE
    assert source.MAKE
    assert (DATA / name / "README.md").is_file()
    assert name in {path.parent.name for path in RECORDED} or getattr(source, "FOLDER", None)


JSON = [path for path in RECORDED if path.suffix == ".json"]


@pytest.mark.parametrize("path", JSON, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_format_shows_in_the_first_half_of_a_file_already(path):
    text = path.read_text(encoding="utf-8")
    first_entry = max(len(text) // 2, 400)
    assert sources.recognise(text[:first_entry]) == [path.parent.name]


def test_words_of_a_format_inside_a_name_do_not_make_a_file_of_it():
    name = '"benchmarks": [{"stats": 1, "real_time": 1}], "machine_info": {}, "results": [{"command": "x"'
    text = json.dumps([{"name": name, "unit": "ms", "value": 1}])
    assert sources.recognise(text) == ["github-action-benchmark"]


@pytest.mark.parametrize(
    "document",
    [
        {"results": []},
        {"results": [{"name": "x", "times": [1]}]},
        {"benchmarks": [{"name": "x"}]},
        {"benchmarks": {}},
        {"context": {"date": "x"}},
        {"files": [{"groups": []}]},
        [{"name": "x", "value": 1}],
        [{"benchmark": "x", "primaryMetric": {}}],
        [],
        {},
        3,
        None,
        "text",
    ],
    ids=lambda document: json.dumps(document)[:30],
)
def test_a_similar_document_is_of_no_format(document):
    with pytest.raises(InputError, match="no format that perfsite knows") as caught:
        read(json.dumps(document))
    assert "--format" in caught.value.hint


def test_the_format_can_be_named():
    text = (DATA / "hyperfine" / "once.json").read_text(encoding="utf-8")
    assert read(text, format="hyperfine")[0] == "hyperfine"


def test_a_format_that_nobody_has_is_a_usage_error_with_the_known_ones():
    with pytest.raises(ConfigError, match="no format 'furlong'") as caught:
        read("{}", format="furlong")
    assert "hyperfine" in caught.value.hint


def test_a_file_of_another_format_than_named_is_an_input_error():
    text = (DATA / "hyperfine" / "once.json").read_text(encoding="utf-8")
    for name in ("pytest-benchmark", "google-benchmark", "github-action-benchmark"):
        with pytest.raises(InputError):
            read(text, format=name)


def test_a_stream_that_cannot_go_back_is_read_too():
    class Pipe(io.StringIO):
        def seekable(self):
            return False

    text = (DATA / "hyperfine" / "sleep.json").read_text(encoding="utf-8")
    name, reading = sources.read(Pipe(text), origin="-")
    assert name == "hyperfine"
    assert len(reading.measurements) == 6


def test_a_file_larger_than_the_head_is_read_whole():
    times = [0.5] * HEAD_CHARACTERS
    name, reading = read(json.dumps({"results": [{"command": "x", "times": times}]}))
    assert name == "hyperfine"
    assert reading.measurements[0].count == HEAD_CHARACTERS


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=10,
    ),
    st.integers(0, 200),
)
def test_the_outline_of_any_cut_document_is_json_or_none(document, cut):
    text = json.dumps(document)
    found = outline(text[:cut])
    assert found is None or isinstance(found, (list, dict))


def test_the_outline_of_a_whole_document_is_the_document():
    assert outline('{"a": [1, {"b": "]}"}]}') == {"a": [1, {"b": "]}"}]}


def test_absurd_nesting_in_a_head_is_no_format():
    assert sources.recognise("[" * HEAD_CHARACTERS) == []
    with pytest.raises(PerfsiteError):
        read("[" * 200_000)


@given(st.text() | st.text(alphabet='{}[]",:;\r\n\t 01.-xµ|<>\x1b'))
@example("0\r{}")
@example('a,b\r\n1,"2')
def test_no_head_makes_any_format_stumble(head):
    assert isinstance(sources.recognise(head), list)
