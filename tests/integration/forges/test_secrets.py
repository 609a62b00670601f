"""A token goes into one header for one host, and is found nowhere else: it is planted and looked for everywhere."""

import copy
import io
import logging
import pickle
import subprocess
import sys
import traceback

import pytest

from perfsite.errors import DeliveryError
from perfsite.forges.chosen import forge_of
from perfsite.forges.forge import CheckRun, Conclusion
from perfsite.forges.github import github_of
from perfsite.forges.http import Bounds
from perfsite.forges.token import Token

PLANTED = "ghs_plantedTokenOfTheTest"
SIGNATURE = "plantedSignature"
MARKER = "<!-- perfsite -->"
HEAD = "a" * 40
QUICK = Bounds(read_s=0.2, connect_s=0.2, tries=2, sleep=lambda _seconds: None)


@pytest.fixture
def log():
    """Everything that anybody logs, at the finest level."""
    stream, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(stream), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.setLevel(level)
    root.removeHandler(handler)


def everything_told(error):
    """Return all that an error and what led to it can be made to say, their attributes and stacks too."""
    told, seen, waiting = [], set(), [error]
    while waiting:
        each = waiting.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        told += [repr(each), str(each), repr(each.args), repr(getattr(each, "__dict__", {}))]
        told += traceback.format_exception(each)
        waiting += [each.__cause__, each.__context__]
    return "\n".join(told)


def faults(server):
    """Yield one way after the other in which a request goes wrong."""
    echo = {"message": f"no: {PLANTED}", "errors": [f"Bearer {PLANTED}", {"field": PLANTED}]}
    for status in (301, 400, 401, 403, 404, 410, 422, 429, 451, 500):
        yield {"status": status, "body": echo, "headers": {"Location": f"https://evil.example/?t={PLANTED}"}}
    yield {"status": 200, "body": PLANTED, "headers": {"Content-Type": f"text/{PLANTED}"}}
    yield {"status": 200, "body": {"number": PLANTED}}
    for kind in ("drop", "hang", "truncate"):
        yield {"kind": kind}


def test_a_token_is_in_no_error_and_no_log(github_server, log):
    github_server.pull(7, head=HEAD)
    told = []
    for fault in faults(github_server):
        github_server.faults.clear()
        github_server.fail("GET", "/pulls/7", times=9, **fault)
        github_server.fail("POST", "/check-runs", times=9, **fault)
        github = github_of(github_server.environ, bounds=QUICK)
        told.append(repr(github) + repr(vars(github)))
        acts = [lambda g: g.pull_request(7), lambda g: g.check(RUN)]
        for act in acts[: 1 if fault.get("kind") == "truncate" else 2]:  # a check run is made then, and found again
            with pytest.raises(DeliveryError) as caught:
                act(github)
            told += [everything_told(caught.value), caught.value.hint or ""]
        github.close()
    assert sum(asked.headers.get("authorization") == f"Bearer {PLANTED}" for asked in github_server.requests) > 30
    found = "\n".join(told)
    assert "DeliveryError" in found
    assert PLANTED not in found
    assert "/repos/octo/perf/pulls/7" in log.getvalue()
    assert PLANTED not in log.getvalue()


RUN = CheckRun(name="perfsite", sha=HEAD, conclusion=Conclusion.SUCCESS, title="t", summary="s")


@pytest.mark.parametrize("kind", ["drop", "truncate", "answer"])
def test_the_signature_of_a_files_address_is_in_no_error_and_no_log(github_server, log, tmp_path, kind):
    github_server.run(5, head=HEAD)
    github_server.artifact(5, "runs", b"PK" * 1000)
    github_server.fail("GET", "/store/", kind=kind, status=403, times=9, body=b"no")
    github = github_of(github_server.environ, bounds=QUICK)
    with pytest.raises(DeliveryError) as caught:
        github.download(github.artifacts(5)[0], tmp_path / "runs.zip", 10_000)
    github.close()
    assert any(SIGNATURE in asked.target for asked in github_server.requests)
    assert "/store/" in log.getvalue()
    assert SIGNATURE not in everything_told(caught.value) + log.getvalue()


def test_a_token_is_not_shown_by_what_holds_it(github_server):
    github = github_of(github_server.environ)
    http = github._api.http
    for holder in (github, github._api, http, http._token):
        assert PLANTED not in f"{holder!r} {holder} {holder:}"
    with pytest.raises(TypeError, match="not carried"):
        pickle.dumps(http._token)
    with pytest.raises(TypeError, match="not carried"):
        copy.deepcopy(Token(PLANTED))


@pytest.mark.parametrize("value", [f"{PLANTED}\nx", f'"{PLANTED} "x', f"{PLANTED}é", f"{PLANTED}\x00"])
def test_a_token_that_cannot_be_sent_is_not_shown(value):
    with pytest.raises(DeliveryError, match="a character that no token has") as caught:
        github_of({"GITHUB_REPOSITORY": "octo/perf", "GITHUB_TOKEN": value})
    assert PLANTED not in everything_told(caught.value) + caught.value.hint


def test_a_token_with_a_line_break_at_its_end_is_a_token(github_server):
    github_server.pull(7, head=HEAD)
    github = github_of(github_server.environ | {"GITHUB_TOKEN": "", "GH_TOKEN": f"{PLANTED}\n"})
    assert github.pull_request(7).number == 7
    github.close()


@pytest.mark.parametrize(
    "environ",
    [
        {"GITHUB_API_URL": f"https://us:{PLANTED}@github.example/api/v3"},
        {"GITHUB_API_URL": f"http://github.example/{PLANTED}"},
        {"GITHUB_API_URL": f"ftp://{PLANTED}"},
        {"GITHUB_API_URL": f"https://[{PLANTED}"},
        {"GITHUB_API_URL": f"https://github.example?x={PLANTED}"},
        {"GITHUB_REPOSITORY": f"octo/perf/{PLANTED}"},
        {"GITHUB_REPOSITORY": f"../{PLANTED}"},
        {"GITHUB_REPOSITORY": ""},
    ],
)
def test_what_cannot_be_right_is_refused_and_not_repeated(environ):
    whole = {"GITHUB_REPOSITORY": "octo/perf", "GITHUB_TOKEN": "x" * 20, "GITHUB_ACTIONS": "true"} | environ
    with pytest.raises(DeliveryError) as caught:
        forge_of(whole)
    assert caught.value.where == next(iter(environ))
    assert caught.value.hint
    assert PLANTED not in everything_told(caught.value) + caught.value.hint


def test_a_missing_token_names_the_line_to_add():
    with pytest.raises(DeliveryError, match="no token") as caught:
        github_of({"GITHUB_REPOSITORY": "octo/perf", "GITHUB_TOKEN": " "})
    assert "`env:` with `GITHUB_TOKEN: ${{ github.token }}`" in caught.value.hint


@pytest.mark.parametrize("command", [["--help"], ["record", "--help"]])
def test_commands_that_ask_no_host_do_not_import_this_room(command, tmp_path):
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "perfsite", *command],
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "perfsite.errors" in imported
    assert not {name for name in imported if name.startswith("perfsite.forges") or name == "urllib3"}
