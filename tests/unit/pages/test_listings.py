"""Search index and sitemaps."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

from synthetic import HOSTILE, SyntheticSite

from perfsite.pages import listings, slots
from perfsite.pages.listings import Listed

INDEX = json.dumps(
    {
        "config": {"lang": ["en"]},
        "docs": [
            {"location": "methods/", "title": "Methods", "text": "how"},
            {"location": slots.COMMIT_SHELL, "title": "x", "text": ""},
            {"location": "data/", "title": "Data", "text": "PERFSITECONTENTSLOT"},
        ],
    }
)
SITEMAP = f"""<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
    <url>
         <loc>https://example.org/x/methods/</loc>
         <lastmod>1999-01-01</lastmod>
    </url>
    <url>
         <loc>https://example.org/x/{slots.COMMIT_SHELL}</loc>
    </url>
</urlset>"""


def _locations(xml: str) -> list[str]:
    return [found.text or "" for found in ET.fromstring(xml).iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]


def test_search_knows_benchmarks_and_commits_but_no_shell() -> None:
    lines = SyntheticSite(5, 6).commit_lines
    made = json.loads(
        listings.searchable(INDEX, [Listed(title="parse", url="benchmarks/parse/", sentence="fine")], lines)
    )
    locations = [entry["location"] for entry in made["docs"]]
    assert locations[:2] == ["methods/", "benchmarks/parse/"]
    assert lines[0].ref.url in locations
    assert not any(slots.NAME in location for location in locations)


def test_hostile_names_are_text_in_the_search_index() -> None:
    made = listings.searchable(INDEX, [Listed(title=HOSTILE, url="benchmarks/x/", sentence=HOSTILE)], [])
    assert "<script" not in made
    assert "<img" not in made


def test_the_newest_commits_stand_in_the_first_sitemap_and_the_rest_in_the_second() -> None:
    commits = [f"commits/{i:040x}/" for i in range(450)]
    maps = listings.sitemaps(SITEMAP, site_url="https://example.org/x/", urls=[], commits=commits, day="2026-11-21")
    first, second = _locations(maps["sitemap.xml"]), _locations(maps["sitemap-commits.xml"])
    assert first[0] == "https://example.org/x/methods/"
    assert len(first) == 201
    assert len(second) == 250
    assert "1999" not in maps["sitemap.xml"]


def test_a_site_without_an_address_lists_no_stamped_page() -> None:
    maps = listings.sitemaps(SITEMAP, site_url=None, urls=["benchmarks/a/"], commits=["commits/a/"], day="2026-11-21")
    assert list(maps) == ["sitemap.xml"]
    assert _locations(maps["sitemap.xml"]) == ["https://example.org/x/methods/"]
