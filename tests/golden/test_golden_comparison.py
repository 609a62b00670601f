"""A comparison in each of its forms, whole, as it was accepted; hostile text in every name."""

from __future__ import annotations

import csv as reader
import io
import json
import os
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from perfsite.model.policy import Policy
from perfsite.model.run import Columns, Commit, Direction, Environment, Measurement, Metric, Run, Source
from perfsite.model.series import SeriesKey
from perfsite.pages.summary_file import comparison_file
from perfsite.report.comparison import ComparisonView, Side
from perfsite.report.comparison_runs import Known, Terms, compare_runs
from perfsite.report.comparison_texts import csv, sections
from perfsite.report.summary_texts import markdown_of, text_of

HERE = Path(__file__).parent / "comparison"
SITE = "https://example.org/project/"
TIME = Metric(name="time", unit="s", direction=Direction.LOWER)
RATE = Metric(name="throughput", unit="1/s", direction=Direction.HIGHER)
EPYC: dict[str, str | int] = {"cpu.model": "AMD EPYC 7763 64-Core Processor", "cpu.cores": 4}
NAMES = {
    "mention": "parse @everyone #12 https://evil.example",
    "markup": "<script>alert(1)</script> <!-- x --> **bold** `code` [a](b)",
    "pipes": "a | b || c",
    "formula": "=cmd|' /C calc'!A0",
    "codes": "red \x1b[31mred\x1b[0m \u202eevil\u202c",
    "long": "x" * 900,
}


def run(factor: dict[str, float], facts: dict[str, str | int] = EPYC, *, samples: bool = True) -> Run:
    """Return a run of the six benchmarks, the factor of each times its usual value."""
    spread = [0.98, 0.99, 0.995, 1.0, 1.0, 1.005, 1.01, 1.02]
    rows = [
        Measurement(
            benchmark=name,
            metric=metric,
            value=value * factor.get(key, 1.0),
            samples=[value * factor.get(key, 1.0) * one for one in spread] if samples else None,
        )
        for key, name in NAMES.items()
        for metric, value in ((TIME, 0.1), (RATE, 50.0))
    ]
    return Run(
        time=datetime(2026, 1, 1, tzinfo=UTC),
        commit=Commit(sha="a" * 40),
        environment=Environment(name="desk", facts=facts),
        source=Source(format="table"),
        measurements=Columns.of(rows),
    )


def view() -> ComparisonView:
    """Return a comparison with every verdict, most of them told by the history's noise."""
    history = {
        (SeriesKey(benchmark=NAMES[key], metric="time", environment="desk"), "s"): Known(0.01, 20, Policy(), "b/x/")
        for key in ("mention", "markup", "pipes")
    }
    base, head = run({}), run({"mention": 1.3, "markup": 0.7, "formula": 2.0, "codes": 1.03})
    extra = Measurement(benchmark=NAMES["codes"], metric=TIME, value=1.0, parameters={"@n": "|"})
    head = replace(head, measurements=Columns.of([*head.measurements, extra]))
    told = compare_runs([base], [head], history, Terms())
    return ComparisonView(
        base=Side(name="v1", what=f"v1 aaaaaaaa {NAMES['markup']}", sha="a" * 40),
        head=Side(name="x", what=f"file {NAMES['codes']}.json"),
        url="compare/?base=a&head=b",
        **{**told, "notes": (*told["notes"], NAMES["mention"])},
        left_out=((NAMES["pipes"], NAMES["formula"]),),
    )


VIEW = view()
PARTS = list(sections(VIEW, every=True))
FORMS = {
    "comparison.md": lambda: markdown_of(VIEW.title, VIEW.sentence, PARTS, site=SITE),
    "comparison.txt": lambda: text_of(VIEW.title, VIEW.sentence, PARTS),
    "comparison.csv": lambda: csv(VIEW),
    "comparison.json": lambda: json.dumps(VIEW.document(SITE), ensure_ascii=False, indent=2) + "\n",
    "comparison.html": lambda: comparison_file(VIEW, PARTS, site=SITE),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_form_is_as_it_was_accepted(name: str) -> None:
    golden, made = HERE / name, FORMS[name]()
    if os.environ.get("PERFSITE_GOLDEN") == "accept":
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(made, encoding="utf-8", newline="\n")
    with golden.open(encoding="utf-8", newline="") as stream:
        assert made == stream.read(), "make golden accepts it; read the difference first"


@pytest.mark.parametrize("name", ["comparison.md", "comparison.txt", "comparison.csv", "comparison.html"])
def test_no_name_turns_or_colours_what_a_reader_sees(name: str) -> None:
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", FORMS[name]())


def test_no_name_becomes_markup_a_mention_or_a_formula() -> None:
    markdown, page = FORMS["comparison.md"](), FORMS["comparison.html"]()
    assert "@everyone" not in markdown
    assert "<!--" not in markdown + page
    assert "<script" not in markdown + page
    assert not re.search(r"(?<!\\)\|\|", markdown)
    assert max(len(line) for line in markdown.splitlines()) < 600
    rows = list(reader.reader(io.StringIO(FORMS["comparison.csv"]())))
    assert not any(re.match(r"[=+@]|-\D", cell) for row in rows for cell in row)
