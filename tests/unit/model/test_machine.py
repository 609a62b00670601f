"""Machines: what differs, what is only spelled otherwise, what is not known."""

import pytest

from perfsite.model.machine import Machine, difference, machine_text, same_machines

EPYC = {"cpu.model": "AMD EPYC 7763 64-Core Processor", "cpu.cores": 4, "os": "Ubuntu 24.04"}


def machine(**facts):
    return Machine.of({name.replace("_", "."): fact for name, fact in facts.items()})


def test_only_the_parts_that_differ_are_named():
    new = Machine.of({**EPYC, "cpu.model": "AMD EPYC 9V74 80-Core Processor"})
    assert difference(Machine.of(EPYC), new) == ("EPYC 7763", "EPYC 9V74")
    larger = Machine.of({**EPYC, "cpu.cores": 8, "os": "Ubuntu 26.04"})
    assert difference(Machine.of(EPYC), larger) == ("4 cores, Ubuntu 24.04", "8 cores, Ubuntu 26.04")
    assert difference(machine(accelerator="A100"), machine(accelerator="H100")) == ("A100", "H100")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"cpu_model": "Intel(R) Xeon(R) Platinum 8370C CPU @ 2.80GHz"}, {"cpu_model": "intel xeon platinum 8370c"}),
        ({"cpu_model": "AMD EPYC 7763 64-Core Processor"}, {"cpu_model": "AMD EPYC  7763"}),
        ({"cpu_cores": 4}, {"cpu_cores": "4"}),
        ({"cpu_cores": 4}, {"cpu_cores": 4.0}),
        ({"os": "Ubuntu 24.04"}, {"os": "ubuntu  24.04"}),
        ({"cpu_cores": 4}, {"cpu_cores": 4, "os": "Ubuntu 24.04"}),
        ({"os": "Linux"}, {"os": "Ubuntu 24.04"}),
        ({"os": "Darwin"}, {"os": "macOS 15.1"}),
    ],
)
def test_another_spelling_or_less_knowledge_is_no_other_machine(one, other):
    one, other = machine(**one), machine(**other)
    assert difference(one, other) == ("", "")
    same = same_machines([one, other])
    assert same[one] == same[other]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"cpu_model": "Intel(R) Xeon(R) CPU @ 2.20GHz"}, {"cpu_model": "Intel(R) Xeon(R) CPU @ 2.30GHz"}),
        ({"os": "Linux"}, {"os": "Windows 11"}),
        ({"os": "Linux"}, {"os": "macOS 15.1"}),
        ({"os": "macOS 14"}, {"os": "macOS 15"}),
        ({"cpu_cores": 4}, {"cpu_cores": 40}),
    ],
)
def test_machines_that_differ_are_two(one, other):
    one, other = machine(**one), machine(**other)
    assert all(difference(one, other))
    assert len(set(same_machines([one, other]).values())) == 2


def test_a_machine_that_may_be_several_stays_by_itself():
    small, large, unknown = (
        machine(cpu_model="A", cpu_cores=2),
        machine(cpu_model="A", cpu_cores=4),
        machine(cpu_model="A"),
    )
    assert len(set(same_machines([small, large, unknown]).values())) == 3
    assert len(set(same_machines([small, unknown]).values())) == 1


def test_of_three_that_tell_more_and_more_the_fullest_stands_for_all():
    told = [machine(cpu_model="A"), machine(cpu_model="A", cpu_cores=2), machine(cpu_model="A", cpu_cores=2, os="X 1")]
    assert set(same_machines(told).values()) == {told[2]}


def test_the_order_of_machines_does_not_matter():
    told = [machine(cpu_model="AMD EPYC 7763"), machine(cpu_model="AMD EPYC  7763"), machine(cpu_model="amd epyc 7763")]
    assert same_machines(told) == same_machines(told[::-1])


@pytest.mark.parametrize("facts", [{}, {"kernel": "6.1"}])
def test_a_machine_of_which_nothing_is_known_has_no_words(facts):
    assert not Machine.of(facts).is_known
    assert machine_text(Machine.of(facts)) == ""


@pytest.mark.parametrize("value", ["", " ", "CPU", "(R)", "\u2028", 0, True, 1.5, "9" * 200])
def test_any_fact_is_taken(value):
    for name in ("cpu.model", "cpu.cores", "accelerator", "os"):
        one, other = Machine.of({name: value}), Machine.of({name: "something 7"})
        assert isinstance(difference(one, other), tuple)
        assert set(same_machines([one, other])) == {one, other}
