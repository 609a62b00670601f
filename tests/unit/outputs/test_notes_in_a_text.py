"""The section of ours in a text that people write: whatever else stands there stays, byte for byte."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from perfsite.outputs.notes import BEGIN, END, with_section

SECTION = "## Performance\n\n2 % faster.\n"
TEXTS = st.lists(st.sampled_from(["\r\n", "\n", "a", BEGIN, END, " ", "<!--", "é"]), max_size=12).map("".join)


def test_an_empty_text_becomes_the_section_between_its_marks():
    assert with_section("", SECTION) == f"{BEGIN}\n## Performance\n\n2 % faster.\n{END}\n"


def test_what_people_wrote_stays_in_front_and_behind():
    written = with_section("# News\r\n- a\r\n", "old\n") + "Thanks!\r\n  "
    assert written.startswith(f"# News\r\n- a\r\n\r\n{BEGIN}\r\nold\r\n{END}\r\n")
    again = with_section(written, SECTION)
    assert again == written.replace("old\r\n", "## Performance\r\n\r\n2 % faster.\r\n")
    assert with_section(again, SECTION) == again


def test_a_mark_without_its_other_one_swallows_nothing():
    for lonely in (f"{BEGIN}\nmine\n", f"mine {END} too", f"{END}{BEGIN}"):
        made = with_section(lonely, SECTION)
        assert made.startswith(lonely)
        assert with_section(made, SECTION) == made


def test_sections_that_were_copied_become_one():
    one = with_section("a", "old\n")
    made = with_section(f"{one}b{one}c", SECTION)
    assert made.count(BEGIN) == made.count(END) == 1
    assert made.replace(made[made.index(BEGIN) : made.index(END) + len(END)], "") == "a\n\n\nba\n\n\nc"


def test_what_has_no_room_is_not_cut():
    assert with_section("x" * 120, SECTION, most=100) is None
    whole = with_section("x", SECTION)
    assert with_section("x", SECTION, most=len(whole)) == whole
    assert with_section("x", SECTION, most=len(whole) - 1) is None


@given(body=TEXTS)
def test_posting_twice_is_posting_once(body):
    once = with_section(body, SECTION)
    assert with_section(once, SECTION) == once
    assert once.count(SECTION.split("\n")[2]) == 1
