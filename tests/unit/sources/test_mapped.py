"""Tables of the owner's own, mapped in perfsite.toml."""

import io
import json

import pytest

from perfsite import config, sources
from perfsite.errors import CombinedInputError, ConfigError, InputError
from perfsite.model.run import Direction, Status
from perfsite.sources.mapped import Mapped

WIDE = """
[formats.soak]
benchmark = ["suite", "scenario"]
parameters = "users"
[formats.soak.values]
p95_ms = { metric = "p95", unit = "ms", deviation = "sd", count = "n" }
errors = { unit = "%", metric = "error_rate", direction = "lower" }
rps = "1/s"
"""
LONG = """
[formats.rows]
rows = "run.results"
benchmark = "meta.name"
metric = "what"
value = "amount"
unit = "unit"
"""
TABLE = "suite;scenario;users;p95_ms;sd;n;errors;rps\nshop;login;10;120.5;2;30;1.5 %;1850\nshop;<b>;20;N/A;;;0;9\n"


def source(text):
    return Mapped(config.parse(text, where="perfsite.toml").formats[0])


def read(text, table):
    return source(text).parse(io.StringIO(table, newline=""), origin="t")


def test_a_wide_table_is_read_with_its_spread_and_parameters():
    rows = {(row.benchmark, row.metric.name): row for row in read(WIDE, TABLE).measurements}
    p95 = rows["shop/login", "p95"]
    assert (p95.value, p95.deviation, p95.count, p95.parameters) == (0.1205, 0.002, 30, {"users": "10"})
    assert (p95.metric.unit, p95.metric.original_unit) == ("s", "ms")
    assert rows["shop/login", "error_rate"].value == pytest.approx(0.015)
    assert rows["shop/login", "error_rate"].metric.direction is Direction.LOWER
    assert rows["shop/login", "rps"].value == 1850
    assert ("shop/<b>", "p95") not in rows
    assert rows["shop/<b>", "rps"].value == 9


def test_a_long_json_is_read_by_its_paths():
    found = read(
        LONG,
        json.dumps(
            {
                "run": {
                    "results": [
                        {"meta": {"name": "a"}, "what": "time", "amount": 3, "unit": "ms"},
                        {"meta": {"name": "a"}, "what": "time", "amount": 5, "unit": "ms"},
                        {"meta": {"name": "a"}, "what": "size", "amount": 2, "unit": "kB"},
                    ]
                }
            }
        ),
    )
    time, size = found.measurements
    assert (time.value, list(time.samples), time.metric.name) == (0.004, [0.003, 0.005], "time")
    assert (size.value, size.metric.unit) == (2000, "B")


def test_a_single_object_is_one_row_named_by_its_format():
    text = "[formats.nightly.values]\n'stats.p95' = 'ms'\n"
    row = read(text, '{"stats": {"p95": 12}}').measurements[0]
    assert (row.benchmark, row.metric.name, row.value) == ("nightly", "stats.p95", 0.012)


def test_every_bad_cell_is_told_with_its_place():
    with pytest.raises(CombinedInputError) as caught:
        read(WIDE, TABLE.replace("120.5", "fast").replace("0;9", "0;-").replace("1.5 %", "1.5.2"))
    assert [str(error) for error in caught.value.errors] == [
        "t: line 2, column 'p95_ms': expected a number, found text 'fast'",
        "t: line 2, column 'errors': expected a number, found text '1.5.2'",
    ]
    with pytest.raises(InputError, match=r"\$\.run\.results\[0\]\.amount: expected a number, found an array"):
        read(LONG, json.dumps({"run": {"results": [{"meta": {"name": "a"}, "what": "x", "amount": [], "unit": "s"}]}}))
    with pytest.raises(InputError, match=r"\$\.run\.results: expected an array of objects"):
        read(LONG, "{}")
    with pytest.raises(CombinedInputError, match="the column 'rps' is missing"):
        read(WIDE, "suite,scenario\n1,2\n")


def test_a_file_is_recognised_by_the_columns_that_its_owner_named():
    mapped = {"soak": source(WIDE), "rows": source(LONG)}
    assert sources.read(io.StringIO(TABLE), origin="t", mapped=mapped)[0] == "soak"
    row = {"meta": {"name": "a"}, "what": "time", "amount": 3, "unit": "ms"}
    text = json.dumps({"run": {"results": [row]}})
    assert sources.read(io.StringIO(text), origin="t", mapped=mapped)[0] == "rows"
    with pytest.raises(InputError, match="no format that perfsite knows") as caught:
        sources.read(io.StringIO("x,y\n1,2\n"), origin="t", mapped=mapped)
    assert "soak, rows, " in caught.value.hint


def test_what_the_owner_mapped_wins_over_what_perfsite_knows():
    text = "[formats.mine]\nbenchmark = 'name'\n[formats.mine.values]\nvalue = 'ms'\n"
    row = '[{"name": "a", "unit": "s", "value": 1}]'
    assert sources.read(io.StringIO(row), origin="t", mapped={"mine": source(text)})[0] == "mine"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[formats.x]\nbenchmark = 'a'", "line 1: formats.x: give either `values`"),
        ("[formats.x]\nmetric = 'a'\nvalue = 'b'\n[formats.x.values]\nc = 's'", "give either `values`"),
        ("[formats.x]\nbenchmark = []\n[formats.x.values]\na = 's'", "line 2: formats.x.benchmark: expected a column"),
        ("[formats.x.values]\na = 3", "line 2: formats.x.values.a: expected a unit or a table, found 3"),
        ("[formats.x.values]\na = {unit = 's', polarity = 'up'}", "no such setting; there are metric, unit"),
        (
            "[formats.x]\ndelimiter = '::'\n[formats.x.values]\na = 's'",
            "line 2: formats.x.delimiter: expected one char",
        ),
        ("[formats.'../x'.values]\na = 's'", "expected a table with a name of letters"),
        ("formats = 3", "line 1: formats: expected a table"),
    ],
)
def test_a_layout_that_makes_no_sense_is_told_with_its_line(text, said):
    with pytest.raises(ConfigError) as caught:
        config.parse(text, where="perfsite.toml")
    assert said in str(caught.value)


def test_in_a_table_of_semicolons_a_comma_is_the_decimal_sign():
    table = TABLE.replace("120.5", "120,5").replace("1850", "1,850")
    rows = {row.metric.name: row.value for row in read(WIDE, table).measurements if row.parameters["users"] == "10"}
    assert (rows["p95"], rows["rps"]) == (pytest.approx(0.1205), 1.85)


def test_a_percent_sign_in_a_column_of_another_unit_is_told():
    with pytest.raises(InputError, match=r"line 2, column 'rps': expected a number in '1/s', found text '18 %'"):
        read(WIDE, TABLE.replace("1850", "18 %"))


def test_a_row_for_a_metric_without_a_value_is_a_measurement_that_was_skipped():
    amounts = [("a", None), ("a", 3), ("b", None)]
    rows = [{"meta": {"name": name}, "what": "time", "amount": amount, "unit": "ms"} for name, amount in amounts]
    found = read(LONG, json.dumps({"run": {"results": rows}})).measurements
    assert [(row.benchmark, row.status, row.value) for row in found] == [
        ("a", Status.OK, 0.003),
        ("b", Status.SKIPPED, None),
    ]


def test_a_column_of_the_spread_that_is_not_there_is_told():
    with pytest.raises(InputError, match="the column 'sdev' is missing"):
        read(WIDE.replace('deviation = "sd"', 'deviation = "sdev"'), TABLE)
