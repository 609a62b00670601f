"""What people see: streams kept apart, aligned tables, nothing that a terminal obeys."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfsite.cli import console
from perfsite.errors import CombinedInputError, InputError


@given(st.text())
def test_no_control_or_direction_character_reaches_a_terminal(text):
    shown = console.printable(text)
    assert len(shown) == len(text)
    assert not any(ord(c) < 32 and c not in "\t\n" for c in shown)
    assert not set("\x7f\x9b\u202a\u202e\u2066\u2069") & set(shown)


def test_answers_and_the_rest_go_to_different_streams(capsys):
    console.answer("answer")
    console.note("beside")
    console.warning("careful")
    console.failure(CombinedInputError([InputError("a", where="x", hint="next"), InputError("b")]))
    seen = capsys.readouterr()
    assert seen.out == "answer\n"
    assert seen.err == "note: beside\nwarning: careful\nerror: x: a\nerror: b\nhint: next\n"


def test_an_answer_for_programs_is_one_json_document(capsys):
    console.answer_json({"version": 1, "name": "ü\x1b"})
    assert json.loads(capsys.readouterr().out) == {"version": 1, "name": "ü\x1b"}


def test_an_answer_for_programs_never_holds_what_is_no_json(capsys):
    with pytest.raises(ValueError, match="not JSON compliant"):
        console.answer_json({"value": float("nan")})


def test_a_table_aligns_its_columns_and_keeps_each_row_on_a_line():
    text = console.table(("name", "n"), [("a\nb", "1"), ("c", "100")], right=(1,))
    assert text.splitlines() == ["name    n", "----  ---", "a b     1", "c     100"]


def test_no_progress_is_shown_where_there_is_no_terminal(capsys):
    assert console.progress("work") is None
    assert capsys.readouterr().err == ""
