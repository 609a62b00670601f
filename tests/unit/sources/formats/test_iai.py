"""iai's console output."""

import contextlib
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfsite.errors import CombinedInputError, InputError
from perfsite.model.run import Direction
from perfsite.sources.formats import iai

FILE = Path(__file__).parents[3] / "data" / "iai" / "console.txt"
BLOCK = """a
  Instructions:                1735
  L1 Accesses:                 2364
  L2 Accesses:                    1
  RAM Accesses:                   1
  Estimated Cycles:            2404
"""


def parse(text):
    return iai.parse(io.StringIO(text), origin="iai.txt")


def test_the_five_counts_of_a_benchmark_are_read_and_changes_are_left_out():
    rows = parse(BLOCK.replace("1735", "1,735 (+1.139138%)")).measurements
    assert [(r.benchmark, r.metric.name, r.value, r.metric.direction) for r in rows] == [
        ("a", "instructions", 1735, Direction.LOWER),
        ("a", "L1 Accesses", 2364, Direction.NEITHER),
        ("a", "L2 Accesses", 1, Direction.NEITHER),
        ("a", "RAM Accesses", 1, Direction.LOWER),
        ("a", "Estimated Cycles", 2404, Direction.LOWER),
    ]
    assert {r.metric.unit for r in rows} == {"1"}


def test_the_same_name_in_two_targets_is_told_apart_by_the_target():
    rows = parse(FILE.read_text(encoding="utf-8")).measurements
    assert {(r.benchmark, r.parameters.get("target")) for r in rows} == {
        ("bench_short", "fibonacci"),
        ("bench_long", None),
        ("bench_short", "sorting"),
    }


def test_a_file_that_is_cut_off_is_refused():
    with pytest.raises(InputError, match="line 4: the file ends in the middle of 'a'"):
        parse("\n".join(BLOCK.splitlines()[:4]))


def test_every_bad_number_is_told_with_its_line():
    with pytest.raises(CombinedInputError) as caught:
        parse(BLOCK.replace("1735", "many").replace("2404", "-1"))
    assert [str(error) for error in caught.value.errors] == [
        "iai.txt: line 2: expected a number, found text 'many'",
        "iai.txt: line 6: expected a number not below 0, found the number -1.0",
    ]


def test_counts_without_a_name_are_refused():
    with pytest.raises(InputError, match="the name of the benchmark is empty"):
        parse(BLOCK[2:])


@pytest.mark.parametrize("text", ["", "  Instructions: 3\n", BLOCK.replace("L1 Accesses", "L1 Hits")])
def test_other_texts_are_not_recognised(text):
    assert not iai.accepts(text)


def test_windows_line_ends_and_colours_are_tolerated():
    assert iai.accepts(BLOCK.replace("\n", "\r\n").replace("Instructions", "\x1b[1mInstructions\x1b[0m"))


@given(st.lists(st.one_of(st.sampled_from(BLOCK.splitlines()), st.text(max_size=20)), max_size=20))
def test_no_text_raises_anything_but_the_documented_error(lines):
    with contextlib.suppress(InputError):
        parse("\n".join(lines).replace("\0", ""))
