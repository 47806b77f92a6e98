"""Bad input ends in one sentence and a status that is not zero; earlier results stay as they were."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from raw import INGEST, INGESTED, ROOT, contents, done, done_here, people, project, refused, refused_here, settings


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project whose raw file is ingested, and whose validation found nothing."""
    folder = project(tmp_path_factory.mktemp("finished"), people(300))
    done_here(folder, *INGEST)
    (folder / "artifacts/validate").mkdir()
    pl.DataFrame({"row": []}, schema={"row": pl.UInt64}).write_parquet(folder / "artifacts/validate/quarantine.parquet")
    return folder


@pytest.fixture
def earlier(finished: Path, tmp_path: Path) -> Path:
    """Return a copy of it, to be spoiled."""
    return shutil.copytree(finished, tmp_path / "project")


# As a user meets them: each in a process of its own.
@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("", "people.csv: the file is empty"),
        ("age,buys\n", "people.csv: no rows to learn from: the file holds a header only"),
        ("age,buy\n1,yes\n2,no\n", "params.yaml:7: data.target: buys is not a column of people.csv; did you mean buy? Valid: age, buy"),
        ("age,buys\n1,yes\n2,yes\n", "people.csv: the target buys has one value, yes: there is nothing to learn"),
        ("age,buys,age\n1,yes,2\n", "people.csv:1: columns 1 and 3 are both named age; rename one"),
        (b"PK\x03\x04\x14\x00", "people.csv: named .csv, but it is a zip or Excel file"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "people.csv:1: not UTF-8: byte 0x89 at position 1; if it is text, declare data.reading.encoding, such as cp1252"),
        (b"age,buys\n1,yes\n2,\xe9\n", "people.csv:3: not UTF-8: byte 0xe9 at position 3; if it is text, declare data.reading.encoding, such as cp1252"),
        ("age,buys\n1,yes\n2,no,maybe\n", "people.csv:3: 3 fields, but the header names 2 columns"),
    ],
)  # fmt: skip
def test_a_bad_raw_file_is_told_in_one_sentence(earlier: Path, source: str | bytes, sentence: str) -> None:
    project(earlier, source)
    assert refused(earlier, *INGEST) == sentence


def test_a_raw_file_that_is_not_there_is_told(earlier: Path) -> None:
    (earlier / "people.csv").unlink()
    assert refused(earlier, *INGEST) == "people.csv: no such file; data.source names it"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("ingest",), "needs 1 argument, received 0: python -m stages.ingest OUT"),
        (("split", "a"), "needs 3 arguments, received 1: python -m stages.split INGESTED VALIDATED OUT"),
    ],
)
def test_a_wrong_number_of_arguments_is_told(earlier: Path, words: tuple[str, ...], sentence: str) -> None:
    assert refused(earlier, *words) == sentence


# More of the kind.
@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("age,buys\n1,\n2,\n", "people.csv: no rows to learn from: the target buys is missing in every row"),
        ("age;buys\n1;yes\n", "people.csv:1: one column, with ';' in its name; a .csv is separated by commas, unless data.reading.delimiter says otherwise"),
        ("buys\nyes\nno\n", "people.csv: no column but the target buys is left to learn from"),
        ("age,row,buys\n1,1,yes\n", "people.csv:1: column 2 is named row, which is Syllabus's own number of a row; rename it"),
        ("age,buys\n1,yes\n2\n3,no\n", "people.csv:3: 1 field, but the header names 2 columns"),
        ('age,buys\n1,yes\n2,"no\n3,no\n', "people.csv:3: a quote opens in this row, and the file ends before it closes"),
        ("age,buys\n" + "1,yes\n" * 400_000 + "2,\x00\n", "people.csv:400002: byte 3 is NUL: the file is binary or damaged"),
        ("id,buys\n" + "".join(f"x,{row}\n" for row in range(2000)), "people.csv: the target buys has 2000 values, such as 0 and 1; a class is learned from many rows, and there may be 1000 classes; "
            "a number is predicted by data.task: regression"),
    ],
)  # fmt: skip
def test_a_raw_file_to_learn_nothing_from_is_told(earlier: Path, source: str, sentence: str) -> None:
    project(earlier, source)
    assert refused_here(earlier, *INGEST) == sentence


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"source": "artifacts"}, "artifacts: is a folder; data.source names a file, or a pattern such as artifacts/*.csv"),
        ({"source": "params.yaml"}, "params.yaml: unknown kind of file; Valid: .arrow, .csv, .csv.bz2, .csv.gz, .csv.zst, .dat, .data, .feather, .ipc, .json, .jsonl, .ndjson, .parquet, .pq, .psv, .tab, .tsv, .txt, .xlsm, .xlsx"),
        ({"target": "buy"}, "params.yaml:7: data.target: buy is not a column of people.csv; did you mean buys? Valid: age, buys, sex, town"),
        ({"columns": {"aeg": "ignore"}}, "params.yaml:9: data.columns.aeg: aeg is not a column of people.csv; did you mean age? Valid: age, buys, sex, town"),
        ({"positive": "ye"}, "data.positive names ye, which the target buys never is; did you mean yes? Valid: no, yes"),
        ({"target": "town", "positive": "town 1"}, "data.positive goes with two classes; the target town has 7: leave it out"),
        ({"columns": {"town": "numeric"}}, "data.columns.town is numeric, but row 1 holds 'town 0'; data.cleaning.types: {town: number} would make such values missing"),
        ({"cleaning": {"types": {"town": "date"}}}, "data.cleaning.types: no value of column town can be read as declared; row 1 holds 'town 0'; dates are written 2020-12-31, times 2020-12-31 23:59:00, booleans true, yes or 1"),
        ({"cleaning": {"relabel": {"twon": {"a": "b"}}}}, "params.yaml:10: data.cleaning.relabel.twon: twon is not a column of people.csv; did you mean town? Valid: age, buys, sex, town"),
    ],
)  # fmt: skip
def test_settings_that_do_not_fit_the_raw_file_are_told(earlier: Path, data: dict[str, Any], sentence: str) -> None:
    settings(earlier, data=data)
    assert refused_here(earlier, *INGEST) == sentence


def test_a_parquet_file_that_is_none_is_told(earlier: Path) -> None:
    project(earlier, b"age,buys\n1,yes\n", "people.parquet")
    assert refused_here(earlier, *INGEST).startswith("people.parquet: not a whole Parquet file: ")
    pl.DataFrame({"age": [[1], [2]], "buys": ["yes", "no"]}).write_parquet(earlier / "people.parquet")
    assert refused_here(earlier, *INGEST) == (
        "people.parquet: column age holds List(Int64); a cell must be one text, number, boolean, date or time"
    )


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("ingest", "a", "b"), "needs 1 argument, received 2: python -m stages.ingest OUT"),
        (("ingest", "."), "OUT must be a folder that the stage may replace, received '.'"),
        (("ingest", "/"), "OUT must be a folder that the stage may replace, received '/'"),
        (("ingest", "people.csv"), "OUT must be a folder that the stage may replace, received 'people.csv'"),
        (("ingest", "people.csv/out"), "people.csv/.out.partial: Not a directory; what was there before is untouched"),
        (("split", "none", "artifacts/validate", "out"), "none/table.parquet: No such file or directory; what was there before is untouched"),
        (("split", INGESTED, "none", "out"), "none/quarantine.parquet: No such file or directory; what was there before is untouched"),
    ],
)  # fmt: skip
def test_wrong_arguments_are_told(earlier: Path, words: tuple[str, ...], sentence: str) -> None:
    assert refused_here(earlier, *words) == sentence


def test_a_folder_without_settings_is_told(tmp_path: Path) -> None:
    said = "params.yaml does not exist: run in a project's folder, where params.yaml stands"
    assert refused_here(tmp_path, *INGEST) == said


def test_what_a_file_says_does_not_steer_the_terminal(earlier: Path) -> None:
    project(earlier, "age,b\x1b[31mys\x07\n1,yes\n")
    assert r"Valid: age, b\x1b[31mys\x07" in refused_here(earlier, *INGEST)


@pytest.mark.parametrize("size", [0, 8, 60])
@pytest.mark.parametrize("name", ["people.csv", "people.parquet"])
def test_a_full_disk_is_told(earlier: Path, name: str, size: int) -> None:
    grown(earlier, name)
    told = refused(earlier, *INGEST, shell=f"ulimit -f {size}")
    assert told.endswith("File too large; what was there before is untouched")


def test_a_full_disk_is_told_by_the_split(earlier: Path) -> None:
    grown(earlier, "people.csv")
    done_here(earlier, *INGEST)
    told = refused(earlier, "split", INGESTED, "artifacts/validate", "artifacts/split", shell="ulimit -f 20")
    assert told.endswith("File too large; what was there before is untouched")


@pytest.mark.parametrize("name", ["people.csv", "people.parquet"])
def test_a_small_disk_is_told(earlier: Path, name: str) -> None:
    grown(earlier, name)
    disk = earlier / "small"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)], capture_output=True)
    if mounted.returncode:
        pytest.skip("needs the right to mount a small disk")
    try:
        assert refused(earlier, "ingest", "small/ingest").endswith(
            "No space left on device; what was there before is untouched"
        )
        assert list(disk.iterdir()) == []
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_killed_stage_leaves_nothing_that_the_next_run_would_see(earlier: Path) -> None:
    grown(earlier, "people.csv", rows=150_000)
    before = contents(earlier / INGESTED)
    command = [sys.executable, "-m", "stages.ingest", INGESTED]
    stage = subprocess.Popen(command, cwd=earlier, env=os.environ | {"PYTHONPATH": str(ROOT)})
    partial = earlier / "artifacts/.ingest.partial"
    while not (partial.is_dir() and list(partial.iterdir())):
        assert stage.poll() is None
        time.sleep(0.005)
    stage.send_signal(signal.SIGKILL)
    assert stage.wait() == -signal.SIGKILL
    assert list(partial.iterdir())
    assert contents(earlier / INGESTED) == before
    done(earlier, *INGEST)
    assert sorted(path.name for path in (earlier / INGESTED).iterdir()) == ["report.json", "table.parquet"]
    assert sorted(path.name for path in (earlier / "artifacts").iterdir()) == ["ingest", "validate"]


def test_an_interrupted_stage_says_so_and_cleans_up(earlier: Path) -> None:
    grown(earlier, "people.csv", rows=150_000)
    before = contents(earlier)
    command = [sys.executable, "-m", "stages.ingest", INGESTED]
    stage = subprocess.Popen(command, cwd=earlier, env=os.environ | {"PYTHONPATH": str(ROOT)}, stderr=subprocess.PIPE)
    while not (earlier / "artifacts/.ingest.partial").is_dir():
        assert stage.poll() is None
        time.sleep(0.005)
    stage.send_signal(signal.SIGINT)
    said = stage.communicate()[1].decode()
    assert (stage.returncode, said) == (1, "ingest: interrupted; what was there before is untouched\n")
    assert contents(earlier) == before


def grown(folder: Path, name: str, rows: int = 60_000) -> None:
    """Give the project a raw file that does not fit on a small disk, whose rows are all different."""
    frame = pl.DataFrame({"id": range(rows), "buys": ["yes", "no", "no"] * (rows // 3)}).with_columns(
        (pl.col("id").hash(seed=1)).alias("code"), (pl.col("id").hash(seed=2).cast(pl.String) + "x").alias("text")
    )
    frame.write_csv(folder / name) if name.endswith(".csv") else frame.write_parquet(folder / name)
    settings(folder, name)
