"""A small file that grows on reading, and a file that is too much in another way, is refused in one sentence."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from syllabus import sources
from syllabus.errors import Unmet
from syllabus.settings import Reading

ROOT = Path(__file__).resolve().parents[2]


def read(path: Path, **reading: Any) -> pl.DataFrame:
    declared = Reading.model_validate_json(json.dumps(reading))
    return sources.scan(path, path.parent / ".scratch", declared).collect()


def refused(path: Path, **reading: Any) -> str:
    with pytest.raises(Unmet) as caught:
        read(path, **reading)
    assert "\n" not in str(caught.value)
    return str(caught.value).replace(f"{path.parent}/", "")


USUAL = "expands to more than 1,000,000,000 bytes, the usual limit; data.reading.limit raises it"


@pytest.mark.parametrize(("name", "codec"), [("x.csv.gz", "gzip"), ("x.csv.zst", "zstd"), ("x.jsonl.bz2", "bz2")])
def test_a_text_that_expands_beyond_the_limit_is_refused(tmp_path: Path, name: str, codec: str) -> None:
    row = b'{"a": 1}\n' if "json" in name else b"a,b\n"
    with pa.output_stream(tmp_path / name, compression=codec) as stream:
        stream.write(row * 100_000)
    sentence = f"{name}: expands to more than 100,000 bytes, data.reading.limit"
    assert refused(tmp_path / name, limit="100kB") == sentence
    assert len(read(tmp_path / name, limit="1MB")) >= 99_999


@pytest.mark.slow
def test_a_gzip_bomb_is_refused(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "x.csv.gz", "wb", 9) as stream:
        stream.write(b"a,b\n")
        for _ in range(1100):
            stream.write(b"0,0\n" * 250_000)
    assert (tmp_path / "x.csv.gz").stat().st_size < 4_000_000
    assert refused(tmp_path / "x.csv.gz") == f"x.csv.gz: {USUAL}"


def test_a_small_parquet_file_that_expands_to_gigabytes_is_refused(tmp_path: Path) -> None:
    with pq.ParquetWriter(tmp_path / "x.parquet", pa.schema([("a", pa.int64())]), compression="zstd") as writer:
        batch = pa.table({"a": pa.repeat(pa.scalar(7, pa.int64()), 50_000_000)})
        for _ in range(3):
            writer.write_table(batch, row_group_size=50_000_000)
    assert (tmp_path / "x.parquet").stat().st_size < 1_000_000
    assert refused(tmp_path / "x.parquet") == f"x.parquet: {USUAL}"


def test_a_parquet_file_that_repeats_one_long_text_is_refused(tmp_path: Path) -> None:
    pl.select(a=pl.repeat("x" * 1_000_000, 1_500)).write_parquet(tmp_path / "x.parquet", compression="zstd")
    assert (tmp_path / "x.parquet").stat().st_size < 100_000
    assert refused(tmp_path / "x.parquet") == f"x.parquet: {USUAL}"
    assert read(tmp_path / "x.parquet", limit="2GB").height == 1_500


def test_a_workbook_that_expands_beyond_the_limit_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 5_000_000)
    assert (
        refused(tmp_path / "x.xlsx", limit="1MB") == "x.xlsx: expands to more than 1,000,000 bytes, data.reading.limit"
    )


def test_a_workbook_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 5_000_000)
    honest, lie = (5_000_000).to_bytes(4, "little"), (5_000).to_bytes(4, "little")
    (tmp_path / "x.xlsx").write_bytes((tmp_path / "x.xlsx").read_bytes().replace(honest, lie))
    assert refused(tmp_path / "x.xlsx").startswith("x.xlsx: not a whole .xlsx file: ")


def test_a_sheet_whose_last_cell_is_far_out_is_refused(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "x.xlsx") as book:
        sheet = book.add_worksheet("Data")
        sheet.write(0, 0, "a")
        sheet.write(1_048_575, 16_383, "z")
    sentence = "x.xlsx: a sheet of 1,048,576 rows and 16,384 columns; save it as CSV or Parquet"
    assert refused(tmp_path / "x.xlsx") == sentence


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_a_hundred_thousand_columns_are_refused(tmp_path: Path, delimiter: str) -> None:
    (tmp_path / "x.csv").write_text(delimiter.join(f"c{place}" for place in range(100_000)) + "\n")
    told = refused(tmp_path / "x.csv", delimiter=delimiter)
    assert told == "x.csv:1: 100,000 columns; a table may have 10,000: choose some, or put them into rows"


def test_a_thousand_columns_are_read(tmp_path: Path) -> None:
    row = ",".join(map(str, range(1_000)))
    (tmp_path / "x.csv").write_text(",".join(f"c{place}" for place in range(1_000)) + f"\n{row}\n")
    assert read(tmp_path / "x.csv").row(0)[1:] == tuple(map(str, range(1_000)))


@pytest.mark.parametrize(
    ("name", "head", "sentence"),
    [
        ("x.csv", b"a,b\n1,", "x.csv:2: a line of more than 4,000,000 bytes"),
        ("x.csv", b'a,b\n1,"', "x.csv:2: a line of more than 4,000,000 bytes"),
        ("x.jsonl", b'{"a": "', "x.jsonl:1: a line of more than 4,000,000 bytes"),
        ("x.csv.gz", b"a,b\n1,", "x.csv.gz:2: a line of more than 4,000,000 bytes"),
    ],
)
def test_a_field_of_a_hundred_megabytes_is_refused(tmp_path: Path, name: str, head: bytes, sentence: str) -> None:
    opened = gzip.open if name.endswith("gz") else open
    with opened(tmp_path / name, "wb") as file:
        file.write(head + b"x" * 100_000_000)
    assert refused(tmp_path / name) == sentence


@pytest.mark.parametrize("name", ["x.csv", "x.parquet", "x.jsonl", "x.xlsx", "x.arrow"])
def test_a_file_that_may_not_be_read_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("a\n1\n")
    (tmp_path / name).chmod(0)
    if os.access(tmp_path / name, os.R_OK):
        # Root may read everything: ask as nobody.
        for above in tmp_path.parents:
            if above.is_relative_to("/tmp/"):
                above.chmod(above.stat().st_mode | 0o011)
        tmp_path.chmod(0o755)
        program = (
            "import sys, os; from pathlib import Path; from syllabus import sources; from syllabus.errors import Unmet\n"
            "os.setuid(65534)\n"
            "try: sources.columns(Path(sys.argv[1]))\nexcept Unmet as error: print(error)"
        )
        words = [sys.executable, "-c", program, str(tmp_path / name)]
        told = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    else:
        told = str(refused(tmp_path / name))
    assert told.endswith(f"{name}: there is no permission to read it")


@pytest.mark.parametrize("write", [pl.DataFrame.write_parquet, pl.DataFrame.write_ipc])
def test_times_beyond_the_calendar_and_numbers_beyond_all_are_values(tmp_path: Path, write: Any) -> None:
    far = pl.Series("at", [2**62, -(2**62), None]).cast(pl.Datetime("us"))
    frame = pl.DataFrame([far, pl.Series("x", [float("inf"), float("nan"), -0.0]), pl.Series("none", [None] * 3)])
    path = tmp_path / ("x.parquet" if write is pl.DataFrame.write_parquet else "x.arrow")
    write(frame, path)
    found = sources.scan(path, tmp_path / ".scratch").select("row", "x", "none", pl.col("at").dt.year()).collect()
    assert found["x"].to_list()[0] == float("inf")
    assert found["none"].dtype == pl.String
    (tmp_path / "x.jsonl").write_text('{"at": "+146138-01-01", "x": 1e999}\n')
    assert dt.MAXYEAR < 146138
