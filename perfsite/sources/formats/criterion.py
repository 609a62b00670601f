"""criterion.rs: the tree `target/criterion`, `…/new/estimates.json` with `sample.json` and `benchmark.json` beside it.

After criterion.rs's source (https://github.com/bheisler/criterion.rs, `src/lib.rs`, `src/estimate.rs`,
`src/connection.rs`), versions 0.1 to 0.8: `estimates.json` holds bootstrapped estimates (`mean`, once `Mean`),
`sample.json` the iterations and the time of each sample (once two bare arrays), `benchmark.json` what the benchmark is
called and how much it works through. All times are nanoseconds; a custom measurement (cycles, say) writes its own
unit, which no file of the tree names, so only wall time is read right. The tree that cargo-criterion writes is
another one (CBOR); its messages are the format `criterion-messages`.

The value is the median, as everywhere in perfsite; criterion.rs itself prints `slope` where it sampled linearly and
else `mean`; both are statistics, with their bounds and standard errors as those of the median, the standard deviation
(`deviation`) and the median absolute deviation (`mad`). Throughput is derived from `benchmark.json`, so it has no
samples of its own. Left out: `tukey.json` (fences of outliers), `change/` (deltas against an earlier run), and how
many iterations a sample had, for a sample is the time of one iteration. `base/` is an earlier run: it is read where it
is given, but is no part of the folder's result.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any, Final, TextIO

from perfsite.model.run import Direction, Measurement, Reading
from perfsite.sources.base import Rows, in_base, median, metric_of
from perfsite.sources.document import Document
from perfsite.sources.formats.cargo_output import split_name
from perfsite.sources.formats.criterion_throughput import read_throughputs, throughput_rows
from perfsite.sources.loading import outline, read_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from perfsite.model.run import FactValue

NAME: Final = "criterion"
TITLE: Final = "criterion.rs's folder target/criterion, or an estimates.json or sample.json of it"
MAKE: Final = "cargo bench"
FOLDER: Final = "**/new/estimates.json"
COMPANIONS: Final = ("estimates.json", "sample.json", "benchmark.json")
_HINT: Final = "criterion.rs writes it below `target/criterion`; was this file edited?"
_GIVE: Final = "Give the folder `target/criterion`, or the `estimates.json` beside this file."
_ESTIMATES: Final = frozenset({"mean", "median", "median_abs_dev", "std_dev", "slope"})
_OLD: Final = {"Mean": "mean", "Median": "median", "MedianAbsDev": "median_abs_dev", "StdDev": "std_dev"} | {
    "Slope": "slope"
}
_STATISTICS: Final = {"mean": "mean", "slope": "slope", "median_abs_dev": "mad", "std_dev": "deviation"}
_TIME: Final = metric_of("time", "ns", direction=Direction.LOWER)
_NOT_RESULTS: Final = {
    "benchmark": "holds no measurement: it says what a benchmark is called",
    "tukey": "holds no measurement: these are fences of outliers",
    "change": "holds no measurement: this is the change against an earlier run",
}


def accepts(head: str) -> bool:
    """Whether a file that begins so is one of criterion.rs's, also one that holds no measurement."""
    document = outline(head)
    # The head of a sample of many thousand iterations ends within the first of its two arrays.
    is_cut = isinstance(document, dict) and "iters" in document and document.keys() <= {"sampling_mode", "iters"}
    return is_cut or _kind(document) is not None


def parse(stream: TextIO, *, origin: str, companions: Mapping[str, TextIO] | None = None) -> Reading:
    """Return the measurements of one benchmark.

    Parameters
    ----------
    companions
        `estimates.json`, `sample.json` and `benchmark.json` of the same folder, those that are there. Without
        `benchmark.json` the benchmark is named by the folders of `origin`.
    """
    root = read_json(stream, origin=origin, hint=_HINT)
    document = Document(origin, hint=_HINT)
    kind = _kind(root)
    if kind in _NOT_RESULTS:
        document.note("$", _NOT_RESULTS[kind], hint=_GIVE)
    elif kind is None:
        document.expected("$", "estimates or a sample of criterion.rs", root)
    document.finish()
    beside = _Beside(companions or {}, origin)
    estimates = (root, document) if kind == "estimates" else beside.read("estimates", document)
    sample = (root, document) if kind == "sample" else beside.read("sample", document)
    rows = Rows(document)
    samples = _samples(*sample) if sample else None
    # A long sample is most of the memory.
    del root, sample
    found = _estimates(*estimates) if estimates else {}
    _add_rows(rows, beside.read("benchmark", document), found, samples)
    document.problems.extend(problem for other in beside.documents for problem in other.problems)
    return Reading(measurements=rows.reading().measurements, tool="criterion", facts=_facts(estimates))


def _kind(root: Any) -> str | None:
    """Return which file of the tree this is; None: none of them."""
    if isinstance(root, list):
        return _kind_of_array(root)
    if not isinstance(root, dict):
        return None
    if "iters" in root and "times" in root:
        return "sample"
    if "group_id" in root and "function_id" in root:
        return "benchmark"
    names = {_OLD.get(key, key) for key, value in root.items() if _is_estimate(value)}
    if not names & _ESTIMATES or not root.keys() <= _ESTIMATES | _OLD.keys():
        return None
    return "change" if names == {"mean", "median"} and len(root) == 2 else "estimates"


def _kind_of_array(root: list[Any]) -> str | None:
    if len(root) == 4 and all(isinstance(item, (int, float)) for item in root):
        return "tukey"
    is_pair = len(root) == 2 and all(isinstance(item, list) and item for item in root)
    return "sample" if is_pair and not any(isinstance(item[0], (dict, list, str)) for item in root) else None


def _is_estimate(value: Any) -> bool:
    return isinstance(value, dict) and not {"confidence_interval", "point_estimate"}.isdisjoint(value)


class _Beside:
    """The files beside the result file, each with the problems found in it."""

    def __init__(self, companions: Mapping[str, TextIO], origin: str) -> None:
        self.companions = companions
        self.folder = origin[: max(origin.rfind("/"), origin.rfind("\\")) + 1]
        self.documents: list[Document] = []

    def read(self, kind: str, document: Document) -> tuple[Any, Document] | None:
        """Return the content of a file beside the result file; None where there is none."""
        stream = self.companions.get(f"{kind}.json")
        if stream is None:
            return None
        origin = f"{self.folder}{kind}.json"
        own = Document(origin, hint=document.hint)
        self.documents.append(own)
        root = read_json(stream, origin=origin, hint=_HINT)
        if _kind(root) != kind:
            own.expected("$", f"the content of criterion.rs's {kind}.json", root)
            return None
        return root, own


def _samples(root: Any, document: Document) -> array[float] | None:
    """Return the time of one iteration in each sample, in ns."""
    paired = {"iters": root[0], "times": root[1]} if isinstance(root, list) else root
    iterations = document.numbers(paired, "iters", "$", least=0)
    times = document.numbers(paired, "times", "$", least=0)
    if iterations is None or times is None:
        return None
    if len(iterations) != len(times) or not times:
        document.note("$", f"expected as many iters as times, found {len(iterations)} and {len(times)}")
    elif not all(iterations):
        document.expected(f"$.iters[{iterations.index(0)}]", "a number above 0", 0)
    else:
        return array("d", (time / count for time, count in zip(times, iterations, strict=True)))
    return None


def _estimates(root: dict[str, Any], document: Document) -> dict[str, float]:
    """Return the estimates with their bounds in ns (`mean`, `mean_lower`, …) and standard errors."""
    found: dict[str, float] = {}
    for key in root:
        name = _OLD.get(key, key)
        at = f"$.{key}"
        estimate = document.mapping(root, key, "$", required=False)
        if estimate is None:
            continue
        point = document.number(estimate, "point_estimate", at)
        interval = document.mapping(estimate, "confidence_interval", at) or {}
        bounds = {
            end: document.number(interval, f"{end}_bound", f"{at}.confidence_interval", required=bool(interval))
            for end in ("lower", "upper")
        }
        error = document.number(estimate, "standard_error", at, required=False)
        known = {name: point, **{f"{name}_{end}": bound for end, bound in bounds.items()}}
        known[f"{name}_standard_error"] = error
        found.update({key: value for key, value in known.items() if value is not None})
    return found


def _facts(estimates: tuple[Any, Document] | None) -> dict[str, FactValue]:
    """Return the confidence of all bounds, where the median has them at one level."""
    if estimates is None:
        return {}
    median_of = next((estimates[0][key] for key in ("median", "Median") if key in estimates[0]), None) or {}
    level = (median_of.get("confidence_interval") or {}).get("confidence_level")
    return {"criterion.confidence_level": level} if isinstance(level, float) and 0 < level < 1 else {}


def _add_rows(
    rows: Rows,
    benchmark: tuple[Any, Document] | None,
    found: Mapping[str, float],
    samples: Sequence[float] | None,
) -> None:
    """Add the time and the throughput of the benchmark."""
    document = rows.document
    name = _name(benchmark) if benchmark else _named_by_folders(document)
    middle = (
        median(samples) if samples else next((found[key] for key in ("median", "slope", "mean") if key in found), None)
    )
    if middle is None and not document.problems and not (benchmark and benchmark[1].problems):
        document.note("$", "holds no estimate of a median, slope or mean")
    if name is None or middle is None:
        return
    benchmark_name, parameters = split_name(name)
    metric, written = _TIME
    row = Measurement(
        benchmark=benchmark_name,
        parameters=parameters,
        metric=metric,
        value=middle,
        count=len(samples) if samples else None,
        lower=found.get("median_lower"),
        upper=found.get("median_upper"),
        deviation=found.get("std_dev"),
        samples=samples,
        statistics=_statistics(found) or None,
    )
    rows.add(in_base(written, row), "$")
    if benchmark:
        for at, rate in throughput_rows(in_base(written, row), read_throughputs(*benchmark)):
            rows.add(rate, at)


def _statistics(found: Mapping[str, float]) -> dict[str, float]:
    statistics = {}
    if "median_standard_error" in found:
        statistics["standard_error"] = found["median_standard_error"]
    for estimate, name in _STATISTICS.items():
        if estimate in found and estimate != "std_dev":
            statistics[name] = found[estimate]
        for end in ("lower", "upper", "standard_error"):
            if f"{estimate}_{end}" in found:
                statistics[f"{name}_{end}"] = found[f"{estimate}_{end}"]
    return statistics


def _name(benchmark: tuple[Any, Document]) -> str | None:
    """Return the name as criterion.rs prints it."""
    root, document = benchmark
    full = document.text(root, "full_id", "$", required=False)
    if full is not None:
        return full
    parts = [
        document.text(root, key, "$", required=key == "group_id") for key in ("group_id", "function_id", "value_str")
    ]
    return "/".join(part for part in parts if part is not None) or None


def _named_by_folders(document: Document) -> str | None:
    """Return the folders between `criterion` and `new`, which are the name but for characters no file name has."""
    *folders, _ = document.origin.replace("\\", "/").split("/")
    within = folders[:-1]
    if "criterion" in within:
        within = within[len(within) - within[::-1].index("criterion") :]
    elif document.origin.startswith("/") or ":" in document.origin[:2]:
        within = []
    named = "/".join(folder for folder in within if folder not in {"", ".", ".."})
    if named:
        return named
    document.note("$", "nothing tells which benchmark this is: there is no benchmark.json beside the file", hint=_GIVE)
    return None
