"""What JMeter's samples of one label come to: the figures of its Aggregate Report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from perfsite.sources.document import is_storable
from perfsite.sources.formats.load_metrics import Target, percentile_name
from perfsite.sources.formats.operations import PERCENTILES, Operations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfsite.sources.base import Rows
    from perfsite.sources.document import Document

TOTAL: Final = "TOTAL"
"""What JMeter's Aggregate Report calls all samples together; its dashboard calls them `Total`."""
_MOST: Final = 20_000


class Sample:
    """One sample as JMeter wrote it: times in ms, sizes in bytes; None: not written."""

    __slots__ = ("connect", "elapsed", "is_transaction", "latency", "received", "sent", "started", "success")

    def __init__(self, elapsed: float, *, success: bool, started: float | None) -> None:
        self.elapsed = elapsed
        self.success = success
        self.started = started
        self.is_transaction = False
        self.received: float | None = None
        self.sent: float | None = None
        self.latency: float | None = None
        self.connect: float | None = None


class _Label:
    """All samples of one label."""

    __slots__ = (
        "at", "connect", "elapsed", "ended", "failures", "latency", "received", "received_count", "sent",
        "sent_count", "started",
    )  # fmt: skip

    def __init__(self, at: str) -> None:
        self.at = at
        self.elapsed, self.latency, self.connect = Operations(), Operations(), Operations()
        self.failures = self.received_count = self.sent_count = 0
        self.received = self.sent = 0.0
        self.started, self.ended = float("inf"), float("-inf")

    def take(self, sample: Sample) -> None:
        self.elapsed.take(sample.elapsed)
        if not sample.success:
            self.failures += 1
        if sample.started is not None:
            self.started = min(self.started, sample.started)
            self.ended = max(self.ended, sample.started + sample.elapsed)
        if sample.received is not None:
            self.received += sample.received
            self.received_count += 1
        if sample.sent is not None:
            self.sent += sample.sent
            self.sent_count += 1
        if sample.latency is not None:
            self.latency.take(sample.latency)
        if sample.connect is not None:
            self.connect.take(sample.connect)

    def join(self, other: _Label) -> None:
        """Take all samples of another label."""
        for mine, others in (
            (self.elapsed, other.elapsed), (self.latency, other.latency), (self.connect, other.connect)
        ):  # fmt: skip
            mine.values.extend(others.values)
        self.failures += other.failures
        self.received += other.received
        self.received_count += other.received_count
        self.sent += other.sent
        self.sent_count += other.sent_count
        self.started, self.ended = min(self.started, other.started), max(self.ended, other.ended)

    def read(self, rows: Rows, name: str) -> None:
        """Add the figures of this label."""
        target = Target(rows, self.at, name, {})
        elapsed, count = self.elapsed, len(self.elapsed)
        target.add("p50", elapsed.between(50), count=count, samples=elapsed.sample() if count > 1 else None)
        for percent in PERCENTILES:
            figure = percentile_name(f"{percent:g}")
            if figure and percent > 50:
                target.add(figure, elapsed.nearest(percent), count=count)
        target.add("mean", elapsed.mean(), count=count, deviation=elapsed.deviation())
        target.add("min", elapsed.least(), count=count)
        target.add("max", elapsed.greatest(), count=count)
        target.add("requests", count)
        target.add("failures", self.failures)
        target.add("error_rate", self.failures / count)
        for figure, times in (("latency", self.latency), ("connect", self.connect)):
            if len(times):
                target.add(figure, times.between(50), count=len(times), samples=times.sample())
        if self.received_count:
            target.add("size", self.received / self.received_count)
        self._read_rates(target, count)

    def _read_rates(self, target: Target, count: int) -> None:
        seconds = (self.ended - self.started) / 1000
        if not seconds > 0:
            return
        target.add("requests_per_second", count / seconds)
        if self.received_count:
            target.add("bytes_per_second", self.received / seconds)
        if self.sent_count:
            target.add("bytes_sent_per_second", self.sent / seconds)


class Labels:
    """All samples of a file, by label, and all of them together."""

    def __init__(self, document: Document) -> None:
        self.document = document
        # Samples of transaction controllers apart, since they do not count among all.
        self._parts: dict[tuple[str | None, bool], _Label] = {}

    def take(self, label: str | None, sample: Sample, at: str) -> None:
        """Take one sample; None: labels were not written."""
        found = self._parts.get((label, sample.is_transaction))
        if found is None:
            if label is not None and not is_storable(label):
                self.document.note(at, "the label holds half a surrogate pair, which no text file can keep")
                return
            found = self._parts[label, sample.is_transaction] = _Label(at)
            if len(self._parts) > _MOST:
                self.document.note(
                    at,
                    f"holds more than {_MOST:,} labels",
                    hint="Give samples a name of their own instead of one that holds an id.",
                )
                self.document.finish()
        found.take(sample)

    def add_to(self, rows: Rows) -> None:
        """Add the figures of every label, and of all together where no label has that name."""
        names: dict[str, list[_Label]] = {}
        for (label, _), part in self._parts.items():
            if label is not None:
                names.setdefault(label, []).append(part)
        for name, parts in names.items():
            self._joined(parts).read(rows, name)
        counted = [part for (_, is_transaction), part in self._parts.items() if not is_transaction]
        if counted and TOTAL not in names:
            self._joined(counted).read(rows, TOTAL)

    @staticmethod
    def _joined(parts: Sequence[_Label]) -> _Label:
        first, *others = parts
        if not others:
            return first
        together = _Label(first.at)
        for part in (first, *others):
            together.join(part)
        return together

    @property
    def started(self) -> float | None:
        """When the first sample began, in ms since 1970; None where no time was written."""
        first = min((part.started for part in self._parts.values()), default=float("inf"))
        return None if first == float("inf") else first
