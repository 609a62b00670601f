"""Capture the facts of the machine that a run was made on, and of the CI job that made it.

Facts say what may explain a measurement. Names of hosts and users and anything secret are no facts.
"""

from __future__ import annotations

import os
import platform
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from perfsite.model.run import FactValue, environment_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_MAX_FACT: Final = 200
_PROC: Final = Path("/proc")
_RUNNER_ARCHS: Final = {"X64": "x86_64", "ARM64": "arm64", "X86": "x86", "ARM": "arm"}


def environment_facts(environ: Mapping[str, str]) -> dict[str, FactValue]:
    """Return what can be known of this machine, by the names that `Environment` documents; the unknown is left out.

    Starts no process but `sysctl` on macOS, so that it costs a few milliseconds.

    Parameters
    ----------
    environ
        The environment variables of the process.
    """
    facts: dict[str, FactValue | None] = {
        "cpu.model": _cpu_model(),
        "cpu.cores": cpu_cores(),
        "memory.bytes": _memory_bytes(),
        "accelerator": _accelerator(),
        "os": _os_name(),
        "kernel": platform.release(),
        "arch": _arch(),
        "runtime.python": platform.python_version(),
        "runner.image": _runner_image(environ),
    }
    return {
        name: value.strip()[:_MAX_FACT] if isinstance(value, str) else value
        for name, value in facts.items()
        if value is not None and str(value).strip()
    }


def default_environment(environ: Mapping[str, str]) -> str:
    """Return the name of the environment where the owner gave none.

    `github-ubuntu24-x86_64` on a runner that GitHub hosts, `github-self-hosted-linux-x86_64` on one's own,
    `gitlab-linux-x86_64` in GitLab, `linux-x86_64` elsewhere. It is the same for every run of one kind of machine,
    and leaves out what a CI service changes from day to day, such as the CPU model: that is a fact of each run, which
    splits the comparison without tearing the series apart.

    Examples
    --------
    >>> default_environment({"GITHUB_ACTIONS": "true", "ImageOS": "ubuntu24", "RUNNER_ARCH": "X64"})
    'github-ubuntu24-x86_64'
    """
    system = {"darwin": "macos"}.get(platform.system().lower(), platform.system().lower()) or "unknown"
    arch = _RUNNER_ARCHS.get(environ.get("RUNNER_ARCH", ""), _arch())
    if environ.get("GITHUB_ACTIONS") == "true":
        hosted = environ.get("RUNNER_ENVIRONMENT") != "self-hosted" and environ.get("ImageOS")
        return environment_name(f"github-{hosted or f'self-hosted-{system}'}-{arch}")
    if environ.get("GITLAB_CI"):
        return environment_name(f"gitlab-{system}-{arch}")
    return environment_name(f"{'ci-' if environ.get('CI') else ''}{system}-{arch}")


_UBUNTU: Final = re.compile(r"ubuntu-(\d\d)\.04(-arm)?")
_WINDOWS: Final = re.compile(r"windows-20(\d\d)")
_MACOS: Final = re.compile(r"macos-(\d\d)(-large|-xlarge|-intel)?")


def runner_environment(labels: Iterable[str]) -> str | None:
    """Return the name that `default_environment` gives on the runner that a job asked for by these labels.

    None where they do not tell: `ubuntu-latest` is another image every other year, and a larger runner or a group of
    an organisation's own may be called anything. For those the owner names the environment.

    Notes
    -----
    The images' own variable `ImageOS` is what the name is made of: `ubuntu24`, `win25`, `macos15`. Apple's processors
    came with macOS 14; before it they were `-xlarge`, since then Intel's are `-large` and `-intel`. `windows-11-arm`
    tells an ImageOS of another system.

    Examples
    --------
    >>> runner_environment(["ubuntu-24.04"]), runner_environment(["ubuntu-24.04-arm"])
    ('github-ubuntu24-x86_64', 'github-ubuntu24-arm64')
    >>> runner_environment(["self-hosted", "Linux", "X64"])
    'github-self-hosted-linux-x86_64'
    >>> runner_environment(["ubuntu-latest"])
    """
    names = [label.strip().lower() for label in labels]
    if "self-hosted" in names:
        systems = {name for name in names if name in ("linux", "windows", "macos")}
        archs = {_RUNNER_ARCHS[name.upper()] for name in names if name.upper() in _RUNNER_ARCHS}
        if len(systems) != 1 or len(archs) != 1:
            return None
        return environment_name(f"github-self-hosted-{systems.pop()}-{archs.pop()}")
    return _hosted_environment(names[0]) if len(names) == 1 else None


def _hosted_environment(label: str) -> str | None:
    if match := _UBUNTU.fullmatch(label):
        return f"github-ubuntu{match[1]}-{'arm64' if match[2] else 'x86_64'}"
    if match := _WINDOWS.fullmatch(label):
        return f"github-win{match[1]}-x86_64"
    if match := _MACOS.fullmatch(label):
        is_arm = match[2] == "-xlarge" or (match[2] is None and int(match[1]) >= 14)
        return f"github-macos{match[1]}-{'arm64' if is_arm else 'x86_64'}"
    return None


def ci_source(environ: Mapping[str, str]) -> tuple[str | None, int | None]:
    """Return the address of the CI run that this process is part of, and which attempt of it this is.

    Examples
    --------
    >>> ci_source({"CI": "true", "BUILD_URL": "https://ci.example.org/job/7/"})
    ('https://ci.example.org/job/7/', None)
    >>> ci_source({})
    (None, None)
    """
    if environ.get("GITHUB_ACTIONS") == "true":
        server, repository, run = (environ.get(f"GITHUB_{name}") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID"))
        attempt = _positive(environ.get("GITHUB_RUN_ATTEMPT"))
        if not (server and repository and run):
            return None, attempt
        return _web(f"{server}/{repository}/actions/runs/{run}{f'/attempts/{attempt}' if attempt else ''}"), attempt
    if environ.get("GITLAB_CI"):
        # A job that is run again is a new job with its own address; GitLab does not count attempts.
        return _web(environ.get("CI_JOB_URL")), None
    azure = environ.get("SYSTEM_COLLECTIONURI"), environ.get("SYSTEM_TEAMPROJECT"), environ.get("BUILD_BUILDID")
    if all(azure):
        url = f"{str(azure[0]).rstrip('/')}/{azure[1]}/_build/results?buildId={azure[2]}"
        return _web(url), _positive(environ.get("SYSTEM_JOBATTEMPT"))
    # Jenkins, CircleCI, Buildkite, Travis, and Drone or Woodpecker.
    names = ("BUILD_URL", "CIRCLE_BUILD_URL", "BUILDKITE_BUILD_URL", "TRAVIS_BUILD_WEB_URL", "DRONE_BUILD_LINK")
    found = next((environ[name] for name in names if environ.get(name)), None)
    return _web(found), _positive(environ.get("BUILDKITE_RETRY_COUNT"), start=0)


def cpu_cores() -> int | None:
    """Return how many CPUs this process may use: those it is bound to, and not more than its control group allows."""
    if sys.platform == "linux":
        cores: int | None = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count()
    quota = _cgroup_cores()
    # A quota of 1.5 CPUs is written down as 2: code that asks for its cores would start two threads, not one.
    return min(cores, max(1, -int(-quota // 1))) if cores and quota else cores


def _cgroup_cores() -> float | None:
    """Return how many CPUs' worth of time the control group of this process allows; None where it does not say."""
    own = _first(r"(?m)^0::(/.*)$", _read(_PROC / "self/cgroup")) or "/"
    base = Path("/sys/fs/cgroup")
    folders = [base / own.lstrip("/"), base]
    for folder in folders:
        quota, _, period = _read(folder / "cpu.max").strip().partition(" ")
        if quota.isdecimal() and period.isdecimal() and int(period):
            return int(quota) / int(period)
    old_quota, old_period = (_read(base / f"cpu/cpu.cfs_{name}_us").strip() for name in ("quota", "period"))
    if old_quota.isdecimal() and old_period.isdecimal() and int(old_period):
        return int(old_quota) / int(old_period)
    return None


def _cpu_model() -> str | None:
    if sys.platform == "darwin":
        return _sysctl("machdep.cpu.brand_string")
    if sys.platform == "win32":
        import winreg

        path = r"HARDWARE\DESCRIPTION\System\CentralProcessor\0"
        try:
            with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, path) as key:
                return str(winreg.QueryValueEx(key, "ProcessorNameString")[0])
        except OSError:
            return platform.processor() or None
    return _cpu_model_of(_read(_PROC / "cpuinfo")) or platform.processor() or None


def _cpu_model_of(cpuinfo: str) -> str | None:
    r"""Return the model that /proc/cpuinfo names, in the words of its architecture.

    64-bit ARM names no model, only numbers of implementer and part; they still tell one model from another.

    Examples
    --------
    >>> _cpu_model_of("processor : 0\nCPU implementer : 0x41\nCPU part : 0xd0c\n")
    'ARM implementer 0x41 part 0xd0c'
    """
    for name in ("model name", "Model", "cpu model", "Processor", "cpu"):
        found = _first(rf"(?m)^{name}[ \t]*:[ \t]*(\S.*)$", cpuinfo)
        if found:
            return re.sub(r"\s+", " ", found)
    implementer = _first(r"(?m)^CPU implementer[ \t]*:[ \t]*(\S+)$", cpuinfo)
    part = _first(r"(?m)^CPU part[ \t]*:[ \t]*(\S+)$", cpuinfo)
    return f"ARM implementer {implementer} part {part}" if implementer and part else None


def _memory_bytes() -> int | None:
    if sys.platform == "darwin":
        return _positive(_sysctl("hw.memsize"))
    kibibytes = _first(r"(?m)^MemTotal:\s*(\d+) kB$", _read(_PROC / "meminfo"))
    return int(kibibytes) * 1024 if kibibytes else None


def _accelerator() -> str | None:
    """Return the NVIDIA GPUs as their driver lists them, the same ones counted; nothing is started that could hang."""
    found: list[str] = []
    try:
        found = [
            name
            for path in sorted((_PROC / "driver/nvidia/gpus").glob("*/information"))
            if (name := _first(r"(?m)^Model:\s*(\S.*)$", _read(path)))
        ]
    except OSError:
        return None
    names = sorted(set(found))
    return ", ".join(f"{found.count(name)} x {name}" if found.count(name) > 1 else name for name in names) or None


def _os_name() -> str | None:
    """Return the system and its version as people say it: `Debian GNU/Linux 12`, `macOS 15.1`, `Windows 11`."""
    if sys.platform == "darwin":
        return f"macOS {platform.mac_ver()[0]}".strip()
    if sys.platform == "win32":
        return f"Windows {platform.release()}"
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return platform.system() or None
    return f"{release.get('NAME', 'Linux')} {release.get('VERSION_ID', '')}".strip()


def _arch() -> str:
    """Return the architecture, one name for one thing: Windows says AMD64, macOS arm64, Linux aarch64."""
    machine = platform.machine().lower()
    return {"amd64": "x86_64", "aarch64": "arm64"}.get(machine, machine) or "unknown"


def _runner_image(environ: Mapping[str, str]) -> str | None:
    image, version = environ.get("ImageOS"), environ.get("ImageVersion")
    if image:
        return f"{image} {version}" if version else image
    return environ.get("CI_JOB_IMAGE") or None


def _sysctl(name: str) -> str | None:
    import subprocess

    try:
        done = subprocess.run(["/usr/sbin/sysctl", "-n", name], capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None


def _read(path: Path) -> str:
    """Return the text of a file of the system, empty where there is none: a fact that is not known is left out."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _first(pattern: str, text: str) -> str | None:
    match = re.search(pattern, text)
    return match[1].strip() if match else None


def _positive(text: str | None, *, start: int = 1) -> int | None:
    """Return a number counted from 1; `start` is where the text counts from."""
    return int(text) + 1 - start if text and text.isdecimal() and int(text) >= start else None


def _web(url: str | None) -> str | None:
    """Return an address that a page may link to, without user and password; None for anything else."""
    if not url or not re.match(r"https?://[^\s<>\"]+\Z", url):
        return None
    return re.sub(r"(?<=://)[^/]+@", "", url)
