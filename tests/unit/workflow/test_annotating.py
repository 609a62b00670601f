"""Where a benchmark is defined, as far as its name and the code tell."""

from __future__ import annotations

import pytest

from perfsite.workflow.annotating import definition

CODE = """\
import pytest

def helper(): ...

class TestA:
    def test_x(self): ...

    class TestInner:
        async def test_x(self): ...

class TestB:
    pass

def test_x(benchmark): ...
async def test_xy(benchmark): ...
"""


@pytest.mark.parametrize(
    ("node", "line"),
    [
        ("test_x", 14),
        ("test_xy", 15),
        ("TestA::test_x", 6),
        ("TestA::TestInner::test_x", 9),
        ("TestB::test_x", None),
        ("TestB", None),
        ("TestInner::test_x", None),
        ("test_z", None),
        ("", None),
        ("::::", None),
    ],
)
def test_a_definition_is_found_or_it_is_not(node, line):
    assert definition(CODE, node) == line


def test_a_file_that_is_not_there_defines_nothing():
    assert definition("", "test_x") is None
