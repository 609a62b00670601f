"""XML as a stream of tags with their lines; whatever a hostile file could blow up with is refused."""

from __future__ import annotations

import contextlib
from collections import deque
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn, TextIO
from xml.parsers import expat

from perfsite.errors import InputError
from perfsite.sources.document import is_storable, shorten
from perfsite.sources.loading import HEAD_CHARACTERS, read_piece, read_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_DEEPEST: Final = 1000
_LONGEST_TEXT: Final = 10_000
# Expat before 2.6 reads a tag that is not complete from its start again with every chunk: without a limit a tag of
# 200 MB would take minutes.
_LONGEST_TAG: Final = 4 * 1024 * 1024
_CHUNK: Final = 256 * 1024
_CUT_OFF: Final = frozenset(
    {
        expat.errors.codes[message]
        for message in (
            expat.errors.XML_ERROR_NO_ELEMENTS,
            expat.errors.XML_ERROR_UNCLOSED_TOKEN,
            expat.errors.XML_ERROR_PARTIAL_CHAR,
            expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
        )
    }
)


class Tag(NamedTuple):
    """A tag that opens or closes an element.

    `attributes` belong to the opening tag, `text` to the closing one: what stands directly in the element, not in its
    children, without white space at both ends and at most 10,000 characters of it.
    """

    is_open: bool
    name: str
    attributes: Mapping[str, str]
    text: str
    line: int

    @property
    def at(self) -> str:
        """The place, as messages name it: `line 12`."""
        return f"line {self.line}"


def read_tags(stream: TextIO, *, origin: str, hint: str) -> Iterator[Tag]:
    """Yield the tags of an XML document as it is read, in bounded memory.

    What stands before the XML declaration (output of the program that was run) is left out, lines are counted with
    it. An element without content gives both tags. The declared encoding does not matter: the stream is text.

    Raises
    ------
    InputError
        Not XML, cut off, with a document type declaration (and so with entities), nested more than 1,000 deep, or
        with a single tag of more than 4 MB.
    """
    head = read_text(stream, origin=origin, size=HEAD_CHARACTERS)
    if not head.strip():
        raise InputError("is empty", where=origin, hint="Did the benchmark tool finish? Look at its output.")
    start = _start(head)
    reader = _Reader(origin, hint, lines_before=head.count("\n", 0, start))
    chunks = iter(lambda: read_piece(stream, origin=origin, size=_CHUNK), "")
    for chunk in chain([head[start:]], chunks):
        reader.feed(chunk)
        while reader.tags:
            yield reader.tags.popleft()
    reader.feed("", is_last=True)
    while reader.tags:
        yield reader.tags.popleft()


@lru_cache(maxsize=1)
def opening_tags(head: str) -> tuple[Tag, ...]:
    """Return the opening tags in the start of a file, as far as it is XML; for `accepts`.

    Examples
    --------
    >>> [tag.name for tag in opening_tags('<?xml version="1.0"?><a><b c="1"/><d e=')]
    ['a', 'b']
    """
    text = head.removeprefix("\ufeff")
    if "<" not in text or not is_storable(text):
        return ()
    reader = _Reader("", "")
    # Whatever is wrong there, what came before it tells the format; reading will say what is wrong.
    with contextlib.suppress(InputError):
        reader.feed(text[_start(text) :])
    return tuple(tag for tag in reader.tags if tag.is_open)


def _start(text: str) -> int:
    """Return where the XML of a text begins: at its first tag, or at the declaration behind other output."""
    if text.lstrip().startswith("<"):
        return len(text) - len(text.lstrip())
    return 0 if text.startswith("<?xml") else text.find("\n<?xml") + 1


class _Reader:
    """Expat with handlers that collect tags."""

    def __init__(self, origin: str, hint: str, *, lines_before: int = 0) -> None:
        self.tags: deque[Tag] = deque()
        self._origin = origin
        self._hint = hint
        self._lines_before = lines_before
        self._fed = 0
        self._open: list[str] = []
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._on_start
        self._parser.EndElementHandler = self._on_end
        self._parser.CharacterDataHandler = self._on_text
        self._parser.StartDoctypeDeclHandler = self._on_doctype
        self._parser.EntityDeclHandler = self._on_doctype

    def feed(self, text: str, *, is_last: bool = False) -> None:
        """Read on; raises what is wrong."""
        if not is_storable(text):
            self._refuse("holds a NUL or half a surrogate pair, which no text file can keep")
        try:
            self._parser.Parse(text, is_last)
        except expat.ExpatError as error:
            self._explain(error)
        self._fed += len(text.encode())
        if self._fed - max(self._parser.CurrentByteIndex, 0) > _LONGEST_TAG:
            self._refuse(f"a single tag or comment of more than {_LONGEST_TAG >> 20} MB")

    def _on_start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._open) >= _DEEPEST:
            self._refuse("is nested too deeply to be a result file")
        self._open.append("")
        self.tags.append(Tag(True, name, attributes, "", self._line()))

    def _on_end(self, name: str) -> None:
        self.tags.append(Tag(False, name, {}, self._open.pop().strip(), self._line()))

    def _on_text(self, text: str) -> None:
        kept = self._open[-1]
        if len(kept) < _LONGEST_TEXT:
            self._open[-1] = kept + text[: _LONGEST_TEXT - len(kept)]

    def _on_doctype(self, *_: object) -> None:
        self._refuse("has a document type declaration or entities, which no result file has")

    def _line(self) -> int:
        return self._parser.CurrentLineNumber + self._lines_before

    def _refuse(self, problem: str) -> NoReturn:
        raise InputError(problem, where=f"{self._origin}: line {self._line()}", hint=self._hint)

    def _explain(self, error: expat.ExpatError) -> NoReturn:
        where = f"{self._origin}: line {error.lineno + self._lines_before} column {error.offset + 1}"
        if error.code in _CUT_OFF:
            raise InputError(
                "the file ends in the middle", where=where, hint="Was it cut off? Let the tool write it again."
            ) from None
        raise InputError(
            f"is not XML: {shorten(expat.ErrorString(error.code) or 'unknown error')}", where=where, hint=self._hint
        ) from None
