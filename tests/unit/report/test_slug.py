"""Slugs: safe in URLs and on every file system, and never the same for two names."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfsite.report.slug import slug

NAMES = st.text(max_size=300) | st.from_regex(r"[a-z0-9_-]{0,90}", fullmatch=True)


@given(NAMES)
def test_any_name_becomes_one_safe_folder(name):
    made = slug(name)
    assert re.fullmatch(r"[a-z0-9_][a-z0-9_-]{0,79}", made)
    assert slug(name) == made


@given(NAMES, NAMES)
def test_different_names_have_different_slugs(one, other):
    assert (slug(one) == slug(other)) == (one == other)


@given(NAMES)
def test_the_slug_of_a_name_cannot_be_taken_by_writing_it_as_a_name(name):
    assert slug(slug(name)) == slug(name) if slug(name) == name else slug(slug(name)) != slug(name)


@given(st.text(max_size=50))
def test_names_that_differ_only_in_case_do_not_meet(name):
    if name.upper() != name.lower():
        assert slug(name.upper()) != slug(name.lower())


@pytest.mark.parametrize(
    "name", ["con", "nul", "com1", "lpt9", "CON", "..", ".", "", "/", "\ud800", "a\0b", "index", "perfsite-shell"]
)
def test_what_no_file_system_takes_is_changed(name):
    assert slug(name) != name
    assert re.fullmatch(r"[a-z0-9_-]+-[0-9a-f]{16}", slug(name))
