"""What people see: streams kept apart, aligned tables, nothing that a terminal obeys."""

import json
import logging
import re
import time

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


HOSTILE = ("::set-output name=sha::x", " \t::add-mask::0", "a ##[set-output name=sha]x", "##vso[task.setvariable]x")


@pytest.mark.parametrize("name", HOSTILE)
def test_the_log_of_a_ci_job_finds_no_command_in_a_name(name, capsys, monkeypatch):
    monkeypatch.setenv("CI", "true")
    console.answer(f"{name}\nb\n{name}")
    console.answer(console.table(("name",), [(name,)]))
    console.aside(name)
    console.failure(InputError(f"a\n{name}", hint=f"b\n{name}"))
    record = logging.LogRecord("x", logging.ERROR, "", 0, name, None, (ValueError, ValueError(f"a\n{name}"), None))
    told = [*capsys.readouterr(), console.LogFormatter().format(record)]
    assert sum(text.count("name" if "name" in name else "mask" if "mask" in name else "task") for text in told) >= 8
    for line in "\n".join(told).splitlines():
        assert not line.lstrip().startswith("::")
        assert not re.search(r"##\w*\[", line)


@pytest.mark.parametrize("name", HOSTILE)
def test_an_answer_for_programs_holds_no_command_and_says_the_same(name, capsys, monkeypatch):
    monkeypatch.setenv("CI", "true")
    console.answer_json({"version": 1, "name": name})
    told = capsys.readouterr().out
    assert json.loads(told)["name"] == name
    assert not re.search(r"##\w*\[|^\s*::", told, re.MULTILINE)


def test_empty_lines_cost_nothing(monkeypatch):
    monkeypatch.setenv("CI", "true")
    began = time.process_time()
    console.logged(" \n" * 50_000)
    assert time.process_time() - began < 1


def test_a_name_that_looks_like_a_command_stays_what_it_is_outside_of_ci(capsys):
    console.answer("::ns::sort")
    assert capsys.readouterr().out == "::ns::sort\n"


def test_no_progress_is_shown_where_there_is_no_terminal(capsys):
    assert console.progress("work") is None
    assert capsys.readouterr().err == ""
