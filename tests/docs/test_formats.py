"""The README's table of formats is made from the formats themselves, and every row links to a tested sample."""

import os
import re

import pytest

from perfsite import importers, sources
from perfsite.importers import perf_baseline


def escaped(text):
    return text.replace("|", "\\|").replace("<", "&lt;")


def formats_table():
    rows = ["| format | reads | written by |", "|---|---|---|"]
    for name in sorted(sources.SOURCES):
        source = sources.load(name)
        command = source.MAKE.replace("|", "\\|").replace("`", "'")
        rows.append(f"| [{name}](tests/data/{name}/) | {escaped(source.TITLE)} | `{command}` |")
    return "\n".join(rows)


def histories_table():
    rows = ["| `perfsite import …` | reads |", "|---|---|"]
    rows += [f"| `{name}` | {escaped(importers.load(name).TITLE)} |" for name in sorted(importers.IMPORTERS)]
    rows.append(f"| `{importers.BASELINE}` | {escaped(perf_baseline.TITLE)} |")
    return "\n".join(rows)


@pytest.mark.parametrize(("mark", "table"), [("formats", formats_table), ("histories", histories_table)])
def test_a_table_of_the_readme_is_made_from_the_code(root, mark, table):
    path = root / "README.md"
    text = path.read_text(encoding="utf-8")
    start, end = f"<!-- {mark}: `make golden` writes this table -->\n", f"\n<!-- end of {mark} -->"
    pattern = re.compile(f"{re.escape(start)}(.*?){re.escape(end)}", re.DOTALL)
    found = pattern.search(text)
    assert found, f"the README has no place for the table of {mark}"
    if os.environ.get("PERFSITE_GOLDEN") == "accept":
        path.write_text(text[: found.start(1)] + table() + text[found.end(1) :], encoding="utf-8")
        return
    assert found[1] == table(), "run `make golden`, read the difference, commit it"


@pytest.mark.parametrize("name", sources.SOURCES)
def test_every_row_links_to_a_sample_that_the_tests_read(root, name):
    folder = root / "tests" / "data" / name
    assert [path for path in folder.rglob("*") if path.is_file() and path.name != "README.md"]
    words = (folder / "README.md").read_text(encoding="utf-8")
    assert words.startswith("# ")
