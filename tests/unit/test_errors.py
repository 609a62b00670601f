"""Errors say where, what and what next; each kind has one exit code; none is lost on the way between processes."""

import pickle

import pytest

from perfsite.errors import CombinedInputError, ConfigError, DeliveryError, HistoryError, InputError, PerfsiteError


@pytest.mark.parametrize(
    ("kind", "code"),
    [(ConfigError, 2), (InputError, 3), (HistoryError, 4), (DeliveryError, 5), (CombinedInputError, 3)],
)
def test_every_kind_has_its_exit_code_and_none_is_1(kind, code):
    assert kind.exit_code == code


def test_an_error_reads_place_first():
    assert str(PerfsiteError("is empty", where="a.json", hint="write it")) == "a.json: is empty"
    assert str(PerfsiteError("is empty")) == "is empty"


def test_all_bad_places_are_told_and_more_than_twenty_are_counted():
    errors = [InputError(f"bad {i}", where="a.json", hint=f"hint {i}") for i in range(23)]
    lines = str(CombinedInputError(errors)).splitlines()
    assert lines[0] == "a.json: bad 0"
    assert len(lines) == 21
    assert lines[-1] == "and 3 more like these"
    assert CombinedInputError(errors).hint == "hint 0"


def test_a_combined_error_needs_an_error():
    with pytest.raises(ValueError, match="at least one"):
        CombinedInputError([])


@pytest.mark.parametrize(
    "error",
    [
        HistoryError("p", where="w", hint="h"),
        ConfigError("p"),
        CombinedInputError([InputError("a", where="x"), InputError("b", hint="y")]),
    ],
)
def test_an_error_survives_the_way_between_processes(error):
    back = pickle.loads(pickle.dumps(error))
    assert type(back) is type(error)
    assert (str(back), back.hint, back.where, back.exit_code) == (str(error), error.hint, error.where, error.exit_code)
