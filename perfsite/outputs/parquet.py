"""Judged points as a Parquet file: typed columns, compressed, a row group a batch, so that memory stays flat."""

from __future__ import annotations

import json
from collections.abc import Sequence
from math import nan
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import numpy as np

from perfsite.errors import ConfigError
from perfsite.model.findings import SEVERITIES, VERDICTS, Rule, Severity, Verdict
from perfsite.report.points import COLUMNS, NORMAL_95, VERSION

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from perfsite.report.points import PointReport, Points

ROWS: Final = 65_536
"""Points of a row group: a reader skips whole groups, and one is held in memory while it is written."""
_MICROSECONDS: Final = 1_000_000
_REGRESSION: Final = VERDICTS.index(Verdict.REGRESSION)
_NO_SEVERITY: Final = SEVERITIES.index(Severity.NONE)


def load() -> tuple[Any, Any]:
    """Return pyarrow and what writes Parquet with it.

    Raises
    ------
    ConfigError
        pyarrow is not installed.
    """
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError:
        raise ConfigError(
            "Parquet needs pyarrow, which is not installed", hint="pip install 'perfsite[parquet]'; CSV needs nothing"
        ) from None
    return pa, parquet


def write_parquet(file: BinaryIO, report: PointReport) -> None:
    """Write all points.

    Texts are dictionary-encoded, times are UTC in microseconds, null stands for what is not known, and `parameters`
    are a JSON object as text. The key `perfsite` of the file's metadata has the version and the meaning of every
    column.

    Raises
    ------
    ConfigError
        pyarrow is not installed.
    """
    pyarrow, parquet = load()
    tables = _Tables(pyarrow, report)
    with parquet.ParquetWriter(file, tables.schema, compression="zstd", version="2.6") as writer:
        for batch in report.batches(ROWS):
            writer.write_table(tables.of(batch), row_group_size=2 * ROWS)


class _Tables:
    """Makes tables of batches; the dictionaries are the same in all of them."""

    def __init__(self, pyarrow: Any, report: PointReport) -> None:
        self._arrow = pyarrow
        self._report = report
        timeline = report.context.timeline
        keys = [one.key for one in timeline.series]
        self._texts = {
            "benchmark": self._coded([key.benchmark for key in keys]),
            "parameters": self._coded(
                [json.dumps(dict(key.parameters), ensure_ascii=False) if key.parameters else None for key in keys]
            ),
            "metric": self._coded([key.metric for key in keys]),
            "unit": self._coded([one.unit for one in timeline.series]),
            "direction": self._coded([str(one.direction) for one in timeline.series]),
            "environment": self._coded([key.environment for key in keys]),
        }
        self._environments = [key.environment for key in keys]
        self._shas = pyarrow.array([commit.sha for commit in timeline.commits], pyarrow.string())
        times = [nan if commit.time is None else commit.time.timestamp() for commit in timeline.commits]
        self._commit_times = np.array(times, np.float64)
        self._places = np.array(timeline.places, np.int64)
        formats = sorted({run.source.format for run in timeline.runs})
        self._formats = {name: code for code, name in enumerate(formats)}
        self._sources = pyarrow.array(formats, pyarrow.string())

    @property
    def schema(self) -> Any:
        """Return the types of the columns, with what they mean."""
        arrow = self._arrow
        text = arrow.dictionary(arrow.int32(), arrow.string())
        number, flag, time = arrow.float64(), arrow.bool_(), arrow.timestamp("us", tz="UTC")
        special = {
            **dict.fromkeys(("commit_time", "run_time"), time),
            **dict.fromkeys(("position", "place", "samples"), arrow.int32()),
            "pull_request": arrow.int64(),
            **dict.fromkeys(("on_trend", "standing", "suspected", "outlier"), flag),
            **dict.fromkeys(("value", "lower", "upper", "baseline", "delta", "noise_floor"), number),
        }
        told = json.dumps({"version": VERSION, "columns": dict(COLUMNS)}, ensure_ascii=False)
        return arrow.schema(
            [arrow.field(name, special.get(name, text)) for name in COLUMNS], metadata={"perfsite": told}
        )

    def of(self, batch: Points) -> Any:
        """Return a batch as a table."""
        halves = NORMAL_95 * batch.errors
        pulls, sources = self._runs(batch)
        severities = np.where(batch.verdicts == _REGRESSION, batch.severities, _NO_SEVERITY)
        columns = {
            **{name: self._taken(codes[batch.series], texts) for name, (codes, texts) in self._texts.items()},
            "commit": self._taken(batch.commits, self._shas),
            "commit_time": self._times(self._commit_times[batch.commits]),
            "position": batch.commits,
            "place": self._whole(self._places[batch.commits], "int32"),
            "on_trend": batch.on_trend,
            "pull_request": self._whole(pulls, "int64"),
            "run_time": self._times(batch.times),
            "source": self._taken(sources, self._sources),
            "value": self._numbers(batch.values),
            "lower": self._numbers(batch.values - halves),
            "upper": self._numbers(batch.values + halves),
            "samples": self._whole(np.where(batch.counts > 0, batch.counts, -1), "int32"),
            "baseline": self._numbers(batch.baselines),
            "delta": self._numbers(batch.deltas),
            "noise_floor": self._numbers(batch.floors),
            "verdict": self._taken(batch.verdicts, self._words(VERDICTS)),
            "severity": self._taken(severities, self._words(SEVERITIES)),
            "rule": self._taken(batch.rules, self._words([rule.name.lower() for rule in Rule])),
            "standing": batch.standing,
            "since": self._taken(batch.since, self._shas),
            "suspected": batch.suspected,
            "outlier": batch.outliers,
        }
        return self._arrow.table(columns, schema=self.schema)

    def _runs(self, batch: Points) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Return the pull request and the code of the source behind each point, -1: none."""
        found = [
            self._report.run_at(self._environments[number], commit)
            for number, commit in zip(batch.series.tolist(), batch.commits.tolist(), strict=True)
        ]
        pulls = [-1 if run is None or run.pull_request is None else run.pull_request for run in found]
        sources = [-1 if run is None else self._formats[run.source.format] for run in found]
        return np.array(pulls, np.int64), np.array(sources, np.int32)

    def _coded(self, texts: Sequence[str | None]) -> tuple[NDArray[np.int32], Any]:
        """Return the code of each text and the texts that codes stand for; -1: none."""
        known: dict[str, int] = {}
        codes = [-1 if text is None else known.setdefault(text, len(known)) for text in texts]
        return np.array(codes, np.int32), self._arrow.array(list(known), self._arrow.string())

    def _words(self, words: Sequence[str]) -> Any:
        return self._arrow.array([str(word) for word in words], self._arrow.string())

    def _taken(self, codes: NDArray[Any], texts: Any) -> Any:
        indices = self._arrow.array(codes.astype(np.int32), mask=codes < 0)
        return self._arrow.DictionaryArray.from_arrays(indices, texts)

    def _numbers(self, numbers: NDArray[np.float64]) -> Any:
        return self._arrow.array(numbers, mask=~np.isfinite(numbers))

    def _whole(self, numbers: NDArray[Any], kind: str) -> Any:
        return self._arrow.array(numbers.astype(kind), mask=numbers < 0)

    def _times(self, seconds: NDArray[np.float64]) -> Any:
        known = np.isfinite(seconds)
        micro = np.round(np.where(known, seconds, 0.0) * _MICROSECONDS).astype(np.int64)
        return self._arrow.array(micro, self._arrow.timestamp("us", tz="UTC"), mask=~known)
