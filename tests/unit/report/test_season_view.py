"""Seasons as heat maps, by hand."""

from __future__ import annotations

import numpy as np

from perfsite.report.season_view import heat_map

DAY = 86_400.0
MONDAY = 4 * DAY
"""1970-01-05 was a Monday."""


def test_a_planted_sunday_stands_out_in_its_row_and_nowhere_else() -> None:
    times = MONDAY + np.arange(28) * DAY + 10 * 3600
    deviations = np.where(np.arange(28) % 7 == 6, 0.05, 0.0)
    columns, rows = heat_map(times, deviations)
    assert columns == ("09", "all day")
    assert [row.name for row in rows] == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "all days"]
    assert [row.cells[0].text for row in rows] == ["±0.0"] * 6 + ["+5.0", "±0.0"]
    assert [row.cells[0].step for row in rows] == [0, 0, 0, 0, 0, 0, 3, 0]
    assert {row.cells[0].points for row in rows[:7]} == {4}


def test_hours_without_a_run_have_no_column_and_a_cell_of_one_run_is_empty() -> None:
    hours = np.array([1, 1, 1, 14, 14, 22])
    columns, rows = heat_map(MONDAY + hours * 3600.0, np.array([0.01, 0.03, 0.02, -0.02, -0.04, 0.5]))
    assert columns == ("00", "12", "21", "all day")
    assert [cell.text for cell in rows[0].cells[:3]] == ["+2.0", "−3.0", ""]
    assert [cell.step for cell in rows[0].cells[:3]] == [2, -3, 0]
    assert rows[-1].cells[-1].text == ""
