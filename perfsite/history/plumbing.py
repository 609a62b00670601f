"""Run git: with a clean environment, a deadline, and errors that say what git said and what to do.

Plain subprocesses instead of GitPython's command wrapper, for two measured reasons: `import git` costs 0.29 s, which is
all that `record` may take to start, and its `execute` can add environment variables but not take away the `GIT_DIR`
and `GIT_INDEX_FILE` that git sets for hooks, so that a `record` in a hook would write into the wrong repository.
"""

from __future__ import annotations

import logging
import os
import re
import signal
import subprocess
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from perfsite.errors import HistoryError

if TYPE_CHECKING:
    from pathlib import Path

_log = logging.getLogger(__name__)

# What `git rev-parse --local-env-vars` names except configuration, which is meant for whoever git starts; and
# identities and dates, which a surrounding `git rebase` or hook sets for its own commit.
_LEAKS: Final = frozenset(
    {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_OBJECT_DIRECTORY",
        "GIT_DIR",
        "GIT_WORK_TREE",
        "GIT_IMPLICIT_WORK_TREE",
        "GIT_GRAFT_FILE",
        "GIT_INDEX_FILE",
        "GIT_NO_REPLACE_OBJECTS",
        "GIT_REPLACE_REF_BASE",
        "GIT_PREFIX",
        "GIT_SHALLOW_FILE",
        "GIT_COMMON_DIR",
        "GIT_NAMESPACE",
        "GIT_QUARANTINE_PATH",
        "GIT_INTERNAL_SUPER_PREFIX",
        "GIT_LITERAL_PATHSPECS",
        "GIT_GLOB_PATHSPECS",
        "GIT_NOGLOB_PATHSPECS",
        "GIT_ICASE_PATHSPECS",
        "GIT_EXTERNAL_DIFF",
        "GIT_AUTHOR_NAME",
        "GIT_AUTHOR_EMAIL",
        "GIT_AUTHOR_DATE",
        "GIT_COMMITTER_NAME",
        "GIT_COMMITTER_EMAIL",
        "GIT_COMMITTER_DATE",
    }
)
_FIXED: Final = {
    "LC_ALL": "C",
    "LANGUAGE": "C",
    "GIT_TERMINAL_PROMPT": "0",
    "GCM_INTERACTIVE": "never",
    # Asking for the status must not rewrite the index of somebody who is working.
    "GIT_OPTIONAL_LOCKS": "0",
}
# Up to the last @ before the path: a password may hold another.
_SECRET: Final = re.compile(r"(?<=://)[^/\s]+@")
_WORTH_TELLING: Final = re.compile(r"(?m)^(?:(?:fatal|error|remote|ERROR):?+|[^\S\n]*!)[^\S\n]*(\S.*?)[^\S\n]*$")
Config = Sequence[tuple[str, str]]


class GitError(HistoryError):
    """Git ended with an error; `said` is its standard error and output, without secrets."""

    said: str = ""


def without_secret(text: str) -> str:
    """Return a text without the user and password of the URLs in it.

    Examples
    --------
    >>> without_secret("unable to access 'https://me:token@example.org/r.git/'")
    "unable to access 'https://example.org/r.git/'"
    >>> without_secret("https://me:p@ss@example.org/r.git is gone")
    'https://example.org/r.git is gone'
    """
    return _SECRET.sub("", text)


class Git:
    """Git in one directory.

    Parameters
    ----------
    directory
        Where git runs; paths of remotes are relative to it.
    git_dir
        The repository; None to let git find it from the directory.
    settings
        More environment variables.
    config
        Configuration that only these commands see, secrets among it: it goes through the environment, so that it is
        neither on a command line nor on a disk.
    alone
        Whether `config` is all the configuration there is: that of the system and the user does not count.
    """

    def __init__(
        self,
        directory: Path,
        *,
        git_dir: Path | None = None,
        settings: Mapping[str, str] | None = None,
        config: Config = (),
        alone: bool = False,
    ) -> None:
        self.directory = directory
        self._command = ["git"] if git_dir is None else ["git", f"--git-dir={git_dir}"]
        self._environment = _environment(config, alone=alone) | dict(settings or {})

    def run(self, *arguments: str, stdin: bytes = b"", timeout_s: float = 60.0) -> bytes:
        """Return what git wrote to standard output.

        Raises
        ------
        GitError
            Git answered with an error, or not in time (then it is ended).
        HistoryError
            There is no git, or no such directory.
        """
        with self._start(arguments, subprocess.PIPE) as process:
            try:
                output, errors = process.communicate(stdin, timeout=max(timeout_s, 0.1))
            except subprocess.TimeoutExpired:
                _end(process)
                process.communicate()
                raise self._failed(arguments, f"fatal: no answer within {timeout_s:.0f} s") from None
            except BaseException:
                _end(process)
                raise
        if process.returncode:
            raise self._failed(arguments, (errors + b"\n" + output).decode(errors="replace"))
        return output

    def piece(self, *arguments: str, stdin: bytes, most: int, timeout_s: float = 60.0) -> bytes:
        """Return at most so many bytes of what git writes, and what it wrote until an error or the deadline.

        `stdin` must fit into a pipe (64 KiB): it is written before anything is read.
        """
        with self._start(arguments, subprocess.DEVNULL) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            deadline = threading.Timer(timeout_s, _end, [process])
            deadline.start()
            try:
                with suppress(BrokenPipeError):
                    process.stdin.write(stdin)
                    process.stdin.close()
                return process.stdout.read(most)
            finally:
                deadline.cancel()
                _end(process)

    def text(self, *arguments: str, timeout_s: float = 60.0) -> str:
        """Return what git wrote, as text without the last line end."""
        return self.run(*arguments, timeout_s=timeout_s).decode(errors="replace").removesuffix("\n")

    def succeeds(self, *arguments: str) -> bool:
        """Whether git answers the command with success; for the questions it answers by its exit code."""
        try:
            self.run(*arguments)
        except GitError:
            return False
        return True

    def blobs(self, names: Iterable[str]) -> Iterator[bytes]:
        """Yield the contents of objects by name, all through one process.

        Raises
        ------
        GitError
            An object is missing.
        """
        with self._start(("cat-file", "--batch"), subprocess.DEVNULL) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            try:
                for name in names:
                    process.stdin.write(name.encode() + b"\n")
                    process.stdin.flush()
                    header = process.stdout.readline().split()
                    if len(header) != 3:
                        raise self._failed(("cat-file", "--batch"), f"fatal: object {name} is missing")
                    content = process.stdout.read(int(header[2]) + 1)
                    yield content[:-1]
            finally:
                _end(process)

    def _start(self, arguments: Sequence[str], errors: int) -> subprocess.Popen[bytes]:
        _log.debug("git %s (in %s)", without_secret(" ".join(arguments)), self.directory)
        try:
            return subprocess.Popen(
                [*self._command, *arguments],
                cwd=self.directory,
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                # A session of its own: what git starts (ssh, helpers) ends with it, and nothing can ask on a terminal.
                start_new_session=True,
            )
        except (FileNotFoundError, NotADirectoryError, PermissionError) as error:
            if not self.directory.is_dir():
                hint = "name the directory of a git repository"
                raise HistoryError("no such directory", where=str(self.directory), hint=hint) from error
            hint = "install git and see that it is on PATH"
            raise HistoryError(f"git cannot be started: {error.strerror}", hint=hint) from error

    def _failed(self, arguments: Sequence[str], said: str) -> GitError:
        said = without_secret(said).strip()
        lines = [match[1] for match in _WORTH_TELLING.finditer(said)] or said.splitlines()[:3]
        what = "; ".join(dict.fromkeys(lines[:4])) or "it gave no reason"
        hint = _hint(said, self.directory)
        error = GitError(f"git {arguments[0]} failed: {what[:1000]}", where=str(self.directory), hint=hint)
        error.said = said
        return error


def _end(process: subprocess.Popen[bytes]) -> None:
    """End git and all that it started; a helper that lived on would hold the pipes open."""
    if process.poll() is None:
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


def _environment(config: Config, *, alone: bool) -> dict[str, str]:
    environment = {name: value for name, value in os.environ.items() if name not in _LEAKS} | _FIXED
    if alone:
        for name in [name for name in environment if name.startswith("GIT_CONFIG")]:
            del environment[name]
        environment |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    first = int(environment.get("GIT_CONFIG_COUNT") or 0)
    for i, (key, value) in enumerate(config, start=first):
        environment[f"GIT_CONFIG_KEY_{i}"] = key
        environment[f"GIT_CONFIG_VALUE_{i}"] = value
    if config:
        environment["GIT_CONFIG_COUNT"] = str(first + len(config))
    return environment


def _hint(said: str, directory: Path) -> str:
    """Return the next step for what git says; the first that fits."""
    owner = directory.resolve().as_posix()
    hints = {
        "dubious ownership": "git distrusts a repository of another user; if you do not: "
        f"git config --global --add safe.directory {owner}",
        "not a git repository": "run this in a clone of the repository, or name one with -C",
        "protected branch|GH006|hook declined|pre-receive": "the server's rules refuse this push; "
        "let the account that pushes bypass the protection rule, or set `history_branch` in perfsite.toml to a branch "
        "that no rule matches",
        "Permission to .* denied|403|not allowed to push|write access": "the token may read but not write; "
        "on GitHub Actions give the job `permissions: contents: write`",
        r"could not read Username|Authentication failed|Permission denied \(publickey|prompts disabled|401": "git has "
        "no credentials for this remote; on GitHub Actions let actions/checkout keep them (persist-credentials)",
        "Could not resolve host|unable to access|Connection|timed out|no answer within|hung up": "the remote cannot "
        "be reached; see whether `git ls-remote` works here",
        "does not appear to be a git repository|not found": "see whether the remote's URL is right: git remote -v",
        "No space left|disk quota": "make room on the disk",
    }
    return next((hint for sign, hint in hints.items() if re.search(sign, said)), "try the same git command by hand")
