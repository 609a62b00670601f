"""criterion.rs's tree: estimates, samples and names of one benchmark, in their spellings of old and new."""

import contextlib
import io
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfsite import sources
from perfsite.errors import CombinedInputError, InputError
from perfsite.model.run import Direction
from perfsite.sources.formats import criterion

TREE = Path(__file__).parents[3] / "data" / "criterion" / "tree"
ORIGIN = "target/criterion/a/b/20/new/estimates.json"
ESTIMATE = {
    "confidence_interval": {"confidence_level": 0.95, "lower_bound": 9.0, "upper_bound": 12.0},
    "point_estimate": 10.0,
    "standard_error": 0.5,
}
ESTIMATES = {
    "mean": ESTIMATE,
    "median": ESTIMATE,
    "median_abs_dev": ESTIMATE,
    "slope": None,
    "std_dev": {**ESTIMATE, "point_estimate": 2.0},
}
BENCHMARK = {"group_id": "g", "function_id": "f", "value_str": "8", "throughput": None, "full_id": "g/f/8"}
SAMPLE = {"sampling_mode": "Linear", "iters": [1.0, 2.0, 4.0], "times": [10.0, 22.0, 48.0]}


def recorded(name, file="estimates.json", *, without=()):
    folder = TREE / name / "new"

    def beside(companion):
        path = folder / companion
        return path.open(encoding="utf-8") if path.is_file() and companion not in without else None

    with (folder / file).open(encoding="utf-8") as stream:
        found, reading = sources.read(stream, origin=f"criterion/{name}/new/{file}", beside=beside)
    assert found == "criterion"
    return reading


def parse(root=ESTIMATES, origin=ORIGIN, **beside):
    companions = {f"{name}.json": io.StringIO(json.dumps(content)) for name, content in beside.items()}
    return criterion.parse(io.StringIO(json.dumps(root)), origin=origin, companions=companions)


def test_the_median_of_the_samples_is_the_value_with_the_estimates_beside_it():
    time, rate = recorded("Sums/xor/64").measurements
    estimates = json.loads((TREE / "Sums/xor/64/new/estimates.json").read_text(encoding="utf-8"))
    sample = json.loads((TREE / "Sums/xor/64/new/sample.json").read_text(encoding="utf-8"))
    assert (time.benchmark, time.parameters, time.metric.name) == ("Sums/xor", {"arg0": "64"}, "time")
    assert time.value == pytest.approx(estimates["median"]["point_estimate"] / 1e9, rel=1e-12)
    assert time.samples[0] == sample["times"][0] / sample["iters"][0] / 1e9
    assert (time.count, len(time.samples)) == (20, 20)
    assert time.deviation == estimates["std_dev"]["point_estimate"] / 1e9
    assert time.lower == estimates["median"]["confidence_interval"]["lower_bound"] / 1e9
    assert time.statistics["slope"] == estimates["slope"]["point_estimate"] / 1e9
    assert time.statistics["mad_upper"] == estimates["median_abs_dev"]["confidence_interval"]["upper_bound"] / 1e9
    assert rate.metric.name == "throughput"
    assert (rate.metric.unit, rate.metric.direction) == ("1/s", Direction.HIGHER)
    assert rate.value == pytest.approx(64 / time.value)
    assert (rate.lower, rate.upper) == (pytest.approx(64 / time.upper), pytest.approx(64 / time.lower))


def test_bytes_are_a_rate_in_bytes_and_flat_sampling_has_no_slope():
    assert recorded("Sums/4 KiB").measurements[1].metric.unit == "B/s"
    flat = recorded("Flat_odd name_/sum 1000000")
    assert flat.measurements[0].benchmark == "Flat/odd name?/sum 1000000"
    assert "slope" not in flat.measurements[0].statistics
    assert flat.facts == {"criterion.confidence_level": 0.95}


def test_a_sample_given_by_itself_reads_the_estimates_beside_it():
    assert recorded("Sums/xor/64", "sample.json").measurements == recorded("Sums/xor/64").measurements
    alone = recorded("Sums/xor/64", "sample.json", without=("estimates.json", "benchmark.json"))
    assert [(r.benchmark, r.statistics, r.count) for r in alone.measurements] == [("Sums/xor", None, 20)]


@pytest.mark.parametrize(
    ("origin", "name"),
    [
        (ORIGIN, "a/b"),
        ("Fibonacci2/Iterative/20/new/estimates.json", "Fibonacci2/Iterative"),
        ("/home/x/criterion/proj/target/criterion/a/base/estimates.json", "a"),
        ("C:\\x\\target\\criterion\\a\\new\\estimates.json", "a"),
        ("./a/new/estimates.json", "a"),
    ],
)
def test_without_its_name_beside_it_a_benchmark_is_named_by_its_folders(origin, name):
    assert parse(origin=origin).measurements[0].benchmark == name


@pytest.mark.parametrize("origin", ["estimates.json", "new/estimates.json", "/tmp/x/new/estimates.json", "stdin"])
def test_a_file_that_nothing_names_is_refused(origin):
    with pytest.raises(InputError, match=r"no benchmark\.json beside") as caught:
        parse(origin=origin)
    assert "target/criterion" in caught.value.hint


def test_a_sample_whose_first_array_fills_the_head_is_recognised():
    text = json.dumps({"sampling_mode": "Flat", "iters": [1.0] * 20_000, "times": [2.0] * 20_000})
    assert criterion.accepts(text[:65536])
    assert not criterion.accepts('{"iters": 5, "speed": 1}')
    assert list(parse(json.loads(text), origin="criterion/a/new/sample.json").measurements[0].samples)[:2] == [
        2e-9,
        2e-9,
    ]


def test_the_first_versions_wrote_other_keys_and_bare_arrays():
    old = {"Mean": ESTIMATE, "Median": ESTIMATE, "MedianAbsDev": ESTIMATE, "Slope": ESTIMATE, "StdDev": ESTIMATE}
    rows = parse(old, sample=[[1.0, 2.0], [10.0, 30.0]]).measurements
    assert (rows[0].value, rows[0].samples, rows[0].statistics["slope"]) == (12.5e-9, [1e-8, 1.5e-8], 1e-8)
    nameless = {"group_id": "g", "function_id": None, "value_str": "8", "throughput": None}
    assert parse(old, benchmark=nameless).measurements[0].parameters == {"arg0": "8"}


@pytest.mark.parametrize(
    ("throughput", "metrics"),
    [
        ({"Bytes": 10}, [("throughput", "B/s", 1e9)]),
        ({"BytesDecimal": 10}, [("throughput", "B/s", 1e9)]),
        ({"Bits": 80}, [("throughput", "B/s", 1e9)]),
        ({"Elements": 10}, [("throughput", "1/s", 1e9)]),
        (
            {"ElementsAndBytes": {"elements": 10, "bytes": 20}},
            [("elements_per_second", "1/s", 1e9), ("throughput", "B/s", 2e9)],
        ),
        ({"Pages": 10}, [("throughput", "Pages/s", 1e9)]),
        ({}, []),
    ],
)
def test_every_kind_of_throughput_is_a_rate(throughput, metrics):
    rows = parse(benchmark={**BENCHMARK, "throughput": throughput}).measurements[1:]
    assert [(r.metric.name, r.metric.unit, pytest.approx(r.value)) for r in rows] == metrics


def test_two_kinds_of_one_throughput_are_refused():
    with pytest.raises(InputError, match=r"\$\.throughput\.Bits: the benchmark .* is there twice"):
        parse(benchmark={**BENCHMARK, "throughput": {"Bytes": 1, "Bits": 8}})


@pytest.mark.parametrize(
    ("root", "said"),
    [
        (BENCHMARK, "it says what a benchmark is called"),
        ([1.0, 2.0, 3.0, 4.0], "fences of outliers"),
        ({"mean": ESTIMATE, "median": ESTIMATE}, "the change against an earlier run"),
        ({"Mean": ESTIMATE, "Median": ESTIMATE}, "the change against an earlier run"),
    ],
)
def test_files_of_the_tree_without_measurements_say_what_they_are(root, said):
    assert criterion.accepts(json.dumps(root))
    with pytest.raises(InputError, match=said) as caught:
        parse(root)
    assert "estimates.json" in caught.value.hint


def test_all_bad_places_of_all_files_are_told_at_once():
    bad = {**ESTIMATES, "median": {**ESTIMATE, "point_estimate": "fast"}}
    with pytest.raises(CombinedInputError) as caught:
        parse(bad, sample={"iters": [1.0, 0.0], "times": [1.0, 2.0]}, benchmark={**BENCHMARK, "full_id": 3})
    assert sorted(str(error) for error in caught.value.errors) == [
        "target/criterion/a/b/20/new/benchmark.json: $.full_id: expected text, found the number 3",
        "target/criterion/a/b/20/new/estimates.json: $.median.point_estimate: expected a number, found text 'fast'",
        "target/criterion/a/b/20/new/sample.json: $.iters[1]: expected a number above 0, found the number 0",
    ]


def test_iterations_and_times_of_different_number_are_refused():
    with pytest.raises(InputError, match="as many iters as times, found 1 and 2"):
        parse(sample=[[1.0], [1.0, 2.0]], benchmark=BENCHMARK)


def test_the_folder_of_the_tool_gives_the_newest_run_only():
    found = sorted(str(path.relative_to(TREE)) for path in TREE.glob(criterion.FOLDER))
    assert found == [
        f"{name}/new/estimates.json" for name in ("Flat_odd name_/sum 1000000", "Sums/4 KiB", "Sums/xor/64")
    ]


@pytest.mark.parametrize(
    "text", ["{}", "[]", "[[], []]", '{"mean": 3}', '[["a"], ["b"]]', '{"mean": {}, "x": {}}', "x"]
)
def test_other_documents_are_not_recognised(text):
    assert not criterion.accepts(text)


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.floats(), st.integers(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.sampled_from([*ESTIMATES, *ESTIMATE, *BENCHMARK, *SAMPLE, "Bytes", "x"]), inner, max_size=5),
    ),
    max_leaves=12,
)


@settings(max_examples=60)
@given(JSON, JSON, JSON, st.sampled_from([ESTIMATES, SAMPLE, None]))
def test_no_document_raises_anything_but_the_documented_error(root, sample, benchmark, whole):
    criterion.accepts(json.dumps(root))
    mixed = root if whole is None else {**whole, **(root if isinstance(root, dict) else {"times": root})}
    with contextlib.suppress(InputError):
        parse(mixed, sample=sample, benchmark=benchmark)
    with contextlib.suppress(InputError):
        parse(mixed, sample={**SAMPLE, "iters": sample}, benchmark={**BENCHMARK, "throughput": benchmark})
