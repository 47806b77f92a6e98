"""Files of every kind are read as they stand, with what is declared of them."""

from __future__ import annotations

import bz2
import datetime as dt
import gzip
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest
import xlsxwriter

from syllabus import sources
from syllabus.errors import Unmet
from syllabus.settings import Reading

CELLS = [{"name": "Zoë", "sum": "1,5"}, {"name": "a;b", "sum": ""}, {"name": "two\nlines", "sum": 'say "hi"'}]
TEXT = 'name;sum\nZoë;1,5\n"a;b";\n"two\nlines";"say ""hi"""\n'


def read(path: Path | str, **reading: Any) -> pl.DataFrame:
    declared = Reading.model_validate_json(json.dumps(reading))
    scratch = Path(path).parent / f".scratch {len(list(Path(path).parent.iterdir()))}"
    frame = sources.scan(str(path), scratch, declared).collect()
    assert sources.columns(str(path), declared) == frame.columns[1:]
    assert frame["row"].to_list() == list(range(1, len(frame) + 1))
    return frame.drop("row")


def refused(path: Path | str, **reading: Any) -> str:
    with pytest.raises(Unmet) as caught:
        read(path, **reading)
    assert "\n" not in str(caught.value)
    return str(caught.value).replace(f"{Path(path).parent}/", "")


def written(path: Path, data: bytes, codec: str | None = None) -> Path:
    with pa.output_stream(path, compression=codec) as stream:
        stream.write(data)
    return path


@pytest.mark.parametrize(("ending", "codec"), [("", None), (".gz", "gzip"), (".zst", "zstd"), (".bz2", "bz2")])
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "latin-1", "utf-16", "utf-16-be"])
def test_a_text_of_any_encoding_and_compression(tmp_path: Path, encoding: str, ending: str, codec: str | None) -> None:
    path = written(tmp_path / f"people.csv{ending}", TEXT.encode(encoding), codec)
    assert read(path, delimiter=";", encoding=encoding).to_dicts() == CELLS


@pytest.mark.parametrize("delimiter", [";", "|", "\t", ":", "§", "'", " ", "^"])
def test_a_text_of_any_delimiter(tmp_path: Path, delimiter: str) -> None:
    path = written(tmp_path / "people.txt", f'a{delimiter}b\n1{delimiter}"x{delimiter}y"\n'.encode())
    assert read(path, delimiter=delimiter).rows() == [("1", f"x{delimiter}y")]


def test_a_header_may_stand_lower_or_be_missing(tmp_path: Path) -> None:
    path = written(tmp_path / "people.csv", b'Report "of" 2020\n\na,b\n1,2\n3,4\n')
    assert read(path, header=3).to_dicts() == [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]
    written(path, b"title\na,b\n1,2\n3\n")
    assert refused(path, header=2) == "people.csv:4: 1 field, but the header names 2 columns"
    written(path, b"1,2\n3,4\n")
    assert read(path, header=0).to_dicts() == [{"column_1": "1", "column_2": "2"}, {"column_1": "3", "column_2": "4"}]
    written(path, b"1,2\n3,4\r\n5\n")
    assert refused(path, header=0) == "people.csv:3: 1 field, but the first row has 2 columns"


def test_an_object_within_an_object_is_columns_of_their_own(tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"
    file.write_text(
        '{"a": 1, "b": {"c": null, "e": {}}}\n{"a": 2, "b": null, "e": {}}\n{"a": 3, "b": {}, "e": 7}\n'
        '{"a": 4, "b": {"c": 5, "d/~": {"e": "x"}}}\n'
    )
    found = read(file)
    assert found.columns == ["a", "b.c", "b.e", "e", "b.d/~.e"]
    assert found["b.c"].to_list() == [None, None, None, 5]
    assert found["b.d/~.e"].to_list() == [None, None, None, "x"]
    assert found["b.e"].null_count() == 4
    assert found["e"].to_list() == [None, None, 7, None]


def test_quotes_may_be_others_or_mean_nothing(tmp_path: Path) -> None:
    path = written(tmp_path / "people.tsv", b"a\tb\n'x\ty'\t5\" pipe\n")
    assert read(path, quote="'").rows() == [("x\ty", '5" pipe')]
    written(path, b'a\tb\n"x\ty"\n')
    assert read(path, quote="").rows() == [('"x', 'y"')]


@pytest.mark.parametrize("module", [gzip, bz2])
def test_where_pyarrow_is_not_installed_python_expands(
    tmp_path: Path, module: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where a package is in use: `pip install "syllabus[serve]"`."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    path = tmp_path / f"x.csv.{ {gzip: 'gz', bz2: 'bz2'}[module] }"
    packed = module.compress(TEXT.encode())
    path.write_bytes(packed)
    assert read(path, delimiter=";").to_dicts() == CELLS
    for damaged in (packed[:-9], packed[:20] + b"\0" + packed[21:], b"a,b\n"):
        path.write_bytes(damaged)
        assert refused(path).startswith(f"{path.name}: not a whole {module.__name__} file: ")


@pytest.mark.parametrize(
    ("name", "data", "reading", "sentence"),
    [
        ("x.txt", b"a;b\n1;2\n", {}, "x.txt:1: data.reading.delimiter must say what separates the cells of a .txt; here it seems to be ';'"),
        ("x.csv", b"a,b\n\xff\xfe,1\n", {}, "x.csv:2: not UTF-8: byte 0xff at position 1; if it is text, declare data.reading.encoding, such as cp1252"),
        ("x.csv", b"a,b\n1,\x81\n", {"encoding": "cp1252"}, "x.csv:2: not cp1252: byte 0x81 at position 3"),
        ("x.csv", "a,b\n1,2\n".encode("utf-16")[:-1], {"encoding": "utf-16"}, "x.csv:2: not utf-16: truncated data"),
        ("x.csv", "a,b\n1,2\n".encode("utf-16"), {}, "x.csv: named .csv, but it is UTF-16 text: declare data.reading.encoding: utf-16"),
        ("x.csv.gz", b"a,b\n1,2\n", {}, "x.csv.gz: not a whole gzip file: "),
        ("x.csv.gz", gzip.compress(b"a,b\n" + b"1,2\n" * 9999, mtime=0)[:-40], {}, "x.csv.gz: not a whole gzip file: "),
        ("x.csv.gz", gzip.compress(b"PAR1 and so on", mtime=0), {}, "x.csv.gz: named .gz, but it is a Parquet file"),
        ("x.csv.zip", b"PK\x03\x04", {}, "x.csv.zip: unknown kind of file; "),
        ("x.parquet.gz", b"PK\x03\x04", {}, "x.parquet.gz: unknown kind of file; "),
        ("x.jsonl", b'{"a": 1}\n{"a": \n', {}, "x.jsonl:2: not JSON: Expecting value"),
        ("x.jsonl", b'{"a": 1}\n\n[1]\n', {}, "x.jsonl:3: not an object: "),
        ("x.jsonl", b'{"a": 1}\n{"a": [1]}\n', {}, "x.jsonl:2: a holds a list; a cell must be one text, number or boolean"),
        ("x.jsonl", b'{"a": {"b": 1}}\n{"a": {"b": [1]}}\n', {}, "x.jsonl:2: a.b holds a list; a cell must be one text"),
        ("x.jsonl", b'{"a": 1}\n{"a": {"b": 2}}\n', {}, "x.jsonl:2: a holds an object here and one value in another line"),
        ("x.jsonl", b'{"a.b": 1, "a": {"b": 2}}\n', {}, "x.jsonl: columns 1 and 2 are both named a.b"),
        ("x.jsonl", b'{"a": ' * 30 + b"1" + b"}" * 30 + b"\n", {}, "x.jsonl:1: objects within one another are read to a depth of 20"),
        ("x.jsonl", b'{"a": "\xff"}\n', {}, "x.jsonl:1: not UTF-8: byte 0xff at position 8; "),
        ("x.jsonl", b'{"a": ' + b"[" * 100_000, {}, "x.jsonl:1: not JSON: "),
        ("x.jsonl", b"{}\n", {}, "x.jsonl: the first line names no columns"),
        ("x.jsonl", b'{"a": 1, "A": 2}\n', {}, "x.jsonl: columns 1 and 2 (a, A) differ in case only; rename one"),
        ("x.arrow", b"ARROW1 and no more", {}, "x.arrow: not a whole Arrow file: "),
        ("x.feather", b"FEA1", {}, "x.feather: not a whole Arrow file: "),
        ("x.xlsx", b"PK\x03\x04", {}, "x.xlsx: not a whole .xlsx file: "),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told(
    tmp_path: Path, name: str, data: bytes, reading: dict[str, Any], sentence: str
) -> None:
    (tmp_path / name).write_bytes(data)
    assert refused(tmp_path / name, **reading).startswith(sentence)


def test_json_lines_have_a_column_for_every_key(tmp_path: Path) -> None:
    rows = [
        {"a": 1, 'q"u/o~te\n': "x", "int": 2, "wide": 2**63 + 1, "yes": True, "none": None},
        {"a": 0.5, "int": -3, "wide": 1, "mixed": "one", "emoji 🦆": ""},
        {"mixed": 2, "yes": False, "day": "2020-01-01"},
    ]
    path = tmp_path / "people.jsonl"
    path.write_text("\n\n".join(map(json.dumps, rows)) + "\n")
    frame = read(path)
    assert dict(frame.schema) == {
        "a": pl.Float64, 'q"u/o~te\n': pl.String, "int": pl.Int64, "wide": pl.String, "yes": pl.Boolean, "none": pl.String,
        "mixed": pl.String, "emoji 🦆": pl.String, "day": pl.String,
    }  # fmt: skip
    assert frame.row(0) == (1.0, "x", 2, str(2**63 + 1), True, None, None, None, None)
    assert frame["mixed"].to_list() == [None, "one", "2"]
    written(tmp_path / "people.ndjson.zst", path.read_bytes(), "zstd")
    assert read(tmp_path / "people.ndjson.zst").equals(frame)


def workbook(path: Path, **sheets: list[list[Any]]) -> Path:
    with xlsxwriter.Workbook(path) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for place, row in enumerate(rows):
                for column, value in enumerate(row):
                    sheet.write(place, column, value, *([day] if isinstance(value, dt.date) else []))
    return path


def test_a_sheet_keeps_its_types_and_loses_no_cell(tmp_path: Path) -> None:
    rows = [
        ["whole", "half", "text", "code", "mixed", "day", "yes", "empty", "<b>\n🦆"],
        [1, 0.5, "x", "007", 1, dt.date(2020, 1, 2), True, None, 1],
        [None] * 9,
        [2, 1, None, "8", "n/a", dt.date(2020, 1, 3), False, None, 2],
    ]
    frame = read(workbook(tmp_path / "people.xlsx", Data=rows))
    assert [str(kind) for kind in frame.dtypes] == [
        "Int64", "Float64", "String", "String", "String", "Date", "Boolean", "String", "Int64"
    ]  # fmt: skip
    assert frame.row(1) == (2, 1.0, None, "8", "n/a", dt.date(2020, 1, 3), False, None, 2)
    assert frame["mixed"].to_list() == ["1", "n/a"]


def test_a_sheet_is_named_where_there_are_several(tmp_path: Path) -> None:
    path = workbook(tmp_path / "people.xlsx", Notes=[["by", "hand"]], Data=[["Title"], ["a", "b"], [1, 2]], Void=[])
    assert refused(path) == "people.xlsx: 3 sheets; data.reading.sheet names one of Notes, Data, Void"
    assert refused(path, sheet="data").endswith("there is no sheet data; did you mean Data? Valid: Data, Notes, Void")
    assert refused(path, sheet="Void") == "people.xlsx: sheet Void is empty"
    assert refused(path, sheet="Data") == "people.xlsx: sheet Data, row 1: column 2 has no name"
    assert read(path, sheet="Data", header=2).to_dicts() == [{"a": 1, "b": 2}]
    assert read(path, sheet="Notes", header=0).to_dicts() == [{"column_1": "by", "column_2": "hand"}]


@pytest.mark.parametrize(("name", "write"), [("x.arrow", pl.DataFrame.write_ipc), ("x.feather", pl.DataFrame.write_ipc),
                                             ("x.pq", pl.DataFrame.write_parquet)])  # fmt: skip
def test_arrow_feather_and_parquet_keep_their_types(tmp_path: Path, name: str, write: Callable[..., None]) -> None:
    frame = pl.DataFrame({"a": [1, None], "b": ["x", "y"], "c": [0.5, float("inf")], "d": [dt.date(2020, 1, 1), None]})
    write(frame.with_columns(e=pl.col("b").cast(pl.Categorical)), tmp_path / name)
    found = read(tmp_path / name)
    assert found.drop("e").equals(frame)
    assert found["e"].dtype == pl.String
    write(pl.DataFrame({"a": [[1]]}), tmp_path / name)
    assert refused(tmp_path / name).startswith(f"{name}: column a holds List(Int64); a cell must be one text")


def test_many_files_are_one_table_in_the_order_of_their_names(tmp_path: Path) -> None:
    written(tmp_path / "b.csv", b"b,a\n4,3\n")
    written(tmp_path / "a.csv", b"a,b\n1,2\n")
    written(tmp_path / "c.csv", b"a,b\n5,6\n")
    assert read(tmp_path / "*.csv").rows() == [("1", "2"), ("3", "4"), ("5", "6")]
    frame = read(tmp_path / "[ab].csv", file_column="file")
    assert frame["file"].to_list() == [str(tmp_path / "a.csv"), str(tmp_path / "b.csv")]
    assert refused(tmp_path / "*.csv", file_column="B").endswith(
        "columns 2 and 3 (b, B) differ in case only; rename one"
    )


def test_integers_and_numbers_of_many_files_are_numbers(tmp_path: Path) -> None:
    for name, values in (("a", [1]), ("b", [0.5]), ("c", [None])):
        pl.DataFrame({"x": values, "y": pl.Series([1], dtype=pl.Int8)}).write_parquet(tmp_path / f"{name}.parquet")
    assert read(tmp_path / "*.parquet").to_dict(as_series=False) == {"x": [1.0, 0.5, None], "y": [1, 1, 1]}


def test_files_that_do_not_fit_together_are_told(tmp_path: Path) -> None:
    pl.DataFrame({"x": [1], "y": ["a"]}).write_parquet(tmp_path / "a.parquet")
    pl.DataFrame({"x": ["one"], "y": ["a"]}).write_parquet(tmp_path / "b.parquet")
    pl.DataFrame({"x": [1], "z": ["a"]}).write_parquet(tmp_path / "c.parquet")
    assert refused(tmp_path / "[ab].parquet") == (
        "b.parquet: column x holds String, but Int64 in a.parquet; give it one type in all files"
    )
    assert refused(tmp_path / "[ac].parquet") == "c.parquet: other columns than a.parquet: it lacks y and has besides z"
    (tmp_path / "d.csv").write_text("x,y\n")
    assert "are of two kinds; a pattern must match one kind of file" in refused(tmp_path / "*")
    assert refused(tmp_path / "e*.csv").startswith("e*.csv: no file matches; ")
    assert read(tmp_path / "?.csv").is_empty()
