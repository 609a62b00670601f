"""Releases from the tags of a real repository to their pages."""

from __future__ import annotations

import json

from planted_project import CULPRIT, plant

from perfsite.pages.publish import publish_site
from perfsite.workflow.site import prepare_site


def test_tags_of_the_repository_become_pages_that_name_the_culprit(repository, tmp_path):
    shas = plant(repository, 'site_url = "https://perf.example.org/parser"\n')
    for at, tag in ((CULPRIT - 8, "v1.0"), (CULPRIT + 6, "v1.1"), (CULPRIT + 7, "latest")):
        repository.git("tag", tag, shas[at])
    site = tmp_path / "site"
    publish_site(prepare_site(repository.path), project=repository.path, output=site)
    index = json.loads((site / "data" / "releases.json").read_text(encoding="utf-8"))
    assert [(one["tag"], one["url"], one["previous"]) for one in index["releases"]] == [
        ("v1.0", "releases/v1.0/", None),
        ("v1.1", "releases/v1.1/", 0),
    ]
    page = (site / "releases" / "v1.1" / "index.html").read_text(encoding="utf-8")
    assert shas[CULPRIT][:8] in page.partition('id="commits"')[2]
    assert "https://perf.example.org/parser/releases/v1.1/" in page
    assert "parser/test_parse.py::test_json" in page.partition('id="worse"')[2].partition('id="better"')[0]
    assert (site / "releases" / "v1.0" / "index.html").is_file()
    assert not (site / "releases" / "latest").exists()
