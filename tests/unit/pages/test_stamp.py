"""Stamping: shells and views in, pages out."""

from __future__ import annotations

import pytest

from perfsite.pages import slots
from perfsite.pages.stamp import Shell

HTML = (
    f"<title>{slots.TITLE} - x</title><link rel=canonical href='/commits/{slots.NAME}/'>"
    f"<meta content='{slots.DESCRIPTION}'>{slots.CONTENT}<p>end"
)


def test_a_shell_is_filled_at_every_slot() -> None:
    page = Shell(HTML).fill("<b>hello</b>", title="a", description="b", name="c").decode()
    assert page == "<title>a - x</title><link rel=canonical href='/commits/c/'><meta content='b'><b>hello</b><p>end"


def test_title_and_description_are_text_whatever_they_hold() -> None:
    page = Shell(HTML).fill("", title="<script>", description="'>\n<i>").decode()
    assert "<script>" not in page
    assert "<i>" not in page
    assert "content='&#x27;&gt; &lt;i&gt;'" in page


def test_content_that_looks_like_a_slot_stays_as_it_is() -> None:
    page = Shell(HTML).fill(f"<p>{slots.TITLE} {slots.NAME}</p>", title=slots.CONTENT, name="n").decode()
    assert f"<p>{slots.TITLE} {slots.NAME}</p>" in page


def test_a_shell_without_room_for_content_is_a_bug() -> None:
    with pytest.raises(ValueError, match="content slot"):
        Shell("<html></html>")


def test_white_space_of_a_theme_is_folded_but_not_where_it_is_text() -> None:
    kept = "<pre>a\n\n  b</pre><script>x\n\n  y</script><textarea>\n  z</textarea>"
    page = Shell(f"<nav>\n    <a>b</a>  \n\n   </nav>{kept}{slots.CONTENT}").fill("<p>c\n\n d</p>").decode()
    assert page == f"<nav>\n<a>b</a>\n</nav>{kept}<p>c\n\n d</p>"
