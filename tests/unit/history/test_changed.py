"""Files that changed between two commits: many ranges at once, in order, and nothing that was cut off."""

import pytest

from perfsite.history import changed
from perfsite.history.changed import changed_files


@pytest.fixture
def line(repository):
    """Make four commits and return their shas."""
    shas = [repository.commit("one", files={"a b.txt": "1", "lib/x.py": "1", "0" * 40: "1"})]
    shas.append(repository.commit("two", files={"lib/x.py": "2", "0" * 40: "2"}))
    (repository.path / "a b.txt").unlink()
    shas.append(repository.commit("three", files={"ä\n.txt": "3", "M": "3"}))
    shas.append(repository.commit("four"))
    return shas


def paths(repository, ranges):
    return {pair: [file.path for file in files] for pair, files in changed_files(repository.path, ranges).items()}


def test_each_range_has_the_files_of_all_its_commits(repository, line):
    found = changed_files(repository.path, [(line[0], line[1]), (line[0], line[3]), (line[2], line[3])])
    told = {pair: [(file.path, file.change) for file in files] for pair, files in found.items()}
    two = [("0" * 40, "changed"), ("lib/x.py", "changed")]
    all_ = [two[0], ("M", "added"), ("a b.txt", "removed"), two[1], ("ä\n.txt", "added")]
    assert told == {(line[0], line[1]): two, (line[0], line[3]): all_, (line[2], line[3]): []}


def test_a_range_asked_twice_or_of_no_sha_is_no_trouble(repository, line):
    pair = line[0], line[1]
    assert paths(repository, [pair, pair, ("HEAD", "--output=x")]) == {pair: ["0" * 40, "lib/x.py"]}
    assert changed_files(repository.path, []) == {}


def test_a_range_that_the_repository_lacks_is_left_out(repository, line):
    known, lost, after = (line[0], line[1]), (line[1], "0" * 40), (line[1], line[2])
    assert paths(repository, [known, lost, after]).keys() == {known, after}


def test_a_range_whose_tree_is_lost_costs_only_itself(repository, line):
    before, lost, after = (line[0], line[1]), (line[1], line[2]), (line[0], line[0])
    tree = repository.git("rev-parse", f"{line[2]}^{{tree}}")
    (repository.path / ".git" / "objects" / tree[:2] / tree[2:]).unlink()
    assert paths(repository, [before, lost, after]).keys() == {before, after}


def test_ranges_that_were_cut_off_are_left_out(repository, line, monkeypatch):
    one, two = (line[0], line[1]), (line[1], line[2])
    whole = 41 + 2 + 41 + 2 + len("lib/x.py") + 1
    monkeypatch.setattr(changed, "MOST_BYTES", whole + 41 + 3)
    monkeypatch.setattr(changed, "MOST_SINGLY", 0)
    assert paths(repository, [one, two]).keys() == {one}
