"""What a renderer keeps between two pages."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace

from synthetic import SyntheticSite

from perfsite.pages.publish import template_constants
from perfsite.pages.render import Renderer


class _Text(str):
    """A text whose end can be seen."""

    __slots__ = ("__weakref__",)


def test_a_rendered_commit_is_forgotten():
    """Thousands of commits, each with a CSV of 200 KB, would be a gigabyte."""
    renderer = Renderer(None, **template_constants(""))
    commits = list(SyntheticSite(series=20, commits_count=6).commits())
    values = [_Text(commit.csv) for commit in commits]
    left = [weakref.ref(text) for text in values]
    assert any(commit.rows for commit in commits)
    for commit, text in zip(commits, values, strict=True):
        renderer("commit", view=replace(commit, csv=text), root="../../")
    del text, values
    gc.collect()
    assert not any(one() is not None for one in left)
