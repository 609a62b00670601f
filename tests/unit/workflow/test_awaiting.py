"""A CI run is waited for until the attempt that was asked for has ended, and no longer than was asked for."""

from datetime import UTC, datetime

import pytest

from perfsite.errors import DeliveryError
from perfsite.forges.forge import WorkflowRun
from perfsite.workflow.awaiting import POLL_S, ended

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def run(attempt, conclusion):
    status = "completed" if conclusion else "in_progress"
    return WorkflowRun(
        id=1,
        attempt=attempt,
        name="measure",
        workflow=".github/workflows/measure.yml",
        event="pull_request",
        head="a" * 40,
        head_branch="topic",
        head_repository="eve/perf",
        actor="eve",
        status=status,
        conclusion=conclusion,
        pull_requests=(),
        url="https://github.example/runs/1",
        created=NOW,
        updated=NOW,
    )


class Host:
    """Answers one run after the other, the last for ever, on a clock that only sleeping moves."""

    def __init__(self, *runs):
        self.runs, self.asked, self.now_s = runs, 0, 0.0

    def ask(self):
        self.asked += 1
        return self.runs[min(self.asked, len(self.runs)) - 1]

    def sleep(self, seconds):
        self.now_s += seconds

    def ended(self, *, attempt=None, wait_s=600.0):
        return ended(self.ask, attempt=attempt, wait_s=wait_s, clock=lambda: self.now_s, sleep=self.sleep)


def test_an_attempt_that_the_host_does_not_tell_of_yet_is_waited_for():
    host = Host(run(1, "success"), run(2, None), run(2, "failure"))
    assert host.ended(attempt=2) == run(2, "failure")
    assert host.now_s == 2 * POLL_S


def test_a_later_attempt_is_as_good():
    assert Host(run(3, "success")).ended(attempt=2).attempt == 3


def test_without_waiting_the_run_is_as_it_is():
    host = Host(run(1, None))
    assert host.ended(attempt=2, wait_s=0) == run(1, None)
    assert host.asked == 1


def test_when_the_time_is_up_that_is_an_error_that_says_what_to_do():
    host = Host(run(1, "success"))
    with pytest.raises(DeliveryError, match="attempt 2 has not ended after 10 minutes") as caught:
        host.ended(attempt=2)
    assert "again" in caught.value.hint
    assert host.now_s <= 600
