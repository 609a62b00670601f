"""The page on environments: facts and when they changed, machines and when they ran, what is retired."""

import pytest

from perfsite.report.environment_machines import Measured
from perfsite.report.environments import environments_document

OLD, NEW = {"cpu.model": "AMD EPYC 7763", "cpu.cores": 4}, {"cpu.model": "AMD EPYC 9V74", "cpu.cores": 4}


def view_of(report):
    return report.section("environments/")


def card_of(report, name="ci"):
    view = view_of(report)
    return next(card for card in (*view.environments, *view.retired) if card.name == name)


def test_nothing_measured_is_said(make_report):
    view = view_of(make_report([]))
    assert (view.sentence, view.environments, view.retired) == ("Nothing is measured yet.", (), ())


def test_runs_without_facts_have_a_card_that_says_so(make_report, make_run):
    card = card_of(make_report([make_run(0, {"a": 1.0})]))
    assert not card.has_facts
    assert (card.machines, card.changes, card.rhythm) == ((), (), "one measured commit so far")


def test_a_fact_that_changed_stands_at_its_commit(make_report, make_run, make_sha):
    runs = [make_run(i, {"a": 1.0}, facts={"runtime.python": "3.11.4" if i < 7 else "3.12.1"}) for i in range(12)]
    card = card_of(make_report(runs, url="https://example.org/o/r"))
    assert [(change.texts, change.commit.sha) for change in card.changes] == [
        (("Python 3.11.4 → 3.12.1",), make_sha(7)),
    ]
    assert not card.changes[0].splits
    assert card.changes[0].compare_url == f"https://example.org/o/r/compare/{make_sha(6)}...{make_sha(7)}"
    assert card.recorded == (("runtime.python", "3.12.1"),)
    assert dict(card.splitting) == {"cpu.model": "", "cpu.cores": "", "accelerator": "", "os": ""}


def test_another_machine_splits_and_stands_in_the_timeline(make_report, make_run, make_sha):
    card = card_of(make_report([make_run(i, {"a": 1.0}, facts=OLD if i < 8 else NEW) for i in range(12)]))
    assert [(change.texts, change.splits) for change in card.changes] == [
        (("cpu model AMD EPYC 7763 → AMD EPYC 9V74",), True)
    ]
    newest, other = card.machines
    assert (newest.text, newest.share, newest.first.sha) == ("AMD EPYC 9V74, 4 cores", "33 % of runs", make_sha(8))
    assert (other.is_newest, other.last.sha) == (False, make_sha(7))
    assert (newest.lane, other.lane) == ("aaaaaaaaeeee", "eeeeeeeeaaaa")


def test_machines_that_take_turns_are_no_news(make_report, make_run):
    card = card_of(make_report([make_run(i, {"a": 1.0}, facts=OLD if i % 2 else NEW) for i in range(12)]))
    assert card.changes == ()
    assert [machine.share for machine in card.machines] == ["50 % of runs", "50 % of runs"]


def test_a_new_system_is_news_though_processors_take_turns(make_report, make_run):
    runs = [
        make_run(i, {"a": 1.0}, facts={**(OLD if i % 2 else NEW), "os": f"Ubuntu {22 + 2 * (i > 5)}.04"})
        for i in range(12)
    ]
    changes = card_of(make_report(runs)).changes
    assert [(change.texts, change.splits) for change in changes] == [(("os Ubuntu 22.04 → Ubuntu 24.04",), True)]


def test_a_machine_seen_once_among_many_runs_shows_in_its_lane(make_report, make_run):
    runs = [make_run(i, {"a": 1.0}, facts=NEW if i == 300 else OLD) for i in range(600)]
    lanes = [machine.lane for machine in card_of(make_report(runs)).machines]
    assert [len(lane) for lane in lanes] == [60, 60]
    assert lanes[1].count("b") == 1


def test_runs_of_pull_requests_are_counted_apart_and_move_no_fact(make_report, make_run):
    runs = [make_run(i, {"a": 1.0}, facts=OLD) for i in range(4)]
    runs.append(make_run(4, {"a": 1.0}, facts=NEW, pull_request=7))
    card = card_of(make_report(runs))
    assert (card.runs, card.pull_runs, card.machine_count, card.changes) == (5, 1, 1, ())


def test_an_environment_without_a_run_for_long_is_folded_away(make_report, make_run):
    runs = [make_run(i, {"a": 1.0}) for i in range(0, 200, 10)]
    runs += [make_run(i, {"a": 1.0}, environment="old") for i in range(3)]
    view = view_of(make_report(runs))
    assert ([card.name for card in view.environments], [card.name for card in view.retired]) == (["ci"], ["old"])
    assert view.sentence.startswith("1 environment measured, and 1 retired.")
    assert view.retired[0].noise == "–"


def test_the_noise_of_an_environment_is_the_median_of_its_series(make_report, make_run):
    runs = [
        make_run(i, {name: 1 + (i * 7 % 5 - 2) / size for name, size in (("a", 100), ("b", 500))}) for i in range(30)
    ]
    report = make_report(runs)
    floors = [float(judgement.floors[-1]) for judgement in report._judged.judgements]
    document = report_document(report)
    assert document["environments"][0]["noise_floor"] == pytest.approx(sum(floors) / 2, rel=1e-5)
    assert card_of(report).noise_of == "median of 2 series"


def report_document(report):
    return environments_document(report._context)


def test_the_document_holds_every_change_by_the_position_of_its_commit(make_report, make_run):
    runs = [make_run(i, {"a": 1.0}, facts={"runtime.python": f"3.{i // 20}"}) for i in range(60)]
    told = report_document(make_report(runs))["environments"][0]
    assert [(change["commit"], change["before"], change["after"]) for change in told["changes"]] == [
        (20, "3.0", "3.1"),
        (40, "3.1", "3.2"),
    ]


def test_no_run_has_no_machine():
    measured = Measured.by([])
    assert (measured.seen(), dict(measured.moves())) == ([], {})
