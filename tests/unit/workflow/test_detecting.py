from __future__ import annotations

import itertools
import json

import numpy as np
import pytest

from perfsite.errors import InputError
from perfsite.workflow import detecting
from perfsite.workflow.detecting import detect_lines

STEP = [10, 10.2, 9.9, 10.1, 10, 12.1, 12, 11.8, 12.2, 12]


def detected(tmp_path, *lines: object, sensitivity: float = 1.0):
    file = tmp_path / "numbers.jsonl"
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    return list(detect_lines(file, sensitivity=sensitivity))


def test_each_line_is_answered_by_the_first_positions_of_its_new_levels(tmp_path):
    answers = detected(tmp_path, STEP, [1, 2, 3], [], {"values": STEP})
    assert [one.indices for one in answers] == [[5], [], [], [5]]


def test_gaps_are_passed_over_and_counted(tmp_path):
    (one,) = detected(tmp_path, "[null, 10, 10.2, NaN, 9.9, 10.1, 10, null, 12.1, 12, 11.8, 12.2, 12, null]")
    assert one.indices == [8]
    document = one.document()
    assert (document["points"], document["gaps"]) == (10, 4)
    assert [change["first"] for change in document["changes"]] == [8]


def test_a_line_of_gaps_has_no_change(tmp_path):
    (one,) = detected(tmp_path, "[null, null, NaN]")
    assert one.indices == []
    assert one.document() == {"version": 1, "points": 0, "gaps": 3, "changes": []}


def test_blank_lines_and_line_ends_of_other_systems_are_passed_over(tmp_path):
    assert len(detected(tmp_path, "\ufeff" + json.dumps(STEP) + "\r", "", "  ", STEP, "")) == 2


@pytest.mark.parametrize("names", [["a", "b"], [1, 2], [1.5, "b"], ["1", 1], [None, "b"]])
def test_environments_of_any_name_tell_machines_from_changes(tmp_path, names):
    rng = np.random.default_rng(0)
    turns = np.arange(300) // 50 % 2
    values = (10 * np.exp(rng.normal(0, 0.01, 300) + 0.05 * turns)).tolist()
    (plain, told) = detected(
        tmp_path, values, {"values": values, "environments": [names[turn] for turn in turns.tolist()]}
    )
    assert len(plain.indices) > 3
    assert told.indices == [] or None in names


def test_standard_errors_let_a_small_change_be_seen(tmp_path):
    rng = np.random.default_rng(3)
    errors = 0.1 * np.exp(rng.normal(0, 1, 200))
    values = 10 + errors * rng.normal(size=200) + 0.12 * (np.arange(200) >= 100)
    known: list[float | None] = errors.tolist()
    known[5] = None
    plain, weighted = detected(
        tmp_path, values.tolist(), {"values": values.tolist(), "standard_errors": known, "environments": None}
    )
    assert plain.indices == []
    assert len(weighted.indices) == 1


def test_a_document_tells_size_interval_place_and_confidence(tmp_path):
    (change,) = detected(tmp_path, STEP)[0].document()["changes"]
    assert change["index"] == change["first"] == change["last"] == 5
    assert (change["before"], change["after"]) == (pytest.approx(10.04), pytest.approx(12.02))
    assert change["lower"] < change["delta"] < change["upper"]
    assert change["delta"] == pytest.approx(12.02 / 10.04 - 1)
    assert 0.9 < change["confidence"] <= 1


@pytest.mark.parametrize(
    "values",
    [
        [0] * 20 + [5] * 20,
        [-3] * 20 + [5] * 20,
        [1e308] * 20 + [1e300] * 20,
        [5e-324] * 20 + [1] * 20,
        [7] * 40,
    ],
)
def test_any_numbers_have_an_answer_that_json_can_hold(tmp_path, values):
    (one,) = detected(tmp_path, values)
    assert one.indices == ([20] if len(set(values)) > 1 else [])
    json.dumps(one.document(), allow_nan=False)


def test_a_higher_sensitivity_setting_gives_fewer_changes(tmp_path):
    values = (10 * np.exp(np.random.default_rng(0).normal(0, 0.02, 80) + 0.03 * (np.arange(80) >= 40))).tolist()
    assert detected(tmp_path, values, sensitivity=2.5)[0].indices == []
    assert len(detected(tmp_path, values, sensitivity=0.8)[0].indices) == 1


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('[1, "fast"]', "$.values[1]: expected a number, found text 'fast'"),
        ("[1, true]", "$.values[1]: expected a number, found true"),
        ("[[1]]", "$.values[0]: expected a number, found an array"),
        ("[1e999]", "$.values[0]: expected a number, found a number too large"),
        ("[-Infinity]", "$.values[0]: expected a number, found a number too large"),
        (f"[{'9' * 400}]", "$.values[0]: expected a number, found the number 999"),
        (f"[{'9' * 5000}]", "is not JSON: '[999"),
        ("3", "expected an array of numbers, found the number 3"),
        ("null", "expected an array of numbers, found null"),
        ("[1, 2", "is not JSON: '[1, 2'"),
        ("1,2,3", "is not JSON"),
        ("[" * 100_000, "nested too deeply"),
        ("{}", "$.values: expected an array, found null"),
        ('{"values": 3}', "$.values: expected an array, found the number 3"),
        ('{"values": [1], "times": [1]}', "there is no field 'times'"),
        ('{"values": [1], "environments": []}', "expected one entry for each of the 1 values, found 0"),
        ('{"values": [1], "environments": [[1]]}', "$.environments[0]: expected a text or a number, found an array"),
        ('{"values": [1], "environments": "a"}', "$.environments: expected an array, found text 'a'"),
        ('{"values": [1], "standard_errors": [-1]}', "$.standard_errors[0]: expected a number not below 0"),
        ('{"values": [1], "standard_errors": ["?"]}', "$.standard_errors[0]: expected a number, found text '?'"),
        ("\udcff", "is not JSON"),
        ("\x1b[31m", "is not JSON: '\\x1b[31m'"),
    ],
    ids=itertools.count(),
)
def test_a_bad_line_is_named_with_its_number_and_value_after_the_lines_before_it(tmp_path, line, problem):
    file = tmp_path / "numbers.jsonl"
    file.write_bytes(f"{json.dumps(STEP)}\n\n{line}\n[1]\n".encode("utf-8", "surrogatepass"))
    answers = detect_lines(file, sensitivity=1.0)
    assert next(answers).indices == [5]
    with pytest.raises(InputError, match="line 3") as caught:
        next(answers)
    assert problem in caught.value.problem
    assert caught.value.where == f"{file}: line 3"
    assert caught.value.hint


def test_a_line_without_an_end_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(detecting, "LONGEST_LINE", 2**20)
    file = tmp_path / "numbers.jsonl"
    file.write_bytes(b"[" + b" " * 2**20 + b"]")
    with pytest.raises(InputError, match="longer than 1 MiB"):
        next(detect_lines(file, sensitivity=1.0))


@pytest.mark.parametrize("name", ["missing.jsonl", "."])
def test_what_is_no_file_is_said_so(tmp_path, name):
    with pytest.raises(InputError, match="cannot be read"):
        next(detect_lines(tmp_path / name, sensitivity=1.0))


def test_thirty_thousand_numbers_have_an_answer(tmp_path):
    rng = np.random.default_rng(1)
    values = 10 * np.exp(rng.normal(0, 0.02, 30_000) + 0.05 * (np.arange(30_000) >= 12_000))
    line = {
        "values": values.tolist(),
        "environments": rng.integers(0, 50, 30_000).tolist(),
        "standard_errors": (0.2 * np.exp(rng.normal(size=30_000))).tolist(),
    }
    (one,) = detected(tmp_path, line)
    assert len(one.indices) == 1
    assert abs(one.indices[0] - 12_000) <= 3
