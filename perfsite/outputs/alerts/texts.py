"""The texts of alerts: plain, Markdown and HTML; nothing of a benchmark or a commit becomes markup or a mention."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from perfsite.report.markdown import html_text, markdown, plain
from perfsite.report.wording import plural

if TYPE_CHECKING:
    from perfsite.report.alert_views import Alert, AlertCommit

MOST_ALERTS: Final = 15
"""Alerts that one message tells in full lines; of more it gives the number."""
MOST_COMMITS: Final = 5
LONGEST: Final = 300
_LONG: Final = 600


@dataclass(frozen=True, slots=True)
class Form:
    """How a kind of text is written: any text made harmless, a link of such, bold, a list of lines, one paragraph."""

    safe: Callable[[str, int], str]
    link: Callable[[str, str], str]
    bold: Callable[[str], str]
    items: Callable[[Sequence[str]], str]
    paragraph: Callable[[str], str]
    between: str


def web(url: str) -> str:
    """Return an address of the web of which nothing ends a link, whatever the form."""
    return quote(url, safe="/:?&=#%.,~+-_@")


def _dashes(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


PLAIN: Final = Form(
    safe=plain,
    link=lambda text, url: f"{text}: {web(url)}",
    bold=str,
    items=_dashes,
    paragraph=str,
    between="\n\n",
)
MARKDOWN: Final = Form(
    safe=markdown,
    link=lambda text, url: f"[{text}]({web(url)})",
    bold=lambda text: f"**{text}**",
    items=_dashes,
    paragraph=str,
    between="\n\n",
)
HTML: Final = Form(
    safe=html_text,
    link=lambda text, url: f'<a href="{html.escape(web(url))}">{text}</a>',
    bold=lambda text: f"<strong>{text}</strong>",
    items=lambda lines: "<ul>" + "".join(f"<li>{line}</li>" for line in lines) + "</ul>",
    paragraph=lambda text: f"<p>{text}</p>",
    between="\n",
)


def title_of(alerts: Sequence[Alert], project: str) -> str:
    """Return the title of a message, one line: that of its alert, or how many of which kind there are."""
    if len(alerts) == 1:
        return plain(alerts[0].title, 200)
    counts: dict[str, int] = {}
    for alert in alerts:
        counts[alert.state] = counts.get(alert.state, 0) + 1
    told = ", ".join(f"{number} {word}" for word, number in counts.items())
    return plain(f"{project}: {told}", 200)


def body_of(alerts: Sequence[Alert], form: Form, *, most_commits: int = MOST_COMMITS) -> str:
    """Return the body of a message: one alert in full, or a line for each of many."""
    if len(alerts) == 1:
        return form.between.join(_paragraphs(alerts[0], form, most_commits))
    lines = [_line(alert, form) for alert in alerts[:MOST_ALERTS]]
    if len(alerts) > MOST_ALERTS:
        lines.append(f"and {len(alerts) - MOST_ALERTS} more")
    return form.items(lines)


def short_of(alerts: Sequence[Alert]) -> str:
    """Return where to read on, for channels that take a line only; the title where nobody knows an address."""
    urls = [alert.url for alert in alerts if alert.url]
    return web(urls[0]) if urls else plain(alerts[0].sentence, LONGEST)


def _line(alert: Alert, form: Form) -> str:
    title = form.safe(alert.title, LONGEST)
    title = form.link(title, alert.url) if alert.url else title
    size = f" ({form.safe(alert.size, LONGEST)})" if alert.size else ""
    return f"{title}{size}"


def _paragraphs(alert: Alert, form: Form, most_commits: int) -> Iterator[str]:
    """Yield what an alert says, the link first."""
    if alert.url:
        name = "The commit" if alert.withdrawn else "The incident, with all that is known of it"
        yield form.paragraph(form.link(name, alert.url))
    if " ".join(alert.sentence.rstrip(".").split()) not in alert.title:
        yield form.paragraph(form.bold(form.safe(alert.sentence, LONGEST)))
    if alert.doubt:
        yield form.paragraph(form.safe(alert.doubt, LONGEST))
    if facts := [f"{name}: {form.safe(value, LONGEST)}" for name, value in facts_of(alert)]:
        yield form.items(facts)
    if alert.lead or alert.why:
        why = f"{alert.why[:1].upper()}{alert.why[1:]}." if alert.why else ""
        yield form.paragraph(form.safe(" ".join(part for part in (alert.lead, why) if part), _LONG))
    if alert.commits:
        head = form.safe(alert.range_text, LONGEST)
        if alert.compare_url:
            head = f"{head} {form.link('All changes', alert.compare_url)}"
        yield form.paragraph(head)
        yield form.items([_commit(commit, form) for commit in alert.commits[:most_commits]])
    if alert.hints:
        yield form.items([f"Hint: {form.safe(hint, LONGEST)}" for hint in alert.hints])


def facts_of(alert: Alert) -> list[tuple[str, str]]:
    """Return what is known of an alert as names and values, plain and hostile."""
    series = plural(alert.series, "series", "series") if alert.series else ""
    if series and alert.standing and alert.standing < alert.series:
        series += f", {alert.standing} of them stand"
    facts = (
        ("Worst", alert.worst),
        ("Change", alert.size),
        ("Level", alert.levels),
        ("Noise of a single run", alert.noise),
        ("Severity", alert.severity if alert.severity != "none" else ""),
        ("Series", series),
        ("Environments", ", ".join(alert.environments[:6]) + (" …" if len(alert.environments) > 6 else "")),
        ("Owner", ", ".join(alert.owners[:5])),
    )
    return [(name, value) for name, value in facts if value]


def _commit(commit: AlertCommit, form: Form) -> str:
    # A sha is hex digits: nothing need be made harmless, and it can be copied.
    sha = form.link(commit.short, commit.url) if commit.url else commit.short
    likely = " (most likely)" if commit.likely else ""
    about = ", ".join(part for part in (commit.author, commit.date) if part)
    return f"{sha}{likely} {form.safe(commit.subject, 120)}{f' ({form.safe(about, 120)})' if about else ''}"
