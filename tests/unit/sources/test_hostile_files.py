"""Every reader against files that were changed to harm it: it reads, or raises the one documented error, and ends."""

import io
import json
import os

import pytest
from hostile import DATA, RECORDED, at_most, changed_documents, changed_lines, changed_texts, format_of, lines_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perfsite import sources
from perfsite.errors import InputError

COUNT = int(os.environ.get("PERFSITE_FUZZ", "8"))
"""How many changed files of each recorded one; `make fuzz` tries many more."""
EXAMPLES = settings(max_examples=COUNT, suppress_health_check=list(HealthCheck), deadline=None)
FILES = pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.relative_to(DATA).as_posix())
JSON = pytest.mark.parametrize(
    "path", [path for path in RECORDED if path.suffix == ".json"], ids=lambda path: path.relative_to(DATA).as_posix()
)


def outcome(name, text):
    """Return the reading or the documented error; anything else is raised."""
    with at_most(20):
        try:
            return sources.read(io.StringIO(text, newline=""), origin="file.x", format=name)[1]
        except InputError as error:
            return error


def survives(name, text):
    found = outcome(name, text)
    if isinstance(found, InputError):
        assert str(found).startswith("file.x")
        assert len(str(found)) < 2_000_000
        assert found.exit_code == 3
    else:
        assert found.measurements
        assert all("\n" not in line for line in lines_of(found, name))


@FILES
@EXAMPLES
@given(st.data())
def test_a_file_with_characters_changed_is_read_or_refused(path, data):
    survives(format_of(path), data.draw(changed_texts(path.read_text(encoding="utf-8"))))


@FILES
@EXAMPLES
@given(st.data())
def test_a_file_with_lines_and_words_changed_is_read_or_refused(path, data):
    survives(format_of(path), data.draw(changed_lines(path.read_text(encoding="utf-8"))))


@JSON
@EXAMPLES
@given(st.data())
def test_a_file_with_nodes_changed_is_read_or_refused(path, data):
    text = path.read_text(encoding="utf-8")
    try:
        json.loads(text)
    except ValueError:
        pytest.skip("several documents in one file")
    survives(format_of(path), data.draw(changed_documents(text)))


@FILES
def test_a_file_of_any_other_format_is_refused_or_read_but_never_a_crash(path):
    text = path.read_text(encoding="utf-8")
    for name in sources.SOURCES:
        survives(name, text)
