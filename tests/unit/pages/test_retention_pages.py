"""Thinned pages: packed or left out, and every value published all the same."""

import csv
import gzip
import io

import pytest
from synthetic import SyntheticSite

from perfsite.pages.publish import publish_site
from perfsite.report.retention import Form


@pytest.fixture(scope="module")
def thinned(tmp_path_factory):
    folder = tmp_path_factory.mktemp("thinned")
    site = SyntheticSite(8, 4, forms=(Form.VALUES, Form.PACKED, Form.WHOLE, Form.WHOLE))
    done = publish_site(site, project=folder / "none", output=folder / "site", site_url="https://example.org/p/")
    return site, folder / "site", done


def test_a_commit_without_a_page_still_has_every_value(thinned):
    site, folder, done = thinned
    at = [folder / ref.url for ref in site.refs]
    assert [(one / "index.html").exists() for one in at] == [False, True, True, True]
    assert (done.commits, done.thinned) == (3, 1)
    for view, place in zip(site.commits(), at, strict=True):
        forms = (place / "data.csv", place / "data.csv.gz", place.with_name(f"{place.name}.csv.gz"))
        assert [file.exists() for file in forms].count(True) == 1
        # A plain file server lists a folder without a page and does not ask for the page for the missing.
        assert place.exists() == (place / "index.html").exists()
        plain, packed = forms[0], forms[2] if forms[2].exists() else forms[1]
        text = plain.read_text("utf-8") if plain.exists() else gzip.decompress(packed.read_bytes()).decode()
        assert list(csv.DictReader(io.StringIO(text))) == list(csv.DictReader(io.StringIO(view.csv)))


def test_a_page_links_to_its_measurements_in_the_form_they_have(thinned):
    site, folder, _ = thinned
    packed, plain = ((folder / ref.url / "index.html").read_text("utf-8") for ref in site.refs[1:3])
    assert 'href="data.csv.gz"' in packed
    assert 'data-ps-measurements="data.csv.gz"' in packed
    assert 'href="data.csv"' in plain


def test_search_and_sitemap_list_no_page_that_is_not_there_and_the_list_keeps_every_commit(thinned):
    site, folder, _ = thinned
    for name in ("sitemap.xml", "search/search_index.json"):
        text = (folder / name).read_text("utf-8")
        assert [ref.sha in text for ref in site.refs] == [False, True, True, True]
    lines = (folder / "commits/index.html").read_text("utf-8")
    index = (folder / "data/commits.json").read_text("utf-8")
    assert all(ref.url in lines and ref.sha in index for ref in site.refs)


def test_the_size_is_that_of_the_files(thinned):
    _, folder, done = thinned
    files = [file for file in folder.rglob("*") if file.is_file() and file.name != ".perfsite"]
    assert done.size == sum(file.stat().st_size for file in files)
