"""Incidents of histories with planted steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pytest
from planted_steps import POLICY, Find, commits_of

from perfsite.analysis.judge import judge
from perfsite.incidents.find import find_incidents
from perfsite.model.decisions import Decisions

if TYPE_CHECKING:
    from perfsite.model.incident import Incidents
    from perfsite.model.series import Series


@pytest.fixture
def find() -> Find:
    def found(series: Sequence[Series], n: int, *, days: float = 1.0, **more: Any) -> Incidents:
        commits = commits_of(n, days)
        decisions = Decisions(more.get("events", ()), commits)
        judged = [judge(one, POLICY, told=decisions.of(one).told) for one in series]
        return find_incidents(series, judged, commits, **more)

    return found
