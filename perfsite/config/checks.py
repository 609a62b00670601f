"""Checks of single settings: each returns what was expected instead of a value, None where the value is good."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from perfsite.model.run import is_environment_name

Check = Callable[[Any], str | None]


def text(value: Any) -> str | None:
    """Return what is wrong with a value that should be a text that is not blank; None: nothing."""
    return None if isinstance(value, str) and value.strip() else "expected some text"


def fraction(value: Any) -> str | None:
    """Return what is wrong with a value that should be a fraction above 0; None: nothing."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return None if number and 0 < value <= 100 else "expected a fraction above 0, like 0.1 for 10 %"


def difference(value: Any) -> str | None:
    """Return what is wrong with a value that should be a difference above 0 in the base unit; None: nothing."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    good = number and 0 < value <= 1e300
    return (
        None
        if good
        else "expected a number above 0 in the base unit (s, B, 1/s or 1), like 0.02 for 2 points of a share"
    )


def share(value: Any) -> str | None:
    """Return what is wrong with a value that should be a number between 0 and 1; None: nothing."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return None if number and 0 < value < 1 else "expected a number between 0 and 1"


def count(value: Any) -> str | None:
    """Return what is wrong with a value that should be a whole number from 1 to 10,000; None: nothing."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    return None if whole and 1 <= value <= 10_000 else "expected a whole number from 1 to 10000"


def switch(value: Any) -> str | None:
    """Return what is wrong with a value that should be true or false; None: nothing."""
    return None if isinstance(value, bool) else "expected true or false"


def commit_pages(value: Any) -> str | None:
    """Return what is wrong with a value that should be a number of commits, `all` or `auto`; None: nothing."""
    whole = isinstance(value, int) and not isinstance(value, bool) and value >= 1
    return None if whole or value in ("all", "auto") else 'expected "all", "auto" or a number of commits from 1'


def environment(value: Any) -> str | None:
    """Return what is wrong with a value that should be a name of an environment; None: nothing."""
    good = isinstance(value, str) and is_environment_name(value)
    return None if good else "expected letters, digits, `.`, `_` and `-`, and not the word `pull`"


def url(value: Any) -> str | None:
    """Return what is wrong with a value that should be a web address; None: nothing."""
    good = isinstance(value, str) and re.fullmatch(r"https?://[^\s\"'<>@]+", value)
    return None if good else "expected a web address that starts with https://"


_NOT_IN_REFS: Final = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|(?:^|/)\.|\.(?:/|$)|\.lock(?:/|$)|^[-/]|/$")
"""What git refuses in the name of a branch, as `man git-check-ref-format` lists it."""


def ref(value: Any) -> str | None:
    """Return what is wrong with a value that should be a name of a branch or remote; None: nothing."""
    good = isinstance(value, str) and value and not _NOT_IN_REFS.search(value) and len(value) <= 200
    return None if good else "expected a name that git takes: no spaces, no `..`, no `-` in front, none of ~^:?*[\\"


def site_url(value: Any) -> str | None:
    """Return what is wrong with a value that should be the web address of a site; None: nothing."""
    if fault := url(value):
        return fault
    return "expected a web address without `?` and `#`" if re.search(r"[?#]", value) else None


def one_of(*words: str) -> Check:
    """Return a check that a value is one of some words."""
    return lambda value: None if value in words else f"expected one of {', '.join(words)}"


def table(value: Any) -> str | None:
    """Return what is wrong with a value that should be a table; None: nothing."""
    return None if isinstance(value, dict) else "expected a table"


def tables(value: Any) -> str | None:
    """Return what is wrong with a value that should be an array of tables; None: nothing."""
    good = isinstance(value, list) and all(isinstance(item, dict) for item in value)
    return None if good else "expected an array of tables, each under [[…]]"


def texts(value: Any) -> str | None:
    """Return what is wrong with a value that should be a text, or a list of at least one; None: nothing."""
    texts = value if isinstance(value, list) else [value]
    good = bool(texts) and all(isinstance(item, str) and item.strip() for item in texts)
    return None if good else "expected a column, or a list of columns"


def globs(value: Any) -> str | None:
    """Return what is wrong with a value that should be a list of patterns of paths; None: nothing."""
    good = isinstance(value, list) and all(isinstance(item, str) and item.strip() for item in value)
    return None if good else 'expected a list of patterns, like ["docs/**", "*.md"]'


def character(value: Any) -> str | None:
    """Return what is wrong with a value that should be one character; None: nothing."""
    good = isinstance(value, str) and len(value) == 1 and value not in '"\r\n'
    return None if good else "expected one character"


def unit(value: Any) -> str | None:
    """Return what is wrong with a value that should be a unit; None: nothing."""
    return None if isinstance(value, str) else "expected a unit"
