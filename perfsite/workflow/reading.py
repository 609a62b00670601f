"""Result files and folders as readings: open what the caller named, and tell all that is wrong with any of it."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

from perfsite import sources
from perfsite.errors import CombinedInputError, ConfigError, InputError
from perfsite.importers.result_files import GZIP, unpacked
from perfsite.model.run import Reading
from perfsite.sources.mapped import Mapped

if TYPE_CHECKING:
    from perfsite.workflow.project import Project

STANDARD_INPUT: Final = Path("-")
_MOST_FILES: Final = 10_000
"""Most result files of one folder; a benchmark tool writes a few hundred at most."""


def mapped_formats(project: Project) -> dict[str, Mapped]:
    """Return the formats that the owner mapped in perfsite.toml.

    Raises
    ------
    ConfigError
        One has the name of a format that exists.
    """
    found = {layout.name: Mapped(layout) for layout in project.settings.formats}
    for name in found:
        if name in sources.SOURCES:
            raise ConfigError(
                f"there is a format '{name}' already",
                where=f"perfsite.toml: formats.{name}",
                hint="give yours another name",
            )
    return found


def read_all(
    project: Project, paths: Sequence[Path], format_name: str | None
) -> tuple[list[Path], list[tuple[str, Reading]]]:
    """Return the result files, those of folders in place of the folders, and (format, reading) of each.

    Raises
    ------
    InputError
        Files cannot be read; all that is wrong with any of them is told at once.
    ConfigError
        There is no such format.
    """
    mapped = mapped_formats(project)
    files, readings, faults = list[Path](), list[tuple[str, Reading]](), list[InputError]()
    known = set[Path]()
    for path in paths:
        try:
            named = _files(path, format_name)
        except InputError as error:
            faults.append(error)
            continue
        for file in named:
            # A file that is named twice, or beside its folder, is one file.
            if file.absolute() in known:
                continue
            known.add(file.absolute())
            files.append(file)
            try:
                readings.append(_read(file, format_name, mapped))
            except CombinedInputError as error:
                faults.extend(error.errors)
            except InputError as error:
                faults.append(error)
    if len(faults) == 1:
        raise faults[0]
    if faults:
        raise CombinedInputError(faults)
    return files, readings


def _read(file: Path, format_name: str | None, mapped: Mapping[str, Mapped]) -> tuple[str, Reading]:
    try:
        with _opened(file) as stream:
            return sources.read(stream, origin=_origin(file), format=format_name, beside=Beside(file), mapped=mapped)
    except OSError as error:
        problem = (error.strerror or str(error)).lower()
        raise InputError(problem, where=str(file), hint="name a result file of a benchmark tool") from None
    except MemoryError:
        raise InputError("needs more memory than there is", where=_origin(file), hint="record it in parts") from None


def _origin(file: Path) -> str:
    return "standard input" if file == STANDARD_INPUT else str(file)


def _files(path: Path, format_name: str | None) -> list[Path]:
    """Return a file itself, or the result files of a folder that a benchmark tool wrote."""
    if path == STANDARD_INPUT or not path.is_dir():
        return [path]
    patterns = sources.folder_patterns()
    if format_name is not None:
        patterns = {name: pattern for name, pattern in patterns.items() if name == format_name}
    # Symbolic links may lead out of the folder, and round in circles.
    found = {
        file
        for pattern in patterns.values()
        for file in path.glob(pattern)
        if file.is_file() and not file.is_symlink() and file.resolve().is_relative_to(path.resolve())
    }
    if not found:
        looked = ", ".join(sorted(set(patterns.values()))) or "none: that format has no folder"
        raise InputError(
            f"is a folder without the result files of a tool that writes folders (looked for {looked})",
            where=str(path),
            hint="name the result files themselves; a whole history comes in with `perfsite import`",
        )
    if len(found) > _MOST_FILES:
        raise InputError(
            f"is a folder with {len(found):,} result files; one run has at most {_MOST_FILES:,}",
            where=str(path),
            hint="name the folder of one run",
        )
    return sorted(found)


def _opened(file: Path) -> TextIO:
    """Return a file as text, unpacked where it is compressed with gzip, as some tools write it."""
    raw = sys.stdin.buffer if file == STANDARD_INPUT else file.open("rb")
    if isinstance(raw, io.BufferedReader) and raw.peek(2)[:2] == GZIP:
        with raw:
            content = unpacked(raw, where=_origin(file), hint="Unpack it and name the file.")
        return io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", newline="")
    return io.TextIOWrapper(raw, encoding="utf-8", errors="strict", newline="")


class Beside:
    """Opens files beside a result file."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def __call__(self, name: str) -> TextIO | None:
        """Return the file of that name, relative to the result file's folder; None where there is none."""
        if self._file == STANDARD_INPUT:
            return None
        path = Path(os.path.normpath(self._file.parent.resolve() / name))
        # A link may lead anywhere, and what is there would be read, and told in an error.
        if not path.is_file() or path.resolve() != path:
            return None
        return path.open(encoding="utf-8", errors="strict", newline="")
