"""The README and the guide tell every command, setting and format, and their settings are valid."""

import re

import pytest

from perfsite import config
from perfsite.cli.main import COMMANDS


@pytest.fixture(scope="module")
def readme(root):
    return (root / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def told_together(readme, root):
    """Return the README and the pages of the guide behind it."""
    pages = sorted((root / "site_config" / "docs" / "guide").glob("*.md"))
    return "\n".join([readme, *(page.read_text(encoding="utf-8") for page in pages)])


def test_the_readme_stays_short(readme):
    assert len(readme.splitlines()) <= 450


def test_every_page_of_the_guide_is_linked_from_the_readme(readme, root):
    pages = (root / "site_config" / "docs" / "guide").glob("*.md")
    assert [page.name for page in pages if f"(site_config/docs/guide/{page.name})" not in readme] == []


def test_every_command_is_told(readme):
    assert [name for name in COMMANDS if f"`perfsite {name}" not in readme] == []


def test_every_setting_is_told_and_the_example_is_valid(readme):
    example = re.search(r"```toml\n(title = .*?)```", readme, re.DOTALL)[1]
    settings = config.parse(example, where="README.md")
    assert (settings.rules[0].fail, settings.judging.severities.major) == (0.08, 0.05)
    told = set(re.findall(r"^(?:# )?(\w+) =|^\[+(\w+)\]+", example, re.MULTILINE))
    names = {name for pair in told for name in pair if name} | {
        "formats",
        "budgets",
        "kpis",
        "groups",
        "environments",
        "hints",
        "comment",
        "notify",
        "owners",
        "receive",
    }
    settings_of = (config.SETTINGS, config.RULE_SETTINGS, config.ENVIRONMENT_SETTINGS)
    assert names == set().union(*settings_of) | {"minor", "major", "critical"}


def test_everything_about_budgets_is_told_and_the_example_is_valid(told_together):
    example = re.search(r"```toml\n(\[\[budgets\]\].*?)```", told_together, re.DOTALL)[1]
    settings = config.parse(example, where="README.md")
    assert settings.budgets[0].limit.highest == 0.25
    assert settings.indicators[0].limit.target == 0.95
    told = set(re.findall(r"^(\w+) =", example, re.MULTILINE))
    assert told == set(config.BUDGET_SETTINGS) | set(config.KPI_SETTINGS)


def test_everything_about_groups_is_told_and_the_example_is_valid(told_together):
    example = re.search(r"```toml\n(\[\[groups\]\].*?)```", told_together, re.DOTALL)[1]
    assert config.parse(example, where="README.md").groups[0].name == "start-up"
    assert set(re.findall(r"^(\w+) =", example, re.MULTILINE)) == set(config.GROUP_SETTINGS)


def test_everything_about_a_format_of_ones_own_is_told_and_the_example_is_valid(told_together):
    example = re.search(r"```toml\n(\[formats.*?)```", told_together, re.DOTALL)[1]
    soak, rows = config.parse(example, where="README.md").formats
    assert (soak.values[1].metric, rows.value) == ("p95", "amount")
    told = set(re.findall(r"\b(\w+) = ", example))
    assert told >= set(config.FORMAT_SETTINGS) - {"values"} | set(config.VALUE_SETTINGS)


def test_everything_about_hints_is_told_and_the_example_is_valid(told_together):
    example = re.search(r"```toml\n(\[hints\].*?)```", told_together, re.DOTALL)[1]
    hints = config.parse(example, where="README.md").hints
    assert hints.off == ("timer", "samples")
    assert hints.paths_of("parser/json") == ("src/parser/*", "src/lexer.py")
    assert set(re.findall(r"^(?:\[hints\.)?(\w+)(?: =|\])", example, re.MULTILINE)) - {"hints"} == set(
        config.HINT_SETTINGS
    )


def test_everything_about_receiving_is_told_and_the_example_is_valid(told_together):
    example = re.search(r"```toml\n(\[receive\].*?)```", told_together, re.DOTALL)[1]
    receiving = config.parse(example, where="README.md").receive
    assert receiving.workflows == (".github/workflows/benchmarks.yml",)
    assert receiving.environments == ("ci-linux", "ci-arm")
    assert set(re.findall(r"^(\w+) =", example, re.MULTILINE)) == set(config.RECEIVE_SETTINGS)


def test_everything_about_comments_is_told_and_the_example_is_valid(told_together):
    example = re.search(r"```toml\n(\[comment\].*?)```", told_together, re.DOTALL)[1]
    comment = config.parse(example, where="README.md").comment
    assert comment == config.CommentSettings(title="parser performance")
    assert set(re.findall(r"^(\w+) =", example, re.MULTILINE)) == set(config.COMMENT_SETTINGS)


def test_everything_about_alerts_is_told_and_the_example_is_valid(told_together):
    example = re.search(r"```toml\n(\[notify\].*?)```", told_together, re.DOTALL)[1]
    notify = config.parse(example, where="README.md").notify
    assert [channel.name for channel in notify.channels] == ["team chat", "mail", "issues"]
    assert notify.owners[0].owner == "@parser-team"
    told = set(re.findall(r"^(\w+) =", example, re.MULTILINE)) | {"channels"}
    assert told == {*config.NOTIFY_SETTINGS, *config.CHANNEL_SETTINGS, *config.OWNER_SETTINGS}


def anchors(text):
    """Return the anchors that Markdown gives the headings of a text."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


def test_every_place_that_is_linked_is_there(root):
    pages = [root / "README.md", *(root / "site_config" / "docs" / "guide").glob("*.md")]
    lost = []
    for page in pages:
        text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        links = re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)", text)
        for path, anchor in links:
            to = page if not path else page.parent / path
            if not to.exists() or (anchor and anchor not in anchors(to.read_text(encoding="utf-8"))):
                lost.append((page.name, path, anchor))
    assert lost == []
