"""Files and words that a stranger decides cost no more than others."""

import time

from perfsite.history import commits
from perfsite.history.plumbing import _WORTH_TELLING


def test_a_huge_file_of_a_pull_request_is_not_read(repository):
    (repository.path / "small.py").write_text("def test_x(): ...\n", encoding="utf-8")
    (repository.path / "huge.py").write_bytes(b"#" * ((4 << 20) + 1))
    repository.git("add", "-A")
    repository.commit("huge")
    assert commits.file_at(repository.path, "HEAD", "small.py") == "def test_x(): ...\n"
    assert commits.file_at(repository.path, "HEAD", "huge.py") is None


def test_empty_lines_of_a_server_cost_nothing():
    began = time.process_time()
    assert not list(_WORTH_TELLING.finditer(" \n" * 50_000))
    assert time.process_time() - began < 1
    told = "remote: \nerror: no \nfatal:  gone\n ! [rejected] main\n"
    assert [match[1] for match in _WORTH_TELLING.finditer(told)] == ["no", "gone", "[rejected] main"]
