"""Parcels: every way in which an artifact may mean harm ends in one clear error, and a good one is read whole."""

import io
import json
import os
import stat
import struct
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perfsite.errors import InputError
from perfsite.history.codec import encode
from perfsite.history.parcel import Limits, read_parcels, write_runs

LINE = (
    '{"version":1,"id":"00000000000000000000000000000000","time":"2026-11-21T08:30:00Z","commit":{"sha":"%s"},'
    '"environment":{"name":"ci"},"source":{"format":"hyperfine"},"measurements":{"metrics":[{"name":"time","unit":"s",'
    '"direction":"lower"}],"benchmark":["a"],"metric":[0],"value":[1.5]}}\n'
) % ("a" * 40)


def changed(**parts):
    record = json.loads(LINE)
    for path, value in parts.items():
        *above, key = path.split("__")
        place = record
        for part in above:
            place = place[part]
        place[key] = value
    return json.dumps(record) + "\n"


def zipped(tmp_path, files, name="run.zip", **options):
    path = tmp_path / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for file, content in files:
            archive.writestr(file, content)
    return path


def refusal(path, limits=None):
    with pytest.raises(InputError) as caught:
        read_parcels([path], limits)
    assert caught.value.exit_code == 3
    assert caught.value.where
    assert caught.value.hint
    assert len(str(caught.value)) < 1000
    return str(caught.value)


def test_a_good_parcel_is_read_as_zip_as_folder_and_as_file(tmp_path):
    folder = tmp_path / "folder" / "perfsite-run-linux"
    folder.mkdir(parents=True)
    (folder / "runs.jsonl").write_text(LINE * 2, encoding="utf-8")
    zip_file = zipped(tmp_path, [("runs.jsonl", LINE), ("more/runs.jsonl", LINE)])
    for path in (zip_file, tmp_path / "folder", folder / "runs.jsonl"):
        claimed = read_parcels([path])
        assert [len(one.run.measurements) for one in claimed] == [1, 1]
    assert claimed[1].where == f"{folder / 'runs.jsonl'}:2"


def test_what_record_writes_is_what_is_read(tmp_path):
    run = read_parcels([zipped(tmp_path, [("runs.jsonl", LINE)])])[0].run
    write_runs(tmp_path / "again.jsonl", [run])
    assert encode(read_parcels([tmp_path / "again.jsonl"])[0].run) == encode(run)


@pytest.mark.parametrize(
    "name",
    [
        "../evil.jsonl",
        "a/../../evil.jsonl",
        "/etc/evil.jsonl",
        "C:/evil.jsonl",
        "C:evil.jsonl",
        "..\\evil.jsonl",
        "\\\\host\\share.jsonl",
        "con.jsonl",
        "nul/runs.jsonl",
        "LPT1.jsonl",
        ".git/hooks.jsonl",
        "a/b/c/d/e.jsonl",
        "runs.jsonl.",
        "ru\x1b[31mns.jsonl",
        "ru\u202ens.jsonl",
        "r\u00fcns.jsonl",
        "x" * 400 + ".jsonl",
    ],
)
def test_a_name_that_leads_elsewhere_is_refused(tmp_path, name):
    told = refusal(zipped(tmp_path, [(name, LINE)]))
    assert "run.zip" in told
    assert "holds" in told
    assert "\x1b" not in told


@pytest.mark.parametrize("name", ["inner.zip", "runs.json", "run.sh", "history"])
def test_only_files_of_run_lines_are_taken_in(tmp_path, name):
    assert name in refusal(zipped(tmp_path, [("runs.jsonl", LINE), (name, b"PK\x03\x04")]))


def test_a_link_in_a_zip_is_refused(tmp_path):
    link = zipfile.ZipInfo("runs.jsonl")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert "link" in refusal(zipped(tmp_path, [(link, "/etc/passwd")]))


def test_a_link_in_a_folder_is_refused(tmp_path):
    secret = tmp_path / "secret.jsonl"
    secret.write_text(LINE, encoding="utf-8")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "runs.jsonl").symlink_to(secret)
    assert "link" in refusal(folder)
    (folder / "runs.jsonl").unlink()
    (folder / "more").symlink_to(tmp_path)
    assert "more" in refusal(folder)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_a_pipe_that_never_ends_is_not_waited_for(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    os.mkfifo(folder / "runs.jsonl")
    assert "device" in refusal(folder)
    os.mkfifo(tmp_path / "pipe.jsonl")
    assert "neither a file nor a folder" in refusal(tmp_path / "pipe.jsonl")


def test_a_zip_that_unpacks_to_far_more_than_it_weighs_is_stopped_on_the_way(tmp_path):
    path = zipped(tmp_path, [("runs.jsonl", b" " * (40 << 20))])
    assert path.stat().st_size < 100_000
    assert "more than 33,554,432 bytes, unpacked" in refusal(path, Limits(line_bytes=64 << 20))


def test_many_small_files_are_counted_together(tmp_path):
    path = zipped(tmp_path, [(f"{i}.jsonl", LINE) for i in range(50)])
    assert "40.jsonl: more than" in refusal(path, Limits(total_bytes=40 * len(LINE) + 10))


def test_a_zip_that_lies_about_its_sizes_is_counted_while_it_is_unpacked(tmp_path):
    path = zipped(tmp_path, [("runs.jsonl", LINE * 1000)])
    content = path.read_bytes().replace(struct.pack("<L", 1000 * len(LINE)), struct.pack("<L", 10))
    path.write_bytes(content)
    refusal(path, Limits(total_bytes=1000))


def test_a_list_of_thousands_of_files_is_not_even_read(tmp_path):
    assert "5,000 files" in refusal(zipped(tmp_path, [(f"{i}.jsonl", b"") for i in range(5000)]))


def test_a_folder_of_thousands_of_files_is_refused(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    for i in range(201):
        (folder / f"{i}.jsonl").write_text(LINE, encoding="utf-8")
    assert "more than 200 files" in refusal(folder)


def test_a_second_file_of_one_name_is_refused(tmp_path):
    with pytest.warns(UserWarning, match="Duplicate name"):
        path = zipped(tmp_path, [("runs.jsonl", LINE), ("runs.jsonl", LINE)])
    assert "second file" in refusal(path)
    assert "second file" in refusal(zipped(tmp_path, [("runs.jsonl", LINE), ("RUNS.jsonl", LINE)], "case.zip"))


def test_an_encrypted_file_is_refused(tmp_path):
    path = zipped(tmp_path, [("runs.jsonl", LINE)])
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    assert "encrypted" in refusal(path)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_methods_of_packing_that_artifacts_do_not_use_are_refused(tmp_path, method):
    path = tmp_path / "run.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("runs.jsonl", LINE)
    assert f"method {method}" in refusal(path)


def test_a_zip_with_a_comment_or_a_second_end_is_refused(tmp_path):
    path = zipped(tmp_path, [("runs.jsonl", LINE)])
    with zipfile.ZipFile(path, "a") as archive:
        archive.comment = b"x" * 30
    assert "comment" in refusal(path)
    plain = zipped(tmp_path, [("runs.jsonl", LINE)], "plain.zip").read_bytes()
    locator = b"PK\x06\x07" + struct.pack("<LQL", 0, 0, 1)
    path.write_bytes(plain[:-22] + locator + plain[-22:])
    assert "zip64" in refusal(path)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "not a zip file"),
        (b"hello", "not a zip file"),
        (b"PK\x03\x04", "cut off"),
        (b"PK\x05\x06" + bytes(18), "no run in it"),
    ],
)
def test_what_is_no_zip_says_so(tmp_path, content, why):
    path = tmp_path / "run.zip"
    path.write_bytes(content)
    assert why in refusal(path)


def test_a_zip_that_was_cut_off_anywhere_is_refused(tmp_path):
    whole = zipped(tmp_path, [("runs.jsonl", LINE)]).read_bytes()
    path = tmp_path / "cut.zip"
    for end in range(0, len(whole), 7):
        path.write_bytes(whole[:end])
        refusal(path)


def test_a_file_too_large_is_refused_before_it_is_opened(tmp_path):
    path = tmp_path / "run.zip"
    with path.open("wb") as file:
        file.write(b"PK\x03\x04")
        file.truncate(500 << 20)
    assert "524,288,000 bytes; at most 33,554,432" in refusal(path)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (LINE.rstrip("\n"), "no line end"),
        (LINE[:200] + "\n", "not JSON at character"),
        (changed(version=7), "newer perfsite"),
        (changed(version=0), "never was a version"),
        (changed(measurements__value=[1e999]).replace("Infinity", "1e999"), "$"),
        (LINE.replace("1.5", "NaN"), "NaN"),
        (changed(measurements__benchmark=["x" * 20_001]), "20,000 characters"),
        (
            changed(measurements__benchmark=["a", "a"], measurements__metric=[0, 0], measurements__value=[1, 2]),
            "stands in row 0 already",
        ),
        (changed(measurements__benchmark=[], measurements__metric=[], measurements__value=[]), "without a measurement"),
        (changed(commit__sha="main; rm -rf /"), "$.commit.sha"),
        (changed(environment__name="../../etc"), "$.environment.name"),
        (changed(pull_request=-1), "$.pull_request"),
        (changed(pull_request="7"), "$.pull_request"),
        (changed(time="yesterday"), "$.time"),
        ("[" * 100_000 + "\n", "$"),
        ('{"a":' + "9" * 10_000 + "}\n", "$"),
        (LINE.encode().replace(b"hyperfine", b"\xff\xfe"), "not UTF-8"),
        (LINE.encode("utf-16"), "$"),
        ('"\\ud800"\n', "$"),
        ("{}\n", "$.version"),
        ("\n", "an empty line"),
        ("", "no run in it"),
    ],
)
def test_a_line_that_is_no_run_names_file_line_and_value(tmp_path, line, why):
    told = refusal(zipped(tmp_path, [("runs.jsonl", line)]))
    assert why in told
    assert "run.zip" in told


def test_numbers_at_the_edge_of_what_a_float_holds_are_numbers(tmp_path):
    assert read_parcels([zipped(tmp_path, [("runs.jsonl", changed(measurements__value=[1e308]))])])[0].run


def test_a_line_too_long_is_refused_before_it_is_whole(tmp_path):
    path = zipped(tmp_path, [("runs.jsonl", LINE + "x" * 3_000_000)])
    assert "runs.jsonl:2: a line of more than 1,000" in refusal(path, Limits(line_bytes=1000))


def test_runs_and_measurements_are_counted(tmp_path):
    path = zipped(tmp_path, [("runs.jsonl", LINE * 4)])
    assert "runs.jsonl:4: more than 3 runs" in refusal(path, Limits(runs=3))
    assert "runs.jsonl:3: more than 2 measurements" in refusal(path, Limits(measurements=2))


def test_a_path_that_is_not_there_says_so(tmp_path):
    assert "No such file" in refusal(tmp_path / "none.zip")


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_whatever_is_changed_in_a_zip_it_is_read_or_refused(tmp_path, data):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("runs.jsonl", LINE)
        archive.writestr("more/runs.jsonl", LINE)
    content = bytearray(stream.getvalue())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "run.zip"
    path.write_bytes(content)
    try:
        claimed = read_parcels([path])
    except InputError as error:
        told = error.hint
    else:
        told = "read" if all(len(one.run.measurements) for one in claimed) else ""
    assert told
