from __future__ import annotations

import getpass
import json
import os
import platform
import sys
from typing import TYPE_CHECKING

import pytest

from perfsite import capture
from perfsite.capture import ci_source, cpu_cores, default_environment, environment_facts, runner_environment
from perfsite.model.run import is_environment_name

if TYPE_CHECKING:
    from pathlib import Path

GITHUB = {
    "CI": "true",
    "GITHUB_ACTIONS": "true",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "o/r",
    "GITHUB_RUN_ID": "42",
    "GITHUB_RUN_ATTEMPT": "2",
    "ImageOS": "ubuntu24",
    "ImageVersion": "20261116.1.0",
    "RUNNER_ARCH": "X64",
    "RUNNER_ENVIRONMENT": "github-hosted",
}


def test_the_facts_of_this_machine_have_the_documented_names_and_plain_values() -> None:
    facts = environment_facts({})
    assert {"cpu.cores", "os", "kernel", "arch", "runtime.python"} <= set(facts)
    assert set(facts) <= {
        *("cpu.model", "cpu.cores", "memory.bytes", "accelerator", "os", "kernel", "arch", "runtime.python"),
        "runner.image",
    }
    assert facts["runtime.python"] == platform.python_version()
    assert all(type(value) in {str, int} and value for value in facts.values())


def test_facts_name_neither_host_nor_user_nor_secrets() -> None:
    facts = json.dumps(environment_facts({**GITHUB, "GITHUB_TOKEN": "ghs_secret"}))
    assert platform.node() not in facts or len(platform.node()) < 4
    assert f'"{getpass.getuser()}"' not in facts
    assert "ghs_secret" not in facts


def test_a_github_runner_names_its_image() -> None:
    assert environment_facts(GITHUB)["runner.image"] == "ubuntu24 20261116.1.0"


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        (GITHUB, "github-ubuntu24-x86_64"),
        ({**GITHUB, "RUNNER_ENVIRONMENT": "self-hosted"}, "github-self-hosted-{system}-x86_64"),
        ({"GITHUB_ACTIONS": "true"}, "github-self-hosted-{system}-{arch}"),
        ({"GITLAB_CI": "true"}, "gitlab-{system}-{arch}"),
        ({"CI": "1"}, "ci-{system}-{arch}"),
        ({}, "{system}-{arch}"),
        ({**GITHUB, "ImageOS": "../../etc/passwd"}, "github-..-..-etc-passwd-x86_64"),
    ],
)
def test_the_default_environment_tells_kinds_of_machines_apart_and_is_stable(
    environ: dict[str, str], name: str
) -> None:
    system = {"darwin": "macos"}.get(platform.system().lower(), platform.system().lower())
    expected = name.format(system=system, arch=environment_facts({})["arch"])
    assert default_environment(environ) == expected
    assert is_environment_name(default_environment(environ))


@pytest.mark.parametrize(
    ("environ", "url", "attempt"),
    [
        (GITHUB, "https://github.com/o/r/actions/runs/42/attempts/2", 2),
        ({**GITHUB, "GITHUB_RUN_ATTEMPT": "x"}, "https://github.com/o/r/actions/runs/42", None),
        ({"GITHUB_ACTIONS": "true", "GITHUB_RUN_ATTEMPT": "1"}, None, 1),
        ({"GITLAB_CI": "true", "CI_JOB_URL": "https://gitlab.com/o/-/jobs/9"}, "https://gitlab.com/o/-/jobs/9", None),
        ({"BUILD_URL": "https://me:secret@ci.example.org/7/"}, "https://ci.example.org/7/", None),
        ({"BUILD_URL": "javascript:alert(1)"}, None, None),
        ({"BUILDKITE_BUILD_URL": "https://buildkite.com/o/p/1", "BUILDKITE_RETRY_COUNT": "0"},
         "https://buildkite.com/o/p/1", 1),
        (
            {"SYSTEM_COLLECTIONURI": "https://dev.azure.com/o/", "SYSTEM_TEAMPROJECT": "p", "BUILD_BUILDID": "3",
             "SYSTEM_JOBATTEMPT": "2"},
            "https://dev.azure.com/o/p/_build/results?buildId=3",
            2,
        ),
    ],
)  # fmt: skip
def test_the_ci_run_and_its_attempt_are_found(environ: dict[str, str], url: str | None, attempt: int | None) -> None:
    assert ci_source(environ) == (url, attempt)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux binds a process to CPUs this way")
def test_cores_are_those_this_process_may_use() -> None:
    allowed = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(allowed)})
        assert cpu_cores() == 1
    finally:
        os.sched_setaffinity(0, allowed)


def test_gpus_are_read_from_the_driver_and_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for i in range(2):
        (tmp_path / f"driver/nvidia/gpus/{i}").mkdir(parents=True)
        (tmp_path / f"driver/nvidia/gpus/{i}/information").write_text("Model: \t\t NVIDIA L4\nIRQ: 5\n")
    monkeypatch.setattr(capture, "_PROC", tmp_path)
    assert environment_facts({})["accelerator"] == "2 x NVIDIA L4"


def test_a_machine_without_proc_still_has_facts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture, "_PROC", tmp_path / "none")
    assert "memory.bytes" not in environment_facts({}) or sys.platform != "linux"
    assert environment_facts({})["cpu.cores"]


@pytest.mark.parametrize(
    ("label", "image", "arch"),
    [
        ("ubuntu-22.04", "ubuntu22", "X64"),
        ("ubuntu-24.04", "ubuntu24", "X64"),
        ("ubuntu-24.04-arm", "ubuntu24", "ARM64"),
        ("windows-2022", "win22", "X64"),
        ("windows-2025", "win25", "X64"),
        ("macos-13", "macos13", "X64"),
        ("macos-13-xlarge", "macos13", "ARM64"),
        ("macos-14", "macos14", "ARM64"),
        ("macos-15-intel", "macos15", "X64"),
        ("macos-14-large", "macos14", "X64"),
        ("macos-26", "macos26", "ARM64"),
    ],
)
def test_the_labels_of_a_runner_tell_the_environment_that_the_run_on_it_gets(label, image, arch):
    on_it = {"GITHUB_ACTIONS": "true", "RUNNER_ENVIRONMENT": "github-hosted", "ImageOS": image, "RUNNER_ARCH": arch}
    assert runner_environment([label]) == default_environment(on_it)


@pytest.mark.parametrize(
    "labels",
    [
        ["ubuntu-latest"],
        ["windows-11-arm"],
        ["ubuntu-24.04-8core"],
        ["self-hosted"],
        ["self-hosted", "Linux"],
        ["self-hosted", "Linux", "Windows", "X64"],
        ["ubuntu-24.04", "gpu"],
        ["../../etc"],
        [],
    ],
)
def test_labels_that_do_not_tell_the_environment_tell_none(labels):
    assert runner_environment(labels) is None
