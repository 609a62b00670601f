"""Numbers and verdicts as words: short, signed, honest about what is not known."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfsite.model.findings import Doubt
from perfsite.report import wording
from perfsite.report.views import Counts

FINITE = st.floats(allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("delta", "text"),
    [
        (0.1384, "+13.8 %"),
        (-0.02, "−2.0 %"),
        (0, "±0.0 %"),
        (12.345, "+1\u202f230 %"),
        (0.00004, "+0.004 %"),
        (None, "–"),
    ],
)
def test_a_delta_is_signed_and_short(delta, text):
    assert wording.delta_text(delta) == text


@given(FINITE)
def test_a_delta_says_its_direction_and_never_breaks(delta):
    text = wording.delta_text(delta)
    assert text.endswith(" %")
    assert text[0] == ("+" if delta > 0 else "−" if delta < 0 else "±")


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, None])
def test_what_is_not_known_is_a_dash(number):
    assert wording.delta_text(number) == wording.noise_text(number) == "–"


def test_an_interval_needs_both_ends():
    assert wording.interval_text(0.1, 0.2) == "+10.0 % to +20.0 %"
    assert wording.interval_text(0.1, math.nan) == wording.interval_text(-math.inf, 0.1) == ""


def test_every_doubt_has_words_and_bits_add_up():
    assert all(len(wording.doubt_texts(doubt)) == 1 for doubt in Doubt)
    every = len(wording.doubt_texts(sum(Doubt)))
    assert every == len(Doubt) - 3, "what was uncommitted says so and no more, a doubtful level nothing of suspicions"
    assert wording.doubt_texts(Doubt.FIRST_POINT | Doubt.DIRTY) == wording.doubt_texts(Doubt.DIRTY)
    assert wording.doubt_texts(Doubt.OUTLIER | Doubt.WITHDRAWN) == wording.doubt_texts(Doubt.WITHDRAWN)
    level = wording.doubt_texts(Doubt.LEVEL | Doubt.WITHDRAWN, unsure=True, detectable=0.05)
    assert level == wording.doubt_texts(Doubt.LEVEL), "the noise would show such a change, and is not to blame"
    assert wording.doubt_texts(0) == ()


@pytest.mark.parametrize(
    ("counts", "sentence", "state"),
    [
        (Counts(), "Nothing was measured that a trend could be read from.", "unsure"),
        (Counts(regression=1, no_change=9), "1 regression: X.", "regression"),
        (Counts(regression=2, improvement=1), "2 regressions and 1 improvement, the largest X.", "regression"),
        (Counts(improvement=1, unsure=3), "1 improvement: X; 3 unsure.", "improvement"),
        (Counts(unsure=1), "Too early to tell: 1 measurement without enough history.", "unsure"),
        (Counts(no_change=1234), "No change in 1 234 measurements.", "no-change"),
        (Counts(no_change=2, standing=1), "No change in 2 measurements; 1 earlier regression still open.", "no-change"),
        (Counts(standing=2, unsure=1), "No change; 1 unsure; 2 earlier regressions still open.", "no-change"),
    ],
)
def test_what_a_commit_did_in_one_sentence(counts, sentence, state):
    assert wording.commit_sentence(counts, "X") == sentence
    assert wording.commit_state(counts) == state


@pytest.mark.parametrize(
    ("counts", "sentence", "state"),
    [
        (Counts(), "Nothing is measured yet.", "unsure"),
        (Counts(unsure=1), "1 series, all too young to judge.", "unsure"),
        (Counts(no_change=1), "The one judged series is at its baseline or better.", "no-change"),
        (Counts(no_change=3, unsure=1), "All 3 judged series are at their baseline or better; 1 unsure.", "no-change"),
        (Counts(regression=1, standing=1, no_change=2), "2 of 4 series regressed; newest: X.", "regression"),
    ],
)
def test_the_health_of_the_site_in_one_sentence(counts, sentence, state):
    assert wording.health_sentence(counts, "X") == sentence
    assert wording.health_state(counts) == state


@given(st.lists(FINITE, max_size=100))
def test_a_sparkline_has_a_letter_for_each_of_the_newest_points(values):
    text = wording.spark_text(values)
    assert len(text) == (min(len(values), 60) if len(values) > 1 else 0)
    newest = values[-60:]
    if text and min(newest) < max(newest):
        assert text[newest.index(min(newest))] == "A"
        assert text[newest.index(max(newest))] == "z"


def test_a_flat_line_lies_in_the_middle():
    assert set(wording.spark_text([3.0] * 5)) == {"a"}


def test_times_that_are_not_known_are_empty():
    assert wording.date_text(None) == wording.time_text(None) == ""


def test_a_run_that_could_show_next_to_nothing_says_so_without_a_number():
    assert wording.power_sentence([1.4, 3.0, 0.1]) == "Not even a doubling would show in most series."
    assert wording.power_sentence([1.4]) == "Not even a doubling would show."
    assert wording.power_sentence([0.1, 0.2, 3.0]).startswith("A change of ±20.0 % would show in half of the series")
