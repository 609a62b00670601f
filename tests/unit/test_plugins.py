"""Plug-ins: found by entry point, never in place of perfsite's own, broken ones named."""

import io
import sys

import pytest

from perfsite import sources
from perfsite.errors import ConfigError, InputError

GOOD = """
from perfsite.model.run import Direction, Measurement, Metric, Reading
NAME = "furlongs"
TITLE = "furlongs per fortnight"
def accepts(head):
    return head.startswith("FURLONGS")
def parse(stream, *, origin):
    metric = Metric(name="speed", unit="furlong", direction=Direction.HIGHER)
    return Reading(measurements=[Measurement(benchmark="x", metric=metric, value=float(stream.read().split()[1]))])
"""


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Install a package that brings a format, as pip would lay it out."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def add(package, name, code=GOOD):
        module = f"plugin_{package}"
        (tmp_path / f"{module}.py").write_text(code, encoding="utf-8")
        info = tmp_path / f"{package}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n", encoding="utf-8")
        (info / "entry_points.txt").write_text(f"[perfsite.sources]\n{name} = {module}\n", encoding="utf-8")
        sys.modules.pop(module, None)

    return add


def test_a_plug_in_is_named_and_recognised_and_reads(install):
    install("good", "furlongs")
    assert sources.known()[-1] == "furlongs"
    name, reading = sources.read(io.StringIO("FURLONGS 3"), origin="x.txt")
    assert name == "furlongs"
    assert reading.measurements[0].value == 3


def test_a_plug_in_cannot_replace_what_perfsite_has(install):
    install("rival", "hyperfine")
    assert sources.known().count("hyperfine") == 1
    assert sources.load("hyperfine").TITLE == "hyperfine --export-json"


def test_a_plug_in_is_not_asked_about_files_that_perfsite_knows(install):
    install("greedy", "greedy", GOOD.replace('head.startswith("FURLONGS")', "True"))
    assert sources.recognise('[{"name": "x", "unit": "s", "value": 1}]') == ["github-action-benchmark"]


def test_a_file_that_fits_two_formats_asks_which(install):
    install("good", "furlongs")
    install("better", "leagues")
    with pytest.raises(InputError, match="fits 2 formats: furlongs, leagues") as caught:
        sources.read(io.StringIO("FURLONGS 3"), origin="x.txt")
    assert "--format furlongs" in caught.value.hint


@pytest.mark.parametrize("code", ["import missing_module_of_nobody", "1 / 0", "def (", "raise RuntimeError('no')"])
def test_a_broken_plug_in_is_one_error_that_names_it(install, code):
    install("broken", "leagues", code)
    with pytest.raises(ConfigError, match="the plug-in 'leagues' of broken cannot be loaded") as caught:
        sources.load("leagues")
    assert "uninstall broken" in caught.value.hint


def test_a_name_that_two_packages_bring_is_an_error(install):
    install("one", "leagues")
    install("two", "leagues")
    with pytest.raises(ConfigError, match="two packages bring a format 'leagues': one and two"):
        sources.load("leagues")


def test_a_plug_in_that_is_no_source_says_what_it_lacks(install):
    install("empty", "leagues", "NAME = 'leagues'")
    with pytest.raises(ConfigError, match="the plug-in 'leagues' is no source: it has no accepts and no parse"):
        sources.load("leagues")


def test_a_plug_in_that_fails_is_blamed_not_perfsite(install):
    install("good", "furlongs")
    with pytest.raises(ConfigError, match=r"'furlongs' failed on x\.txt: ValueError: could not convert") as caught:
        sources.read(io.StringIO("FURLONGS three"), origin="x.txt")
    assert "authors" in caught.value.hint


def test_what_a_plug_in_read_is_checked_before_it_is_stored(install):
    install("bad", "furlongs", GOOD.replace('benchmark="x"', 'benchmark=""'))
    with pytest.raises(InputError, match=r"x\.txt: measurement 1: the name of the benchmark is empty"):
        sources.read(io.StringIO("FURLONGS 3"), origin="x.txt")
