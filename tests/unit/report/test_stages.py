"""Suspected, confirmed, withdrawn: how the pages say where a finding stands."""

from __future__ import annotations

from perfsite.model.findings import Verdict, Withdrawal
from perfsite.report import wording
from perfsite.report.stages import withdrawal_text

BEFORE = [1.0, 1.01, 0.99, 1.0, 1.02, 0.98, 1.0, 1.01, 0.99, 1.0, 1.0, 1.01, 0.99, 1.0, 1.02]


def pages(make_run, make_report, *newest):
    return list(make_report([make_run(i, {"a": value}) for i, value in enumerate([*BEFORE, *newest])]).commits())


def test_the_commit_of_a_first_sight_says_that_it_is_suspected(make_run, make_report):
    page = pages(make_run, make_report, 1.3)[-1]
    assert (page.rows[0].verdict, page.rows[0].stage) == ("regression", "suspected")
    assert not any("suspected" in doubt for doubt in page.rows[0].doubts)
    assert page.answer.belief[0].startswith("Suspected: one run alone shows it.")


def test_the_next_run_confirms_it_on_the_page_of_its_commit(make_run, make_report):
    row = pages(make_run, make_report, 1.3, 1.31)[15].rows[0]
    assert (row.verdict, row.stage, row.doubts) == ("regression", "confirmed by later runs", ())


def test_or_the_page_of_its_commit_says_that_it_was_withdrawn(make_run, make_report):
    page = pages(make_run, make_report, 1.3, 1.0, 1.01)[15]
    assert (page.rows[0].verdict, page.rows[0].stage) == ("no-change", "withdrawn")
    assert page.rows[0].doubts == ()
    assert page.sentence == "No change in 1 measurement; 1 suspicion of its first sight was withdrawn."
    assert page.rest == 0


def test_an_unsure_row_says_what_it_would_see(make_run, make_report):
    noisy = [1.0, 1.3, 0.8, 1.2, 0.9, 1.1, 0.7, 1.25, 0.85, 1.15, 1.0, 0.75, 1.3, 0.9, 1.1]
    report = make_report([make_run(i, {"a": value}) for i, value in enumerate(noisy)])
    row = list(report.commits())[-1].rows[0]
    assert row.verdict == "unsure"
    assert "; would see ±" in row.doubts[-1]
    assert row.doubts[-1].endswith(" % or more")


def test_a_confirmed_finding_that_goes_is_told_with_place_size_and_run():
    gone = Withdrawal(
        start=3, end=9, verdict=Verdict.REGRESSION, instead=Verdict.NO_CHANGE, delta=0.124, confirmed=True
    )
    assert withdrawal_text(gone, "aaaa1111", "parse · time · ci", "bbbb2222") == (
        "Withdrawn: the regression of +12.4 % at aaaa1111, confirmed before, in parse · time · ci. "
        "With the run at bbbb2222 it is called no-change."
    )


def test_what_a_run_could_have_shown_is_one_sentence():
    assert wording.power_sentence([]) == wording.power_sentence([float("nan")]) == ""
    assert wording.power_sentence([0.05] * 9) == "A change of ±5.0 % or more would show."
