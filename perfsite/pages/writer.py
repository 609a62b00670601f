"""Write only what changed, remove only what perfsite wrote, and survive being killed."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from perfsite.errors import ConfigError, DeliveryError

if TYPE_CHECKING:
    from io import TextIOWrapper

MANIFEST: Final = ".perfsite"


class SiteFolder:
    """A published site on disk: enter it, put every file, then `finish`.

    The manifest `.perfsite` lists what perfsite wrote, one path a line. A new file is listed before it is written, so
    that a build that was killed leaves nothing unknown behind; a file that it tore is whole after the next build,
    because every file is compared with what it ought to hold.

    Parameters
    ----------
    root
        The output folder; made where it is missing.
    adopt
        Take every file that is there for the site's own (MkDocs has just written them).

    Raises
    ------
    ConfigError
        Where the folder holds something and perfsite did not make it.
    """

    def __init__(self, root: Path, *, adopt: bool = False) -> None:
        self.root = root
        self.written = 0
        self.unchanged = 0
        self.removed = 0
        self._adopt = adopt
        self._base = f"{root}{os.sep}"
        self._put: set[str] = set()
        self._folders: set[str] = set()
        if root.exists() and not root.is_dir():
            raise ConfigError("the output is a file, not a folder", where=str(root), hint="Name another folder.")
        manifest = root / MANIFEST
        if not adopt and not manifest.is_file() and root.is_dir() and any(root.iterdir()):
            raise ConfigError(
                "the output folder is not empty and perfsite did not make it",
                where=str(root),
                hint="Name another folder, or empty this one if nothing in it is needed.",
            )
        self._known = _read_manifest(manifest)
        root.mkdir(parents=True, exist_ok=True)
        self._journal: TextIOWrapper = manifest.open("a", encoding="utf-8", newline="\n")

    def put(self, path: str, content: bytes) -> None:
        """Write a file unless it holds these bytes already; `path` is relative, with forward slashes."""
        if not _is_inside(path):
            raise ValueError(f"a page must stay inside the site: {path!r}")
        if path in self._put:
            raise ValueError(f"two pages have one address: {path!r}")
        self._put.add(path)
        target = self._base + path
        try:
            with open(target, "rb") as stream:  # noqa: PTH123  # thousands of files: pathlib costs as much as the read
                same = stream.read() == content
        except FileNotFoundError:
            same = None
        except OSError as error:
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
        draft = manifest.with_name(f"{MANIFEST}.new")
        draft.write_text(lines, encoding="utf-8", newline="\n")
        draft.replace(manifest)

    def __enter__(self) -> SiteFolder:
        return self

    def __exit__(self, *failure: object) -> None:
        """Leave the folder as it is; where `finish` was not reached, the next build repairs it."""
        self._journal.close()

    def _remember(self, path: str) -> None:
        if path not in self._known:
            self._journal.write(f"{path}\n")
            self._journal.flush()

    def _write(self, target: str, content: bytes) -> None:
        folder = os.path.dirname(target)  # noqa: PTH120  # see above
        try:
            if folder not in self._folders:
                os.makedirs(folder, exist_ok=True)  # noqa: PTH103  # see above
                self._folders.add(folder)
            with open(target, "wb", buffering=0) as stream:  # noqa: PTH123  # see above
                stream.write(content)
        except OSError as error:
            raise DeliveryError(
                f"cannot be written: {error.strerror}", where=target, hint="Check space and permissions."
            ) from error

    def _remove(self, path: str) -> None:
        target = self.root / path
        if target.is_file() or target.is_symlink():
            target.unlink()
            self.removed += 1
        for folder in target.parents:
            if folder == self.root or not folder.is_dir() or any(folder.iterdir()):
                break
            folder.rmdir()


def _is_inside(path: str) -> bool:
    """Whether a relative path stays below its root on every system, and is not the manifest itself."""
    parts = PurePosixPath(path).parts
    bad = not parts or path.startswith("/") or "\\" in path or ":" in parts[0] or "\n" in path or "\0" in path
    return not bad and ".." not in parts and parts[0] not in (MANIFEST, f"{MANIFEST}.new")


def _read_manifest(path: Path) -> set[str]:
    if not path.is_file():
        return set()
    return set(path.read_text(encoding="utf-8", errors="replace").splitlines())
