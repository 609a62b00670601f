"""The comment's Markdown: whatever stands in names, its structure holds, its size does, and nobody is mentioned."""

from __future__ import annotations

import re

import pytest
from comment_cases import CASES, HOSTILE, better, made, steady, worse
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from perfsite.model.run import Commit
from perfsite.outputs.comment import (
    LIMIT,
    Said,
    comment_markdown,
    headline,
    marker,
    said,
    summary_markdown,
)
from perfsite.report.comment import Measured

GFM = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
COLUMNS = 6
NAMES = [name for name in CASES if name != "many"]
# What GitHub and GitLab make of plain text once Markdown is done: mentions, references, commits, addresses, pictures.
MADE = re.compile(
    r"@\w|#\w|(?:https?|ftp)://|www\.|\bGH-\d|(?<![0-9A-Za-z])[0-9a-f]{7,64}(?![0-9A-Za-z])|[!%&~$^]\w|:[\w+-]+:",
    re.IGNORECASE,
)
OURS = re.compile(r"<!-- perfsite (?:comment [\w-]+|commit \w+ \w+) -->|</?details>|</?summary>")
SIGNS = "|\\`*_$& \n\r\t\x00a1é\U0001f680\ud800\u202e\u2066\u200b"
WORDS = (
    *("@a", "#1", "``", "<!--", "-->", "</details>", "<b>", "[x](y)", "![", "~~", "\x1b[0m", "https://", "www."),
    *("&amp;", ":tada:", "deadbeef", "GH-1", "- ", "1. ", "> ", "# ", "+ ", "= ", "---"),
)
HOSTILE_TEXT = st.one_of(
    st.text(max_size=200),
    st.lists(
        st.sampled_from([*SIGNS, *WORDS]),
        max_size=30,
    ).map("".join),
)


def tokens(text):
    """Return all tokens of a text, inner ones too."""
    for token in GFM.parse(text):
        yield token
        yield from token.children or ()


def shown(text):
    """Return every piece of text that a reader sees outside of links and code, as hosts look through it."""
    pieces, depth = [], 0
    for token in tokens(text):
        depth += (token.type == "link_open") - (token.type == "link_close")
        if token.type == "text" and not depth:
            pieces.append(token.content)
    return pieces


def check_structure(text, rows=None):
    """Insist that the tables have their columns, that all HTML is ours, and that hosts make nothing of any text."""
    wide = list(tokens(text))
    cells = 0
    for token in wide:
        if token.type == "tr_open":
            cells = 0
        cells += token.type in {"td_open", "th_open"}
        assert token.type != "tr_close" or cells == COLUMNS
        assert token.type not in {
            "image",
            "hr",
            "blockquote_open",
            "ordered_list_open",
            "fence",
            "code_block",
            "s_open",
        }
        if token.type in {"html_block", "html_inline"}:
            told = OURS.sub("", token.content)
            assert re.fullmatch(r"\s*(?:[\w ,.\u202f]*)\s*", told), token.content
        if token.type == "link_open":
            assert re.match(r"https://(?:owner\.github\.io|github\.com)/", token.attrs["href"])
    assert text.count("<details>") == text.count("</details>") == text.count("<summary>") == text.count("</summary>")
    for piece in shown(text):
        assert not MADE.search(piece), piece
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text)
    if rows is not None:
        assert sum(token.type == "tr_open" for token in wide) == rows


@pytest.mark.parametrize("name", NAMES)
def test_every_comment_is_well_formed_and_begins_with_its_marker(name):
    text = comment_markdown(CASES[name]())
    assert text.startswith("<!-- perfsite comment perfsite -->\n<!-- perfsite commit 9f3c2d1a")
    assert text.count(marker("perfsite")) == 1
    check_structure(text)


@given(HOSTILE_TEXT, HOSTILE_TEXT)
@settings(max_examples=150)
def test_no_name_breaks_a_comment_or_mentions_anybody(name, other):
    view = made(
        worse(name, parameters=((other, name),), metric=other, doubts=(other,)),
        *steady(2, metric=name),
        notes=(name,),
        warnings=(other,),
        title=name,
    )
    text = comment_markdown(view)
    check_structure(text, rows=5)
    assert text.count(marker("perfsite")) == 1
    assert len(text.encode()) <= LIMIT


def test_ten_thousand_regressions_with_astral_names_stay_below_every_limit():
    view = CASES["many"]()
    text = comment_markdown(view)
    assert len(text.encode()) <= LIMIT < 65_536
    assert len(text) < 65_536
    check_structure(text)
    left = int(re.search(r"and ([\d\u202f]+) more rows like these", text)[1].replace("\u202f", ""))
    rows = sum(line.startswith("| [") for line in text.splitlines())
    assert rows + left == 10_000
    assert rows > 20
    assert (
        f"more rows like these: [all values of this commit](https://owner.github.io/parser/commits/{view.sha}/)" in text
    )


def test_long_texts_everywhere_stay_below_every_limit():
    long = "🚀|@" * 3_000
    environments = [f"env-{i}-{'x' * 90}" for i in range(12)]
    view = made(
        *(
            worse(long, environment=name, metric=long, doubts=tuple(f"{i}{long}" for i in range(50)))
            for name in environments
        ),
        title=long,
        head=Commit(sha="9f3c2d1a" * 5, subject=long),
        base=Commit(sha="1a2b3c4d" * 5, subject=long),
        notes=tuple(f"{i}{long}" for i in range(300)),
        warnings=tuple(f"{i}{long}" for i in range(300)),
        measured={name: Measured(runs=3, machine=long, suites=(long,) * 9) for name in environments},
        site_url=f"https://owner.github.io/{'long/' * 60}",
    )
    text = comment_markdown(view)
    assert len(text.encode()) <= LIMIT
    check_structure(text)
    assert "**12 regressions**" in text


@pytest.mark.parametrize("limit", [20_000, 40_000, 65_000])
def test_a_limit_cuts_at_a_row_and_keeps_what_the_reader_needs(limit):
    view = made(worse(), *steady(2_000))
    text = comment_markdown(view, limit=limit)
    assert limit - 2_000 < len(text.encode()) <= limit
    check_structure(text)
    assert "**1 regression**" in text
    assert re.search(r"and [\d\u202f]+ more measurements: \[all values", text)
    assert text.endswith("\n</details>\n")


def test_the_rows_that_matter_are_as_many_as_the_owner_wants():
    view = made(
        *(worse(f"b{i}") for i in range(9)), *(worse(f"b{i}", environment="mac") for i in range(9)), most_rows=5
    )
    text = comment_markdown(view)
    assert sum(line.startswith("| [") for line in text.splitlines()) == 5
    assert "and 13 more rows like these" in text


def test_a_run_that_changed_nothing_is_one_line():
    text = comment_markdown(CASES["clean"]())
    assert len(text.splitlines()) == 3
    assert "No change in 12 measurements. A change of ±2.1 % or more would show." in text


def test_a_regression_that_is_over_is_said_to_be_until_somebody_regresses_again():
    first = comment_markdown(made(worse(), *steady(2)))
    assert said(first) == Said(sha=made(worse()).sha, regressed=True)
    over = comment_markdown(CASES["clean"](), before=said(first))
    assert "An earlier commit of this pull request regressed; this one does not." in over
    again = comment_markdown(CASES["clean"](), before=said(over))
    assert again == over
    assert "regressed" not in comment_markdown(CASES["clean"](), before=said(comment_markdown(CASES["clean"]())))


def test_a_run_that_cannot_tell_does_not_say_that_a_regression_is_over():
    before = Said(sha="7" * 40, regressed=True)
    assert "this one does not" not in comment_markdown(CASES["all unsure"](), before=before)


def test_what_somebody_else_wrote_tells_nothing():
    assert said("no marker of ours") is None
    assert said("quoted: <!-- perfsite commit 1a2b3c4d regressed -->") is None


def test_the_title_of_a_check_is_one_plain_line():
    assert headline(made(worse(), better(), *steady(2))) == (
        "1 regression and 1 improvement, the largest parse/json time +20.1 % (noise ±1.3 %); "
        "2 measurements without change."
    )
    long = headline(made(worse("x" * 300, metric="y" * 300), *steady(2)))
    assert len(long) <= 140
    assert "\n" not in headline(made(worse(HOSTILE)))


def test_a_summary_has_no_marker():
    assert "<!--" not in summary_markdown(made(worse(), *steady(2)))


def test_the_same_view_makes_the_same_bytes():
    assert comment_markdown(CASES["mixed"]()) == comment_markdown(CASES["mixed"]())
