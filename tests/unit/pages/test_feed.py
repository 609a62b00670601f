"""The feed of incidents: XML that every reader takes, whatever texts it holds."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import pytest
from synthetic import HOSTILE, SyntheticSite

from perfsite.pages import feed

SITE = SyntheticSite(12, 10)
ATOM = "{http://www.w3.org/2005/Atom}"
URL = "https://example.org/project/"
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)\Z")


def parsed(site_url=URL, view=SITE.feed):
    return ET.fromstring(feed.atom(view, site_url).encode())


def one(parent, name):
    found = parent.findall(f"{ATOM}{name}")
    assert len(found) == 1, name
    return found[0].text


@pytest.mark.parametrize("site_url", [URL, None])
def test_a_feed_has_all_that_rfc_4287_asks_for(site_url):
    root = parsed(site_url)
    assert root.tag == f"{ATOM}feed"
    assert root.find(f"{ATOM}author/{ATOM}name").text
    for part in (root, *root.findall(f"{ATOM}entry")):
        assert urlsplit(one(part, "id")).scheme == "urn"
        assert one(part, "title")
        assert RFC3339.match(one(part, "updated"))
        alternates = [link for link in part.findall(f"{ATOM}link") if link.get("rel") == "alternate"]
        assert [link.get("type") for link in alternates] == ["text/html"]
    for entry in root.findall(f"{ATOM}entry"):
        assert RFC3339.match(one(entry, "published"))
        assert one(entry, "published") <= one(entry, "updated") <= one(root, "updated")
        assert one(entry, "summary")
        assert all(category.get("term") for category in entry.findall(f"{ATOM}category"))
    ids = [one(part, "id") for part in (root, *root.findall(f"{ATOM}entry"))]
    assert len(set(ids)) == len(ids) > 1


def test_links_are_absolute_where_the_address_is_known_and_lead_from_the_feed_where_not():
    entry = SITE.feed.entries[0]
    for site_url, start in ((URL, URL), (None, "../")):
        root = parsed(site_url)
        assert root.find(f"{ATOM}entry/{ATOM}link").get("href") == f"{start}{entry.url}"
    own = [link.get("href") for link in parsed().findall(f"{ATOM}link") if link.get("rel") == "self"]
    assert own == [f"{URL}data/incidents.atom"]
    assert not [link for link in parsed(None).findall(f"{ATOM}link") if link.get("rel") == "self"]


def test_hostile_text_is_text_and_what_xml_cannot_hold_is_left_out():
    view = replace(SITE.feed, title=f"{HOSTILE}\x00\x0b\ud800\uffff]]>")
    title = one(parsed(view=view), "title")
    assert title == f"{HOSTILE}]]>: incidents"
    entry = one(parsed().find(f"{ATOM}entry"), "title")
    assert HOSTILE in entry
    assert "\x1b" not in entry


def test_an_id_stays_when_the_site_moves_and_the_incident_changes():
    moved = replace(SITE.feed, entries=tuple(replace(entry, title="other") for entry in SITE.feed.entries))
    ids = [[one(entry, "id") for entry in root.findall(f"{ATOM}entry")] for root in (parsed(), parsed(None, moved))]
    assert ids[0] == ids[1]


def test_a_feed_of_nothing_is_a_feed():
    root = parsed(view=replace(SITE.feed, entries=()))
    assert root.findall(f"{ATOM}entry") == []
    assert datetime.fromisoformat(one(root, "updated"))
