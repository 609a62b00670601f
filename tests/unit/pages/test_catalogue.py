"""The interface for programs: every document is described, keeps to its schema, and lies where it is said to."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
from described_documents import files_of, pattern, undescribed, validators
from synthetic import HOSTILE, SyntheticSite

from perfsite.pages import catalogue
from perfsite.pages.publish import publish_site

SITE = SyntheticSite(20, 12)
INTERNAL = re.compile(r"(search/search_index|assets/.*)\.json\Z")
"""Read by the pages alone, and free to change."""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("catalogue")
    publish_site(SITE, project=folder / "none", output=folder / "site", site_url="https://example.org/project/")
    return folder / "site"


@pytest.mark.parametrize("name", [path for path, _ in catalogue.schemas()])
def test_a_schema_is_one_and_describes_every_field(name):
    schema = json.loads(dict(catalogue.schemas())[name])
    jsonschema.Draft202012Validator.check_schema(schema)
    version = schema["properties"].get("version", {"const": 1})["const"]
    assert schema["$id"] == f"urn:perfsite:{name.split('/')[1].removesuffix('.schema.json')}:{version}"
    assert [field for field, meaning in catalogue.fields(schema) if not meaning] == []


def test_every_document_of_a_site_keeps_to_its_schema(published):
    for one, validator in validators():
        found = files_of(published, one.path)
        assert found, one.path
        for file in found:
            document = json.loads(file.read_text(encoding="utf-8"))
            validator.validate(document)
            assert list(undescribed(document, validator.schema)) == [], one.path


def test_a_field_that_is_added_breaks_no_reader(published):
    for one, validator in validators():
        for file in files_of(published, one.path)[:1]:
            validator.validate({**json.loads(file.read_text(encoding="utf-8")), "added_later": 1})


def test_nothing_for_programs_is_published_without_a_description(published):
    """A new document needs `perfsite/pages/schemas/NAME.schema.json`, which says its address in `x-path`."""
    known = [pattern(one.path) for one in catalogue.catalogue()]
    known += [re.compile(re.escape(one.schema)) for one in catalogue.catalogue() if one.schema]
    known += [re.compile(r"(badges/environments|benchmarks)/[^/]+(\.svg|\.json|/badge\.json)\Z")]
    paths = [file.relative_to(published).as_posix() for file in published.rglob("*")]
    mine = [
        path for path in paths if path.endswith((".json", ".csv", ".atom", "metrics.txt")) and not INTERNAL.match(path)
    ]
    assert [path for path in mine if not any(one.match(path) for one in known)] == []


def test_the_index_names_every_document_and_its_schema(published):
    index = json.loads((published / "data" / "index.json").read_text(encoding="utf-8"))
    assert index["site_url"] == "https://example.org/project/"
    assert [one["path"] for one in index["documents"]] == [one.path for one in catalogue.catalogue()]
    schemas = [one["schema"] for one in index["documents"] if one["schema"]]
    assert [path for path in schemas if not (published / path).is_file()] == []
    single = [one["path"] for one in index["documents"] if "{" not in one["path"]]
    assert [path for path in single if not (published / path).is_file()] == []


def test_the_columns_of_the_tables_are_those_that_are_described(published):
    told = {one.name: ", ".join(name for name, _ in one.fields).split(", ") for one in catalogue.catalogue()}
    series = (published / "data" / "series.csv").read_text(encoding="utf-8").splitlines()[0]
    commit = next((published / "commits").glob("*/data.csv")).read_text(encoding="utf-8").splitlines()[0]
    summary = (published / "data" / "summary.csv").read_text(encoding="utf-8").splitlines()[0]
    assert told["series-csv"] == series.split(",")
    assert told["summary-csv"] == summary.split(",")
    assert sorted(told["commit-csv"]) == sorted(commit.split(","))


def test_pages_name_the_feed_and_the_thousands_of_commits_do_not(published):
    commit = (published / SITE.refs[3].url / "index.html").read_text(encoding="utf-8")
    assert "incidents.atom" not in commit.partition("</head>")[0]
    for path, place in (
        ("index.html", "data/incidents.atom"),
        ("benchmarks/benchmark-0000/index.html", "../../data/incidents.atom"),
        ("data/index.html", "../data/incidents.atom"),
    ):
        head = (published / path).read_text(encoding="utf-8").partition("</head>")[0]
        assert f'href="{place}"' in head
        assert (published / path).parent.joinpath(place).resolve().is_file()


def test_the_hostile_title_of_a_site_is_text_in_the_link_to_the_feed(tmp_path):
    site = SyntheticSite(3, 4, title=HOSTILE)
    publish_site(site, project=tmp_path / "none", output=tmp_path / "site")
    page = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    link = page[page.index('<link rel="feed alternate" type="application/atom+xml"') :].partition("</head>")[0]
    assert link.count("<") == 1
    assert "&lt;script&gt;" in link
