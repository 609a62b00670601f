"""The page on methods: examples stand where it asks for them, the owner's page decides where that is."""

from __future__ import annotations

from pathlib import Path

from synthetic import HOSTILE, SyntheticSite

from perfsite.pages.publish import publish_site
from perfsite.report.examples import NAMES

SITE = SyntheticSite(3, 4)


def methods_of(project: Path, output: Path) -> str:
    publish_site(SITE, project=project, output=output)
    return (output / "methods" / "index.html").read_text(encoding="utf-8")


def test_every_example_stands_on_the_page_and_hostile_text_in_it_is_text(tmp_path):
    page = methods_of(tmp_path / "none", tmp_path / "site")
    assert [name for name in NAMES if f'id="example-{name}"' not in page] == []
    assert "ps-slot-example" not in page
    assert HOSTILE not in page
    assert "&lt;script&gt;window.pwned" in page


def test_a_page_of_the_owners_has_the_examples_that_it_asks_for(tmp_path):
    docs = tmp_path / "site_config" / "docs"
    docs.mkdir(parents=True)
    own = '# Ours\n\n<div class="ps-slot-example" data-example="comparison"></div>\n\n<div class="ps-slot-example" '
    (docs / "methods.md").write_text(f'{own}data-example="unheard-of"></div>\n', encoding="utf-8")
    page = methods_of(tmp_path, tmp_path / "site")
    assert 'id="example-comparison"' in page
    assert 'id="example-incident"' not in page
    assert "ps-slot-example" not in page
