"""Comments of pull requests, whole, as they were accepted: what a reader gets in each case."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from comment_cases import CASES

from perfsite.outputs.comment import Said, comment_markdown

HERE = Path(__file__).parent / "comments"
BEFORE = Said(sha="7" * 40, regressed=True)
NAMES = [name for name in CASES if name != "many"]


def _is_as_accepted(name: str, text: str) -> bool:
    golden = HERE / f"{name.replace(' ', '_')}.md"
    if os.environ.get("PERFSITE_GOLDEN") == "accept":
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(text, encoding="utf-8", newline="\n")
    with golden.open(encoding="utf-8", newline="") as stream:
        return text == stream.read()


@pytest.mark.parametrize("name", NAMES)
def test_a_comment_is_as_it_was_accepted(name: str) -> None:
    text = comment_markdown(CASES[name]())
    assert _is_as_accepted(name, text), "make golden accepts it; read the difference first"


def test_a_comment_that_is_over_says_so_as_it_was_accepted() -> None:
    text = comment_markdown(CASES["clean"](), before=BEFORE)
    assert _is_as_accepted("recovered", text), "make golden accepts it; read the difference first"
