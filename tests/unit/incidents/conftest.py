"""Incidents of histories with planted steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pytest
from planted_steps import POLICY, Find, commits_of

from perfsite.analysis.judge import judge
from perfsite.incidents.find import find_incidents

if TYPE_CHECKING:
    from perfsite.model.incident import Incidents
    from perfsite.model.series import Series


@pytest.fixture
def find() -> Find:
    def found(series: Sequence[Series], n: int, *, days: float = 1.0, **more: Any) -> Incidents:
        return find_incidents(series, [judge(one, POLICY) for one in series], commits_of(n, days), **more)

    return found
