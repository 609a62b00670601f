"""hey (once boom): what it prints, and `hey -o csv`.

The format is `requester/print.go` of https://github.com/rakyll/hey. Neither output names the URL: the benchmark is
called `hey`. To keep several URLs apart, record each file by itself, `perfsite record --suite NAME FILE`.

`failures` are requests without an answer (hey's errors) and answers with a status of 400 or more. Percentiles that hey
could not tell, written as `0% in 0.0000 secs`, are skipped ones. The histogram of response times is left out: its
edges are made anew from the fastest and slowest request of each run, and the percentiles say the same more exactly.

The CSV has a line for each answered request; those without an answer are not in it, so neither is an error rate. Its
columns are named as in the summary (`DNS` is `DNS-lookup`, `Response-delay` is `resp wait`).
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Final, TextIO

from perfsite.model.run import Reading
from perfsite.sources.document import Document
from perfsite.sources.formats.http_console import Console, put_details, put_percentiles, put_summary, read_consoles
from perfsite.sources.formats.http_load import (
    BYTES,
    PER_SECOND,
    SECONDS,
    Figures,
    Runs,
    Sample,
    cell,
    messages_of,
    percentile_name,
    status_of,
)
from perfsite.sources.lines import plain, read_table
from perfsite.sources.loading import rewound

NAME: Final = "hey"
TITLE: Final = "hey (and boom): the printed summary, and every request with `-o csv`"
MAKE: Final = "hey -z 10s URL | tee hey.txt"
_HINT: Final = "Give the whole output of hey, from `Summary:` to its end, or what `hey -o csv` writes."
_SUMMARY: Final = re.compile(r"^[ \t]*Summary:[ \t]*\n(?:[ \t]*\n)?[ \t]*Total:[ \t]+\S+ secs\.?[ \t]*$", re.MULTILINE)
_HEADER: Final = "response-time,DNS+dialup,DNS,Request-write"
_COLUMNS: Final = {
    "DNS+dialup": "DNS+dialup",
    "DNS": "DNS-lookup",
    "Request-write": "req write",
    "Response-delay": "resp wait",
    "Response-read": "resp read",
}
_PERCENTS: Final = (10, 25, 50, 75, 90, 95, 99)
_SIZES: Final = {
    "bytes_received": ("Total data", "Total Data Received"),
    "size": ("Size/request", "Response Size per Request"),
}


def accepts(head: str) -> bool:
    """Whether a text has hey's summary, or the first line of its CSV."""
    text = plain(head)
    return text.lstrip().startswith(_HEADER) or _SUMMARY.search(text) is not None


def parse(stream: TextIO, *, origin: str) -> Reading:
    """Return the measurements of hey's summary or CSV."""
    document = Document(origin, hint=_HINT, top="")
    runs = Runs(document)
    head, stream = rewound(stream, origin=origin)
    warnings: tuple[str, ...] = ()
    if plain(head).lstrip().startswith(_HEADER):
        _read_requests(stream, runs)
    else:
        for console in read_consoles(stream, document):
            warnings += messages_of(console.errors)
            _read_summary(console, runs)
    found = runs.rows.reading()
    return Reading(measurements=found.measurements, tool="hey", warnings=warnings)


def _read_summary(console: Console, runs: Runs) -> None:
    document = runs.rows.document
    figures = Figures(document, console.at, "hey")
    answers = sum(console.statuses.values())
    unanswered = sum(number for _, number in console.errors)
    figures.put("requests", answers + unanswered)
    # boom counts requests without an answer as those with status 0.
    bad = sum(number for code, number in console.statuses.items() if code.rjust(3, "0")[0] not in "123")
    put_summary(figures, console, answered=answers > 0)
    for name, labels in _SIZES.items():
        for label in labels:
            if label in console.summary:
                text, at = console.summary[label]
                number = document.written(text.removesuffix(".").removesuffix("bytes").strip(), at, least=0)
                figures.put(name, number, BYTES)
    unknown = [i for i, (_, percent, _, _) in enumerate(console.percentiles) if percent == 0]
    console.percentiles = [found for i, found in enumerate(console.percentiles) if i not in set(unknown)]
    put_percentiles(figures, console, {})
    for i in unknown:
        figures.put(percentile_name(_PERCENTS[i] if i < len(_PERCENTS) else 100), None, SECONDS)
    put_details(figures, console, {})
    figures.status_codes(console.statuses)
    figures.outcome(unanswered + bad, answers + unanswered)
    runs.add(figures)


def _read_requests(stream: TextIO, runs: Runs) -> None:
    document = runs.rows.document
    samples = {name: Sample() for name in ("response-time", *_COLUMNS)}
    codes: Counter[str] = Counter()
    begin = end = None
    for at, row in read_table(stream, document, required=["response-time"]):
        time = cell(document, row, "response-time", at)
        for name, sample in samples.items():
            value = time if name == "response-time" else cell(document, row, name, at)
            if value is not None:
                sample.values.append(value)
        offset = cell(document, row, "offset", at)
        if offset is not None and time is not None:
            begin = offset if begin is None else min(begin, offset)
            end = offset + time if end is None else max(end, offset + time)
        if code := status_of(document, row, "status-code", at):
            codes[code] += 1
    times = samples.pop("response-time")
    if not times.values:
        return
    figures = Figures(document, "line 1", "hey")
    figures.put("requests", len(times.values))
    times.put_percentiles(figures, _PERCENTS)
    for name, sample in samples.items():
        sample.put_part(figures, _COLUMNS[name])
    if begin is not None and end is not None and end > begin:
        figures.put("duration", end - begin, SECONDS)
        figures.put("requests_per_second", len(times.values) / (end - begin), PER_SECOND)
    figures.status_codes(codes)
    runs.add(figures)
