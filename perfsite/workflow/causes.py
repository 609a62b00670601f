"""Causes: what is known of all series together, or of the code, and excuses changes of a series."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from perfsite.analysis.excuses import mark_same_code
from perfsite.analysis.restless import find_courses, mark_course
from perfsite.analysis.together import find_common_shifts, mark_shifts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfsite.model.causes import CommonShift
    from perfsite.model.series import Series


def with_causes(
    series: Sequence[Series], versions: Sequence[int]
) -> tuple[tuple[Series, ...], tuple[CommonShift, ...]]:
    """Return the series with what excuses their changes: common shifts, which follow, and points of the same code."""
    shifts = find_common_shifts(series)
    of_environment: dict[str, list[CommonShift]] = {}
    for shift in shifts:
        of_environment.setdefault(shift.environment, []).append(shift)
    codes = np.array(versions, dtype=np.int32)
    courses = find_courses(series)
    marked = (mark_shifts(one, of_environment.get(one.key.environment, ())) for one in series)
    return tuple(mark_same_code(mark_course(one, courses), codes) for one in marked), shifts
