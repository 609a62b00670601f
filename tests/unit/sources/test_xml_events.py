"""XML as tags: places, text, and everything a hostile file could blow up with."""

import contextlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfsite.errors import InputError
from perfsite.sources.xml_events import opening_tags, read_tags


def tags(text):
    return list(read_tags(io.StringIO(text), origin="r.xml", hint="Give the file as it was written."))


def test_tags_come_with_attributes_text_and_line():
    found = tags('<?xml version="1.0" encoding="latin-1"?>\n<a n="ü">\n x <b/> y </a>\n')
    assert [(tag.is_open, tag.name, tag.at) for tag in found] == [
        (True, "a", "line 2"),
        (True, "b", "line 3"),
        (False, "b", "line 3"),
        (False, "a", "line 3"),
    ]
    assert found[0].attributes == {"n": "ü"}
    assert found[-1].text == "x  y"


def test_output_before_the_declaration_is_left_out_and_lines_go_on_counting():
    assert [tag.at for tag in tags('building <x> …\n<?xml version="1.0"?>\n<a/>')] == ["line 3", "line 3"]


def test_a_byte_order_mark_does_no_harm():
    assert len(tags('\ufeff<?xml version="1.0"?><a/>')) == 2


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "is empty"),
        ("  \n", "is empty"),
        ("<a><b>", "the file ends in the middle"),
        ("<a", "the file ends in the middle"),
        ("no tags", "is not XML"),
        ("<a></b>", "line 1 column 6: is not XML: mismatched tag"),
        ("<a/><b/>", "is not XML: junk after document element"),
        ("<a>&lol;</a>", "is not XML: undefined entity"),
        ("<a>\ud800</a>", "half a surrogate pair"),
        ("<a>\0</a>", "NUL"),
        ("<a>" * 1001, "nested too deeply"),
        ("<!DOCTYPE a><a/>", "document type declaration"),
    ],
)
def test_what_cannot_be_read_is_one_error(text, problem):
    with pytest.raises(InputError, match=problem):
        tags(text)


def test_a_billion_laughs_are_refused_at_the_declaration():
    laughs = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 30))
    with pytest.raises(InputError, match="document type declaration or entities"):
        tags(f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY l0 "ha">{laughs}]><a>&l29;</a>')


def test_a_file_of_another_place_is_never_fetched():
    with pytest.raises(InputError, match="document type declaration"):
        tags('<!DOCTYPE a SYSTEM "http://127.0.0.1:1/x.dtd"><a/>')


def test_an_endless_tag_is_refused():
    with pytest.raises(InputError, match="a single tag or comment of more than 4 MB"):
        tags(f'<a b="{"y" * 5_000_000}')


def test_text_is_kept_up_to_ten_thousand_characters():
    assert len(tags(f"<a>{'y' * 100_000}</a>")[-1].text) == 10_000


def test_a_large_file_streams():
    stream = io.StringIO("<a>" + '<b c="1"/>' * 30_000 + "</a>")
    reader = read_tags(stream, origin="r.xml", hint="")
    assert next(reader).name == "a"
    assert stream.tell() <= 64 * 1024
    assert sum(1 for _ in reader) == 60_001


@pytest.mark.parametrize("text", ["", "{}", "a < b", "<" * 1000, "<a><b c=", "<!DOCTYPE a>", "<\ud800>"])
def test_the_look_at_a_head_never_fails(text):
    assert all(tag.is_open for tag in opening_tags(text))


@given(st.text(alphabet=st.sampled_from("<>/&;ab\"'= !?-[]\n\0\ud800x"), max_size=60))
def test_nothing_but_the_documented_error_is_raised(text):
    opening_tags(text)
    with contextlib.suppress(InputError):
        assert tags(text)
