"""pyperf's metadata as facts of the machine and the tools."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from perfsite.sources.base import facts_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perfsite.model.run import FactValue

# What is a measurement, the moment's state, the benchmark's own, or tells where on whose machine it was made.
_NO_FACTS: Final = frozenset(
    {
        "name", "unit", "tags", "command", "calibrate_loops", "recalibrate_loops", "calibrate_warmups",
        "recalibrate_warmups", "values", "warmups", "date", "duration", "uptime", "boot_time",
        "load_avg_1min", "runnable_threads", "cpu_temp", "cpu_freq", "mem_max_rss", "command_max_rss",
        "mem_peak_pagefile_usage", "mem_peak", "tracemalloc_peak", "hostname", "python_executable",
        "python_config_args", "python_cflags", "perf_version", "commit_id", "commit_branch", "commit_date",
        "cpu_model_name", "cpu_count", "python_implementation", "python_version", "patch_file",
    }
)  # fmt: skip
_ARCHITECTURES: Final = frozenset({"x86_64", "amd64", "i386", "i686", "aarch64", "arm64", "armv7l", "ppc64le", "s390x"})
_REVISION: Final = re.compile(r"\brevision (\S{1,100})")


def facts_of_metadata(metadata: Mapping[str, Any]) -> dict[str, FactValue]:
    """Return metadata under perfsite's names, all else as `pyperf.<name>`; no paths, nothing of the moment."""
    known: dict[str, object] = {
        "cpu.model": metadata.get("cpu_model_name"),
        "cpu.cores": metadata.get("cpu_count"),
        **_system(metadata.get("platform")),
        **_runtime(metadata.get("python_implementation"), metadata.get("python_version")),
    }
    flags = metadata.get("python_cflags")
    if isinstance(flags, str):
        known["pyperf.python_cflags"] = " ".join(flag for flag in flags.split() if "/" not in flag)
    rest = {f"pyperf.{name}": value for name, value in metadata.items() if name not in _NO_FACTS}
    return facts_of({**rest, **known})


def _system(platform: object) -> dict[str, object]:
    """Return operating system, kernel and architecture of Python's `platform.platform()`.

    Examples
    --------
    >>> _system("Linux-5.8.12-200.fc32.x86_64-x86_64-with-glibc2.2.5")
    {'os': 'Linux', 'kernel': '5.8.12-200.fc32.x86_64', 'arch': 'x86_64'}
    >>> _system("macOS-12.3-arm64-arm-64bit")
    {'os': 'macOS', 'arch': 'arm64'}
    """
    if not isinstance(platform, str):
        return {}
    system, _, rest = platform.partition("-")
    release = rest.partition("-with-")[0]
    parts = release.split("-")
    arch = next((part for part in reversed(parts) if part.lower() in _ARCHITECTURES), None)
    found: dict[str, object] = {"os": system}
    if system == "Linux":
        found["kernel"] = release.removesuffix(f"-{arch}")
    if arch:
        found["arch"] = arch
    return found


def _runtime(implementation: object, version: object) -> dict[str, object]:
    """Return the Python that ran: `3.7.9 (64-bit) revision 1a2b3c`."""
    if not isinstance(version, str) or not version.strip():
        return {}
    name = implementation if isinstance(implementation, str) and implementation else "cpython"
    runtime = "python" if name == "cpython" else re.sub(r"[^a-z0-9.-]+", "-", name.lower())
    revision = _REVISION.search(version)
    return {
        f"runtime.{runtime}": version.split()[0],
        f"runtime.{runtime}.revision": revision[1] if revision else None,
    }
