"""The policy of a site: what pages hold within themselves is named by its hash, and nothing else may run."""

from __future__ import annotations

import base64
import hashlib

from perfsite.pages.policy import Inline, guarded


def sha(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def policy(html: str, *, header: bool = False) -> dict[str, str]:
    inline = Inline()
    inline.add(html)
    told = inline.policy(header=header).split("; ")
    return {name: sources for name, _, sources in (one.partition(" ") for one in told)}


def test_a_page_with_nothing_inline_may_load_its_own_files_only():
    told = policy("<head></head><script src=a.js></script>")
    assert told["default-src"] == "'none'"
    assert told["script-src"] == told["style-src"] == "'self'"
    assert "frame-ancestors" not in told
    assert not any("unsafe" in sources for sources in told.values())


def test_inline_scripts_styles_and_attributes_are_allowed_by_their_hash():
    html = '<script>a < b\r\n</script><style>p{}</style><td style="text-align: right">'
    html += "<p class=x style='a: &quot;b&quot;'>"
    told = policy(html)
    assert told["script-src"] == f"'self' {sha('a < b' + chr(10))}"
    assert told["style-src"] == f"'self' {sha('p{}')}"
    assert set(told["style-src-attr"].split()) == {"'unsafe-hashes'", sha("text-align: right"), sha('a: "b"')}


def test_data_in_a_script_element_needs_no_word():
    html = '<script type="application/json">{}</script><script type="module">m()</script>'
    assert policy(html)["script-src"] == f"'self' {sha('m()')}"


def test_the_header_says_who_may_frame_it_for_a_page_may_not():
    assert policy("", header=True)["frame-ancestors"] == "'self'"


def test_other_hosts_that_pages_load_from_are_found_and_those_they_link_to_are_not():
    inline = Inline()
    inline.add(
        '<link rel="canonical" href="https://example.org/"><a href="https://link.example/">x</a>'
        '<link rel="stylesheet" href="https://fonts.example/css"><script src="//cdn.example/a.js"></script>'
        "<img alt=x src=https://badge.example:8443/b.svg>"
    )
    assert inline.hosts == {"fonts.example", "cdn.example", "badge.example:8443"}


def test_the_policy_comes_before_everything_that_it_is_about():
    page = guarded(
        "<!doctype html><html><head lang=x>\n <meta charset=utf-8><script>a</script></head><header>", "x-src y"
    )
    assert page.index("charset") < page.index("x-src y") < page.index("<script>")
    assert page.count("http-equiv") == 1
    assert guarded(page, "z") == page
    assert guarded("<p>no head</p><header>", "x") == "<p>no head</p><header>"
