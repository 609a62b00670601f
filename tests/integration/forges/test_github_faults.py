"""What goes wrong between us and GitHub: tried again where that is safe, otherwise told with the next step."""

import errno
import io
import json
import socket
import subprocess
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from github_server import GitHubServer

from perfsite.errors import DeliveryError
from perfsite.forges.forge import CheckRun, Conclusion
from perfsite.forges.github import github_of
from perfsite.forges.http import Bounds, Http, Request
from perfsite.forges.refusals import RefusedError
from perfsite.forges.token import Token

MARKER = "<!-- perfsite -->"
HEAD = "a" * 40
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
COMMENTS = "/issues/7/comments"


class Watch:
    """A clock that only moves when somebody sleeps, or when it is pushed."""

    def __init__(self):
        self.seconds, self.pauses = 0.0, []

    def sleep(self, seconds):
        self.pauses.append(round(seconds, 3))
        self.seconds += seconds

    def bounds(self, **more):
        base = {"clock": lambda: self.seconds, "now": lambda: NOW, "sleep": self.sleep, "jitter": lambda: 0.0}
        return Bounds(**(base | {"read_s": 10.0, "connect_s": 5.0} | more))


@pytest.fixture
def watch():
    return Watch()


@pytest.fixture
def github(github_server, watch):
    github_server.pull(7, head=HEAD)
    made = github_of(github_server.environ, bounds=watch.bounds())
    yield made
    made.close()


@pytest.fixture
def hasty(github_server, watch):
    """One that does not wait long, for where nothing will come."""
    github_server.pull(7, head=HEAD)
    made = github_of(github_server.environ, bounds=watch.bounds(read_s=1.0, tries=2))
    yield made
    made.close()


def refused(call, *arguments, **options):
    """Return the error, of the kind that is no bug and has a next step."""
    with pytest.raises(DeliveryError) as caught:
        call(*arguments, **options)
    assert caught.value.exit_code == 5
    assert caught.value.hint
    return caught.value


def says_mine(github_server, text="hello"):
    return [comment["body"] for comment in github_server.comments[7]] == [f"{MARKER}\n{text}"]


class TestServerThatFails:
    @pytest.mark.parametrize("status", [500, 502, 503, 504])
    def test_is_asked_again_with_growing_pauses(self, github, github_server, watch, status):
        github_server.fail("GET", "/pulls/7", status=status, body="<html>", times=3)
        assert github.pull_request(7).number == 7
        assert watch.pauses == [0.5, 1.0, 2.0]

    def test_that_asks_for_a_pause_gets_it(self, github, github_server, watch):
        github_server.fail("GET", "/pulls/7", status=503, headers={"Retry-After": "9"})
        assert github.pull_request(7).number == 7
        assert watch.pauses == [9.0]

    def test_for_good_is_told_after_five_tries(self, github, github_server):
        github_server.fail("GET", "/pulls/7", status=503, times=99)
        error = refused(github.pull_request, 7)
        assert "status 503" in str(error)
        assert len(github_server.requests) == 5

    @pytest.mark.parametrize("kind", ["answer", "drop", "hang"])
    @pytest.mark.parametrize("is_done", [True, False])
    def test_while_a_comment_is_posted_yields_exactly_one(self, hasty, github_server, kind, is_done):
        github_server.fail("POST", COMMENTS, kind=kind, status=502, is_done=is_done)
        hasty.comment(7, f"{MARKER}\nhello", marker=MARKER)
        assert says_mine(github_server)
        assert len(github_server.asked("POST", COMMENTS)) == (1 if is_done else 2)

    def test_whenever_a_comment_is_posted_says_that_nobody_knows(self, github, github_server):
        github_server.fail("POST", COMMENTS, kind="drop", times=99)
        assert "three times" in str(refused(github.comment, 7, f"{MARKER}\nhello", marker=MARKER))
        assert len(github_server.asked("POST", COMMENTS)) == 3

    @pytest.mark.parametrize("is_done", [True, False])
    def test_while_an_issue_is_opened_or_commented_yields_exactly_one(self, github, github_server, is_done):
        github_server.fail("POST", "/issues$", status=502, is_done=is_done)
        issue = github.open_issue("Slower", "since", ["perfsite"])
        github_server.fail("POST", "/comments$", kind="drop", is_done=is_done)
        github.comment_issue(issue.number, "worse")
        assert list(github_server.issues) == [issue.number]
        assert [each["body"] for each in github_server.comments[issue.number]] == ["worse"]

    @pytest.mark.parametrize("is_done", [True, False])
    def test_while_a_check_run_is_made_yields_exactly_one(self, github, github_server, is_done):
        github_server.fail("POST", "/check-runs$", status=502, is_done=is_done)
        github.check(CheckRun(name="perfsite", sha=HEAD, conclusion=Conclusion.SUCCESS, title="t", summary="s"))
        assert len(github_server.checks) == 1

    def test_between_our_looking_and_our_writing_is_looked_at_again(self, github, github_server):
        there = github_server.foreign_comment(7, "github-actions[bot]", f"{MARKER}\nold")

        def somebody_deletes(asked):
            if asked.method == "GET" and there in github_server.comments[7]:
                github_server.comments[7].remove(there)

        github_server.on_reply = somebody_deletes
        assert github.comment(7, f"{MARKER}\nhello", marker=MARKER).outcome == "created"
        assert says_mine(github_server)


class TestNoAnswer:
    def test_refused_connection_is_tried_again_also_for_what_is_not_repeatable(self, watch):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        environ = {"GITHUB_API_URL": url, "GITHUB_REPOSITORY": "octo/perf", "GITHUB_TOKEN": "t"}
        github = github_of(environ, bounds=watch.bounds())
        assert "refused the connection" in str(refused(github.pull_request, 7))
        assert watch.pauses == [0.5, 1.0, 2.0, 4.0]
        watch.pauses.clear()
        refused(github.open_issue, "t", "b")
        assert watch.pauses == [0.5, 1.0, 2.0, 4.0]

    def test_silence_is_bounded(self, hasty, github_server):
        github_server.fail("GET", "/pulls/7", kind="hang", times=99)
        began = time.monotonic()
        assert "did not answer in time" in str(refused(hasty.pull_request, 7))
        assert time.monotonic() - began < 20  # the server would wait for thirty seconds, each time

    def test_body_that_drips_is_bounded_by_the_time_of_all(self, github_server):
        github_server.pull(7, head=HEAD)
        github_server.fail("GET", "/pulls/7", kind="drip", times=9)
        github = github_of(github_server.environ, bounds=Bounds(total_s=0.4, read_s=5.0))
        began = time.monotonic()
        refused(github.pull_request, 7)
        assert time.monotonic() - began < 20  # the whole body would take a quarter of an hour
        github.close()

    def test_body_that_breaks_off_is_asked_for_again(self, github, github_server, watch):
        github_server.fail("GET", "/pulls/7", kind="truncate", times=2)
        assert github.pull_request(7).number == 7
        assert watch.pauses == [0.5, 1.0]

    def test_chunks_that_break_off_are_asked_for_again(self, github, github_server):
        broken = b'40\r\n{"number": '
        github_server.fail("GET", "/pulls/7", status=200, headers={"Transfer-Encoding": "chunked"}, body=broken)
        github_server.fail("GET", "/pulls/7", kind="drop")
        assert github.pull_request(7).number == 7

    def test_time_that_runs_out_on_the_way_is_told(self, github, github_server, watch):
        def slowly(asked):
            watch.seconds += 100

        github_server.on_reply = slowly
        there = {"Location": "/repos/octo/perf/pulls/7"}
        github_server.fail("GET", "/pulls/7", status=301, headers=there, times=99, is_done=True)
        assert "too long" in str(refused(github.pull_request, 7))
        assert len(github_server.requests) == 2

    def test_unknown_host_is_named(self, watch):
        environ = {"GITHUB_API_URL": "https://nowhere.invalid", "GITHUB_REPOSITORY": "octo/perf", "GITHUB_TOKEN": "t"}
        github = github_of(environ, bounds=watch.bounds(tries=1))
        assert "nowhere.invalid" in str(refused(github.pull_request, 7))

    def test_certificate_that_nobody_vouches_for_ends_it(self, tmp_path, watch, monkeypatch):
        key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
        make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
        names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate]
        subprocess.run([*make, *names], check=True, capture_output=True, timeout=60)
        with GitHubServer(certificate=(certificate, key)) as server:
            server.pull(7, head=HEAD)
            error = refused(github_of(server.environ, bounds=watch.bounds()).pull_request, 7)
            assert "no encrypted connection to 127.0.0.1: self" in str(error)
            assert "SSL_CERT_FILE" in error.hint
            assert (server.requests, watch.pauses) == ([], [])
            monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
            github = github_of(server.environ, bounds=watch.bounds())
            assert github.pull_request(7).number == 7
            github.close()

    def test_host_that_does_not_encrypt_gets_no_token(self, github_server, watch):
        url = github_server.url.replace("http://", "https://")
        github = github_of(github_server.environ | {"GITHUB_API_URL": url}, bounds=watch.bounds())
        error = refused(github.pull_request, 7)
        assert "no encrypted connection to 127.0.0.1" in str(error)
        assert "SSL_CERT_FILE" in error.hint
        assert watch.pauses == []


class TestRateLimit:
    def used_up(self, seconds, status=403):
        reset = str(int((datetime.now(UTC) + timedelta(seconds=seconds)).timestamp()))
        headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": reset}
        return {"status": status, "headers": headers, "body": {"message": "API rate limit exceeded"}}

    @pytest.mark.parametrize("status", [403, 429])
    def test_that_ends_soon_is_waited_for_by_the_hosts_clock(self, github, github_server, watch, status):
        github_server.fail("GET", "/pulls/7", **self.used_up(40, status))  # our own clock says another day
        assert github.pull_request(7).number == 7
        (pause,) = watch.pauses
        assert 10 <= pause <= 42

    def test_that_ends_late_is_told_with_the_moment(self, github, github_server, watch):
        github_server.fail("GET", "/pulls/7", **self.used_up(3000), times=9)
        error = refused(github.pull_request, 7)
        assert "rate limit is used up" in str(error)
        until = datetime.now(UTC) + timedelta(seconds=3000)
        assert f"{until:%Y-%m-%d %H:}" in error.hint or f"{until - timedelta(seconds=2):%Y-%m-%d %H:}" in error.hint
        assert watch.pauses == []
        assert len(github_server.requests) == 1

    @pytest.mark.parametrize(
        ("limit", "pause_s"),
        [
            ((403, {"Retry-After": "7"}, "You have exceeded a secondary rate limit"), 7.5),
            ((429, {"Retry-After": "7"}, "Too many requests"), 7.5),
            ((429, {}, "Too many requests"), 60.5),
            ((403, {}, "You have exceeded a secondary rate limit. Please wait a few minutes"), 60.5),
            ((403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "soon"}, "API rate limit exceeded"), 60.5),
        ],
    )
    def test_of_the_second_kind_is_waited_for_and_a_comment_posted_once(
        self, github, github_server, watch, limit, pause_s
    ):
        status, headers, message = limit
        github_server.fail("POST", COMMENTS, status=status, headers=headers, body={"message": message})
        github.comment(7, f"{MARKER}\nhello", marker=MARKER)
        assert says_mine(github_server)
        assert watch.pauses == [pause_s]

    def test_may_be_told_as_a_date(self, github, github_server, watch):
        later = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
        github_server.fail("GET", "/pulls/7", status=429, headers={"Retry-After": later}, body={"message": ""})
        github.pull_request(7)
        assert 5 <= watch.pauses[0] <= 32

    def test_without_end_is_told_in_the_end(self, github, github_server, watch):
        headers = {"Retry-After": "50"}
        github_server.fail("GET", "/pulls/7", status=429, headers=headers, body={"message": "no"}, times=99)
        assert "pause" in str(refused(github.pull_request, 7))
        assert sum(watch.pauses) < 180

    @pytest.mark.parametrize(
        "value", ["9" * 12, "-5", "NaN", "1e9", "٣", "Thu, 99 Foo 9999", "Fri, 31 Dec 9999 23:59:59 GMT", ""]
    )
    def test_with_a_senseless_header_is_no_bug(self, github, github_server, value):
        headers = {"Retry-After": value} if value.isascii() else {"x-ratelimit-reset": "9" * 30}
        headers["x-ratelimit-remaining"] = "0"
        headers["Date"] = "Fri, 31 Dec 9999 23:59:59 GMT"
        github_server.fail("GET", "/pulls/7", status=403, headers=headers, body={"message": "no"}, times=99)
        refused(github.pull_request, 7)


class TestRefusal:
    @pytest.mark.parametrize(
        ("permission", "line", "act"),
        [
            ("pull-requests", "pull-requests: write", lambda g: g.comment(7, MARKER, marker=MARKER)),
            ("issues", "issues: write", lambda g: g.open_issue("t", "b", ["l"])),
            ("statuses", "statuses: write", lambda g: g.status(RUN)),
            ("checks", "checks: write", lambda g: g.check(RUN)),
            ("contents", "contents: write", lambda g: g.update_release(5, "b")),
        ],
    )
    def test_of_a_read_only_token_names_the_permission(self, github, github_server, permission, line, act):
        github_server.permissions -= {permission, "issues" if permission == "pull-requests" else permission}
        error = refused(act, github)
        assert "Resource not accessible by integration" in str(error)
        assert f"`{line}` under `permissions:`" in error.hint
        assert "fork" in error.hint

    def test_of_a_personal_token_names_what_to_give_it(self, github, github_server):
        message = "Resource not accessible by personal access token"
        github_server.fail("POST", COMMENTS, status=403, body={"message": message})
        error = refused(github.comment, 7, MARKER, marker=MARKER)
        assert "Give the token" in error.hint
        assert "`pull-requests: write`" in error.hint

    @pytest.mark.parametrize(
        ("status", "message", "words", "step"),
        [
            (401, "Bad credentials", "token is not accepted: Bad credentials", "GITHUB_TOKEN"),
            (403, "Unable to create comment because issue is locked.", "issue is locked", "unlock"),
            (403, "Repository was archived so is read-only.", "archived", "archived"),
            (410, "Issues are disabled for this repo", "gone: Issues are disabled", "switched off"),
            (451, "Repository access blocked", "legal", "page"),
            (418, "I'm a teapot", "status 418: I'm a teapot", "later"),
        ],
    )
    def test_is_told_in_githubs_words_with_the_next_step(self, github, github_server, status, message, words, step):
        github_server.fail("POST", COMMENTS, status=status, body={"message": message}, times=9)
        error = refused(github.comment, 7, MARKER, marker=MARKER)
        assert isinstance(error, RefusedError)
        assert error.status == status
        assert words in str(error)
        assert step in error.hint
        assert len(github_server.asked("POST", COMMENTS)) == 1

    def test_of_what_was_sent_names_the_fields(self, github, github_server):
        errors = [{"resource": "Issue", "field": "title", "code": "missing_field"}, "and more"]
        github_server.fail("POST", "/issues", status=422, body={"message": "Validation Failed", "errors": errors})
        assert "Validation Failed; title missing_field; and more" in str(refused(github.open_issue, "t", "b"))

    def test_tells_what_is_missing_from_what_is_hidden(self, github, github_server):
        error = refused(github.pull_request, 99)
        assert "no such thing" in str(error)
        assert "octo/perf is there" in error.hint
        github_server.is_visible = False
        error = refused(github.pull_request, 7)
        assert "not visible with this token" in str(error)
        for act in (lambda: github.release("v1"), lambda: github.permission("bob"), lambda: github.issues("l")):
            assert "not visible" in str(refused(act))

    def test_in_hostile_words_stays_one_harmless_line(self, github, github_server):
        message = "no\x1b[31m\r\n::error::x\u202e" + "y" * 5000
        github_server.fail("POST", COMMENTS, status=422, body={"message": message, "errors": [[[]], None, 5]})
        told = str(refused(github.comment, 7, MARKER, marker=MARKER))
        assert "\x1b" not in told
        assert "\n" not in told
        assert len(told) < 500

    def test_keeps_its_status_in_another_process(self):
        import pickle

        error = pickle.loads(pickle.dumps(RefusedError("p", where="w", hint="h", status=404)))
        assert (str(error), error.hint, error.status) == ("w: p", "h", 404)


RUN = CheckRun(name="perfsite", sha=HEAD, conclusion=Conclusion.SUCCESS, title="t", summary="s")


class TestAnswerThatIsNone:
    @pytest.mark.parametrize(
        "raw",
        [
            b"",
            b"220 smtp.example ESMTP\r\n",
            b"HTTP/9.9 200 OK\r\n\r\n{}",
            b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n{}",
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 9\r\n\r\n{}",
            b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\n{}",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n{}",
            b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n{}",
            b"HTTP/1.1 999 \xff\r\nContent-Length: 0\r\n\r\n",
            b"HTTP/1.1 204 No Content\r\n\r\n",
            b"HTTP/1.1 304 Not Modified\r\n\r\n",
        ],
    )
    def test_is_no_http_and_no_bug(self, github, github_server, raw):
        github_server.fail("GET", "/pulls/7", kind="raw", body=raw, times=9)
        refused(github.pull_request, 7)

    def test_holds_half_a_character_and_can_be_printed_all_the_same(self, github, github_server):
        body = json.dumps(github_server.pulls[7]).replace('"faster"', '"f\\ud800\\ud83d\\ude00"').encode()
        github_server.fail("GET", "/pulls/7", status=200, body=body)
        assert github.pull_request(7).head_branch == "f?😀"
        github_server.fail("GET", "/pulls/7", status=422, body=b'{"message": "\\udfff"}')
        assert str(refused(github.pull_request, 7)).encode().endswith(b": ?")

    @pytest.mark.parametrize(
        ("body", "words"),
        [
            (b"<!DOCTYPE html><title>Sign in</title>", "expected JSON, found something else (text/html)"),
            (b"", "expected JSON"),
            (b"\xff\xfe", "expected JSON"),
            (b"[" * 100_000, "expected JSON"),
            (b"null", "expected JSON"),
            (b"[]", "expected an object, found an array"),
            (b'{"number": "7"}', "$.head: expected an object, found nothing"),
            (b'{"head": {"sha": "HEAD"}, "base": {}}', "expected"),
        ],
    )
    def test_is_told_with_its_place(self, github, github_server, body, words):
        headers = {"Content-Type": "text/html; charset=utf-8"} if b"html" in body else {}
        github_server.fail("GET", "/pulls/7", status=200, body=body, headers=headers)
        assert words in str(refused(github.pull_request, 7))

    @pytest.mark.parametrize(
        ("field", "value", "words"),
        [
            ("number", True, "$.number: expected an integer, found true or false"),
            ("number", 7.5, "$.number: expected an integer, found a number"),
            ("state", None, "$.state: expected text, found null"),
            ("html_url", "javascript:alert(1)", "$.html_url: expected an http address"),
            ("head", {"sha": "a" * 39 + "\n", "ref": "x", "repo": None}, "$.head.sha: expected a full sha"),
            ("user", [], "$.user: expected an object, found an array"),
        ],
    )
    def test_has_a_wrong_type_and_its_field_is_named(self, github, github_server, field, value, words):
        body = json.loads(json.dumps(github_server.pulls[7])) | {field: value}
        github_server.fail("GET", "/pulls/7", status=200, body=body)
        assert words in str(refused(github.pull_request, 7))

    def test_is_a_list_where_a_list_should_be(self, github, github_server):
        github_server.fail("GET", COMMENTS, status=200, body={"message": "x"})
        assert "expected an array, found an object" in str(refused(github.comment, 7, MARKER, marker=MARKER))
        github_server.fail("GET", COMMENTS, status=200, body=[7])
        assert "$[0]: expected an object, found a number" in str(refused(github.comment, 7, MARKER, marker=MARKER))

    def test_is_larger_than_anything_should_be(self, github_server, watch):
        github_server.pull(7, head=HEAD)
        github = github_of(github_server.environ, bounds=watch.bounds(most_bytes=5_000))
        assert "larger than 5,000 bytes" in str(refused(github.pull_request, 7))
        assert watch.pauses == []
        github.close()

    def test_is_compressed_unasked(self, github, github_server):
        github_server.fail("GET", "/pulls/7", status=200, headers={"Content-Encoding": "gzip"}, body=b"x")
        assert "compressed" in str(refused(github.pull_request, 7))


class TestRedirect:
    @pytest.mark.parametrize("status", [301, 302, 307, 308])
    def test_on_the_same_host_is_followed_with_the_same_request(self, github, github_server, status):
        there = {"Location": f"{github_server.url}/repos/octo/perf{COMMENTS}"}
        github_server.comments[8] = []
        github_server.fail("POST", "/issues/8/comments", status=status, headers=there)
        github.comment(8, f"{MARKER}\nhello", marker=MARKER)
        assert says_mine(github_server)

    def test_by_a_relative_address_is_followed(self, github, github_server):
        github_server.fail("GET", "/pulls/8", status=301, headers={"Location": "/repos/octo/perf/pulls/7"})
        assert github.pull_request(8).number == 7

    @pytest.mark.parametrize("there", ["https://evil.example/x", "http://127.0.0.1:1/x", "//evil.example/x"])
    def test_to_another_host_is_not_followed(self, github, github_server, there):
        github_server.fail("GET", "/pulls/7", status=301, headers={"Location": there})
        error = refused(github.pull_request, 7)
        assert "another host" in str(error)
        assert "GITHUB_API_URL" in error.hint

    @pytest.mark.parametrize("there", ["file:///etc/passwd", "http://[broken", "ftp://x/", "data:,x"])
    def test_to_what_is_no_address_is_not_followed(self, github, github_server, there):
        github_server.fail("GET", "/pulls/7", status=301, headers={"Location": there})
        with pytest.raises(DeliveryError, match=r"not an address|another host"):
            github.pull_request(7)

    def test_in_a_circle_ends(self, github, github_server):
        github_server.fail("GET", "/pulls/7", status=301, headers={"Location": "/repos/octo/perf/pulls/7"}, times=99)
        with pytest.raises(DeliveryError, match="without end"):
            github.pull_request(7)
        assert len(github_server.requests) < 10


class TestDownload:
    @pytest.fixture
    def artifact(self, github, github_server):
        github_server.run(5, head=HEAD)
        github_server.artifact(5, "runs", b"PK" * 1000)
        (artifact,) = github.artifacts(5)
        return artifact

    @pytest.mark.parametrize("kind", ["truncate", "drop", "answer"])
    def test_that_breaks_off_starts_again_and_is_whole(self, github, github_server, tmp_path, artifact, kind):
        github_server.fail("GET", "/store/", kind=kind, status=503, body=b"x" * 5000, times=2)
        github.download(artifact, tmp_path / "runs.zip", 10_000)
        assert (tmp_path / "runs.zip").read_bytes() == b"PK" * 1000

    def test_that_its_store_refuses_is_no_fault_of_the_token(self, github, github_server, tmp_path, artifact):
        github_server.fail("GET", "/store/", status=403, body=b"<Error>AuthenticationFailed</Error>", times=9)
        error = refused(github.download, artifact, tmp_path / "runs.zip", 10_000)
        assert "store of files refused (status 403)" in str(error)
        assert "permissions" not in error.hint
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("there", ["http://evil.example/x", "http://10.0.0.1/x", "ftp://127.0.0.1/x"])
    def test_is_never_led_to_an_unencrypted_place(self, github, github_server, tmp_path, artifact, there):
        github_server.fail("GET", "/zip", status=302, headers={"Location": there})
        with pytest.raises(DeliveryError, match=r"without encryption|not an address"):
            github.download(artifact, tmp_path / "runs.zip", 10_000)
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        "there",
        [
            "https://ex\xe4mple.invalid/x", "https://a b.invalid/x", "https://x.invalid:99999/x", "https:///x", "https://%00/",
            f"https://{'a' * 300}.invalid/", "https://.../", "https://us:er@127.0.0.1:1/x", "https://[::1]:1/x", "",
        ],
    )  # fmt: skip
    def test_is_led_to_a_senseless_place_and_that_is_no_bug(self, github, github_server, tmp_path, artifact, there):
        github_server.fail("GET", "/zip", status=302, headers={"Location": there}, times=9)
        refused(github.download, artifact, tmp_path / "runs.zip", 10_000)
        assert list(tmp_path.iterdir()) == []

    def test_that_leads_back_to_the_host_carries_no_token_there(self, github, github_server, tmp_path, artifact):
        back = {"Location": f"{github_server.url}/repos/octo/perf/pulls/7"}
        github_server.fail("GET", "/store/", status=302, headers=back)
        with pytest.raises(DeliveryError):
            github.download(artifact, tmp_path / "runs.zip", 1_000_000)
        (asked,) = github_server.asked("GET", "/pulls/7")
        assert "authorization" not in asked.headers
        github_server.problems.clear()  # such a question is none of GitHub's

    @pytest.mark.parametrize("status", [204, 206])
    def test_that_is_not_whole_leaves_no_file(self, github, github_server, tmp_path, artifact, status):
        raw = f"HTTP/1.1 {status} X\r\nContent-Length: {'2' if status == 206 else '0'}\r\n\r\n".encode() + b"PK"
        github_server.fail("GET", "/zip", kind="raw", body=raw)
        assert f"status {status}" in str(refused(github.download, artifact, tmp_path / "runs.zip", 10_000))
        assert list(tmp_path.iterdir()) == []

    def test_to_a_full_disk_is_told_and_not_tried_again(self, github, github_server, watch):
        class Full(io.BytesIO):
            def write(self, _chunk):
                raise OSError(errno.ENOSPC, "No space left on device")

        request = Request(method="GET", url=f"{github_server.url}/repos/octo/perf", into=Full())
        with pytest.raises(DeliveryError, match="cannot be written: No space left on device"):
            github._api.answer(request)
        assert watch.pauses == []

    def test_from_an_encrypted_api_is_never_led_to_plain_loopback(self, github_server):
        http = Http("https://api.github.com", token=Token("t"), scheme=("A", ""), environ={}, bounds=Bounds())
        asked = Request(method="GET", url="https://api.github.com/zip", into=io.BytesIO())
        assert "without encryption" in http._wrong_way(asked, asked.url, f"{github_server.blobs}/x").problem


class TestPages:
    def test_on_another_host_are_not_asked_for(self, github, github_server):
        link = {"Link": '<https://evil.example/page2>; rel="next"'}
        github_server.fail("GET", COMMENTS, status=200, body=[], headers=link)
        assert "another host" in str(refused(github.comment, 7, MARKER, marker=MARKER))

    def test_without_end_are_bounded(self, github, github_server):
        link = {"Link": f'<{github_server.url}/repos/octo/perf{COMMENTS}?page=2>; rel="next"'}
        github_server.fail("GET", COMMENTS, status=200, body=[], headers=link, times=999)
        assert "more than 50 pages" in str(refused(github.comment, 7, MARKER, marker=MARKER))
        assert github_server.asked("POST", COMMENTS) == []

    def test_that_are_smaller_than_asked_for_are_all_read(self, github, github_server):
        github_server.page_size = 1
        for index in range(5):
            github_server.foreign_comment(7, "octocat", f"remark {index}")
        github_server.foreign_comment(7, "github-actions[bot]", f"{MARKER}\nold")
        assert github.comment(7, f"{MARKER}\nhello", marker=MARKER).outcome == "updated"


class Proxy:
    """A real forward proxy on loopback that remembers what went through, and may want a password."""

    def __init__(self, upstream):
        self.lines, self.headers, self.upstream = [], [], upstream
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://us%40er:pl%61nted@127.0.0.1:{self.listener.getsockname()[1]}"
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            with client:
                head = b""
                while b"\r\n\r\n" not in head and (chunk := client.recv(65536)):
                    head += chunk
                line, _, rest = head.decode().partition("\r\n")
                self.lines.append(line)
                self.headers.append(rest)
                if line.startswith("CONNECT"):
                    client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
                    continue
                with socket.create_connection(self.upstream) as there:
                    there.sendall(head.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
                    while chunk := there.recv(65536):
                        client.sendall(chunk)

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(5)


class TestProxy:
    @pytest.fixture
    def proxy(self, github_server):
        made = Proxy(("127.0.0.1", int(github_server.url.rpartition(":")[2])))
        yield made
        made.close()

    def test_of_the_environment_is_used_with_its_password(self, github_server, proxy):
        github_server.pull(7, head=HEAD)
        github = github_of(github_server.environ | {"http_proxy": proxy.url})
        assert github.pull_request(7).number == 7
        assert proxy.lines == [f"GET {github_server.url}/repos/octo/perf/pulls/7 HTTP/1.1"]
        assert "Basic dXNAZXI6cGxhbnRlZA==" in proxy.headers[0]
        assert proxy.headers[0].lower().count("proxy-authorization") == 1
        github.close()

    def test_is_not_used_for_the_hosts_of_no_proxy(self, github_server, proxy):
        github_server.pull(7, head=HEAD)
        github = github_of(github_server.environ | {"HTTP_PROXY": proxy.url, "NO_PROXY": "example.com, 127.0.0.1"})
        assert github.pull_request(7).number == 7
        assert proxy.lines == []
        github.close()

    def test_that_refuses_is_named_without_its_password(self, github_server, proxy, watch):
        environ = github_server.environ | {"GITHUB_API_URL": "https://api.github.com", "HTTPS_PROXY": proxy.url}
        error = refused(github_of(environ, bounds=watch.bounds()).pull_request, 7)
        assert "the proxy did not let us through to api.github.com" in str(error)
        assert "HTTPS_PROXY" in error.hint
        assert "planted" not in repr(error) + str(error) + error.hint
        assert proxy.lines[0] == "CONNECT api.github.com:443 HTTP/1.1" or proxy.lines[0].startswith("CONNECT")

    def test_that_speaks_no_http_is_refused(self, github_server):
        environ = github_server.environ | {"http_proxy": "socks5://us:planted@127.0.0.1:1"}
        error = refused(github_of(environ).pull_request, 7)
        assert "planted" not in f"{error}{error.hint}"
