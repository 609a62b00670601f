"""One run is one line of JSON: write it, read it back, bring lines of older versions up to date.

The same run is always the same bytes. What `decode` would refuse, `encode` does not write. Nothing known of a thing
means that its key is left out. The published description is `run.schema.json` beside this file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from perfsite.errors import HistoryError
from perfsite.history import checks, jsonline
from perfsite.history.checks import FaultError
from perfsite.history.columns import Memo, columns_of, columns_record
from perfsite.model.run import Commit, Environment, FactValue, Run, Source, is_environment_name

VERSION: Final = 1
"""The version of the record that is written; every older one is upgraded on reading, for ever."""

UPGRADES: dict[int, jsonline.Upgrade] = {}
"""The step that turns a record of version n into one of version n + 1, by n. Steps are added, never removed."""


def encode(run: Run, memo: Memo | None = None) -> str:
    r"""Return a run as one line of JSON, without the line end; an id of None is computed.

    A line never holds a `\n` or another control character: JSON escapes them. It may hold U+2028 or U+0085, so
    readers split bytes at `\n` and never use `str.splitlines`.

    Parameters
    ----------
    memo
        What runs encoded together share, so that names seen before need no second check; see `decode`.

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
        _run({"id": "0" * 32 if run.id is None else run.id, **record}, memo or Memo())
        body = jsonline.write(record)
        identity = run.id or jsonline.digest(body)
    except FaultError as fault:
        raise HistoryError(str(fault), where=where, hint=hint) from None
    except UnicodeEncodeError as error:
        problem = f"text that is not valid Unicode: {error.object[max(0, error.start - 20) : error.end]!r}"
        raise HistoryError(problem, where=where, hint=hint) from None
    return f'{{"version":{VERSION},"id":"{identity}",{body[1:].decode()}'


def run_id(record: Mapping[str, Any]) -> str:
    """Return the id of a record: the first 32 hex digits of the SHA-256 of its content, in the order given.

    `version` and `id` do not count, so that a later perfsite, importing the same content again, knows it again.
    """
    content = {key: value for key, value in record.items() if key not in ("version", "id")}
    return jsonline.digest(jsonline.write(content))


def is_as_written(line: bytes, identity: str) -> bool:
    """Whether a line is whole and unchanged since `encode` wrote it under this id: its content still gives the id.

    False says nothing where an id was made elsewhere; only `decode` can tell then.
    """
    _, _, rest = line.rstrip().partition(f'"id":"{identity}",'.encode())
    return jsonline.digest(b"{" + rest) == identity


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
        record = jsonline.parse(line if samples else without_samples(line))
        return _run(jsonline.upgraded(record, VERSION, UPGRADES), memo or Memo())
    except FaultError as fault:
        hint = "mend or delete this line; nothing else of the history is affected by it"
        raise HistoryError(str(fault), where=where, hint=hint) from None
    except jsonline.NewerError as newer:
        raise HistoryError(str(newer), where=where, hint="upgrade perfsite") from None


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


def _record(run: Run) -> dict[str, Any]:
    """Return the content of a run as JSON values, without version and id; keys in the order of the schema."""
    commit, source = run.commit, run.source
    return jsonline.known(
        {
            "time": jsonline.time_text(run.time, "$.time"),
            "commit": jsonline.known(
                {
                    "sha": commit.sha,
                    "time": None if commit.time is None else jsonline.time_text(commit.time, "$.commit.time"),
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
            "environment": jsonline.known(
                {"name": run.environment.name, "facts": dict(sorted(run.environment.facts.items())) or None}
            ),
            "source": jsonline.known(
                {
                    "format": source.format,
                    "tool": source.tool,
                    "version": source.version,
                    "url": source.url,
                    "attempt": source.attempt,
                }
            ),
            "artifact": run.artifact,
            "calibration": True if run.calibration else None,
            "measurements": columns_record(run.measurements),
        }
    )


def _run(record: Mapping[str, Any], memo: Memo) -> Run:
    """Return the run of a record of today's version, every part checked; keys it does not know are left out."""
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
        calibration=_calibration(record.get("calibration")),
        id=jsonline.identity(record),
    )


def _calibration(value: Any) -> bool:
    if value is not None and not isinstance(value, bool):
        raise checks.expected("$.calibration", "true or false", value)
    return bool(value)


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
