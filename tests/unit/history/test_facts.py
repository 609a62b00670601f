"""Which recorded facts changed between two runs of an environment."""

from datetime import UTC, datetime

from perfsite.history.facts import RecordedFacts
from perfsite.history.timeline import RunFacts
from perfsite.model.causes import FactChange
from perfsite.model.run import Source


def run(commit, *, environment="ci", version=None, tool="pytest-benchmark", **facts):
    return RunFacts(
        id=f"{commit}{tool}",
        commit=commit,
        environment=environment,
        time=datetime(2026, 1, 1, tzinfo=UTC),
        source=Source(format="x", tool=tool, version=version),
        suite=None,
        branch=None,
        pull_request=None,
        facts={name.replace("_", "."): fact for name, fact in facts.items()},
        measurements=1,
        failed=0,
        skipped=0,
    )


def changes(*runs, between=(0, 1), environment="ci"):
    return RecordedFacts(runs).changes(environment, *between)


def test_a_runtime_that_changed_is_named_with_both_versions():
    found = changes(run(0, runtime_python="3.11.4"), run(1, runtime_python="3.12.1"))
    assert found == (FactChange(name="runtime.python", before="3.11.4", after="3.12.1"),)


def test_kernel_image_and_tool_are_facts_and_the_machine_is_none():
    old = run(0, kernel="6.1", runner_image="ubuntu24 1", version="4.0", cpu_model="A", os="X", cpu_cores=2)
    new = run(1, kernel="6.8", runner_image="ubuntu24 2", version="5.0", cpu_model="B", os="Y", cpu_cores=4)
    assert [change.name for change in changes(old, new)] == ["kernel", "runner.image", "tool.pytest-benchmark"]


def test_what_only_one_run_tells_has_not_changed():
    assert changes(run(0), run(1, kernel="6.8")) == ()
    assert changes(run(0, kernel="6.1"), run(1)) == ()


def test_of_several_runs_a_fact_changed_if_they_share_no_value():
    before = [run(0, tool="a", runtime_python="3.11"), run(0, tool="b", runtime_python="3.12")]
    assert changes(*before, run(1, tool="a", runtime_python="3.12")) == ()
    assert [one.before for one in changes(*before, run(1, runtime_python="3.13"))] == ["3.11, 3.12"]


def test_versions_of_two_tools_are_two_facts():
    assert changes(run(0, tool="a", version="1"), run(1, tool="b", version="2")) == ()


def test_environments_are_told_apart_and_unknown_commits_tell_nothing():
    runs = [run(0, kernel="6.1"), run(1, environment="other", kernel="6.8")]
    assert changes(*runs) == ()
    assert changes(*runs, environment="none") == ()


def test_a_fact_that_changes_all_the_time_explains_nothing():
    runs = [run(i, host_load=str(i), kernel="6.1" if i < 10 else "6.8") for i in range(20)]
    assert [change.name for change in changes(*runs, between=(9, 10))] == ["kernel"]


def test_memory_is_compared_as_people_read_it():
    assert changes(run(0, memory_bytes=16_770_000_000), run(1, memory_bytes=16_770_000_001)) == ()
    (change,) = changes(run(0, memory_bytes=2**34), run(1, memory_bytes=2**35))
    assert (change.before, change.after) == ("16.0 GiB", "32.0 GiB")
