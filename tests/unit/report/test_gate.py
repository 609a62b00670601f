"""What keeps a pull request from being merged."""

from __future__ import annotations

import pytest
from comment_cases import CASES, _budget, _pin, better, made, row, steady, worse

from perfsite.model.findings import Rule
from perfsite.model.policy import Threshold
from perfsite.report.check_details import RowDetails
from perfsite.report.comment_views import Outcome
from perfsite.report.gate import Gate, is_failing


def limits(**levels):
    """Return what is known of a row that is held to these levels."""
    return RowDetails(threshold=Threshold(**levels))


CRITICAL, MAJOR, MINOR = worse(delta=0.15), worse(delta=0.08), worse(delta=0.03)


@pytest.mark.parametrize(
    ("gate", "fails"),
    [
        (Gate.RULES, []),
        (Gate.CRITICAL, [CRITICAL]),
        (Gate.MAJOR, [CRITICAL, MAJOR]),
        (Gate.MINOR, [CRITICAL, MAJOR, MINOR]),
        (Gate.NEVER, []),
    ],
)
def test_a_severity_fails_regressions_of_that_size_and_above(gate, fails):
    every = [CRITICAL, MAJOR, MINOR, better(), row()]
    assert [one for one in every if is_failing(one, gate)] == fails


@pytest.mark.parametrize("gate", [Gate.MINOR, Gate.CRITICAL])
def test_what_began_earlier_or_is_not_certain_fails_against_a_pinned_baseline_only(gate):
    assert is_failing(CRITICAL, gate)
    assert not is_failing(worse(delta=0.15, standing=True), gate)
    assert not is_failing(CRITICAL, gate, certain=False)
    assert is_failing(worse(delta=0.15, standing=True, pinned=_pin()), gate, certain=False)


def test_a_budget_that_every_point_must_keep_fails_whatever_the_severity():
    beyond = row(beyond=(_budget(),), rule=Rule.FAIL)
    assert is_failing(beyond, Gate.CRITICAL)
    assert is_failing(beyond, Gate.RULES)
    assert not is_failing(beyond, Gate.NEVER)


@pytest.mark.parametrize(
    ("name", "outcome", "fails", "warns"),
    [
        ("clean", Outcome.QUIET, False, False),
        ("regressions", Outcome.REGRESSED, True, True),
        ("improvements", Outcome.CHANGED, False, False),
        ("no baseline", Outcome.QUIET, False, False),
        ("all unsure", Outcome.QUIET, False, False),
        ("nothing measured", Outcome.QUIET, False, False),
        ("everything failed", Outcome.REGRESSED, False, True),
        ("one failed", Outcome.REGRESSED, False, True),
        ("not certain", Outcome.REGRESSED, False, True),
        ("no ratio", Outcome.REGRESSED, True, True),
    ],
)
def test_each_case_has_its_outcome(name, outcome, fails, warns):
    view = CASES[name]()
    assert (view.outcome, view.fails, view.warns) == (outcome, fails, warns)


def test_an_earlier_regression_is_no_news():
    view = made(worse(standing=True, rule=Rule.WARN), *steady(2))
    assert view.outcome is Outcome.QUIET
    assert view.sentence == "No change in 2 measurements; 1 earlier regression still open."


def test_every_measurement_is_counted_once_in_the_sentence():
    alone = made(worse(standing=True, rule=Rule.WARN))
    assert alone.sentence == "No change; 1 earlier regression still open."
    late, before = worse(standing=True, told_now=True), worse("parse/old", standing=True, rule=Rule.WARN)
    assert made(late, *steady(2)).sentence.endswith("can be told from the machine; 2 measurements without change.")
    assert made(late, before).sentence.endswith("can be told from the machine; 1 earlier regression still open.")


def test_a_mark_tells_the_limit_in_the_direction_that_is_worse():
    marks = [
        made(one).groups[0].rows[0].mark
        for one in (
            worse(),
            worse(delta=0.3, direction="higher", details=limits(fail=0.1)),
            worse(details=limits(fail_absolute=0.002)),
            worse(rule=Rule.WARN),
            worse(rule=Rule.WARN, details=limits(warn=0.03, fail=0.5)),
            row(beyond=(_budget(),), rule=Rule.FAIL),
        )
    ]
    assert marks == [
        "fails (limit +20.0 %)",
        "fails (limit −10.0 %)",
        "fails (limit +2 ms)",
        "warns",
        "warns (limit +3.0 %)",
        "fails (budget at most 11 ms)",
    ]
