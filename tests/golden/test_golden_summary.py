"""The executive summary in each of its forms, whole, as it was accepted; hostile text in every field."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from synthetic import SyntheticSite

from perfsite.pages.summary_file import summary_file
from perfsite.report.summary_records import csv, document
from perfsite.report.summary_texts import markdown, text

HERE = Path(__file__).parent / "summary"
VIEW = SyntheticSite(7, 8).section("summary/")
SITE = "https://example.org/project/"
FORMS = {
    "summary.md": lambda: markdown(VIEW, site=SITE),
    "summary.txt": lambda: text(VIEW),
    "summary.csv": lambda: csv(VIEW),
    "summary.json": lambda: json.dumps(document(VIEW), ensure_ascii=False, indent=2) + "\n",
    "summary.html": lambda: summary_file(VIEW, site=SITE),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_form_is_as_it_was_accepted(name: str) -> None:
    golden, made = HERE / name, FORMS[name]()
    if os.environ.get("PERFSITE_GOLDEN") == "accept":
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(made, encoding="utf-8", newline="\n")
    with golden.open(encoding="utf-8", newline="") as stream:
        assert made == stream.read(), "make golden accepts it; read the difference first"
