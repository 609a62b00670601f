"""Writing a site: only what changed, and nothing that is not ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from perfsite.errors import ConfigError
from perfsite.pages.writer import SiteFolder


def _write(root: Path, **files: str) -> SiteFolder:
    with SiteFolder(root) as folder:
        for name, text in files.items():
            folder.put(f"{name}/index.html", text.encode())
        folder.finish()
    return folder


def test_the_same_files_are_not_written_again(tmp_path: Path) -> None:
    root = tmp_path / "site"
    _write(root, a="1", b="2")
    before = (root / "a/index.html").stat().st_mtime_ns
    again = _write(root, a="1", b="3")
    assert (again.written, again.unchanged) == (1, 1)
    assert (root / "a/index.html").stat().st_mtime_ns == before


def test_files_that_are_gone_are_removed_with_their_folders(tmp_path: Path) -> None:
    _write(tmp_path, a="1", b="2")
    assert _write(tmp_path, a="1").removed == 1
    assert not (tmp_path / "b").exists()


def test_a_foreign_file_outlives_every_build(tmp_path: Path) -> None:
    _write(tmp_path, a="1", b="2")
    (tmp_path / "b/CNAME").write_text("example.org")
    _write(tmp_path, a="1")
    assert (tmp_path / "b/CNAME").read_text() == "example.org"


def test_a_foreign_file_is_never_overwritten(tmp_path: Path) -> None:
    _write(tmp_path, a="1")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/index.html").write_text("mine")
    with pytest.raises(ConfigError, match="did not write"):
        _write(tmp_path, a="1", mine="2")
    assert (tmp_path / "mine/index.html").read_text() == "mine"


def test_a_folder_that_is_not_a_site_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("x")
    with pytest.raises(ConfigError, match="not empty"):
        SiteFolder(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_file_as_output_is_refused(tmp_path: Path) -> None:
    (tmp_path / "site").write_text("x")
    with pytest.raises(ConfigError, match="not a folder"):
        SiteFolder(tmp_path / "site")


def test_the_next_build_repairs_a_killed_one(tmp_path: Path) -> None:
    _write(tmp_path, a="1", b="2")
    with SiteFolder(tmp_path) as killed:
        killed.put("c/index.html", b"new")
        killed.put("a/index.html", b"torn")
    done = _write(tmp_path, a="1", b="2")
    assert (tmp_path / "a/index.html").read_text() == "1"
    assert not (tmp_path / "c").exists()
    assert done.removed == 1


@pytest.mark.parametrize("path", ["../a", "/a", "a/../../b", "", ".perfsite", "a\\b", "c:/x", "a\nb"])
def test_a_page_cannot_leave_the_site(tmp_path: Path, path: str) -> None:
    with SiteFolder(tmp_path / "site") as folder, pytest.raises(ValueError, match="inside"):
        folder.put(path, b"")


def test_two_pages_cannot_share_an_address(tmp_path: Path) -> None:
    with SiteFolder(tmp_path / "site") as folder:
        folder.put("a", b"1")
        with pytest.raises(ValueError, match="one address"):
            folder.put("a", b"2")


def test_a_forged_manifest_removes_nothing_outside(tmp_path: Path) -> None:
    root, outside = tmp_path / "site", tmp_path / "outside"
    outside.write_text("precious")
    _write(root, a="1")
    with (root / ".perfsite").open("a") as stream:
        stream.write("../outside\n")
    _write(root, a="1")
    assert outside.read_text() == "precious"
