"""The page on methods lists every hint rule, as the table of rules has it."""

import os

from perfsite.hints.catalogue import catalogue
from perfsite.hints.rules import RULES

START, END = "<!-- start of hint rules -->\n\n", "\n<!-- end of hint rules -->"


def test_the_page_on_methods_lists_every_rule_as_the_table_has_it(root):
    page = root / "perfsite" / "pages" / "shells" / "methods.md"
    text = page.read_text(encoding="utf-8")
    before, rest = text.split(START)
    listed, after = rest.split(END)
    if os.environ.get("PERFSITE_GOLDEN") == "accept":
        page.write_text(f"{before}{START}{catalogue()}{END}{after}", encoding="utf-8")
        return
    assert listed == catalogue(), "`make golden` writes the list anew"


def test_names_are_unique_and_words_fit_into_a_table():
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert not any("|" in rule.title + rule.needs or "\n" in rule.title + rule.needs for rule in RULES)
