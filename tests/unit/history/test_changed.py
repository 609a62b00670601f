"""Files that differ over a range, from real repositories."""

from __future__ import annotations

from perfsite.history.changed import changed_files


def test_files_of_a_range_come_sorted_with_what_became_of_them(repository):
    first = repository.commit("one", files={"a.py": "1\n", "b.py": "1\n"})
    repository.git("rm", "-q", "b.py")
    last = repository.commit("two", files={"a.py": "2\n", "sub/ü <b>\n'.py": "x\n"})
    found = changed_files(repository.path, [(first, last), (first, first)])
    assert [(file.path, file.change) for file in found[first, last]] == [
        ("a.py", "changed"),
        ("b.py", "removed"),
        ("sub/ü <b>\n'.py", "added"),
    ]
    assert found[first, first] == []


def test_commits_that_are_not_there_or_no_shas_are_left_out(repository):
    head = repository.commit("one", files={"a.py": "1\n"})
    asked = [("0" * 40, head), ("--output=/tmp/x", head), ("HEAD", head)]
    assert changed_files(repository.path, asked) == {}
