"""A file that somebody asked for: it takes the place of what stands there once it is whole, or not at all."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, cast

from perfsite.errors import DeliveryError

_IN_MEMORY: Final = 16_000_000


@contextmanager
def new_file(path: Path | None) -> Iterator[BinaryIO]:
    """Open a file to write, for bytes: it takes the place of what stands there once all is written, not before.

    None: a file without a name, to be read again and passed on.

    Raises
    ------
    DeliveryError
        It cannot be written.
    """
    if path is None:
        with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as spooled:
            yield cast("BinaryIO", spooled)
        return
    try:
        with _beside(path) if _is_replaceable(path) else _through(path) as file:
            yield file
    except OSError as error:
        hint = "see that the folder is there, that there is room, and that you may write there"
        raise DeliveryError(f"cannot be written: {error.strerror}", where=str(path), hint=hint) from error


def _is_replaceable(path: Path) -> bool:
    """Whether a new file can take the place; a job may have been given a file in a folder that is not its own."""
    return not path.exists() or (path.is_file() and os.access(path.resolve().parent, os.W_OK))


@contextmanager
def _beside(path: Path) -> Iterator[BinaryIO]:
    """Write a file beside a place, and put it there in the end; a link stays one, and rights what they were."""
    place = path.resolve()
    mode = stat.S_IMODE(place.stat().st_mode) if place.exists() else _usual_mode()
    with tempfile.NamedTemporaryFile(dir=place.parent, prefix=f".{place.name[:100]}.", delete=False) as made:
        part = Path(made.name)
        try:
            yield cast("BinaryIO", made)
            made.close()
            # A file of this kind is its owner's alone.
            part.chmod(mode)
            part.replace(place)
        except BaseException:
            part.unlink(missing_ok=True)
            raise


@contextmanager
def _through(path: Path) -> Iterator[BinaryIO]:
    """Write to what must stay what it is, a device or a pipe, once all is there."""
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as spooled:
        yield cast("BinaryIO", spooled)
        spooled.seek(0)
        with path.open("wb") as device:
            shutil.copyfileobj(spooled, device)


def _usual_mode() -> int:
    """Return the rights that a new file gets here."""
    mask = os.umask(0o022)
    os.umask(mask)
    return 0o666 & ~mask


def write_text(path: Path, text: str) -> None:
    """Write a whole file of text, in UTF-8 and with the line ends that the text has.

    Raises
    ------
    DeliveryError
        It cannot be written; what stood there does so still.
    """
    with new_file(path) as file:
        file.write(text.encode())
