"""Planted histories for the tests of hints."""

import pytest
from planted_hints import Planted


@pytest.fixture
def planted():
    """Return an empty history to plant into."""
    return Planted()
