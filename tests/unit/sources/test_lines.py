"""Text and tables, a line at a time."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfsite import sources
from perfsite.errors import CombinedInputError, InputError
from perfsite.sources import base
from perfsite.sources.document import Document
from perfsite.sources.lines import column_at, plain, read_lines, read_table
from perfsite.sources.names import split_slashes


def lines(text):
    return list(read_lines(io.StringIO(text, newline=""), origin="out.txt"))


def table(text, **options):
    document = Document("t.csv", hint="h", top="")
    rows = list(read_table(io.StringIO(text, newline=""), document, **options))
    document.finish()
    return rows


def test_lines_have_their_numbers_and_lose_colours_ends_and_the_byte_order_mark():
    assert lines("\ufeffa\r\n\x1b[1;32mgreen\x1b[0m\n\nlast") == [
        ("line 1", "a"),
        ("line 2", "green"),
        ("line 3", ""),
        ("line 4", "last"),
    ]
    assert plain("\ufeff\x1b[0;1mx\x1b[m\r\ny") == "x\ny"
    assert plain("\x1b[36mbench\x1b(B\x1b[m: 1") == "bench: 1"


def test_bytes_that_are_no_text_are_one_error_with_their_line():
    with pytest.raises(InputError, match="line 2") as caught:
        lines("a\nb\0c")
    assert "NUL" in str(caught.value)
    with pytest.raises(InputError, match="0xff is not UTF-8"):
        list(read_lines(io.TextIOWrapper(io.BytesIO(b"a\n\xff\n"), encoding="utf-8"), origin="x"))


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_separator_of_a_table_is_found(separator):
    text = f'name{separator}value\n"a, b"{separator}1\n\nc{separator}2\n'
    assert table(text) == [("line 2", {"name": "a, b", "value": "1"}), ("line 4", {"name": "c", "value": "2"})]


def test_every_row_of_the_wrong_length_is_told():
    with pytest.raises(CombinedInputError) as caught:
        table("a,b\n1\n1,2\n1,2,3\n")
    assert [str(error) for error in caught.value.errors] == [
        "t.csv: line 2: expected 2 cells as in the header, found 1",
        "t.csv: line 4: expected 2 cells as in the header, found 3",
    ]


def test_a_header_that_lacks_a_column_or_has_one_twice_is_told():
    with pytest.raises(CombinedInputError) as caught:
        table("a,a\n1,2\n", required=("time",))
    assert [str(error) for error in caught.value.errors] == [
        "t.csv: line 1: the column 'time' is missing",
        "t.csv: line 1: the column 'a' stands twice",
    ]


def test_a_quote_that_never_ends_does_not_swallow_the_file():
    with pytest.raises(InputError, match="is not a row of a table"):
        table('a,b\n"' + "x,1\n" * 100_000)


def test_the_place_of_a_cell_is_told():
    assert column_at("line 3", "p95\n") == "line 3, column 'p95\\n'"


@pytest.mark.parametrize(
    ("text", "number"),
    [("12", 12.0), (" 1,234.5 ", 1234.5), ("\x1f1", 1.0), ("1e-3", 0.001), ("-.5", -0.5), ("7.", 7.0), ("+1", 1.0)],
)
def test_a_number_in_a_text_is_read(text, number):
    assert Document("x", hint="h", top="").written(text, "line 1") == number


@pytest.mark.parametrize(
    "text", ["", "-", ".", "1,23", "1e", "e5", "0x10", "nan", "inf", "1_000", "٣", "1e999", "9" * 500]
)
def test_what_is_no_finite_number_is_told(text):
    document = Document("x", hint="h", top="")
    assert document.written(text, "line 1") is None
    assert str(document.problems[0]).startswith("x: line 1: expected a")


def test_parameters_between_slashes_come_out_of_a_name():
    assert split_slashes("a/b/n=100/64/m=1/2") == ("a/b", {"n": "100", "arg0": "64", "m": "1", "arg1": "2"})
    assert split_slashes("a/n=1/n=2") == ("a/n=2", {"n": "1"})
    assert split_slashes("12") == ("12", {})


@given(st.lists(st.sampled_from(["a", "n=1", "m=x", "64", "1e6", "", "b=", "=2", "é=1"]), min_size=1, max_size=8))
def test_every_part_of_a_name_is_in_the_name_or_a_parameter(parts):
    name, parameters = split_slashes("/".join(parts))
    named = [value if key.startswith("arg") else f"{key}={value}" for key, value in parameters.items()]
    assert sorted([*name.split("/"), *named]) == sorted(parts)


def test_more_measurements_than_a_history_keeps_are_refused_before_they_fill_the_memory(monkeypatch):
    monkeypatch.setattr(base, "MOST_MEASUREMENTS", 3)
    rows = [{"name": f"b{i}", "unit": "ms", "value": 1} for i in range(5)]
    with pytest.raises(InputError, match=r"\$\[3\]: more than 3 measurements"):
        sources.read(io.StringIO(json.dumps(rows)), origin="x")
