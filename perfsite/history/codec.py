"""One run is one line of JSON: write it, read it back, bring lines of older versions up to date.

The same run is always the same bytes. What `decode` would refuse, `encode` does not write. Nothing known of a thing
means that its key is left out. The published description is `run.schema.json` beside this file.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, NoReturn

from perfsite.errors import HistoryError
from perfsite.history import checks
from perfsite.history.checks import FaultError
from perfsite.history.columns import Memo, columns_of, columns_record
from perfsite.model.run import Commit, Environment, FactValue, Run, Source, is_environment_name

VERSION: Final = 1
"""The version of the record that is written; every older one is upgraded on reading, for ever."""

Upgrade = Callable[[dict[str, Any]], dict[str, Any]]
UPGRADES: dict[int, Upgrade] = {}
"""The step that turns a record of version n into one of version n + 1, by n. Steps are added, never removed."""

ID: Final = re.compile(r"[0-9a-f]{32}\Z")
_TO_JSON: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def encode(run: Run) -> str:
    r"""Return a run as one line of JSON, without the line end; an id of None is computed.

    A line never holds a `\n` or another control character: JSON escapes them. It may hold U+2028 or U+0085, so
    readers split bytes at `\n` and never use `str.splitlines`.

    Raises
    ------
    HistoryError
        The run is none that could be read back: a number that is not finite, one thing measured twice, a time
        without a zone...
    """
    where = f"run of {run.suite or run.source.format} at {run.commit.sha[:12]}"
    hint = "this run was not stored; mend what the source or importer made of it"
    try:
        record = _record(run)
        _run({"id": "0" * 32 if run.id is None else run.id, **record}, Memo())
        body = _TO_JSON.encode(record)
        identity = run.id or _digest(body)
    except FaultError as fault:
        raise HistoryError(str(fault), where=where, hint=hint) from None
    except UnicodeEncodeError as error:
        problem = f"text that is not valid Unicode: {error.object[max(0, error.start - 20) : error.end]!r}"
        raise HistoryError(problem, where=where, hint=hint) from None
    return f'{{"version":{VERSION},"id":"{identity}",{body[1:]}'


def run_id(record: Mapping[str, Any]) -> str:
    """Return the id of a record: the first 32 hex digits of the SHA-256 of its content, in the order given.

    `version` and `id` do not count, so that a later perfsite, importing the same content again, knows it again.
    """
    return _digest(_TO_JSON.encode({key: value for key, value in record.items() if key not in ("version", "id")}))


def is_as_written(line: bytes, identity: str) -> bool:
    """Whether a line is whole and unchanged since `encode` wrote it under this id: its content still gives the id.

    False says nothing where an id was made elsewhere; only `decode` can tell then.
    """
    _, _, rest = line.rstrip().partition(f'"id":"{identity}",'.encode())
    return _digest_of(b"{" + rest) == identity


def _digest(body: str) -> str:
    return _digest_of(body.encode())


def _digest_of(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:32]


def decode(line: str | bytes, *, where: str, memo: Memo | None = None, samples: bool = True) -> Run:
    """Return the run of one line.

    Parameters
    ----------
    line
        One line, with or without its line end; hostile.
    where
        `file:line`, for the error.
    memo
        What runs read together share; hand in one for a whole reading. Columns may then be shared between runs, so
        they must not be changed.
    samples
        False leaves the samples unread where the spread is known without them: they are two thirds of a line.

    Raises
    ------
    HistoryError
        The line is not a run record, or one of a newer version.
    """
    try:
        record = _parse(line if samples else without_samples(line))
        return _run(_upgraded(record), memo or Memo())
    except FaultError as fault:
        hint = "mend or delete this line; nothing else of the history is affected by it"
        raise HistoryError(str(fault), where=where, hint=hint) from None
    except _NewerError as newer:
        raise HistoryError(str(newer), where=where, hint="upgrade perfsite") from None


class _NewerError(Exception):
    """The record was written by a perfsite that knows more than this one."""


_SAMPLES: Final = b',"samples":['
_ARRAYS: Final = b"0123456789+-.eE,[]nul"


def without_samples(line: str | bytes) -> str | bytes:
    """Return a line without its samples, where they stand last, as perfsite writes them, and the spread is known.

    In JSON a quote within a text is escaped, so that `,"samples":[` is always a key; and what follows it up to the
    end of the record is arrays of numbers if it is made of nothing but their characters. Any other line stays whole.
    """
    if isinstance(line, str) or (at := line.rfind(_SAMPLES)) < 0:
        return line
    head, tail = line[:at], line[at + len(_SAMPLES) :].rstrip()
    if not tail.endswith(b"]}}") or tail[:-2].translate(None, _ARRAYS):
        return line
    return head + b"}}" if b'"deviation":' in head or b'"lower":' in head else line


def _parse(line: str | bytes) -> dict[str, Any]:
    """Return the JSON object of a line, refusing all that Python's reader allows beyond JSON."""
    try:
        text = line.decode() if isinstance(line, bytes) else line
        record = json.loads(text, parse_constant=_refuse)
        # Only a line that escapes surrogates can hold one without its other half, which no page could be written with.
        if "\\ud" in text or "\\uD" in text:
            _TO_JSON.encode(record).encode()
    except UnicodeDecodeError as error:
        raise FaultError("$", f"not UTF-8 at byte {error.start}: {error.object[error.start]:#04x}") from None
    except UnicodeEncodeError:
        raise FaultError("$", "half of a surrogate pair in a text") from None
    except json.JSONDecodeError as error:
        end = "" if text.rstrip().endswith("}") else "; the line looks cut off"
        raise FaultError("$", f"not JSON at character {error.pos + 1} of {len(text)}: {error.msg}{end}") from None
    except RecursionError:
        raise FaultError("$", "nested too deeply to be a run record") from None
    except ValueError:
        # Python refuses to convert whole numbers of thousands of digits.
        raise FaultError("$", "a whole number of thousands of digits") from None
    if not isinstance(record, dict):
        raise checks.expected("$", "an object", record)
    return record


def _refuse(literal: str) -> NoReturn:
    raise FaultError("$", f"{literal} is not a number in JSON")


def _upgraded(record: dict[str, Any]) -> dict[str, Any]:
    """Return the record in today's version."""
    version = record.get("version")
    if type(version) is not int or version < 0:
        raise checks.expected("$.version", f"a version of 1 to {VERSION}", version)
    if version > VERSION:
        raise _NewerError(f"written by a newer perfsite (version {checks.found(version).removeprefix('number ')})")
    while version < VERSION:
        if version not in UPGRADES:
            raise FaultError("$.version", f"there never was a version {version}")
        record = UPGRADES[version](record)
        version += 1
    return record


def _record(run: Run) -> dict[str, Any]:
    """Return the content of a run as JSON values, without version and id; keys in the order of the schema."""
    commit, source = run.commit, run.source
    return _known(
        {
            "time": _time(run.time, "$.time"),
            "commit": _known(
                {
                    "sha": commit.sha,
                    "time": None if commit.time is None else _time(commit.time, "$.commit.time"),
                    "subject": commit.subject,
                    "author": commit.author,
                    "parents": None if commit.parents is None else list(commit.parents),
                    "dirty": commit.dirty,
                    "tested": commit.tested,
                }
            ),
            "branch": run.branch,
            "pull_request": run.pull_request,
            "suite": run.suite,
            "environment": _known(
                {"name": run.environment.name, "facts": dict(sorted(run.environment.facts.items())) or None}
            ),
            "source": _known(
                {
                    "format": source.format,
                    "tool": source.tool,
                    "version": source.version,
                    "url": source.url,
                    "attempt": source.attempt,
                }
            ),
            "artifact": run.artifact,
            "measurements": columns_record(run.measurements),
        }
    )


def _known(record: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in record.items() if value is not None}


def _time(time: datetime, path: str) -> str:
    if time.tzinfo is None:
        raise FaultError(path, f"expected a time with its zone, found {time.isoformat()}")
    return time.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def _run(record: Mapping[str, Any], memo: Memo) -> Run:
    """Return the run of a record of today's version, every part checked; keys it does not know are left out."""
    identity = record.get("id")
    if not isinstance(identity, str) or not ID.match(identity):
        raise checks.expected("$.id", "32 lower-case hex digits", identity)
    return Run(
        time=checks.time(record.get("time"), "$.time"),
        commit=_commit(checks.mapping(record.get("commit"), "$.commit")),
        environment=_environment(checks.mapping(record.get("environment"), "$.environment")),
        source=_source(checks.mapping(record.get("source"), "$.source")),
        measurements=columns_of(checks.mapping(record.get("measurements"), "$.measurements"), memo),
        branch=checks.optional_text(record.get("branch"), "$.branch"),
        pull_request=checks.optional_positive(record.get("pull_request"), "$.pull_request"),
        suite=checks.optional_text(record.get("suite"), "$.suite"),
        artifact=checks.optional_text(record.get("artifact"), "$.artifact"),
        id=identity,
    )


def _commit(record: Mapping[str, Any]) -> Commit:
    time, parents, dirty, tested = (record.get(key) for key in ("time", "parents", "dirty", "tested"))
    if dirty is not None and not isinstance(dirty, bool):
        raise checks.expected("$.commit.dirty", "true or false", dirty)
    if parents is not None and not (isinstance(parents, list) and len(parents) <= 1000):
        raise checks.expected("$.commit.parents", "a list of commit shas", parents)
    subject, author = record.get("subject"), record.get("author")
    return Commit(
        sha=checks.sha(record.get("sha"), "$.commit.sha"),
        time=None if time is None else checks.time(time, "$.commit.time"),
        # A commit may have an empty subject, and even an empty author.
        subject=subject if subject == "" else checks.optional_text(subject, "$.commit.subject"),
        author=author if author == "" else checks.optional_text(author, "$.commit.author"),
        parents=None
        if parents is None
        else tuple(checks.sha(parent, f"$.commit.parents[{i}]") for i, parent in enumerate(parents)),
        dirty=dirty,
        tested=None if tested is None else checks.sha(tested, "$.commit.tested"),
    )


def _environment(record: Mapping[str, Any]) -> Environment:
    name = checks.text(record.get("name"), "$.environment.name")
    if not is_environment_name(name):
        what = "an environment name (at most 100 letters, digits, '.', '_' and '-', no reserved word)"
        raise checks.expected("$.environment.name", what, name)
    facts: dict[str, FactValue] = {}
    for key, value in checks.mapping(record.get("facts", {}), "$.environment.facts").items():
        facts[checks.text(key, "$.environment.facts")] = checks.fact(value, f"$.environment.facts.{key[:60]}")
    return Environment(name=name, facts=facts)


def _source(record: Mapping[str, Any]) -> Source:
    return Source(
        format=checks.text(record.get("format"), "$.source.format"),
        tool=checks.optional_text(record.get("tool"), "$.source.tool"),
        version=checks.optional_text(record.get("version"), "$.source.version"),
        url=checks.optional_text(record.get("url"), "$.source.url"),
        attempt=checks.optional_positive(record.get("attempt"), "$.source.attempt"),
    )
