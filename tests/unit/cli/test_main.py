"""The command group: every way to end has its exit code."""

import sys

import click
import pytest

from perfsite.cli import main
from perfsite.errors import HistoryError


def ends_with(monkeypatch, action):
    command = click.Command("boom", callback=action)
    monkeypatch.setitem(main.COMMANDS, "boom", ("tests_boom", "Ends as it is told to."))
    monkeypatch.setitem(sys.modules, "tests_boom", type("Module", (), {"command": command}))
    return main.run(["boom"])


def raising(error):
    def action():
        raise error

    return action


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (HistoryError("broken", where="history", hint="mend it"), 4, "error: history: broken\nhint: mend it\n"),
        (KeyboardInterrupt(), 130, "\ninterrupted\n"),
        (click.UsageError("No such thing."), 2, "error: No such thing\nhint: see `perfsite boom --help`\n"),
        (SystemExit(1), 0, ""),
    ],
)
def test_each_way_to_fail_has_its_code_and_words(monkeypatch, capsys, error, code, said):
    assert ends_with(monkeypatch, raising(error)) == code
    seen = capsys.readouterr()
    assert (seen.out, seen.err) == ("", said)


def test_a_bug_is_70_with_a_traceback_and_never_1(monkeypatch, capsys, caplog):
    assert ends_with(monkeypatch, raising(ZeroDivisionError("oops"))) == 70
    assert "please report it" in caplog.text
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(("answer", "code"), [(None, 0), (0, 0), (1, 1)])
def test_a_command_may_answer_with_a_code(monkeypatch, answer, code):
    assert ends_with(monkeypatch, lambda: answer) == code


def test_every_command_can_be_imported_and_its_line_is_a_sentence():
    for name, (_, line) in main.COMMANDS.items():
        command = main.cli.get_command(click.Context(main.cli), name)
        assert command is not None
        assert command.name == name
        assert line.endswith(".")
