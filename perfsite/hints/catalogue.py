"""The table of rules as a list in Markdown, for the page on methods."""

from __future__ import annotations

from perfsite.hints.rules import RULES


def catalogue() -> str:
    """Return a table with a line for each rule: its name, what it finds, what it needs."""
    head = "| rule | finds that | needs |\n|---|---|---|\n"
    return head + "".join(f"| `{rule.name}` | {rule.title} | {rule.needs} |\n" for rule in RULES)
