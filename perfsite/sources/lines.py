"""Result files that are lines of text or tables: read them one line at a time, however large they are."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final, TextIO

from perfsite.errors import InputError
from perfsite.sources.document import shorten
from perfsite.sources.loading import refuse_bytes

if TYPE_CHECKING:
    from perfsite.sources.document import Document

# Colours, and what terminals without them send for "back to normal": `ESC ( B`, shift-in.
_COLOUR: Final = re.compile("\x1b(?:\\[[0-9;?]{0,32}[A-Za-z]\x0f?|\\(B)")
_DELIMITERS: Final = (",", ";", "\t")
_DECIMAL: Final = re.compile(r" {0,9}[-+]?\d{1,40},\d{1,40}(?:[eE][-+]?\d{1,4})? {0,9}\Z", re.ASCII)
_MOST_COLUMNS: Final = 100_000
_LONGEST_LINE: Final = 64 * 1024 * 1024


def plain(text: str) -> str:
    """Return text without byte order mark, terminal colours and carriage returns."""
    text = text.removeprefix("\ufeff")
    if "\x1b" in text:
        text = _COLOUR.sub("", text)
    return text.replace("\r\n", "\n")


def read_lines(stream: TextIO, *, origin: str) -> Iterator[tuple[str, str]]:
    """Yield (`line 12`, the line without its end and without terminal colours) of a stream.

    Raises
    ------
    InputError
        Not UTF-8, holding NUL characters, or with a line of more than 64 million characters.
    """
    for number, line in _raw_lines(stream, origin=origin):
        text = line.rstrip("\r\n")
        yield f"line {number}", _COLOUR.sub("", text) if "\x1b" in text else text


def _raw_lines(stream: TextIO, *, origin: str) -> Iterator[tuple[int, str]]:
    number = 0
    while True:
        number += 1
        try:
            line = stream.readline(_LONGEST_LINE)
        except UnicodeDecodeError as error:
            refuse_bytes(error, origin=origin)
        if not line:
            return
        if "\0" in line:
            raise InputError(
                "is not a text file (it holds NUL characters)",
                where=f"{origin}: line {number}",
                hint="Give a result file; UTF-16 must be saved as UTF-8.",
            )
        if len(line) >= _LONGEST_LINE:
            raise InputError("is too long a line for a result file", where=f"{origin}: line {number}")
        yield number, line.removeprefix("\ufeff") if number == 1 else line


def read_table(
    stream: TextIO,
    document: Document,
    *,
    required: Sequence[str] = (),
    delimiter: str | None = None,
    decimals: bool = False,
) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield (`line 3`, column -> cell) of each row of a table with a header; empty lines are skipped.

    Rows with too few or too many cells are noted as problems and left out. A cell may hold line ends within quotes;
    its row is then named by the line on which it ends.

    Parameters
    ----------
    required
        Columns that must be there.
    delimiter
        What separates cells; None: the one of comma, semicolon and tab that splits the header into the most parts.
    decimals
        Whether a cell such as `1,5` in a table of semicolons becomes `1.5`: spreadsheets write those where the comma is
        the decimal sign.

    Raises
    ------
    InputError
        Not text, or a header without the required columns, or with one twice.
    """
    lines = (line for _, line in _raw_lines(stream, origin=document.origin))
    first = next((line for line in lines if line.strip()), "")
    separator = delimiter or max(_DELIMITERS, key=first.count)
    refuse_wide(first, separator, origin=document.origin)
    reader = csv.reader(_again(first, lines), delimiter=separator, strict=True)
    header: list[str] | None = None
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            document.note(f"line {reader.line_num}", f"is not a row of a table: {shorten(str(error))}")
            break
        if cells is None:
            break
        at = f"line {reader.line_num}"
        if header is None:
            header = [cell.strip() for cell in cells]
            _check_header(header, document, at, required)
        elif len(cells) == len(header):
            if decimals and separator == ";":
                cells = [cell.replace(",", ".") if _DECIMAL.match(cell) else cell for cell in cells]
            yield at, dict(zip(header, cells, strict=True))
        elif any(cell.strip() for cell in cells):
            document.note(at, f"expected {len(header)} cells as in the header, found {len(cells)}")


def _again(first: str, lines: Iterator[str]) -> Iterator[str]:
    yield first
    yield from lines


def _check_header(header: Sequence[str], document: Document, at: str, required: Sequence[str]) -> None:
    before = len(document.problems)
    for name in required:
        if name not in header:
            document.note(at, f"the column '{shorten(name)}' is missing")
    for name in (name for name, number in Counter(header).items() if name and number > 1):
        document.note(at, f"the column '{shorten(name)}' stands twice")
    if len(document.problems) > before:
        document.finish()


def refuse_wide(header: str, delimiter: str, *, origin: str) -> None:
    """Refuse a header of more columns than any tool writes: each would cost memory in every row."""
    columns = header.count(delimiter) + 1
    if columns > _MOST_COLUMNS:
        raise InputError(
            f"has {columns:,} columns; at most {_MOST_COLUMNS:,} are read",
            where=f"{origin}: line 1",
            hint="Give the table as the tool wrote it.",
        )


def cells_of(line: str, *, delimiter: str | None = None) -> list[str]:
    """Return the cells of one line of a table; none where it is no such line. For a look at a header.

    Examples
    --------
    >>> cells_of('a;"b;c"')
    ['a', 'b;c']
    """
    try:
        return next(csv.reader([line], delimiter=delimiter or max(_DELIMITERS, key=line.count)), [])
    except csv.Error:
        return []


def column_at(at: str, column: str) -> str:
    """Return the place of one cell: `line 3, column 'p95'`."""
    return f"{at}, column '{shorten(column)}'"
