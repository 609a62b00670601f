"""What is published of old commits: nothing is thinned before it must be, and no value is ever lost."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from perfsite.config import Settings, parse
from perfsite.report.retention import KEPT_COMMITS, PACKING, ROOM_BYTES, Form, plan_forms


def _plan(wanted, *, commits=300, page=20_000, values=50_000, other=0, speaks=()):
    says = np.zeros(commits, np.bool_)
    says[list(speaks)] = True
    pages, csv = np.full(commits, page), np.full(commits, values)
    return plan_forms(wanted, other=other, pages=pages, values=csv, speaks=says)


def test_a_site_that_fits_is_published_whole():
    assert (_plan("auto") == Form.WHOLE).all()
    assert (_plan("all", other=2 * ROOM_BYTES) == Form.WHOLE).all()


def test_where_room_is_short_the_oldest_measurements_are_packed_first_and_no_more_than_needed():
    forms = _plan("auto", other=ROOM_BYTES - 300 * 70_000 + 10 * (50_000 - 50_000 // PACKING))
    assert forms[:10].tolist() == [Form.PACKED] * 10
    assert (forms[10:] == Form.WHOLE).all()


def test_pages_with_something_to_say_are_thinned_last_and_the_newest_never():
    silent_needed = _plan("auto", other=ROOM_BYTES - 300 * 70_000 + 200 * 37_500 + 50 * 20_000, speaks=range(10))
    assert (silent_needed[:10] == Form.PACKED).all()
    assert (silent_needed[10:60] == Form.VALUES).all()
    assert (silent_needed[60:200] == Form.PACKED).all()
    hopeless = _plan("auto", other=2 * ROOM_BYTES, speaks=range(10))
    assert (hopeless[:-KEPT_COMMITS] == Form.VALUES).all()
    assert (hopeless[-KEPT_COMMITS:] == Form.WHOLE).all()


def test_an_owner_who_says_how_many_pages_stay_keeps_those_that_speak():
    forms = _plan(100, speaks=(0, 150))
    assert np.flatnonzero(forms == Form.WHOLE).tolist() == [0, 150, *range(200, 300)]
    assert (forms[[1, 151]] == Form.VALUES).all()


@given(
    st.integers(0, 2 * ROOM_BYTES),
    st.lists(st.tuples(st.integers(1, 10**7), st.integers(0, 10**8), st.booleans()), max_size=150),
)
def test_the_plan_fits_wherever_it_leaves_something_to_take(other, commits):
    pages, values = (np.array([one[i] for one in commits], np.int64) for i in (0, 1))
    speaks = np.array([one[2] for one in commits], np.bool_)
    forms = plan_forms("auto", other=other, pages=pages, values=values, speaks=speaks)
    size = other + int(pages[forms != Form.VALUES].sum())
    size += int(np.where(forms == Form.WHOLE, values, values // PACKING).sum())
    assert size <= ROOM_BYTES or (forms[: max(len(forms) - KEPT_COMMITS, 0)] == Form.VALUES).all()


def test_a_regression_an_incident_and_a_pull_request_speak(make_run, make_report):
    level = [1.0, 1.001, 0.999] * 6
    runs = [make_run(i, {"a": value}) for i, value in enumerate([*level, *(2 * value for value in level)])]
    runs.append(make_run(40, {"a": 2.0}, pull_request=7))
    made = make_report(runs, commit_pages=1)
    kept = [i for i, form in enumerate(made.commit_forms(other=0, shell=0)) if form is Form.WHOLE]
    assert kept == [18, 36]


def test_a_history_without_a_commit_has_no_form(make_report):
    assert make_report([]).commit_forms(other=0, shell=0) == []


def test_the_setting_is_a_number_or_one_of_two_words():
    assert Settings().commit_pages == "auto"
    assert parse("commit_pages = 500", where="x").commit_pages == 500
    assert parse('commit_pages = "all"', where="x").commit_pages == "all"
