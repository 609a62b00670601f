"""Release notes as plain text, and as a part of a text that people write: between two marks, nothing else touched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from perfsite.report.wording import count_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from perfsite.report.release_views import MoverRow, ReleaseView

BEGIN: Final = "<!-- begin of perfsite's section; each post replaces it -->"
END: Final = "<!-- end of perfsite's section -->"
MOST_CHARACTERS: Final = 125_000
"""What GitHub takes as the text of a release."""
MOST_ROWS: Final = 15


def with_section(body: str, section: str, *, most: int = MOST_CHARACTERS) -> str | None:
    """Return a text with the section of ours in it: where an earlier one stands, else at its end.

    Every other character of the text stays as it is. The section takes the line ends that the text has. A mark whose
    other one is missing is left alone: nobody can tell what it was meant to hold.

    Parameters
    ----------
    body
        The text as it is.
    section
        Ours, without marks; its line ends are `\\n`.
    most
        Characters that the whole may have.

    Returns
    -------
    str or None
        None where there is no room.
    """
    line = "\r\n" if "\r\n" in body else "\n"
    ours = line.join([BEGIN, *section.strip("\n").split("\n"), END])
    kept, at = _without_ours(body)
    if at is None:
        between = "" if not kept else line if kept.endswith("\n") else line * 2
        made = f"{kept}{between}{ours}{line}"
    else:
        made = f"{kept[:at]}{ours}{kept[at:]}"
    return made if len(made) <= most else None


def _without_ours(body: str) -> tuple[str, int | None]:
    """Return a text without the sections of ours, and where the first one stood; None where there was none."""
    place: int | None = None
    start = 0
    while (end := body.find(END, start)) >= 0:
        begin = body.rfind(BEGIN, 0, end)
        if begin < 0:
            start = end + len(END)
            continue
        # What stood around it may be a section, too, once this one is gone: the search begins again.
        body = body[:begin] + body[end + len(END) :]
        place = begin if place is None else min(place, begin)
        start = 0
    return body, place


def notes_text(view: ReleaseView, *, site: str = "") -> str:
    """Return release notes for a terminal; `site` is its address, for the link (empty: not known)."""
    lines = [view.sentence, *view.remarks, *([view.no_ratio] if view.no_ratio else [])]
    if view.groups:
        lines += ["", "Geometric means"]
        for row in view.groups[:MOST_ROWS]:
            name = " · ".join(part for part in (row.name, row.metric, row.environment) if part)
            lines.append(f"  {name}, {count_text(row.series)} series: {row.words} ({row.interval or row.delta})")
    lines += _movers("Regressions", view.worse, view.worse_count)
    lines += _movers("Improvements", view.better, view.better_count)
    if view.causes:
        lines += ["", "Commits that changed it"]
        lines += [f"  {row.commit.short} {row.commit.subject}: {row.sentence}" for row in view.causes[:MOST_ROWS]]
    for title, names, count in (
        ("New benchmarks", view.added, view.added_count),
        ("Removed benchmarks", view.removed, view.removed_count),
    ):
        if names:
            rest = count - len(names)
            told = ", ".join(name for name, _ in names)
            lines += ["", f"{title}: {told}{f' and {count_text(rest)} more' if rest > 0 else ''}"]
    if view.left_out:
        lines += ["", "Not compared", *(f"  {name}: {why}" for name, why in view.left_out)]
    return "\n".join([*lines, "", f"{site}{view.url}", ""])


def _movers(title: str, rows: Sequence[MoverRow], count: int) -> Iterator[str]:
    if not count:
        return
    yield from ("", title)
    for row in rows[:MOST_ROWS]:
        name = " · ".join(part for part in (row.benchmark, row.parameters, row.metric, row.environment) if part)
        noise = f" ({row.interval})" if row.interval else ""
        stage = f", {row.stage}" if row.stage else ""
        since = f", since {row.commit.short}" if row.commit else ""
        yield f"  {name}: {row.before} → {row.after}, {row.delta}{noise}{stage}{since}"
    rest = count - sum(1 + row.others for row in rows[:MOST_ROWS])
    if rest > 0:
        yield f"  and {count_text(rest)} more series"
