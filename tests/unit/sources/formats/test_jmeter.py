"""JMeter's samples: with and without a header, as its Aggregate Report tells them."""

import io
import statistics
from datetime import UTC, datetime
from pathlib import Path

import pytest

from perfsite.errors import CombinedInputError, InputError
from perfsite.sources import recognise
from perfsite.sources.formats import jmeter

DATA = Path(__file__).parents[3] / "data" / "jmeter"


def recorded(name):
    with (DATA / name).open(encoding="utf-8", newline="") as stream:
        return jmeter.parse(stream, origin=name)


def parse(text):
    return jmeter.parse(io.StringIO(text), origin="x.jtl")


def values(reading, benchmark="TOTAL"):
    return {row.metric.name: row.value for row in reading.measurements if row.benchmark == benchmark}


@pytest.mark.parametrize("name", ["header.csv", "headerless.csv", "semicolon.csv", "result.xml"])
def test_labels_and_their_total_are_read_with_any_header_and_delimiter(name):
    reading = recorded(name)
    names = list(dict.fromkeys(row.benchmark for row in reading.measurements))
    assert names == ["home", "slow, with a comma", "broken", "TOTAL"]
    found = values(reading)
    assert (found["requests"], found["failures"], found["error_rate"]) == (90, 30, 1 / 3)
    assert values(reading, "broken")["error_rate"] == 1
    assert values(reading, "slow, with a comma")["min"] >= 0.03
    assert values(reading, "home")["size"] == 233
    assert 40 < found["requests_per_second"] < 200
    assert found["bytes_per_second"] == pytest.approx(found["requests_per_second"] * (233 * 2 + 632) / 3)


def test_percentiles_are_nearest_ranks_of_all_samples_and_p50_is_their_median():
    text = "timeStamp,elapsed,label,success\n" + "\n".join(f"{1_700_000_000_000 + i},{i},a,true" for i in range(1, 101))
    found = values(parse(text), "a")
    assert (found["p50"], found["p90"], found["p95"], found["p99"]) == (0.0505, 0.09, 0.095, 0.099)
    assert (found["min"], found["max"], found["mean"]) == (0.001, 0.1, 0.0505)
    rows = {row.metric.name: row for row in parse(text).measurements}
    assert rows["p50"].count == len(rows["p50"].samples) == 100
    assert rows["mean"].deviation == pytest.approx(statistics.stdev(range(1, 101)) / 1000)


def test_transactions_have_their_label_but_do_not_count_twice():
    reading = recorded("v5_transactions.csv")
    assert values(reading, "checkout")["p50"] == 0.4
    found = values(reading)
    assert (found["requests"], found["failures"]) == (3, 1)
    assert found["requests_per_second"] == pytest.approx(3 / 0.7)
    assert found["bytes_sent_per_second"] == pytest.approx(800 / 0.7)
    assert (found["latency"], found["connect"]) == (0.19, 0.01)


def test_the_run_has_the_first_samples_time_where_its_zone_is_known():
    assert recorded("v5_transactions.csv").time == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert recorded("semicolon.csv").time is None


def test_times_in_a_form_of_the_owners_give_no_rates():
    found = values(parse("timeStamp,elapsed,label,success\n14.11. um acht,5,a,true\n"))
    assert "requests_per_second" not in found
    assert found["p50"] == 0.005


def test_a_sample_with_columns_of_the_owners_needs_no_header():
    line = "1700000000000,12,a,200,OK,x,y,z,w,false,more"
    assert recognise(line) == ["jmeter"]
    assert values(parse(line), "a")["error_rate"] == 1


def test_every_bad_row_is_named():
    header = "timeStamp,elapsed,label,success,bytes"
    with pytest.raises(CombinedInputError) as caught:
        parse(f"{header}\n1,fast,a,true,1\n1,5,a,maybe,1\n1,5,a\n1,5,a,true,-3\n{header}\n1,,a,true,1\n")
    assert [str(error) for error in caught.value.errors] == [
        "x.jtl: line 2, column 'elapsed': expected a number, found text 'fast'",
        "x.jtl: line 3, column 'success': expected true or false, found text 'maybe'",
        "x.jtl: line 4: expected 5 cells as in the first line, found 3",
        "x.jtl: line 5, column 'bytes': expected a number not below 0, found the number -3.0",
        "x.jtl: line 7, column 'elapsed': expected a number, found text ''",
    ]


def test_labels_that_hold_ids_are_refused():
    with pytest.raises(InputError, match="more than 20,000 labels"):
        parse("elapsed,label,success\n" + "\n".join(f"5,/item/{i},true" for i in range(20_001)))


def test_a_file_that_is_no_jtl_says_so():
    with pytest.raises(InputError, match="neither a header"):
        parse("a,b,c\n1,2,3\n")


def test_samples_within_a_sample_are_parts_of_it():
    text = """<?xml version="1.0" encoding="UTF-8"?>
<testResults version="1.2">
<sample t="30" ts="1700000000000" s="true" lb="page">
  <httpSample t="10" ts="1700000000000" s="true" lb="image"/>
  <assertionResult><name>a</name></assertionResult>
</sample>
<sampleResult timeStamp="1700000000100" time="50" label="page" success="false"/>
</testResults>"""
    reading = parse(text)
    assert {row.benchmark for row in reading.measurements} == {"page", "TOTAL"}
    assert (values(reading)["requests"], values(reading)["max"], values(reading)["error_rate"]) == (2, 0.05, 0.5)


def test_an_xml_file_that_was_cut_off_says_so():
    with pytest.raises(InputError, match="ends in the middle"):
        parse('<?xml version="1.0"?>\n<testResults version="1.2">\n<sample t="30" s="true" lb="page"/>\n')
