"""Which files commits touched, as real git tells it."""

import pytest

from perfsite.errors import HistoryError
from perfsite.history.touched import differing_paths, ignoring, touched_paths


def test_every_commit_of_the_line_has_its_files(repository):
    before = repository.head
    first = repository.commit(files={"src/a.py": "1", "docs/x.md": "1"})
    docs = repository.commit(files={"docs/x.md": "2"})
    both = repository.commit(files={"docs/x.md": "3", "src/a.py": "2"})
    empty = repository.commit()
    path = repository.path
    assert touched_paths(path, empty, since=before) == {
        first: ["docs/x.md", "src/a.py"],
        docs: ["docs/x.md"],
        both: ["docs/x.md", "src/a.py"],
        empty: [],
    }
    assert before in touched_paths(path, empty)
    assert touched_paths(path, empty, since=docs).keys() == {both, empty}
    assert differing_paths(path, first, docs) == ["docs/x.md"]


def test_a_merge_has_what_it_brought_to_its_first_parent(repository):
    repository.commit(files={"a": "1"})
    repository.git("switch", "-q", "-c", "side")
    repository.commit(files={"b": "1"})
    repository.git("switch", "-q", "-")
    repository.commit(files={"c": "1"})
    repository.git("-c", "user.name=A", "-c", "user.email=a@example.org", "merge", "-q", "--no-ff", "-m", "m", "side")
    assert touched_paths(repository.path, repository.head)[repository.head] == ["b"]


def test_a_file_that_is_moved_out_of_a_folder_touches_both(repository):
    repository.commit(files={"docs/a.py": "one\ntwo\nthree\n"})
    repository.git("mv", "docs/a.py", "a.py")
    moved = repository.commit()
    assert touched_paths(repository.path, moved)[moved] == ["a.py", "docs/a.py"]


@pytest.mark.parametrize("name", ["a b.md", "ü.md", 'quote".md', "tab\t.md", "line\nbreak.md", "commit " + "0" * 40])
def test_names_are_taken_as_they_are(repository, name):
    sha = repository.commit(files={name: "1"})
    assert touched_paths(repository.path, sha)[sha] == [name]


def test_the_owners_settings_of_git_change_nothing(repository):
    for setting in ("log.showSignature=true", "diff.renames=copies", "diff.noprefix=true", "log.follow=true"):
        repository.git("config", *setting.split("="))
    sha = repository.commit(files={"a": "1"})
    assert touched_paths(repository.path, sha)[sha] == ["a"]


def test_a_commit_that_is_not_there_is_an_error(repository):
    repository.commit()
    with pytest.raises(HistoryError):
        touched_paths(repository.path, "0" * 40)


@pytest.mark.parametrize(
    ("patterns", "paths", "expected"),
    [
        (["docs/**"], ["docs/a", "docs/b/c"], True),
        (["docs/"], ["docs/a", "docs/b/c"], True),
        (["docs/"], ["docs", "mydocs/a"], False),
        (["*.md"], ["README.md", "src/notes.md"], True),
        (["*.md"], ["README.mdx"], False),
        (["*.md", "docs/"], ["README.md", "docs/a"], True),
        (["*.md"], ["README.md", "a.py"], False),
        (["./docs/"], ["docs/a"], True),
        (["[x"], ["[x"], True),
        (["*.MD"], ["a.md"], False),
        (["*.md"], ["line\nbreak.md"], True),
        (["*.md"], [], True),
    ],
)
def test_files_are_ignored_where_all_match(patterns, paths, expected):
    assert ignoring(patterns)(paths) is expected
