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
    manifest = (root / ".perfsite").stat()
    inode, time = manifest.st_ino, manifest.st_mtime_ns
    again = _write(root, a="1", b="3")
    manifest = (root / ".perfsite").stat()
    assert (manifest.st_ino, manifest.st_mtime_ns) == (inode, time)
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


@pytest.mark.parametrize("link", ["a", "a/index.html", "a/b", "a/b/index.html"])
@pytest.mark.parametrize("is_broken", [False, True])
def test_nothing_is_written_through_a_link_within_the_site(tmp_path: Path, link: str, is_broken: bool) -> None:
    root, elsewhere = tmp_path / "site", tmp_path / "elsewhere"
    _write(root, **{"a": "1", "a/b": "1"})
    (root / link).parent.mkdir(exist_ok=True)
    (root / link).rename(elsewhere)
    (root / link).symlink_to(elsewhere)
    held = {path: path.read_text() for path in (elsewhere, *elsewhere.rglob("*")) if path.is_file()}
    if is_broken:
        elsewhere.rename(tmp_path / "away")
        held = {}
    with pytest.raises(ConfigError, match="a symbolic link within the output folder") as caught:
        _write(root, **{"a": "2", "a/b": "2"})
    assert caught.value.where == str(root / link)
    assert {path: path.read_text() for path in (elsewhere, *elsewhere.rglob("*")) if path.is_file()} == held


def test_nothing_is_removed_through_a_link_within_the_site(tmp_path: Path) -> None:
    root, elsewhere = tmp_path / "site", tmp_path / "elsewhere"
    _write(root, a="1", b="1")
    (root / "b").rename(elsewhere)
    (root / "b").symlink_to(elsewhere)
    _write(root, a="1")
    assert (elsewhere / "index.html").read_text() == "1"


@pytest.mark.parametrize("name", [".perfsite", ".perfsite.new"])
def test_a_manifest_that_is_a_link_is_refused(tmp_path: Path, name: str) -> None:
    root, elsewhere = tmp_path / "site", tmp_path / "elsewhere"
    _write(root, a="1")
    elsewhere.write_text("")
    (root / name).unlink(missing_ok=True)
    (root / name).symlink_to(elsewhere)
    with pytest.raises(ConfigError, match="a symbolic link"):
        _write(root, a="1", b="2")
    assert elsewhere.read_text() == ""


def test_the_output_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "site").symlink_to("real")
    _write(tmp_path / "site", a="1")
    assert (tmp_path / "real/a/index.html").read_text() == "1"
