"""The section for release notes: whatever stands in names shows as text."""

from __future__ import annotations

import re

from perfsite.report.markdown import markdown
from perfsite.report.release_notes import NotesFacts, release_notes
from perfsite.report.release_views import GroupRow, MoverRow
from perfsite.report.views import CommitRef

HOSTILE = "<img src=x> @team #1 [a](javascript:1) | `b` www.evil.example https://evil.example \n# big \u202e"
MARKS = re.compile(r"(?<!\\)[<>\[\]|`@#*_]")


def _mover(name: str) -> MoverRow:
    return MoverRow(
        benchmark=name,
        url="benchmarks/a-b/",
        parameters="n=1",
        metric="time",
        environment="ci",
        before="1 ms",
        after="2 ms",
        delta="+100 %",
        interval="",
        verdict="regression",
        commit=CommitRef(sha="a" * 40, short="a" * 8, subject="x", date="2026-01-01", url=f"commits/{'a' * 40}/"),
    )


def _group(name: str) -> GroupRow:
    return GroupRow(
        name=name,
        metric="time",
        environment="ci",
        series=3,
        delta="+1.0 %",
        interval="+0.5 % to +1.5 %",
        words="1.0 % slower",
        state="regression",
        worse=1,
        better=0,
    )


def test_hostile_text_is_one_line_without_marks_links_or_mentions():
    safe = markdown(HOSTILE)
    assert "\n" not in safe
    assert MARKS.findall(safe) == []
    assert "\u202e" not in safe
    assert not re.search(r"@\w|#\d|://\w|www\.", safe)


def test_links_are_absolute_where_the_site_is_known_and_relative_else():
    facts = NotesFacts(sentence="v2 is faster.", page="releases/v2/", worse=(_mover("a"),), worse_count=1)
    assert "[Details](releases/v2/)" in release_notes(facts)
    known = NotesFacts(
        sentence="v2 is faster.",
        page="releases/v2/",
        worse=(_mover("a"),),
        worse_count=1,
        site_url="https://x.example/p",
    )
    text = release_notes(known)
    assert "[Details](https://x.example/p/releases/v2/)" in text
    assert "[a (n=1)](https://x.example/p/benchmarks/a-b/)" in text
    assert text.endswith("\n")


def test_a_hostile_name_breaks_neither_table_nor_list():
    facts = NotesFacts(
        sentence=HOSTILE,
        page="releases/v2/",
        groups=(_group(HOSTILE), _group("b")),
        worse=(_mover(HOSTILE),),
        worse_count=9,
        added=((HOSTILE, "benchmarks/x/"),),
        added_count=1,
        left_out=((HOSTILE, HOSTILE),),
    )
    lines = release_notes(facts).splitlines()
    table = [line for line in lines if line.startswith("| ")]
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in table} == {5}
    assert lines.count("## Performance") == 1
    assert "- and 8 more series" in lines
    assert not any(line.lstrip().startswith("#") for line in lines[1:])


def test_a_quiet_release_is_one_sentence():
    assert release_notes(NotesFacts(sentence="Nothing changed.", page="releases/v2/")).splitlines() == [
        "## Performance",
        "",
        "Nothing changed. [Details](releases/v2/).",
    ]
