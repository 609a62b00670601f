"""The evaluator of workflow expressions says what GitHub says, and refuses what it does not know."""

import pytest
from workflow_expressions import Contexts, ExpressionError, Strict, condition, evaluate, substituted

GITHUB = {"event_name": "push", "event": {"number": 7, "pull_request": {"head": {"ref": "topic"}}}}
VALUES = {
    "github": Strict("the github context", GITHUB),
    "inputs": Strict("this workflow", {"baseline_ref": "", "flag": True}),
    "steps": Strict("this job", {"one": {"outputs": {"sha": "abc"}, "outcome": "success"}}),
    "secrets": {"TOKEN": "hush"},
}


def contexts(*, success=True):
    return Contexts(VALUES, {"success": success, "failure": not success, "always": True, "cancelled": False})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("github.event_name == 'PUSH'", True),
        ("github.event.number == 7 && 'yes' || 'no'", "yes"),
        ("inputs.baseline_ref || github.event.pull_request.head.ref", "topic"),
        ("github.event.nothing.at.all", None),
        ("!inputs.flag", False),
        ("(1 < 2) == true", True),
        ("steps.one.outputs['sha']", "abc"),
        ("steps.one.outputs.unset == ''", True),
        ("'it''s'", "it's"),
        ("format('{0}-{1}', 'a', 2)", "a-2"),
        ("startsWith('/benchmark now', '/BENCH')", True),
        ('contains(fromJSON(\'["push", "schedule"]\'), github.event_name)', True),
        ("secrets.UNSET == ''", True),
    ],
)
def test_an_expression_has_the_value_that_github_gives_it(text, value):
    assert evaluate(text, contexts()) == value


@pytest.mark.parametrize(
    "text",
    [
        "githbu.sha",
        "github.evnt_name",
        "inputs.baseline",
        "steps.two.outputs.sha",
        "hashFiles('a')",
        "github.event.labels.*.name",
        "1 +",
        "a b",
        "github.event_name ==",
        '"double"',
    ],
)
def test_what_is_not_known_is_refused(text):
    with pytest.raises(ExpressionError):
        evaluate(text, contexts())


def test_a_text_with_an_object_in_it_is_refused():
    assert substituted("x-${{ github.event.number }}-${{ inputs.flag }}", contexts()) == "x-7-true"
    with pytest.raises(ExpressionError, match="object"):
        substituted("${{ github.event }}", contexts())


@pytest.mark.parametrize(
    ("text", "after_success", "after_failure"),
    [
        (None, True, False),
        ("github.event_name == 'push'", True, False),
        ("always() && github.event_name == 'push'", True, True),
        ("${{ failure() }}", False, True),
        ("${{ !cancelled() }}", True, True),
    ],
)
def test_a_condition_asks_for_success_unless_it_names_a_status(text, after_success, after_failure):
    assert condition(text, contexts(success=True)) is after_success
    assert condition(text, contexts(success=False)) is after_failure
