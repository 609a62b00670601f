"""A result file as a checked document: every bad place is named, and all of them are reported at once."""

from __future__ import annotations

import math
import re
from array import array
from typing import TYPE_CHECKING, Any, Final

from perfsite.errors import CombinedInputError, InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SHOWN: Final = 60
_MOST_PROBLEMS: Final = 1000
_PLAIN_KEY: Final = re.compile(r"[A-Za-z_]\w*\Z", re.ASCII)
_LONGEST_NUMBER: Final = 400
_WRITTEN: Final = re.compile(
    r"[+-]?(?:[1-9]\d{0,2}(?:,\d{3})+|\d+)?(?:(?<=\d)\.\d*|\.\d+)?(?:(?<=[\d.])e[+-]?\d+)?(?<=[\d.])\Z",
    re.ASCII | re.IGNORECASE,
)
_UNSTORABLE: Final = re.compile("[\0\ud800-\udfff]")


def shorten(text: str) -> str:
    """Return text fit for an error message: control and direction characters escaped, about 60 characters."""
    cut = text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in cut)


def shown(value: object) -> str:
    """Return what a JSON value is, as words for an error message.

    Examples
    --------
    >>> shown("fast"), shown(True), shown(None), shown([1]), shown(-3)
    ("text 'fast'", 'true', 'null', 'an array', 'the number -3')
    """
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return f"text '{shorten(value)}'"
    if isinstance(value, (dict, list, array)):
        return "an object" if isinstance(value, dict) else "an array"
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "a number too large to be one (infinity)"
    return f"the number {shorten(str(value))}"


def is_storable(text: str) -> bool:
    """Whether text can stand in a history: no NUL and no half of a surrogate pair, which UTF-8 cannot write."""
    return _UNSTORABLE.search(text) is None


def storable(text: str) -> str:
    """Return text with what cannot be stored replaced by U+FFFD: for facts and messages, never for names."""
    return _UNSTORABLE.sub("�", text)


def step(path: str, key: str | int) -> str:
    """Return the path one step further into a document: `$.results[0]`, `$["odd key"]`."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    return f"{path}.{key}" if _PLAIN_KEY.match(key) else f'{path}["{shorten(key)}"]'


class Document:
    """One result file, mostly JSON, with the problems found in it so far.

    The getters return a checked value, or None after they noted the problem; `finish` raises all that was noted.

    Parameters
    ----------
    origin
        The file's name, for messages.
    hint
        What to do about a file that is not as it should be.
    top
        The place of the whole file: `$`, or nothing for a format that is no JSON; its places are then `line 12`.
    """

    def __init__(self, origin: str, *, hint: str, top: str = "$") -> None:
        self.origin = origin
        self.hint = hint
        self.top = top
        self.problems: list[InputError] = []

    def note(self, path: str, problem: str, *, hint: str | None = None) -> None:
        """Note one bad place; past a thousand they are raised at once."""
        where = f"{self.origin}: {path}" if path else self.origin
        self.problems.append(InputError(problem, where=where, hint=hint or self.hint))
        if len(self.problems) >= _MOST_PROBLEMS:
            self.finish()

    def is_faulty(self, path: str) -> bool:
        """Whether a problem was noted at a place or below it."""
        start = f"{self.origin}: {path}" if path else self.origin
        return any((problem.where or "").startswith(start) for problem in self.problems)

    def expected(self, path: str, what: str, value: object) -> None:
        """Note that a value is not what stands there in files of this format."""
        self.note(path, f"expected {what}, found {shown(value)}")

    def finish(self) -> None:
        """Raise what was noted, if anything was.

        Raises
        ------
        InputError
            One problem, or all of them as CombinedInputError.
        """
        if len(self.problems) == 1:
            raise self.problems[0]
        if self.problems:
            raise CombinedInputError(self.problems)

    def mapping(self, parent: Mapping[str, Any], key: str, at: str, *, required: bool = True) -> dict[str, Any] | None:
        """Return the object under a key."""
        value = self._get(parent, key, at, "an object", required)
        if value is None or isinstance(value, dict):
            return value
        self.expected(step(at, key), "an object", value)
        return None

    def objects(self, parent: Mapping[str, Any], key: str, at: str) -> list[tuple[str, dict[str, Any]]]:
        """Return the objects of the array under a key, each with its path."""
        value = self._get(parent, key, at, "an array", required=True)
        if value is not None and not isinstance(value, list):
            self.expected(step(at, key), "an array", value)
            return []
        return self.each_object(value or [], step(at, key))

    def each_object(self, values: Sequence[Any], at: str) -> list[tuple[str, dict[str, Any]]]:
        """Return the objects of an array, each with its path."""
        found = []
        for i, value in enumerate(values):
            if isinstance(value, dict):
                found.append((step(at, i), value))
            else:
                self.expected(step(at, i), "an object", value)
        return found

    def text(self, parent: Mapping[str, Any], key: str, at: str, *, required: bool = True) -> str | None:
        """Return the text under a key: a name, kept as it is."""
        value = self._get(parent, key, at, "text", required)
        if value is None:
            return None
        if not isinstance(value, str):
            self.expected(step(at, key), "text", value)
            return None
        if not is_storable(value):
            self.note(
                step(at, key), f"{shown(value)} holds a NUL or half a surrogate pair, which no text file can keep"
            )
            return None
        return value

    def number(
        self, parent: Mapping[str, Any], key: str, at: str, *, required: bool = True, least: float | None = None
    ) -> float | None:
        """Return the finite number under a key, not below `least`."""
        value = self._get(parent, key, at, "a number", required)
        return None if value is None else self.as_number(value, step(at, key), least=least)

    def as_number(self, value: object, at: str, *, least: float | None = None) -> float | None:
        """Return a value as a finite number, not below `least`."""
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self.expected(at, "a number", value)
            return None
        number = _finite(value)
        if number is None:
            self.note(at, f"expected a finite number, found {shown(value)}")
        elif least is not None and number < least:
            self.note(at, f"expected a number not below {least:g}, found {shown(value)}")
        else:
            return number
        return None

    def written(self, text: str, at: str, *, least: float | None = None) -> float | None:
        """Return the finite number that a text writes (`12`, `1,234.5`, `1e-3`), not below `least`."""
        # `float` itself strips fewer characters: not the separators U+001C to U+001F.
        plain = text.strip() if len(text) <= _LONGEST_NUMBER else ""
        if not _WRITTEN.match(plain):
            self.expected(at, "a number", text)
            return None
        return self.as_number(float(plain.replace(",", "")), at, least=least)

    def count(self, parent: Mapping[str, Any], key: str, at: str) -> int | None:
        """Return the whole number >= 1 under an optional key."""
        value = self._get(parent, key, at, "a whole number", required=False)
        if value is None:
            return None
        number = self.as_number(value, step(at, key), least=1)
        if number is None or number.is_integer():
            return None if number is None else int(number)
        self.expected(step(at, key), "a whole number", value)
        return None

    def numbers(
        self, parent: Mapping[str, Any], key: str, at: str, *, required: bool = True, least: float | None = None
    ) -> list[float] | None:
        """Return the finite numbers of the array under a key; every bad one is noted."""
        value = self._get(parent, key, at, "an array of numbers", required)
        if value is None:
            return None
        if not isinstance(value, (list, array)):
            self.expected(step(at, key), "an array of numbers", value)
            return None
        if _all_fine(value, least):
            return list(value) if isinstance(value, array) else value
        before = len(self.problems)
        found = [self.as_number(item, step(step(at, key), i), least=least) for i, item in enumerate(value)]
        return None if len(self.problems) > before else [item for item in found if item is not None]

    def _get(self, parent: Mapping[str, Any], key: str, at: str, what: str, required: bool) -> Any:
        value = parent.get(key)
        if value is None and required:
            if key in parent:
                self.expected(step(at, key), what, None)
            else:
                self.note(at, f"'{key}' is missing")
        return value


def _all_fine(values: list[Any] | array[float], least: float | None) -> bool:
    """Whether a quick look clears all values, so that a million samples need no check each."""
    if not values or set(map(type, values)) != {float}:
        return False
    # NaN and infinities survive every sum. A sum that overflows only costs the slow way.
    return math.isfinite(sum(values)) and (least is None or min(values) >= least)


def _finite(value: float) -> float | None:
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None
