"""Files that somebody asked for: whole, or what stood there before."""

import os
import stat

import pytest

from perfsite.errors import DeliveryError
from perfsite.workflow.new_file import new_file, write_text


def test_a_text_that_cannot_be_finished_leaves_what_stood_there(tmp_path):
    import resource

    file = tmp_path / "report.md"
    file.write_text("old", encoding="utf-8")
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, most))
    try:
        with pytest.raises(DeliveryError) as caught:
            write_text(file, "new\n" * 100_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    assert (caught.value.exit_code, caught.value.where) == (5, str(file))
    assert file.read_text("utf-8") == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_rights_and_links_stay_as_they_are(tmp_path):
    file, link = tmp_path / "private.csv", tmp_path / "link.csv"
    file.touch(mode=0o600)
    link.symlink_to(file)
    write_text(link, "é\n")
    assert link.is_symlink()
    assert file.read_bytes() == "é\n".encode()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_what_is_no_file_is_written_to(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    with new_file(pipe) as file:
        file.write(b"all")
    assert os.read(reader, 10) == b"all"
    os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
