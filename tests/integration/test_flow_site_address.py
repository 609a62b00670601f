"""Where a site will stand: canonical links, the sitemap and the 404 page, without being asked for."""

import re

import pytest

from perfsite.workflow.address import pages_address, site_address
from perfsite.workflow.project import open_project
from perfsite.workflow.site import build_site

ON_GITHUB = 'repository_url = "https://github.com/Owner/Parser"\n'
SET = 'site_url = "https://example.org/set"\n'


def built(project, settings: str, mkdocs: str | None = None) -> tuple[str | None, str | None, str, str]:
    """Return the front page's canonical address, the first one of the sitemap, and the 404 page's root and style."""
    sha = project.commit("fast")
    project.quickly_recorded([0.1], commit=sha)
    project.write("site_config/perfsite.toml", settings)
    if mkdocs is not None:
        text = f"site_name: parser\nsite_url: {mkdocs}\ntheme: {{name: material, font: false}}\n"
        project.write("mkdocs.yml", text)
    build_site(open_project(project.path), fetch=False)
    front, sitemap, missing = (
        (project.path / "site" / name).read_text(encoding="utf-8") for name in ("index.html", "sitemap.xml", "404.html")
    )
    canonical = re.search(r'rel="canonical" href="([^"]*)"', front)
    first = re.search(r"<loc>([^<]*)</loc>", sitemap)
    root = re.search(r'data-ps-root="([^"]*)"', missing)[1]
    style = re.search(r'"([^"]*)assets/perfsite/perfsite\.css"', missing)[1]
    return canonical and canonical[1], first and first[1], root, style


def at(url: str, root: str) -> tuple[str, str, str, str]:
    """Return what a site at a web address has."""
    return url, url, root, root


@pytest.mark.parametrize(
    ("settings", "mkdocs", "expected"),
    [
        ("", None, (None, None, "/", "/")),
        (ON_GITHUB, None, at("https://owner.github.io/Parser/", "/Parser/")),
        (ON_GITHUB + SET, None, at("https://example.org/set/", "/set/")),
        (ON_GITHUB + SET, "https://example.org/own/", at("https://example.org/own/", "/own/")),
        (ON_GITHUB + SET, "''", (None, None, "/", "/")),
    ],
    ids=["nothing known", "code on GitHub", "the setting", "mkdocs.yml", "mkdocs.yml says none"],
)
def test_a_site_knows_its_address_by_mkdocs_yml_then_the_setting_then_github(project, settings, mkdocs, expected):
    assert built(project, settings, mkdocs) == expected


@pytest.mark.parametrize(
    ("told", "settings", "address"),
    [
        ("https://octo.gitlab.io/perf", "", "https://octo.gitlab.io/perf/"),
        ("https://octo.gitlab.io/perf", SET, "https://example.org/set/"),
        ("javascript:alert(1)", "", None),
    ],
)
def test_in_a_job_of_gitlab_the_site_is_where_gitlab_says(project, monkeypatch, told, settings, address):
    monkeypatch.setenv("CI_PAGES_URL", told)
    project.write("site_config/perfsite.toml", settings)
    assert site_address(open_project(project.path), None) == (address if settings else None)
    monkeypatch.setenv("GITLAB_CI", "true")
    assert site_address(open_project(project.path), None) == address


@pytest.mark.parametrize(
    ("code", "site"),
    [
        ("https://github.com/Owner/OWNER.github.io", "https://owner.github.io/"),
        ("https://github.com/owner/other.github.io", "https://owner.github.io/other.github.io/"),
        ("https://gitlab.com/owner/parser", None),
        ("https://github.com/owner/parser/tree/main", None),
        ("https://github.com.example.org/owner/parser", None),
        (None, None),
    ],
)
def test_github_pages_is_guessed_for_repositories_on_github_only(code, site):
    assert pages_address(code) == site
