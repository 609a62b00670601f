"""Real histories that calibration tests share: positive series of 60 runs or more, of many projects."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def real_histories() -> list[NDArray[np.float64]]:
    """Return the newest 400 runs at most of each series; none where PERFSITE_REAL_DATA names no histories."""
    folder = Path(os.environ.get("PERFSITE_REAL_DATA", "../shared/data")) / "histories" / "github-action-benchmark"
    found: dict[tuple[str, str, str, str], list[float]] = {}
    for path in sorted(folder.glob("*/data.js")):
        entries = json.loads(path.read_text(encoding="utf-8").split("=", 1)[1].strip().rstrip(";"))["entries"]
        for suite, runs in entries.items():
            for run in runs:
                for bench in run["benches"]:
                    key = (path.parent.name, suite, bench["name"], bench["unit"])
                    found.setdefault(key, []).append(float(bench["value"]))
    arrays = [np.array(values[-400:]) for values in found.values()]
    return [a for a in arrays if len(a) >= 60 and np.isfinite(a).all() and a.min() > 0 and len(set(a.tolist())) >= 5]
