"""The plugin in an existing docs site: other themes, addresses, navigations, folders, and the owner's own templates."""

import os
import subprocess
import sys

import pytest

from perfsite.mkdocs_plugin import PerfsitePlugin

MATERIAL = "theme: {name: material, font: false}"
PLUGINS = "plugins: [search, perfsite]"


@pytest.fixture
def docs(project):
    """Return a project with a regression and an owner's docs."""
    for i in range(16):
        sha = project.commit(f"c{i}", i)
        project.quickly_recorded([(0.1 if i < 8 else 0.2) * (1 + i % 3 / 100)], commit=sha)
    project.write("docs/index.md", "# Parser\n\n[Guide](guide.md), [speed](performance/index.md).\n")
    project.write("docs/guide.md", "# Guide\n\nHow to parse.\n")
    return project


def mkdocs(place, *settings, folder="."):
    """Build with MkDocs itself, warnings being errors; return what it said."""
    place.write(f"{folder}/mkdocs.yml", "\n".join(["site_name: parser", *settings]))
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(place.path / "site")],
        cwd=place.path / folder,
        env={**os.environ, "SOURCE_DATE_EPOCH": "0", "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done


def built(place, *settings, folder="."):
    done = mkdocs(place, *settings, folder=folder)
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    return done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["mkdocs", "readthedocs"])
def test_another_theme_has_every_page_and_tells_of_missing_addresses(docs, theme):
    built(docs, f"theme: {theme}", PLUGINS)
    assert "regressed" in docs.page("performance")
    assert "What to do" in docs.page("summary")
    assert 'data-ps-part="missing"' in (docs.path / "site/404.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_addresses_of_files_work_and_an_own_navigation_stays_as_it_is(docs):
    placed = "nav: [{Home: index.md}, {Speed: [performance/index.md, commits/index.md]}, {Guide: guide.md}]"
    built(
        docs, MATERIAL, PLUGINS, "use_directory_urls: false", placed, "validation: {nav: {omitted_files: warn}}"
    )  # fmt: skip
    page = (docs.path / "site/guide.html").read_text(encoding="utf-8")
    assert 'href="commits/index.html"' in page
    assert "releases/" not in page
    assert "regressed" in docs.page("performance")


@pytest.mark.slow
def test_docs_in_a_folder_of_their_own_name_the_project_and_another_language_changes_nothing(docs):
    docs.write("manual/docs/index.md", "# Handbuch\n")
    theme = "theme: {name: material, font: false, language: de, features: [navigation.instant]}"
    built(docs, theme, "plugins: [{perfsite: {project: ..}}]", folder="manual")
    assert "1 of 1 series regressed" in docs.page("performance")


@pytest.mark.slow
def test_switched_off_it_leaves_the_docs_alone_but_the_command_builds_them_all_the_same(docs):
    docs.write("docs/index.md", "# Parser\n")
    off = "plugins: [search, {perfsite: {enabled: false}}]"
    built(docs, MATERIAL, off)
    assert not (docs.path / "site/commits").exists()
    assert "perfsite" not in (docs.path / "site/index.html").read_text(encoding="utf-8")
    docs.good("build", "--site-dir", "whole")
    assert (docs.path / "whole/commits/index.html").is_file()


@pytest.mark.slow
def test_owners_templates_replace_and_extend_every_kind_of_page(docs):
    docs.write(
        "site_config/overrides/perfsite/summary.html.j2",
        '{% extends "perfsite/summary.html.j2" %}{% block quality %}<p>Ask Ada.</p>{% endblock %}',
    )
    docs.write("site_config/overrides/main.html", '{% extends "base.html" %}{% block announce %}Hear{% endblock %}')
    theme = "theme: {name: material, font: false, custom_dir: site_config/overrides}"
    built(docs, theme, PLUGINS)
    summary = docs.page("summary")
    assert "Ask Ada." in summary
    assert "How far the data goes" not in summary
    assert "Hear" in docs.page("benchmarks")
    assert not (docs.path / "site/perfsite").exists()


@pytest.mark.slow
def test_a_page_in_the_place_of_perfsites_is_named_and_so_is_a_wrong_option(docs):
    docs.write("docs/summary.md", "# Mine\n")
    assert "summary.md" in mkdocs(docs, MATERIAL, PLUGINS).stderr
    assert "enabled" in mkdocs(docs, MATERIAL, "plugins: [{perfsite: {enabled: perhaps}}]").stderr


def test_serving_watches_the_history_and_the_settings_and_nothing_that_a_build_writes(docs):
    class Server:
        def __init__(self):
            self.watched = []

        def watch(self, path):
            self.watched.append(path)

    class Loaded:
        config_file_path = str(docs.path / "mkdocs.yml")

    docs.write("site_config/perfsite.toml", 'title = "x"')
    plugin, server = PerfsitePlugin(), Server()
    plugin.load_config({}, config_file_path=Loaded.config_file_path)
    assert plugin.on_serve(server, config=Loaded, builder=None) is server
    assert [os.path.relpath(path, docs.path) for path in server.watched] == ["history", "site_config/perfsite.toml"]
