"""The summary that hey prints and oha took over: figures, percentiles, parts of a request, statuses, errors."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TextIO

from perfsite.sources.formats.http_load import SECONDS, Figures, percentile_name
from perfsite.sources.lines import read_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from perfsite.sources.document import Document

_SUMMARY: Final = re.compile(r"[ \t]*Summary:[ \t]*\Z")
_HEADING: Final = re.compile(
    r"[ \t]*(Response time histogram|Latency distribution|Response time distribution|Details|Status code distribution"
    r"|Error distribution)(?: \(([^()]{1,60})\))?:[ \t]*\Z"
)
_LABELLED: Final = re.compile(r"[ \t]*([A-Za-z][A-Za-z/ +-]{0,40}):[ \t]*(\S.*)\Z")
_PERCENTILE: Final = re.compile(r"[ \t]*(\d{1,3}(?:\.\d{1,6})?)%[ \t]+in[ \t]+(\S.*)\Z", re.ASCII)
_COUNTED: Final = re.compile(r"[ \t]*\[([^\]\s]{1,40})\][ \t]*(.*)\Z")
_ANSWERS: Final = re.compile(r"(\S+) responses[ \t]*\Z")
Place = tuple[str, str]


@dataclass(slots=True)
class Console:
    """One summary as it is written: texts, each with its place."""

    at: str
    summary: dict[str, Place] = field(default_factory=dict)
    percentiles: list[tuple[str, float, str, str]] = field(default_factory=list)
    """(which requests only, percent, time, place)"""
    details: dict[str, Place] = field(default_factory=dict)
    statuses: dict[str, float] = field(default_factory=dict)
    errors: list[tuple[str, float]] = field(default_factory=list)
    sections: set[str] = field(default_factory=set)

    @property
    def is_whole(self) -> bool:
        """Whether the last section that every summary has is there."""
        return "Status code distribution" in self.sections


def read_consoles(stream: TextIO, document: Document) -> Iterator[Console]:
    """Yield the summaries of a file; one that breaks off is noted as a problem and left out."""
    console: Console | None = None
    section, only = "", ""
    for at, line in read_lines(stream, origin=document.origin):
        if not line or line.isspace():
            continue
        if _SUMMARY.match(line):
            if console is not None and _checked(console, document):
                yield console
            console, section, only = Console(at), "Summary", ""
        elif console is None:
            continue
        elif heading := _HEADING.match(line):
            section, only = heading[1], heading[2] or ""
            console.sections.add(section)
        else:
            _take(console, section, only, (line, at), document)
    if console is not None and _checked(console, document):
        yield console


def _checked(console: Console, document: Document) -> bool:
    if not console.is_whole:
        document.note(
            console.at, "this summary breaks off: its 'Status code distribution' is missing",
            hint="Was the output cut off? Give all of it.",
        )  # fmt: skip
    return console.is_whole


def _take(console: Console, section: str, only: str, place: Place, document: Document) -> None:
    line, at = place
    if section == "Summary":
        if labelled := _LABELLED.match(line):
            console.summary.setdefault(labelled[1], (labelled[2], at))
    elif section in {"Latency distribution", "Response time distribution"}:
        if percentile := _PERCENTILE.match(line):
            console.percentiles.append((only, float(percentile[1]), percentile[2], at))
        elif "%" in line:
            document.expected(at, "a percentile as in '50% in 0.0012 secs'", line.strip())
    elif section == "Details":
        if labelled := _LABELLED.match(line):
            console.details.setdefault(labelled[1], (labelled[2], at))
    elif counted := _COUNTED.match(line):
        _take_counted(console, section, counted, at, document)


def _take_counted(console: Console, section: str, counted: re.Match[str], at: str, document: Document) -> None:
    """Read `[200] 17 responses` and `[6] Get …: EOF`."""
    if section == "Status code distribution":
        answers = _ANSWERS.match(counted[2])
        number = document.written(answers[1], at, least=0) if answers else None
        if answers is None:
            document.expected(at, "a number of responses as in '[200] 17 responses'", counted[2])
        elif number is not None:
            console.statuses[counted[1]] = console.statuses.get(counted[1], 0) + number
    elif section == "Error distribution":
        number = document.written(counted[1], at, least=0)
        if number is not None:
            console.errors.append((counted[2], number))


def put_summary(figures: Figures, console: Console, *, answered: bool) -> None:
    """Keep the times, rates and sizes of a summary.

    Parameters
    ----------
    answered
        Whether any request was; if not, the zeros written as times are not measured.
    """
    for label, name in (("Total", "duration"), ("Slowest", "max"), ("Fastest", "min"), ("Average", "mean")):
        if label not in console.summary:
            figures.document.note(console.at, f"'{label}' is missing in this summary")
        elif name != "duration" and not answered:
            figures.put(name, None, SECONDS)
        else:
            text, at = console.summary[label]
            figures.time(name, text.removesuffix("."), at)
    text, at = console.summary.get("Requests/sec", ("", console.at))
    figures.count("requests_per_second", text, at, per_second=True)


def put_details(figures: Figures, console: Console, names: Mapping[str, str]) -> None:
    """Keep the mean of each part of a request (average, fastest, slowest)."""
    whole = (figures.value("min"), figures.value("max"))
    for label, (texts, at) in console.details.items():
        parts = [part.strip() for part in texts.split(",")]
        if len(parts) != 3:
            figures.document.expected(at, "three times: average, fastest, slowest", texts)
            continue
        (mean, unit), (low, _), (high, _) = (figures.seconds(part.removesuffix("."), at) for part in parts)
        is_measured = low is not None and high is not None
        # hey up to 0.1.5 writes the extremes of the whole request beside DNS+dialup.
        statistics = {"min": low, "max": high} if is_measured and (low, high) != whole else None
        mean = mean if is_measured else None
        figures.put(names.get(label, label), mean, SECONDS, unit, statistics=statistics)


def put_percentiles(figures: Figures, console: Console, names: Mapping[str, str]) -> None:
    """Keep the percentiles; `names` gives the prefix of those of some requests only."""
    for only, percent, text, at in console.percentiles:
        prefix = names.get(only, f"{only}_" if only else "")
        value, unit = figures.seconds(text.removesuffix("."), at)
        figures.put(f"{prefix}{percentile_name(percent)}", value, SECONDS, unit)
