"""Views in, a site out, by a real MkDocs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from synthetic import SyntheticSite

from perfsite.errors import ConfigError
from perfsite.pages import engine
from perfsite.pages.publish import publish_site, stamp_in_place

SITE = SyntheticSite(6, 8)


def _files(root: Path) -> dict[str, bytes]:
    found = (path for path in root.rglob("*") if path.is_file() and path.name != ".perfsite")
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in found}


def _project(root: Path, **texts: str) -> Path:
    for name, text in texts.items():
        path = root / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    root.mkdir(exist_ok=True)
    return root


def test_a_project_with_nothing_but_a_history_gets_a_whole_site(tmp_path: Path) -> None:
    output = tmp_path / "site"
    done = publish_site(SITE, project=_project(tmp_path / "p"), output=output)
    assert (done.benchmarks, done.commits, done.notes) == (6, 8, ())
    for url in ("", "benchmarks/", "commits/", "data/", "methods/", SITE.refs[0].url, "benchmarks/benchmark-0000/"):
        html = (output / url / "index.html").read_text()
        assert "SLOT" not in html
        assert "perfsite-shell" not in html
        assert html.count("<h1") == 1
    assert "perfsite-shell" not in (output / "search/search_index.json").read_text()
    assert not (output / "benchmarks/perfsite-shell").exists()


def test_the_second_build_writes_nothing(tmp_path: Path) -> None:
    project = _project(tmp_path / "p")
    publish_site(SITE, project=project, output=tmp_path / "site")
    again = publish_site(SITE, project=project, output=tmp_path / "site")
    assert (again.written, again.removed) == (0, 0)


def test_a_commit_that_left_the_history_loses_its_page(tmp_path: Path) -> None:
    project = _project(tmp_path / "p")
    publish_site(SITE, project=project, output=tmp_path / "site")
    publish_site(SyntheticSite(6, 7), project=project, output=tmp_path / "site")
    assert not (tmp_path / "site" / SITE.refs[7].url).exists()


def test_the_owners_front_page_stays_and_the_overview_moves_below(tmp_path: Path) -> None:
    project = tmp_path / "p"
    docs = project / "site_config" / "docs"
    docs.mkdir(parents=True)
    (docs / "index.md").write_text("# Hello from the owner\n")
    (docs / "guide.md").write_text("# Guide\n")
    publish_site(SITE, project=project, output=tmp_path / "out")
    front = (tmp_path / "out/index.html").read_text()
    assert "Hello from the owner" in front
    assert 'href="performance/"' in front
    assert 'href="guide/"' in front
    overview = (tmp_path / "out/performance/index.html").read_text()
    assert SITE.overview.sentence in overview
    assert 'data-ps-root="../"' in overview


def test_the_owners_configuration_navigation_and_theme_are_kept(tmp_path: Path) -> None:
    project = _project(
        tmp_path / "p",
        mkdocs_yml="site_name: Owners\ntheme: {name: material, font: false}\nnav: [Start: start.md]\n",
        docs__start_md="# Start here\n",
    )
    publish_site(SITE, project=project, output=tmp_path / "out")
    html = (tmp_path / "out/commits/index.html").read_text()
    assert "<title>Commits - Owners</title>" in html
    assert "Start" in html
    assert 'href="../methods/"' in html


@pytest.mark.parametrize("name", ["commits", "embed"])
def test_a_page_at_an_address_of_perfsite_is_named(tmp_path: Path, name: str) -> None:
    project = tmp_path / "p"
    (project / "site_config/docs").mkdir(parents=True)
    (project / f"site_config/docs/{name}.md").write_text("# Mine\n")
    with pytest.raises(ConfigError, match=f"{name}/") as caught:
        publish_site(SITE, project=project, output=tmp_path / "out")
    assert caught.value.where == f"{name}.md"


def test_the_owners_methods_page_replaces_ours(tmp_path: Path) -> None:
    project = tmp_path / "p"
    (project / "site_config/docs").mkdir(parents=True)
    (project / "site_config/docs/methods.md").write_text("# Our own way\n")
    publish_site(SITE, project=project, output=tmp_path / "out")
    assert "Our own way" in (tmp_path / "out/methods/index.html").read_text()


def test_what_mkdocs_complains_of_is_one_error(tmp_path: Path) -> None:
    project = _project(tmp_path / "p", mkdocs_yml="site_name: x\ntheme: nosuchtheme\n", docs__a_md="# a\n")
    with pytest.raises(ConfigError, match="nosuchtheme") as caught:
        publish_site(SITE, project=project, output=tmp_path / "out")
    assert caught.value.where == str(project / "mkdocs.yml")


def test_a_warning_of_mkdocs_is_a_note(tmp_path: Path) -> None:
    project = tmp_path / "p"
    (project / "site_config/docs").mkdir(parents=True)
    (project / "site_config/docs/guide.md").write_text("# Guide\n\n[gone](nowhere.md)\n")
    done = publish_site(SITE, project=project, output=tmp_path / "out")
    assert any("nowhere.md" in note for note in done.notes)


def test_an_owners_template_replaces_ours_and_may_extend_it(tmp_path: Path) -> None:
    project = tmp_path / "p"
    folder = project / "site_config/overrides/perfsite"
    folder.mkdir(parents=True)
    text = '{% extends "perfsite/commit.html.j2" %}{% block runs %}<p>owner {{ view.ref.subject }}</p>{% endblock %}'
    (folder / "commit.html.j2").write_text(text)
    publish_site(SITE, project=project, output=tmp_path / "out")
    page = (tmp_path / "out" / SITE.refs[-2].url / "index.html").read_text()
    assert "<p>owner &lt;script&gt;" in page
    assert "What changed here" in page
    assert not list((tmp_path / "out").rglob("*.j2"))


@pytest.mark.parametrize("text", ["{{ nothing }}", "{% if %}", "{{ ''.__class__.__mro__ }}"])
def test_a_bad_template_of_the_owner_is_named(tmp_path: Path, text: str) -> None:
    project = tmp_path / "p"
    folder = project / "site_config/overrides/perfsite"
    folder.mkdir(parents=True)
    (folder / "data.html.j2").write_text(text)
    with pytest.raises(ConfigError) as caught:
        publish_site(SITE, project=project, output=tmp_path / "out")
    assert caught.value.where == str(folder / "data.html.j2")


def test_stamping_in_place_gives_the_same_site(tmp_path: Path) -> None:
    project = _project(tmp_path / "p")
    publish_site(SITE, project=project, output=tmp_path / "one")
    epoch = 1795255200
    shells = engine.build_shells(project, tmp_path / "two", title=SITE.title, epoch=epoch)
    stamp_in_place(SITE, shells)
    one, two = _files(tmp_path / "one"), _files(tmp_path / "two")
    assert sorted(one) == sorted(two)
    assert [path for path in one if one[path] != two[path]] == []


def test_an_address_gives_canonical_links_sitemaps_and_a_404_below_a_sub_path(tmp_path: Path) -> None:
    output, url = tmp_path / "out", "https://example.org/sub"
    publish_site(SITE, project=_project(tmp_path / "p"), output=output, site_url=url)
    ref = SITE.refs[0]
    assert f'<link rel="canonical" href="{url}/{ref.url}">' in (output / ref.url / "index.html").read_text()
    assert f"<loc>{url}/{ref.url}</loc>" in (output / "sitemap.xml").read_text()
    missing = (output / "404.html").read_text()
    assert 'data-ps-root="/sub/"' in missing
    assert '"/sub/assets/perfsite/perfsite.css"' in missing


def test_every_document_is_versioned_json_or_a_schema(tmp_path: Path) -> None:
    publish_site(SITE, project=_project(tmp_path / "p"), output=tmp_path / "out")
    documents = {path.name: json.loads(path.read_text()) for path in (tmp_path / "out/data").glob("*.json")}
    schemas = [name for name in documents if name.endswith(".schema.json")]
    assert all(documents.pop(name)["$schema"].startswith("https://json-schema.org/") for name in schemas)
    assert {"index.json", "commits.json", "series.json", "overview.json", "incidents.json"} <= set(documents)
    assert all(document["version"] >= 1 for document in documents.values())


def test_perfsite_own_configuration_builds_without_a_note(tmp_path: Path) -> None:
    project = Path(__file__).parents[3]
    done = publish_site(SITE, project=project, output=tmp_path / "out")
    assert done.notes == ()
    assert "Make it yours" in (tmp_path / "out/index.html").read_text()
    assert SITE.overview.sentence in (tmp_path / "out/index.html").read_text()


@pytest.mark.parametrize("front", [False, True], ids=["alone", "below the owner's front page"])
def test_a_stamped_page_marks_the_tab_of_its_list(tmp_path: Path, front: bool) -> None:
    project = _project(tmp_path / "p")
    if front:
        (project / "site_config/docs").mkdir(parents=True)
        (project / "site_config/docs/index.md").write_text("# Mine\n")
    publish_site(SITE, project=project, output=tmp_path / "out")
    incident, release = next(SITE.incidents()).line.url, next(SITE.releases()).url
    tabs = {SITE.refs[0].url: "Commits", "benchmarks/benchmark-0000/": "Benchmarks"}
    for url, tab in {**tabs, incident: "Incidents", release: "Releases"}.items():
        html = (tmp_path / "out" / url / "index.html").read_text()
        active = html.split("md-tabs__item--active")[1:]
        assert [text.partition("</a>")[0].rpartition(">")[2].strip() for text in active] == [
            "Performance" if front else tab
        ]
