"""What the tests of the pages share."""

from __future__ import annotations

import os

import pytest

from perfsite.pages import charts


@pytest.fixture
def accept_golden() -> None:
    """Rewrite the shipped chart template where the owner accepts what is made now."""
    if os.environ.get("PERFSITE_GOLDEN") == "accept":
        charts.SHIPPED.write_bytes(charts.trend_template())
