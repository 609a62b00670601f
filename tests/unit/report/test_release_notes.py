"""The section for release notes: whatever stands in names shows as text."""

from __future__ import annotations

import re
from dataclasses import replace

from perfsite.report.markdown import markdown
from perfsite.report.release_notes import NotesFacts, release_notes
from perfsite.report.release_views import CauseRow, GroupRow, MoverRow
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


def test_a_hostile_unit_is_text_too():
    mover = replace(_mover("a"), before="1 <!-- @team |", after="2 `x` @team")
    (line,) = [
        line
        for line in release_notes(NotesFacts(sentence="x", page="y", worse=(mover,), worse_count=1)).splitlines()
        if line.startswith("- ")
    ]
    assert "@team" not in line
    assert "<!--" not in line
    assert MARKS.findall(line.partition("): ")[2].replace("**", "").partition(", since")[0]) == []


def test_commits_that_did_it_are_named_with_what_they_did():
    commit = CommitRef(sha="a" * 40, short="a" * 8, subject=HOSTILE, date="2026-01-01", url=f"commits/{'a' * 40}/")
    cause = CauseRow(commit=commit, sentence=f"{HOSTILE} regressed.", state="regression", incident="incidents/x/")
    facts = NotesFacts(sentence="x", page="y", causes=(cause,) * 6, cause_count=9)
    lines = release_notes(facts).splitlines()
    named = [line for line in lines if line.startswith("- [aaaaaaaa](commits/")]
    assert len(named) == 5
    assert lines[-1] == "- and 4 more"
    assert all(line.endswith(" ([incident](incidents/x/))") for line in named)
    assert not any("@team" in line or re.search(r"(?<!\\)<", line) for line in named)


def test_the_heading_is_the_callers_and_any_text():
    facts = NotesFacts(sentence="x", page="y", compare="compare/?base=a&head=b", remarks=("v1 <b> stands",))
    lines = release_notes(facts, title="Speed # <b>", level=4).splitlines()
    assert lines[0].startswith("#### Speed \\#")
    assert lines[2] == "x [Details](y), [every series](compare/?base=a&head=b)."
    assert lines[4] == "v1 &lt;b&gt; stands"
    assert release_notes(facts, level=0).startswith("x [Details]")
