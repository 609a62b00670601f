"""Foreign text in Markdown: shown as it is, whoever renders it."""

from __future__ import annotations

import html

import markdown as python_markdown
import pytest

from perfsite.report.markdown import inline, markdown
from perfsite.report.summary_texts import markdown_of

TEXTS = (
    "<script>alert(1)</script>",
    "a & b &lt; c",
    "*x* _y_ `z` [l](m)",
    "1. one",
    "+12 %",
    "# big",
    "~~gone~~ $x$ ^2^",
)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("escape", [markdown, inline])
def test_markdown_of_another_host_shows_a_text_as_it_is(text, escape):
    shown = python_markdown.markdown(f"say: {escape(text)}")
    assert "<script" not in shown
    plain = html.unescape(shown.removeprefix("<p>").removesuffix("</p>"))
    assert plain.replace("\\", "").replace("\u200b", "") == f"say: {text}"


def test_a_summary_writes_foreign_text_as_a_comment_does():
    text = markdown_of("1. <b> GH-1", "~~a~~ &lt; !3", ())
    assert text == f"# {inline('1. <b> GH-1')}\n\n**{inline('~~a~~ &lt; !3')}**\n"
