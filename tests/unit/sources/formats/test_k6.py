"""k6: its summary in three shapes, one meaning."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from perfsite.errors import CombinedInputError, InputError
from perfsite.model.run import Direction, Status
from perfsite.sources import recognise
from perfsite.sources.formats import k6

DATA = Path(__file__).parents[3] / "data" / "k6"


def recorded(name):
    with (DATA / name).open(encoding="utf-8") as stream:
        return k6.parse(stream, origin=name)


def parse(document):
    return k6.parse(io.StringIO(json.dumps(document)), origin="k6.json")


def table(reading):
    return {(row.benchmark, tuple(row.parameters.items()), row.metric.name): row for row in reading.measurements}


def key(benchmark, metric, **parameters):
    return benchmark, tuple(parameters.items()), metric


def test_both_shapes_of_one_run_have_the_same_measurements():
    flat, full = table(recorded("summary_export.json")), table(recorded("handle_summary.json"))
    del_never_ran = {k: row for k, row in full.items() if "never ran" not in str(k)}
    assert flat.keys() == del_never_ran.keys()
    for name, row in flat.items():
        other = full[name]
        assert (row.value, row.metric) == (other.value, other.metric), name


def test_the_metrics_of_a_load_test_have_their_names_and_base_units():
    rows = table(recorded("summary_export.json"))
    figures = {name: rows[key("http_req_duration", name)].value for name in ("p50", "p95", "p99.9", "mean", "max")}
    assert figures == {"p50": 0.0405, "p95": 0.1205, "p99.9": 0.48, "mean": 0.0455, "max": 0.5}
    assert rows[key("http_req_duration", "p95", expected_response="true")].value == 0.118
    assert rows[key("http_reqs", "requests_per_second")].value == 40
    assert rows[key("http_req_failed", "error_rate")].value == 0.05
    assert rows[key("http_req_failed", "failures")].value == 20
    assert rows[key("data_received", "bytes_per_second")].metric.unit == "B/s"


def test_trends_that_hold_no_times_stay_numbers():
    row = table(recorded("summary_export.json"))[key("queue_depth", "p95")]
    assert (row.value, row.metric.unit) == (9, "1")


def test_a_threshold_of_the_export_is_true_where_it_was_crossed():
    for name in ("summary_export.json", "handle_summary.json"):
        reading = recorded(name)
        rows = table(reading)
        assert rows[key("http_req_duration", "passed", threshold="p(95)<100")].value == 0
        assert rows[key("http_req_duration", "passed", threshold="avg<200")].value == 1
        assert rows[key("http_req_failed", "passed", threshold="rate<0.1")].metric.direction is Direction.HIGHER
        assert reading.warnings == ("http_req_duration: the threshold 'p(95)<100' was crossed",)


def test_checks_have_their_group_and_one_that_never_ran_is_skipped():
    rows = table(recorded("handle_summary.json"))
    assert rows[key("checks", "rate", check="status is 200", group="::cart")].value == 0.95
    assert rows[key("checks", "rate", check="status is 200")].value == 1
    assert rows[key("checks", "rate", check="never ran", group="::cart::pay")].status is Status.SKIPPED


def test_the_new_summary_goes_on_with_the_same_series():
    reading = recorded("machine_readable.json")
    rows = table(reading)
    assert rows[key("http_req_duration", "p95")].value == 0.1205
    assert rows[key("http_reqs", "requests_per_second")].value == 40
    assert rows[key("http_req_failed", "error_rate")].value == 0.05
    assert rows[key("checks", "rate")].value == 0.9875
    assert rows[key("checks", "passes", check="status is 200")].value == 395
    assert (reading.tool_version, reading.time) == ("1.5.0", datetime(2026, 1, 15, 10, 30, 45, 123000, UTC))


def test_the_schemas_draft_with_objects_for_checks_is_read_too():
    checks = {
        "metrics": {"checksTotal": {"name": "checks_total", "type": "counter", "values": {"count": 4, "rate": 2}}},
        "orderedChecks": [{"name": "ok", "passes": 3, "fails": 1}],
    }
    rows = table(parse({"results": {"metrics": [], "checks": checks, "passed": False}, "version": "1.0.0"}))
    assert rows[key("checks", "rate", check="ok")].value == 0.75
    assert rows[key("checks_total", "per_second")].value == 2


def test_the_rate_follows_from_the_counts_where_old_versions_wrote_nonsense():
    rows = table(parse({"metrics": {"checks": {"passes": 3, "fails": 1, "value": 0}}}))
    assert rows[key("checks", "rate")].value == 0.75


def test_a_submetric_that_no_value_belonged_to_is_skipped():
    nothing = {"type": "rate", "contains": "default", "values": {"rate": 0, "passes": 0, "fails": 0}}
    trend = {"type": "trend", "contains": "time", "values": {"avg": 0, "med": 0, "p(95)": 0, "count": 0}}
    document = {"metrics": {"checks{step:pay}": nothing, "http_req_duration{step:pay}": trend}}
    rows = table(parse(document))
    assert rows[key("checks", "rate", step="pay")].status is Status.SKIPPED
    assert rows[key("checks", "passes", step="pay")].value == 0
    assert rows[key("http_req_duration", "p95", step="pay")].status is Status.SKIPPED


def test_every_bad_place_is_named():
    metrics = {
        "http_reqs": {"count": "many", "rate": 1},
        "vus": 3,
        "http_req_duration": {"type": "trent", "values": {"avg": 1}, "thresholds": {"p(95)<1": "yes"}},
    }
    with pytest.raises(CombinedInputError) as caught:
        parse({"metrics": metrics})
    assert [str(error) for error in caught.value.errors] == [
        "k6.json: $.metrics.http_reqs.count: expected a number, found text 'many'",
        "k6.json: $.metrics.vus: expected an object, found the number 3",
        "k6.json: $.metrics.http_req_duration.type: expected trend, counter, gauge or rate, found text 'trent'",
        (
            'k6.json: $.metrics.http_req_duration.thresholds["p(95)<1"]: expected true, false or an object with `ok`, '
            "found text 'yes'"
        ),
    ]


def test_what_setup_returned_may_be_long_and_come_first():
    document = json.loads((DATA / "handle_summary.json").read_text(encoding="utf-8"))
    setup = {"users": [{"id": i, "metrics": {"x": 1}, "token": 'a"]}' * 9} for i in range(2000)]}
    text = json.dumps({"setup_data": setup, **document})
    assert recognise(text[:65536]) == [k6.NAME]
    found = k6.parse(io.StringIO(text), origin="k6.json")
    assert found.measurements == recorded("handle_summary.json").measurements


def test_groups_nested_absurdly_deep_are_refused():
    group = {}
    for _ in range(200):
        group = {"groups": [group]}
    with pytest.raises(InputError, match="at most 100 deep"):
        parse({"metrics": {"http_reqs": {"count": 1, "rate": 1}}, "root_group": group})


def test_other_documents_with_metrics_are_not_k6s():
    assert recognise('{"metrics": {"checks": {"status": "green"}, "p95": 3}}') == []
    assert recognise('{"root_group": {"children": []}}') == []
