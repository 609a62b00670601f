"""Badges: pictures that say in words what their colour says, whatever their texts are."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from synthetic import HOSTILE, SyntheticSite

from perfsite.pages import badges
from perfsite.report.badges import BadgeView

SVG = "{http://www.w3.org/2000/svg}"
TEXTS = ("performance", "2 of 48 regressed", HOSTILE, "", "a\x00\nb", "\u202e" * 9, "慢い" * 20, "x" * 40, "é́ñ")


def badge(label="performance", message="no regression", state="good"):
    return BadgeView(path="badges/health", label=label, message=message, state=state)


@pytest.mark.parametrize("words", TEXTS)
def test_a_badge_is_a_picture_with_a_name_whatever_it_says(words):
    root = ET.fromstring(badges.svg(badge(words, words)))
    assert root.get("role") == "img"
    assert root.find(f"{SVG}title").text == root.get("aria-label")
    assert {element.tag.removeprefix(SVG) for element in root.iter()} == {
        "svg", "title", "clipPath", "rect", "g", "text"
    }  # fmt: skip
    ends = [float(one.get("x")) + float(one.get("textLength")) for one in root.iter(f"{SVG}text")]
    assert max(ends) < float(root.get("width"))
    assert not any(attribute in ("style", "onload", "href") for element in root.iter() for attribute in element.attrib)


@pytest.mark.parametrize("words", TEXTS)
def test_the_endpoint_is_what_shields_reads(words):
    told = json.loads(json.dumps(badges.endpoint(badge(words, words))))
    assert told.keys() == {"schemaVersion", "label", "message", "color"}
    assert told["schemaVersion"] == 1
    assert isinstance(told["label"], str)
    assert told["message"]
    assert len(bytes.fromhex(told["color"])) == 3


def luminance(colour):
    channels = [value / 255 for value in bytes.fromhex(colour)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(c * weight for c, weight in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))


@pytest.mark.parametrize("colour", [*badges.COLOURS.values(), "3b434e"])
def test_white_text_stands_out_from_every_colour(colour):
    assert 1.05 / (luminance(colour) + 0.05) >= 4.5


def test_a_site_has_a_badge_for_itself_and_for_each_environment_and_benchmark(tmp_path: Path):
    from perfsite.pages.publish import publish_site

    site = SyntheticSite(12, 10)
    publish_site(site, project=tmp_path / "none", output=tmp_path / "site")
    pictures = sorted(path.relative_to(tmp_path / "site").as_posix() for path in (tmp_path / "site").rglob("*.svg"))
    mine = [path for path in pictures if path.startswith("badges/")]
    assert mine[0].startswith("badges/environments/")
    assert mine[-1] == "badges/health.svg"
    assert len(mine) == 1 + 3
    assert len(list((tmp_path / "site" / "benchmarks").glob("*/badge.json"))) == site.series
