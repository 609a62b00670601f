"""`[[groups]]`: what may stand there, and what is said of what may not."""

import pytest

from perfsite.config import parse
from perfsite.errors import ConfigError
from perfsite.model.group import Group


def test_a_group_is_a_name_and_globs():
    settings = parse('[[groups]]\nname = "start-up"\nbenchmark = "*import*"\nenvironment = "ci-*"\n', where="x")
    assert settings.groups == (Group(name="start-up", benchmark="*import*", environment="ci-*"),)
    assert parse("", where="x").groups == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[groups]]\nbenchmark = 'a'", "line 1: groups: give `name`"),
        ("[[groups]]\nname = ''", "line 2: groups.name: expected some text"),
        (
            "[[groups]]\nname = 'a'\nbenchmarks = 'b'",
            "line 3: groups.benchmarks: no such setting; did you mean benchmark? there",
        ),
        ("groups = 'a'", "line 1: groups: expected an array of tables"),
    ],
)
def test_what_is_no_group_is_named_with_its_line(text, said):
    with pytest.raises(ConfigError) as raised:
        parse(text, where="x")
    assert said in str(raised.value)
