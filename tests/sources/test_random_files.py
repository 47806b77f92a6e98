"""Whatever stands in a file, reading it ends in a table or in one sentence; never in a traceback."""

from __future__ import annotations

import io
import json
import os
import tempfile
import zipfile
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syllabus import sources
from syllabus.errors import Unmet
from syllabus.settings import Reading

# SYLLABUS_TRIES=100000 looks longer.
TRIES = int(os.environ.get("SYLLABUS_TRIES", "60"))
TRIED = {"read": 0, "refused": 0}
FRAME = pl.DataFrame(
    {
        "a": [1, None, 3] * 20,
        "b": ["x", "yy", None] * 20,
        "c": [0.5, float("nan"), None] * 20,
        "d": [True, None, False] * 20,
        "e": pl.Series(["p", "q", "p"] * 20, dtype=pl.Categorical),
    }
).with_columns(f=pl.date(2020, 1, 1), g=pl.datetime(2020, 1, 1, 12))
SIGNS = st.sampled_from(
    ['"', '""', ",", ";", "\n", "\r\n", "\r", "a", "1", " ", "\t", "é", "\ufeff", "\x00", "'", "a,b\n", "{}", "🦆"]
)
BITS = st.sampled_from(
    ['{"a": 1}', "\n", "{", "}", '"a"', ":", "1e999", "-", "null", "NaN", "[", "]", ",", "\\ud800", '"', " ", "1" * 30]
)


def look(name: str, content: bytes, reading: Reading = sources.USUAL) -> None:
    """Read a file as ingest does; only `Unmet` may come of it, in one line."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        try:
            columns = sources.columns(path, reading)
            frame = sources.scan(path, Path(folder) / "scratch", reading).collect(engine="streaming")
            assert frame.columns[: len(columns) + 1] == ["row", *columns]
            TRIED["read"] += 1
        except Unmet as error:
            TRIED["refused"] += 1
            told = str(error)
        else:
            return
    assert len(told.splitlines()) == 1


def tries(share: float = 1.0) -> settings:
    quiet = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
    return settings(max_examples=max(1, int(TRIES * share)), deadline=None, suppress_health_check=quiet)


def files() -> dict[str, bytes]:
    """Return a whole file of every binary kind."""
    parquet, parquet_plain, arrow, lz4, book = (io.BytesIO() for _ in range(5))
    FRAME.write_parquet(parquet)
    FRAME.write_parquet(parquet_plain, compression="uncompressed", row_group_size=17)
    FRAME.write_ipc(arrow)
    FRAME.write_ipc(lz4, compression="lz4")
    with xlsxwriter.Workbook(book, {"in_memory": True}) as workbook:
        workbook.add_worksheet("Data").write_column(0, 0, ["a", 1, 2.5, "x", True])
    text = FRAME.select("a", "b").write_csv().encode()
    compressed = {}
    for ending, codec in (("gz", "gzip"), ("zst", "zstd"), ("bz2", "bz2")):
        held = pa.BufferOutputStream()
        with pa.CompressedOutputStream(held, codec) as stream:
            stream.write(text)
        compressed[f"x.csv.{ending}"] = held.getvalue().to_pybytes()
    binary = {"x.parquet": parquet, "plain.parquet": parquet_plain, "x.arrow": arrow, "x.feather": lz4, "x.xlsx": book}
    return {name: held.getvalue() for name, held in binary.items()} | compressed


FILES = files()


def test_a_file_that_was_not_changed_is_read() -> None:
    before = TRIED["read"]
    for name, content in FILES.items():
        look(name, content)
    assert TRIED["read"] == before + len(FILES)


@pytest.mark.parametrize(
    "name", ["x.csv", "x.tsv", "x.jsonl", "x.parquet", "x.arrow", "x.xlsx", "x.csv.gz", "x.csv.zst", "x.csv.bz2"]
)
@given(content=st.binary(min_size=1, max_size=200))
@tries(0.2)
def test_random_bytes(name: str, content: bytes) -> None:
    look(name, content)


@given(
    parts=st.lists(SIGNS, min_size=1, max_size=40),
    encoding=st.sampled_from(["utf-8", "utf-8", "cp1252", "utf-16", "utf-32", "utf-7", "shift_jis", "ascii"]),
    delimiter=st.sampled_from([None, ";", "\t", "é", "'", " "]),
    quote=st.sampled_from(['"', "'", ""]),
    header=st.integers(0, 3),
)
@tries()
def test_what_looks_like_a_text(
    parts: list[str], encoding: str, delimiter: str | None, quote: str, header: int
) -> None:
    # That the two differ, `rules` has seen to.
    declared = {
        "encoding": encoding,
        "delimiter": delimiter,
        "quote": "" if delimiter == quote else quote,
        "header": header,
    }
    look("x.csv", "".join(parts).encode("utf-8"), Reading.model_validate_json(json.dumps(declared)))
    look("x.csv", "".join(parts).encode(encoding, "ignore") or b" ", Reading.model_validate_json(json.dumps(declared)))


@given(parts=st.lists(BITS, min_size=1, max_size=30))
@tries()
def test_what_looks_like_json_lines(parts: list[str]) -> None:
    look("x.jsonl", "".join(parts).encode())


CELLS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.lists(st.integers(), max_size=1)
)


@given(rows=st.lists(st.dictionaries(st.text(max_size=4), CELLS, max_size=4), min_size=1, max_size=6))
@tries()
def test_json_lines_of_any_cells(rows: list[dict[str, object]]) -> None:
    look("x.jsonl", "\n".join(map(json.dumps, rows)).encode())


# These are read in a process of their own, which takes its time to start.
SLOW = [name for name in FILES if not name.startswith("x.csv") and name != "x.xlsx"]
QUICK = [name for name in FILES if name not in SLOW]


@pytest.mark.parametrize("name", QUICK)
@given(data=st.data())
@tries()
def test_a_file_that_is_damaged(name: str, data: st.DataObject) -> None:
    look(name, damaged(name, data))


@pytest.mark.parametrize("name", SLOW)
@given(data=st.data())
@tries(0.1)
def test_a_binary_table_that_is_damaged(name: str, data: st.DataObject) -> None:
    look(name, damaged(name, data))


def damaged(name: str, data: st.DataObject) -> bytes:
    """Return a file with bytes changed, or with a piece cut out or filled with something else."""
    content = bytearray(FILES[name])
    if data.draw(st.booleans()):
        for _ in range(data.draw(st.integers(1, 8))):
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
        return bytes(content)
    start, end = sorted((data.draw(st.integers(0, len(content))), data.draw(st.integers(0, len(content)))))
    content[start:end] = data.draw(st.sampled_from([b"", b"\x00" * 8, b"\xff" * 8, bytes(content[: end - start])]))
    return bytes(content) or b" "


@given(data=st.data())
@tries()
def test_a_workbook_with_its_insides_changed(data: st.DataObject) -> None:
    """Bytes changed within a member, whose checksum is right again."""
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(FILES["x.xlsx"])) as whole, zipfile.ZipFile(changed, "w") as other:
        chosen = data.draw(st.sampled_from(whole.namelist()))
        for member in whole.namelist():
            content = bytearray(whole.read(member))
            if member == chosen:
                for _ in range(data.draw(st.integers(1, 4))):
                    content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
            other.writestr(member, bytes(content))
    look("x.xlsx", changed.getvalue())


@pytest.fixture(scope="module", autouse=True)
def told() -> object:
    """Say how many files were tried."""
    yield
    print(f"\nrandom files: {TRIED['read'] + TRIED['refused']} tried, {TRIED['read']} read, {TRIED['refused']} refused")
