"""The guide to one's own site names every template and every address that belongs to perfsite."""

import re

import pytest

from perfsite.pages import slots


@pytest.fixture(scope="module")
def guide(root):
    return (root / "site_config/docs/guide/site.md").read_text(encoding="utf-8")


def test_every_template_that_can_be_replaced_is_told(guide, root):
    templates = (root / "perfsite/pages/templates").glob("[!_]*.html.j2")
    names = sorted(file.name.removesuffix(".html.j2") for file in templates)
    assert [name for name in names if f"`{name}`" not in guide] == []


def test_every_address_that_belongs_to_perfsite_is_told(guide):
    urls = [url for url in slots.TITLES if url not in (slots.FRONT, slots.METHODS)]
    assert [url for url in (*urls, slots.EMBED) if f"`{url}`" not in guide] == []


def test_the_policy_that_is_told_is_the_one_that_is_published(guide):
    from perfsite.pages.policy import Inline

    told = " ".join(re.search(r"```text\n(default-src.*?)\n```", guide, re.DOTALL)[1].split())
    assert told.replace(" 'sha256-…'", "") == Inline().policy(header=True)
