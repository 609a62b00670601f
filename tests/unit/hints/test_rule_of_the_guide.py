"""The rule that the guide shows is one that works."""

import re

from perfsite.hints.rules.base import Asks, HintRule


def test_the_rule_in_the_guide_works(planted, root):
    text = (root / "site_config/docs/guide/settings.md").read_text(encoding="utf-8")
    code = re.search(r"```python\n(# leap_rule.py.*?)```", text, re.DOTALL)[1]
    space = {}
    exec(code, space)
    planted.add(before=1.0, after=2.5).add("retries", 2, 9, noise=0)
    rule = HintRule(name="leap", title=space["TITLE"], needs="", asks=Asks.AT_CHANGE, find=space["hint"])
    (found,) = planted.hints(rules=[rule])
    assert found.sentence == "The time doubled while retries went from 2 to 9."
