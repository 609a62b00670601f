"""wrk and wrk2: what `wrk --latency URL` prints.

The format is `src/wrk.c` of https://github.com/wg/wrk and https://github.com/giltene/wrk2 (which adds a detailed
spectrum of percentiles, once more without correction with `--u_latency`). Sizes are in 1024s (`12.42KB`), rates in
1000s (`7.80k`). The benchmark is the path of the URL, its parameters are `threads` and `connections`.

A failure is a socket error or an answer with a status of 400 or more; wrk counts answers that came after its
`--timeout` as timeouts too. Lines of wrk2's spectrum become `statistics` of `p50`; its calibration, the buckets of its
histogram and the counts beside each percentile (percentile times requests) say nothing more and are left out, as is
whatever a script's `done` function prints after the run.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, TextIO

from perfsite.model.run import Reading
from perfsite.model.units import Unit
from perfsite.sources.document import Document
from perfsite.sources.formats.http_load import SECONDS, Figures, Runs, benchmark_of, percentile_name
from perfsite.sources.lines import plain, read_lines

if TYPE_CHECKING:
    from collections.abc import Callable

    _Line = tuple[re.Pattern[str], Callable[[re.Match[str], str], None]]

NAME: Final = "wrk"
TITLE: Final = "wrk and wrk2: requests, transfer, latency and its percentiles, errors"
MAKE: Final = "wrk -t2 -c10 -d10s --latency URL | tee wrk.txt"
_HINT: Final = "Give the whole output of wrk, from `Running … test @ URL` to `Transfer/sec`."
_RUNNING: Final = re.compile(r"[ \t]*Running (\S+) test @ (\S.*)\Z")
_MARK: Final = re.compile(r"^[ \t]*Running \S+ test @ \S", re.MULTILINE)
_THREADS: Final = re.compile(r"[ \t]*(?:(\d{1,12}) threads? and )?(\d{1,12}) connections?[ \t]*\Z", re.ASCII)
_THREAD_STATS: Final = re.compile(r"[ \t]*(Latency|Req/Sec)[ \t]+(\S+)[ \t]+(\S+)[ \t]+(\S+)[ \t]+(\S+)[ \t]*\Z")
_DISTRIBUTION: Final = re.compile(r"[ \t]*Latency Distribution(?:[ \t]*\(.*)?\Z")
_PERCENTILE: Final = re.compile(r"[ \t]*(\d{1,3}(?:\.\d{1,6})?)%[ \t]+(\S+)[ \t]*\Z", re.ASCII)
_SPECTRUM: Final = re.compile(r"[ \t]*(\d+\.\d+)[ \t]+([01]\.\d{1,9})[ \t]+\d+[ \t]+(?:\d+\.\d+|inf)[ \t]*\Z", re.ASCII)
_PAIR: Final = re.compile(
    r"[ \t]*#\[([A-Z][a-z]+)[ \t]*=[ \t]*([^\s,]+),[ \t]*([A-Za-z ]+?)[ \t]*=[ \t]*([^\s\]]+)\][ \t]*\Z"
)
_READ: Final = re.compile(r"[ \t]*(\S+) requests in (\S+),[ \t]+(\S+)[ \t]+read[ \t]*\Z")
_SOCKET: Final = re.compile(r"[ \t]*Socket errors: connect (\S+), read (\S+), write (\S+), timeout (\S+)[ \t]*\Z")
_STATUS: Final = re.compile(r"[ \t]*Non-2xx or 3xx responses:[ \t]*(\S+)[ \t]*\Z")
_RATE: Final = re.compile(r"[ \t]*Requests/sec:[ \t]*(\S+)[ \t]*\Z")
_TRANSFER: Final = re.compile(r"[ \t]*Transfer/sec:[ \t]*(\S+)[ \t]*\Z")
_KINDS: Final = ("connect", "read", "write", "timeout")
_MS: Final = Unit(base="s", divide=1000)
# Hyperfoil's wrk forgets the sign of one of them.
_PER_CENT: Final = Unit(base="1", divide=100)
_OWN: Final = frozenset({"min", "mean", "deviation", "p50", "max"})


def accepts(head: str) -> bool:
    """Whether a text has wrk's first line, `Running 2s test @ URL`."""
    return _MARK.search(plain(head)) is not None


def parse(stream: TextIO, *, origin: str) -> Reading:
    """Return the measurements of all runs that wrk printed into a file."""
    document = Document(origin, hint=_HINT, top="")
    runs = Runs(document)
    run: _Run | None = None
    facts: dict[str, Any] = {}
    for at, line in read_lines(stream, origin=origin):
        if not line or line.isspace():
            continue
        if begun := _RUNNING.match(line):
            if run is not None:
                run.is_cut()
            run = _Run(Figures(document, at, benchmark_of(begun[2])))
            facts = {"wrk.duration": begun[1]} if facts.get("wrk.duration", begun[1]) == begun[1] else {}
        elif run is not None and run.read(line, at):
            run.finish(runs)
            run = None
    if run is not None:
        run.is_cut()
    found = runs.rows.reading()
    return Reading(measurements=found.measurements, tool="wrk", facts=facts)


class _Run:
    """One run while its lines come in."""

    def __init__(self, figures: Figures) -> None:
        self.figures = figures
        self.prefix: str | None = None
        self.spectra: dict[str, dict[str, float]] = {}
        self.headline: dict[str, dict[str, tuple[str, str]]] = {}
        self.thread_stats: dict[str, tuple[str, list[str]]] = {}
        self.errors: dict[str, float] = {}
        self.totals: dict[str, int] = {}
        self.lines: tuple[_Line, ...] = (
            (_THREADS, self._take_threads),
            (_THREAD_STATS, self._take_thread_stats),
            (_DISTRIBUTION, self._take_distribution),
            (_READ, self._take_totals),
            (_SOCKET, self._take_socket_errors),
            (_STATUS, self._take_status),
            (_RATE, lambda match, at: figures.count("requests_per_second", match[1], at, per_second=True)),
            (_TRANSFER, lambda match, at: figures.size("bytes_per_second", match[1], at, per_second=True)),
        )
        self.distribution: tuple[_Line, ...] = (
            (_SPECTRUM, self._take_spectrum),
            (_PERCENTILE, self._take_percentile),
            (_PAIR, self._take_pair),
        )

    def read(self, line: str, at: str) -> bool:
        """Take one line; True: it was the last one of the run."""
        for pattern, take in self.lines if self.prefix is None else (*self.distribution, *self.lines):
            match = pattern.match(line)
            if match:
                take(match, at)
                return pattern is _TRANSFER
        return False

    def _take_threads(self, match: re.Match[str], _: str) -> None:
        named = {"threads": match[1], "connections": match[2]}
        self.figures.parameters = {name: value for name, value in named.items() if value is not None}

    def _take_thread_stats(self, match: re.Match[str], at: str) -> None:
        self.thread_stats.setdefault(match[1], (at, [match[i] for i in range(2, 6)]))

    def _take_distribution(self, match: re.Match[str], _: str) -> None:
        self.prefix = "uncorrected_" if "Uncorrected" in match[0] else ""

    def _take_percentile(self, match: re.Match[str], at: str) -> None:
        self.headline.setdefault(self.prefix or "", {})[percentile_name(float(match[1]))] = (match[2], at)

    def _take_spectrum(self, match: re.Match[str], at: str) -> None:
        value = self.figures.document.written(match[1], at, least=0)
        if value is not None:
            name = percentile_name(float(match[2]) * 100)
            self.spectra.setdefault(self.prefix or "", {})[name] = _MS.to_base(value)

    def _take_pair(self, match: re.Match[str], at: str) -> None:
        spectrum = self.spectra.setdefault(self.prefix or "", {})
        for name, text in ((match[1], match[2]), (match[3], match[4])):
            if name not in {"Mean", "StdDeviation", "Max", "Total count"}:
                continue
            value = None if "nan" in text.lower() else self.figures.document.written(text, at, least=0)
            if value is not None and name == "Total count":
                self.totals[self.prefix or ""] = int(value)
            elif value is not None:
                spectrum[{"Mean": "mean", "StdDeviation": "deviation", "Max": "max"}[name]] = _MS.to_base(value)

    def _take_totals(self, match: re.Match[str], at: str) -> None:
        self.figures.count("requests", match[1], at)
        self.figures.time("duration", match[2], at)
        self.figures.size("bytes_received", match[3], at)

    def _take_socket_errors(self, match: re.Match[str], at: str) -> None:
        for i, kind in enumerate(_KINDS, 1):
            number = self.figures.document.written(match[i], at, least=0)
            if number is not None:
                self.errors.setdefault(kind, number)

    def _take_status(self, match: re.Match[str], at: str) -> None:
        number = self.figures.document.written(match[1], at, least=0)
        if number is not None:
            self.errors.setdefault("status", number)

    def is_cut(self) -> None:
        """Note that the output stops before its last line."""
        self.figures.document.note(
            self.figures.at, "this run of wrk has no end: the line 'Transfer/sec' is missing", hint=_HINT
        )

    def finish(self, runs: Runs) -> None:
        """Turn what was read into figures."""
        figures = self.figures
        for name in ("requests", "requests_per_second"):
            if name not in figures:
                figures.document.note(figures.at, f"this run of wrk does not say its {name.replace('_', ' ')}")
        self._put_latency()
        for prefix in dict.fromkeys([*self.headline, *self.spectra]):
            self._put_percentiles(prefix)
        self._put_rate_per_thread()
        for kind, number in self.errors.items():
            figures.put(f"failures_{kind}", number)
        unanswered = sum(self.errors.get(kind, 0) for kind in ("connect", "read", "write"))
        figures.outcome(sum(self.errors.values()), (figures.value("requests") or 0) + unanswered)
        runs.add(figures)

    def is_measured(self, prefix: str) -> bool:
        """Whether the zeros of a distribution are times: wrk prints them where it measured nothing, too."""
        return bool(self.figures.value("requests")) and self.totals.get(prefix, 1) > 0

    def _put_latency(self) -> None:
        at, texts = self.thread_stats.get("Latency", (self.figures.at, []))
        if not texts:
            return
        mean, deviation, largest, share = texts
        found, unit = self.figures.seconds(mean, at)
        if found is None or "nan" in share.lower() or not self.is_measured(""):
            self.totals[""] = 0
            self.figures.put("mean", None, SECONDS)
            self.figures.put("max", None, SECONDS)
            return
        count = self.totals.get("", int(self.figures.value("requests") or 0))
        spread, _ = self.figures.seconds(deviation, at)
        self.figures.put("mean", found, SECONDS, unit, count=count, deviation=spread if count > 1 else None)
        self.figures.time("max", largest, at)
        self._put_share("within_deviation", share, at)

    def _put_share(self, name: str, text: str, at: str) -> None:
        self.figures.put_written(name, text, at, {"%": _PER_CENT, "": _PER_CENT}, "a share in %")

    def _put_percentiles(self, prefix: str) -> None:
        figures, spectrum = self.figures, dict(self.spectra.get(prefix, {}))
        count, measured = self.totals.get(prefix), self.is_measured(prefix)
        if "mean" in spectrum and measured:
            figures.put(f"{prefix}mean", spectrum["mean"], SECONDS, count=count, deviation=spectrum.get("deviation"))
        for name, (text, at) in self.headline.get(prefix, {}).items():
            value, unit = figures.seconds(text, at) if measured else (None, "")
            further = {other: known for other, known in spectrum.items() if name == "p50" and other not in _OWN}
            spread: dict[str, Any] = {"statistics": further, "count": count} if further else {}
            figures.put(f"{prefix}{name}", value, SECONDS, unit, **spread)
        for name in ("min", "max"):
            if name in spectrum and measured:
                figures.put(f"{prefix}{name}", spectrum[name], SECONDS)

    def _put_rate_per_thread(self) -> None:
        at, texts = self.thread_stats.get("Req/Sec", (self.figures.at, []))
        if not texts:
            return
        probe = Figures(self.figures.document, at)
        for name, text in zip(("mean", "deviation", "max"), texts, strict=False):
            probe.count(name, text, at, per_second=True)
        statistics = {"max": largest} if (largest := probe.value("max")) is not None else None
        self.figures.put(
            "requests_per_second_per_thread",
            probe.value("mean"),
            Unit(base="1/s"),
            deviation=probe.value("deviation"),
            statistics=statistics,
        )
        self._put_share("requests_per_second_within_deviation", texts[3], at)
