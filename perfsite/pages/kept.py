"""What pages a process that builds again and again need not make again: shells, templates, pages of equal views."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from perfsite.pages import engine
from perfsite.pages.render import Renderer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Self

    from perfsite.pages.engine import Shells
    from perfsite.pages.writer import SiteFolder, Stand

_LATER_S: Final = 400 * 24 * 3600


@dataclass(frozen=True, slots=True)
class _Made:
    """Shells, and what they were made of; `digest` tells their files from others, without dates."""

    shells: Shells
    asked: tuple[Any, ...]
    inputs: bytes
    epoch: int
    digest: bytes


class KeptSite:
    """Shells and pages of the build before; enter it, since the shells lie in a folder of its own."""

    def __init__(self) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="perfsite-kept-")
        self._number = 0
        self._made: _Made | None = None
        self._is_timeless = False
        self._renderer: tuple[bytes, Renderer] | None = None
        self._ground = b""
        self._pages: dict[str, tuple[Any, Stand]] = {}
        self._next: dict[str, tuple[Any, Stand]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self._temporary.cleanup()

    def shells(self, project: Path, _staging: Path, *, title: str, epoch: int, site_url: str | None = None) -> Shells:
        """Return what `perfsite.pages.engine.build_shells` gives, kept where nothing that it reads has changed.

        They are staged in a folder that stays, not in the one given.
        """
        made, asked = self._made, (project, title, site_url)
        inputs = digest_of(_sources(project, None if made is None else made.shells))
        is_same = made is not None and (made.asked, made.inputs) == (asked, inputs) and made.shells.is_plain
        if made is not None and is_same and (epoch == made.epoch or self._is_timeless):
            return made.shells
        self._is_timeless = self._is_timeless and is_same
        self._made = self._make(asked, epoch)
        if made is not None:
            shutil.rmtree(made.shells.staging)
        return self._made.shells

    def foresee(self) -> None:
        """Find out whether the shells depend on the date of the newest commit, while nobody waits.

        They are made as of another date and compared; only the sitemap, which is written anew anyway, may differ.
        """
        made = self._made
        if made is None or not made.shells.is_plain:
            return
        later = self._make(made.asked, made.epoch + _LATER_S)
        shutil.rmtree(later.shells.staging)
        self._is_timeless = later.digest == made.digest and later.inputs == made.inputs

    def _make(self, asked: tuple[Any, ...], epoch: int) -> _Made:
        project, title, site_url = asked
        self._number += 1
        staging = Path(self._temporary.name) / str(self._number)
        shells = engine.build_shells(project, staging, title=title, epoch=epoch, site_url=site_url)
        files = (file for file in sorted(staging.rglob("*")) if not file.name.startswith("sitemap.xml"))
        return _Made(shells, asked, digest_of(_sources(project, shells)), epoch, digest_of(files, base=staging))

    def renderer(self, shells: Shells, constants: Mapping[str, Any]) -> Renderer:
        """Return the compiled templates, kept where the owner's are the same."""
        key = (
            digest_of([] if shells.overrides is None else sorted(shells.overrides.rglob("*")))
            + repr((shells.overrides, shells.overview, shells.site_url)).encode()
        )
        if self._renderer is None or self._renderer[0] != key:
            self._renderer = key, Renderer(shells.overrides, **constants)
        return self._renderer[1]

    def begin(self, pages: Iterable[str]) -> None:
        """Begin another stamping into these pages of shells; what was stamped into others is forgotten."""
        digest = hashlib.blake2b(self._renderer[0] if self._renderer else b"")
        for page in pages:
            digest.update(hashlib.blake2b(page.encode()).digest())
        ground = digest.digest()
        self._pages = self._next if ground == self._ground else {}
        self._ground, self._next = ground, {}

    def page(self, path: str) -> tuple[Any, Stand] | None:
        """Return the view that a page was made of before, and how its file was left; None where there is none."""
        return self._pages.get(path)

    def remember(self, path: str, view: Any, stand: Stand) -> None:
        """Keep a page for the next build."""
        self._next[path] = view, stand


class KeptFolder:
    """A site's folder, in which pages of equal views are left as they are; what `perfsite.pages.stamp` puts into."""

    def __init__(self, folder: SiteFolder, kept: KeptSite) -> None:
        self._folder = folder
        self._kept = kept
        self._views: dict[str, Any] = {}

    def keeps(self, path: str, view: Any) -> bool:
        """Whether a page stands as it was made of an equal view, and is left so; where not, it is put next."""
        known = self._kept.page(path)
        if known is not None and known[0] == view and self._folder.keep(path, known[1]):
            self._kept.remember(path, *known)
            return True
        self._views[path] = view
        return False

    def put(self, path: str, content: bytes) -> None:
        """Put a file, and take note of how it is left where it is a page."""
        self._folder.put(path, content)
        if path in self._views:
            self._kept.remember(path, self._views.pop(path), self._folder.stand(path))

    @property
    def size(self) -> int:
        """Return the bytes of all files that were put or left."""
        return self._folder.size


def digest_of(paths: Iterable[Path], *, base: Path | None = None) -> bytes:
    """Return what tells these files, their names and contents, from others; folders and missing ones count by name."""
    digest = hashlib.blake2b(digest_size=16)
    for path in paths:
        digest.update(f"{path.relative_to(base) if base else path}\0".encode())
        if path.is_file():
            digest.update(hashlib.blake2b(path.read_bytes()).digest())
    return digest.digest()


def sources_of(project: Path) -> tuple[Path, ...]:
    """Return the files and folders that the pages of a project are made of, as far as they are foreseen."""
    return project / "mkdocs.yml", project / "docs", project / "site_config"


def _sources(project: Path, shells: Shells | None) -> Iterator[Path]:
    """Yield all files that MkDocs reads of a project."""
    folders = {*sources_of(project), *(() if shells is None else shells.sources)}
    for place in sorted(folder for folder in folders if folder.exists()):
        yield place
        if place.is_dir():
            yield from sorted(place.rglob("*"))
