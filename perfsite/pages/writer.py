"""Write only what changed, remove only what perfsite wrote, and survive being killed."""

from __future__ import annotations

import errno
import os
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from perfsite.errors import ConfigError, DeliveryError

if TYPE_CHECKING:
    from io import TextIOWrapper

MANIFEST: Final = ".perfsite"
Stand = tuple[int, int]
"""How a file is left: its size, and when it was changed last, in nanoseconds."""
_NO_FOLLOW: Final = getattr(os, "O_NOFOLLOW", 0)
_NO_WAIT: Final = getattr(os, "O_NONBLOCK", 0)


class SiteFolder:
    """A published site on disk: enter it, put every file, then `finish`.

    The manifest `.perfsite` lists what perfsite wrote, one path a line. A new file is listed before it is written, so
    that a build that was killed leaves nothing unknown behind; a file that it tore is whole after the next build,
    because every file is compared with what it ought to hold. The folder itself may be a symbolic link; links within
    it are not followed, since they could lead anywhere.

    Parameters
    ----------
    root
        The output folder; made where it is missing.
    adopt
        Take every file that is there for the site's own (MkDocs has just written them).

    Raises
    ------
    ConfigError
        Where the folder holds something and perfsite did not make it, or a link in the place of its manifest.
    """

    def __init__(self, root: Path, *, adopt: bool = False) -> None:
        self.root = root
        self.size = 0
        self.written = 0
        self.unchanged = 0
        self.removed = 0
        self._adopt = adopt
        self._base = f"{root}{os.sep}"
        self._draft = root / f"{MANIFEST}.new"
        self._put: set[str] = set()
        self._made: set[str] = set()
        self._checked: set[str] = {""}
        if root.exists() and not root.is_dir():
            raise ConfigError("the output is a file, not a folder", where=str(root), hint="Name another folder.")
        manifest = root / MANIFEST
        if not adopt and not manifest.is_file() and root.is_dir() and any(root.iterdir()):
            raise ConfigError(
                "the output folder is not empty and perfsite did not make it",
                where=str(root),
                hint="Name another folder, or empty this one if nothing in it is needed.",
            )
        for path in (manifest, self._draft):
            if path.is_symlink():
                raise _is_link(str(path))
        self._known = _read_manifest(manifest)
        root.mkdir(parents=True, exist_ok=True)
        self._journal: TextIOWrapper = manifest.open("a", encoding="utf-8", newline="\n")

    def put(self, path: str, content: bytes) -> None:
        """Write a file unless it holds these bytes already; `path` is relative, with forward slashes.

        Raises
        ------
        ConfigError
            Where a foreign file or a symbolic link stands in the place of the file, or a link in that of a folder.
        DeliveryError
            Where the file cannot be read or written.
        """
        if not _is_inside(path):
            raise ValueError(f"a page must stay inside the site: {path!r}")
        if path in self._put:
            raise ValueError(f"two pages have one address: {path!r}")
        self._put.add(path)
        self.size += len(content)
        target = self._base + path
        self._refuse_links(path.rpartition("/")[0])
        try:
            with open(target, "rb", opener=_open) as stream:
                same = stream.read() == content
        except FileNotFoundError:
            same = None
        except OSError as error:
            if os.path.islink(target):  # noqa: PTH114  # thousands of files: pathlib costs as much as the read
                raise _is_link(target) from error
            raise DeliveryError(f"cannot be read: {error.strerror}", where=target) from error
        if same:
            self._remember(path)
            self.unchanged += 1
            return
        if same is False and path not in self._known and not self._adopt:
            raise ConfigError(
                "a file that perfsite did not write stands where a page must go",
                where=target,
                hint="Move it; perfsite never overwrites what is not its own.",
            )
        self._remember(path)
        self._write(target, content)
        self.written += 1

    def keep(self, path: str, stand: Stand) -> bool:
        """Leave a file that was put into this folder before, if it stands as it was left then."""
        try:
            if path in self._put or path not in self._known or self.stand(path) != stand:
                return False
        except OSError:
            return False
        self._put.add(path)
        self.size += stand[0]
        self.unchanged += 1
        return True

    def keeps(self, _path: str, _view: object) -> bool:
        """Return that a page has to be made: nothing is known of the build before."""
        return False

    def stand(self, path: str) -> Stand:
        """Return how a file that was put is left."""
        stat = os.lstat(self._base + path)
        return stat.st_size, stat.st_mtime_ns

    def has(self, path: str) -> bool:
        """Whether a file was put already, or is the folder's own manifest."""
        return path in self._put or path.startswith(MANIFEST)

    def finish(self) -> None:
        """Remove what perfsite wrote earlier and no longer needs, and close the manifest."""
        self._journal.close()
        for path in sorted(self._known - self._put):
            if _is_inside(path):
                self._remove(path)
        lines = "".join(f"{path}\n" for path in sorted(self._put))
        manifest = self.root / MANIFEST
        if manifest.read_text(encoding="utf-8", errors="replace") == lines:
            return
        self._draft.write_text(lines, encoding="utf-8", newline="\n")
        self._draft.replace(manifest)

    def __enter__(self) -> SiteFolder:
        return self

    def __exit__(self, *failure: object) -> None:
        """Leave the folder as it is; where `finish` was not reached, the next build repairs it."""
        self._journal.close()

    def _refuse_links(self, folder: str) -> None:
        """Refuse a folder of the site that is a link, or within one; each is looked at once."""
        if folder not in self._checked:
            self._refuse_links(folder.rpartition("/")[0])
            if os.path.islink(self._base + folder):  # noqa: PTH114  # see above
                raise _is_link(self._base + folder)
            self._checked.add(folder)

    def _remember(self, path: str) -> None:
        if path not in self._known:
            self._journal.write(f"{path}\n")
            self._journal.flush()

    def _write(self, target: str, content: bytes) -> None:
        folder = os.path.dirname(target)  # noqa: PTH120  # see above
        try:
            if folder not in self._made:
                os.makedirs(folder, exist_ok=True)  # noqa: PTH103  # see above
                self._made.add(folder)
            with open(target, "wb", buffering=0, opener=_open) as stream:
                stream.write(content)
        except OSError as error:
            raise DeliveryError(
                f"cannot be written: {error.strerror}", where=target, hint="Check space and permissions."
            ) from error

    def _remove(self, path: str) -> None:
        target = self.root / path
        if any(folder.is_symlink() for folder in target.parents[: path.count("/")]):
            return
        if target.is_file() or target.is_symlink():
            target.unlink()
            self.removed += 1
        for folder in target.parents:
            if folder == self.root or not folder.is_dir() or any(folder.iterdir()):
                break
            folder.rmdir()


def _open(path: str, flags: int) -> int:
    """Open a file and nothing that a link leads to; a pipe in its place is not waited for."""
    if not _NO_FOLLOW and os.path.islink(path):  # noqa: PTH114  # see above
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
    return os.open(path, flags | _NO_FOLLOW | _NO_WAIT, 0o666)


def _is_link(place: str) -> ConfigError:
    return ConfigError(
        "a symbolic link within the output folder, where a file or folder of the site must go",
        where=place,
        hint="Remove the link; only the output folder itself may be one, since links within it could lead anywhere.",
    )


def _is_inside(path: str) -> bool:
    """Whether a relative path stays below its root on every system, and is not the manifest itself."""
    parts = PurePosixPath(path).parts
    bad = not parts or path.startswith("/") or "\\" in path or ":" in parts[0] or "\n" in path or "\0" in path
    return not bad and ".." not in parts and parts[0] not in (MANIFEST, f"{MANIFEST}.new")


def _read_manifest(path: Path) -> set[str]:
    if not path.is_file():
        return set()
    return set(path.read_text(encoding="utf-8", errors="replace").splitlines())
