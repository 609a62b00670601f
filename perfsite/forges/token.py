"""A secret that is sent to one host and shown to nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NoReturn

from perfsite.errors import DeliveryError

if TYPE_CHECKING:
    from collections.abc import Mapping

_HIDDEN: Final = "[secret]"
_SHORTEST: Final = 6
"""What is shorter is no secret, and may be a part of any word."""


class Token:
    """A secret whose `repr` and `str` do not tell it, and that is not carried to another process.

    Examples
    --------
    >>> token = Token("ghp_planted")
    >>> f"{token} {token!r}", token.hide("Bearer ghp_planted is bad")
    ('[secret] [secret]', 'Bearer [secret] is bad')
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the secret itself, for the one header that it belongs to."""
        return self._text

    def hide(self, text: str) -> str:
        """Return text without the secret: a host may repeat what it was sent."""
        return text.replace(self._text, _HIDDEN) if len(self._text) >= _SHORTEST else text

    def __repr__(self) -> str:
        return _HIDDEN

    def __reduce__(self) -> NoReturn:
        raise TypeError("a token is not carried to another process")


def token_of(environ: Mapping[str, str], names: tuple[str, ...], *, hint: str) -> Token:
    """Return the first of these variables that has a value.

    Raises
    ------
    DeliveryError
        None has, or it cannot be sent in a header. The value is never told.
    """
    for name in names:
        text = environ.get(name, "").strip()  # a secret that was pasted often ends with a line break
        if not text:
            continue
        # http.client would show such a value in its own error.
        if not (text.isascii() and text.isprintable()) or " " in text:
            raise DeliveryError(
                "the token holds a character that no token has, a line break or a space for example",
                where=name,
                hint="Put the secret in again, without quotes and in one line.",
            )
        return Token(text)
    raise DeliveryError(f"there is no token: {' and '.join(names)} are empty", hint=hint)
