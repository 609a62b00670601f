"""Templates: views in, HTML of a page's content out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader, PrefixLoader, StrictUndefined
from jinja2.exceptions import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from perfsite.errors import ConfigError
from perfsite.report.slug import slug

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jinja2 import BaseLoader, Template

_IN_NAME: Final = re.compile(r"(?<=[^\W\d_][_./:])(?=[^\W\d_])")
_SEPARATED: Final = re.compile(r"[^./_:\\-]*[./_:\\-]*", re.DOTALL)


class Renderer:
    """The compiled templates of a site, one per kind of page.

    Parameters
    ----------
    overrides
        The owner's folder: `commit.html.j2` there replaces the shipped one and may extend it as
        `perfsite/commit.html.j2`. Its templates run in Jinja's sandbox.
    constants
        What every template may use besides its view.

    Raises
    ------
    ConfigError
        Where an owner's template cannot be read.
    """

    def __init__(self, overrides: Path | None, **constants: Any) -> None:
        self._overrides = overrides
        shipped = PackageLoader("perfsite.pages", "templates")
        loaders: list[BaseLoader] = [shipped, PrefixLoader({"perfsite": shipped})]
        if overrides is not None:
            loaders.insert(0, FileSystemLoader(overrides))
        kind = Environment if overrides is None else ImmutableSandboxedEnvironment
        self._environment = kind(
            loader=ChoiceLoader(loaders),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.filters["web"] = web_url
        self._environment.filters["grouped"] = grouped
        self._environment.filters["breakable"] = breakable
        self._environment.filters["sentence"] = sentence
        self._environment.filters["slug"] = slug
        self._made: dict[tuple[Any, ...], str] = {}
        self._environment.globals["once"] = self._once
        self._environment.globals.update(constants)
        self._templates: dict[str, Template] = {}

    def __call__(self, kind: str, **values: Any) -> str:
        """Return the content of a page of this kind, as HTML."""
        try:
            template = self._templates.get(kind)
            if template is None:
                template = self._templates[kind] = self._environment.get_template(f"{kind}.html.j2")
            return template.render(**values)
        except TemplateError as error:
            if self._overrides is None:
                raise
            raise ConfigError(
                f"this template cannot be rendered: {error}",
                where=str(self._overrides / f"{kind}.html.j2"),
                hint="Compare it with the template that perfsite ships.",
            ) from error

    def _once(self, macro: Callable[..., str], *arguments: str) -> str:
        """Return what a macro makes of its arguments, made once: for parts that stand on page after page.

        The macro must be an imported one: those of a page's own template are new on every page, hold all that it shows,
        and would be kept with it.
        """
        key = (macro, *arguments)
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = macro(*arguments)
        return made


def web_url(url: str | None) -> str | None:
    """Return a URL that may be followed, None for any other scheme than http and https.

    Examples
    --------
    >>> web_url("https://example.org/1"), web_url("javascript:alert(1)")
    ('https://example.org/1', None)
    """
    return url if url is not None and url.lower().startswith(("https://", "http://")) else None


def breakable(name: str) -> Markup:
    """Return a name as HTML that may go on in a new line after a separator.

    Examples
    --------
    >>> breakable("a.b_c<")
    Markup('a.<wbr>b_<wbr>c&lt;')
    """
    return Markup("<wbr>").join(escape(part) for part in _SEPARATED.findall(name) if part)


def sentence(text: str) -> Markup:
    r"""Return a sentence as HTML: its names may break after a separator, its numbers not; `…` and `%` stay at theirs.

    Examples
    --------
    >>> sentence("…parse_json by +1.5 % <")
    Markup('…\u2060parse_<wbr>json by +1.5\xa0% &lt;')
    """
    return Markup("<wbr>").join(
        escape(part) for part in _IN_NAME.split(text.replace("…", "…\u2060").replace(" %", "\xa0%"))
    )


def grouped(number: int) -> str:
    r"""Return a whole number with narrow spaces between its thousands.

    Examples
    --------
    >>> grouped(197101)
    '197\u202f101'
    """
    return f"{number:,}".replace(",", "\u202f")
