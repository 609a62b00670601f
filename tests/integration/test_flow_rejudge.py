"""`perfsite rejudge`: a threshold is tried on the whole history before it counts."""

import json

import pytest


@pytest.fixture(scope="module")
def slowed(session_place):
    """Return a project whose 12th of 18 commits made the one benchmark 12 % slower, with settings in git."""
    made = session_place("slowed")
    for i in range(18):
        sha = made.commit(f"c{i}", i)
        made.quickly_recorded([(0.1 if i < 12 else 0.112) * (1 + i % 3 / 1000)] * 3, commit=sha)
    made.write("site_config/perfsite.toml", "[[rules]]\nfail = 0.5\n")
    made.git("add", "-f", "site_config")
    made.commit("settings", 20)
    made.write("site_config/perfsite.toml", "[[rules]]\nfail = 0.05\n")
    return made


def test_what_a_stricter_threshold_would_fail_is_told_newest_first(slowed):
    lines = slowed.good("rejudge", "--diff", "HEAD", "site_config/perfsite.toml").splitlines()
    assert lines[0].split() == ["commit", "date", "series", "environment", "old", "new", "change"]
    assert lines[2].split()[2:] == ["work", "time", "desk", "regression", "regression", "[fail]", "+12.1", "%"]
    assert lines[-1] == "6 of 18 verdicts differ: 6 regression with another rule."


def test_settings_may_be_none_and_the_answer_is_for_programs_too(slowed):
    slowed.write("lax.toml", "[severities]\nminor = 0.3\nmajor = 0.4\ncritical = 0.5\n")
    document = json.loads(slowed.good("rejudge", "--diff", "none", "lax.toml", "--json"))
    assert (document["version"], document["points"], len(document["differences"])) == (1, 18, 6)
    assert document["differences"][0]["old"]["verdict"] == "regression"
    assert document["differences"][0]["new"]["verdict"] != "regression"


def test_the_same_settings_differ_in_nothing(slowed):
    assert slowed.good("rejudge", "--diff", "none", "none") == "All 18 verdicts are the same.\n"


@pytest.mark.parametrize("name", ["nowhere", "HEAD:nowhere.toml", "--output=x", "HEAD~99", "HEAD:../../etc/passwd"])
def test_what_is_neither_file_nor_revision_is_told(slowed, name):
    done = slowed.perfsite("rejudge", "--diff", "none", name)
    assert done.code == 2
    assert f"{name}: neither a file nor a revision that has settings" in done.err


def test_wrong_settings_at_a_revision_are_told_with_their_line(slowed):
    slowed.write("bad.toml", "alpha = 7\n")
    done = slowed.perfsite("rejudge", "--diff", "bad.toml", "none")
    assert done.code == 2
    assert "bad.toml: line 1: alpha: expected a number between 0 and 1, found 7" in done.err
