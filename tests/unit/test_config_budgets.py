"""Budgets and figures of services in perfsite.toml."""

import pytest

from perfsite.config import parse
from perfsite.errors import ConfigError
from perfsite.model.budget import Combine


def test_a_bound_with_a_unit_is_brought_to_base_and_selects_by_it():
    [budget] = parse('[[budgets]]\nmax = "250 ms"\ntarget = 0.99', where="x").budgets
    assert (budget.limit.highest, budget.limit.lowest, budget.unit, budget.name) == (0.25, None, "s", "everything")


def test_a_bare_number_is_in_the_base_unit_whatever_that_is():
    [budget] = parse('[[budgets]]\nbenchmark = "a*"\nmin = 5', where="x").budgets
    assert (budget.limit.lowest, budget.unit, budget.name) == (5.0, "*", "a*")


def test_a_percentage_is_a_fraction():
    assert parse('[[budgets]]\nmax = "2 %"', where="x").budgets[0].limit.highest == 0.02


def test_a_figure_needs_service_and_name_and_no_limit():
    [figure] = parse('[[kpis]]\nservice = "shop"\nname = "p95"', where="x").indicators
    assert (figure.limit, figure.combine) == (None, Combine.WORST)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[budgets]]\nbenchmark = 'a'", "line 1: budgets: give `max`, `min` or both"),
        ("[[budgets]]\nmax = 'soon'", "line 2: budgets.max: expected a number in the base unit"),
        ("[[budgets]]\nmax = nan", "line 2: budgets.max: expected a number"),
        ("[[budgets]]\nmax = true", "line 2: budgets.max: expected a number"),
        ("[[budgets]]\nmax = '9e999 s'", "line 2: budgets.max: expected a number"),
        ("[[budgets]]\nmax = 1\nmin = 2", "budgets: `min` is above `max`"),
        ("[[budgets]]\nmax = '1 s'\nmin = '1 B'", "budgets: `min` and `max` have different units"),
        ("[[budgets]]\nmax = 1\ntarget = 99", "line 3: budgets.target: expected a share"),
        ("[[budgets]]\nmax = 1\nwindow_days = 0", "line 3: budgets.window_days: expected a whole number of days"),
        ("[[kpis]]\nmax = 1", "line 1: kpis: give `service` and `name`"),
        ("[[kpis]]\nservice = 'a'\nname = 'b'\ncombine = 'best'", "line 4: kpis.combine: expected one of worst"),
        ("budgets = 3", "line 1: budgets: expected an array of tables"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text, said):
    with pytest.raises(ConfigError) as caught:
        parse(text, where="perfsite.toml")
    assert said in str(caught.value)
