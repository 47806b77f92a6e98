"""A raw file is read cell by cell as it stands, or refused in one sentence that names file and line."""

from __future__ import annotations

import csv
import datetime as dt
import io
import random
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syllabus import sources
from syllabus.errors import Unmet

WIDE = [f"column {place}" for place in range(4)]
# What a text file can hold: no NUL, and no half of a character.
CELLS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=8) | st.sampled_from(
    [
        "",
        " ",
        '"',
        '""',
        ",",
        "\n",
        "\r\n",
        "\r",
        "\t",
        "a,b",
        ' "x"',
        '5" pipe',
        "'",
        "#",
        "NULL",
        "NaN",
        "\ufeff",
        "007",
    ]
)


def read(folder: Path, text: str | bytes, name: str = "people.csv") -> list[list[str]]:
    """Return the header and the cells of every row, without its number."""
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    frame = sources.scan(path, folder / "parsed").collect()
    assert frame["row"].to_list() == list(range(1, len(frame) + 1))
    assert sources.columns(path) == frame.columns[1:]
    return [frame.columns[1:], *map(list, frame.drop("row").iter_rows())]


def refused(folder: Path, text: str | bytes, name: str = "people.csv") -> str:
    with pytest.raises(Unmet) as caught:
        read(folder, text, name)
    assert "\n" not in str(caught.value)
    return str(caught.value).replace(f"{folder}/", "")


PLAIN = [["a", "b"], ["1", "2"], ["3", "4"]]


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("a,b\n1,2\n3,4\n", PLAIN),
        ("a,b\r\n1,2\r\n3,4\r\n", PLAIN),
        ("a,b\r1,2\r3,4\r", PLAIN),
        ("a,b\n1,2\r\n3,4\r", PLAIN),
        ("a,b\n1,2\n3,4", PLAIN),
        ("\ufeffa,b\n1,2\n3,4\n", PLAIN),
        ("a,b\n\n1,2\n\n\n3,4\n\n\n", PLAIN),
        (" a , b\n1,2\n3,4\n", PLAIN),
        ('"a","b"\n"1","2"\n3,"4"\n', PLAIN),
        ('a, b\n"1", "2"\n3,4\n', PLAIN),
        ('a,b\n1, "b, c"\n', [["a", "b"], ["1", "b, c"]]),
        ('a,b\n"x\ny","p,q"\n', [["a", "b"], ["x\ny", "p,q"]]),
        ('a,b\r\n"x\r\ny",""\r\n', [["a", "b"], ["x\r\ny", ""]]),
        ('a,b\n5" pipe,6" pipe\n', [["a", "b"], ['5" pipe', '6" pipe']]),
        ('a,b\n"say ""hi""",\n', [["a", "b"], ['say "hi"', ""]]),
        ("a,b\n  1 , 2 \n,\n", [["a", "b"], ["  1 ", " 2 "], ["", ""]]),
        ("a,b\n007,NULL\n1e5,NaN\n", [["a", "b"], ["007", "NULL"], ["1e5", "NaN"]]),
        ("a\n1\n2\n", [["a"], ["1"], ["2"]]),
        ('"a\nb",🦆,"<b>""x""</b>","c, d",part\n1,2,3,4,5\n', [["a\nb", "🦆", '<b>"x"</b>', "c, d", "part"], list("12345")]),
    ],
)  # fmt: skip
def test_cells_are_read_as_they_stand(tmp_path: Path, text: str, cells: list[list[str]]) -> None:
    assert read(tmp_path, text) == cells


def test_tabs_separate_the_cells_of_a_tsv(tmp_path: Path) -> None:
    assert read(tmp_path, 'a\tb, c\n"x\ty"\t5" pipe\n', "people.tsv") == [["a", "b, c"], ["x\ty", '5" pipe']]


def test_a_folder_may_have_any_name(tmp_path: Path) -> None:
    folder = tmp_path / "year=2020" / "it's [new] *?"
    folder.mkdir(parents=True)
    (folder / "peopleX.csv").write_text("a,b\n5,6\n")
    assert read(folder, "a,b\n1,2\n3,4\n", "people?.csv") == PLAIN
    pl.DataFrame({"a": [1]}).write_parquet(folder / "peopleX.parquet")
    pl.DataFrame({"a": [2]}).write_parquet(folder / "people?.parquet")
    assert sources.scan(folder / "people?.parquet", folder / "parsed").collect()["a"].to_list() == [2]


@given(
    rows=st.integers(1, 4).flatmap(lambda wide: st.lists(st.lists(CELLS, min_size=wide, max_size=wide), max_size=6)),
    quoting=st.sampled_from([(csv.QUOTE_MINIMAL, "\r\n"), (csv.QUOTE_ALL, "\r\n"), (csv.QUOTE_ALL, "\n")]),
)
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_csv_module_writes_is_read_back(
    tmp_path: Path, rows: list[list[str]], quoting: tuple[int, str]
) -> None:
    header = WIDE[: len(rows[0]) if rows else 2]
    text = io.StringIO()
    csv.writer(text, quoting=quoting[0], lineterminator=quoting[1]).writerows([header, *rows])
    assert read(tmp_path, text.getvalue()) == [header, *rows]


NAMES = st.lists(
    CELLS.filter(lambda name: name.strip().lower() not in ("", "*", "row") and name[0] != "^"),
    min_size=2,
    max_size=4,
    unique_by=lambda name: name.strip().lower(),
)


@given(names=NAMES)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_columns_may_have_any_name(tmp_path: Path, names: list[str]) -> None:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([names, ["1"] * len(names)])
    assert read(tmp_path, text.getvalue()) == [[name.strip() for name in names], ["1"] * len(names)]


@pytest.mark.slow
def test_a_text_that_is_parsed_in_several_pieces_keeps_its_rows_in_order(tmp_path: Path) -> None:
    draw = random.Random(5)
    pieces = ["x", "two\nlines", '5" pipe', "a,b", 'say "hi"', "", "é🦆", "\r\n" * 20, "long " * 30]
    with (tmp_path / "people.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["place", *WIDE])
        for place in range(700_000):
            writer.writerow([place, *(draw.choice(pieces) for _ in WIDE)])
    frame = sources.scan(tmp_path / "people.csv", tmp_path / "parsed").collect()
    with (tmp_path / "people.csv").open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        next(reader)
        assert all(list(row) == cells for row, cells in zip(frame.drop("row").iter_rows(), reader, strict=True))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"", "people.csv: the file is empty"),
        (b"\n\n", "people.csv:1: the first line names no columns"),
        (b"\xef\xbb\xbf", "people.csv:1: the first line names no columns"),
        (b"a,,c\n", "people.csv:1: column 2 has no name"),
        (b"a,b,a\n", "people.csv:1: columns 1 and 3 are both named a; rename one"),
        (b"a, b ,b\n", "people.csv:1: columns 2 and 3 are both named b; rename one"),
        (b"age,Age\n", "people.csv:1: columns 1 and 2 (age, Age) differ in case only; rename one"),
        (b"a,row\n", "people.csv:1: column 2 is named row, which is Syllabus's own number of a row; rename it"),
        (b"a,*\n", "people.csv:1: column 2 is named *, which stands for a pattern of names; rename it"),
        (b"a,^b.*$\n", "people.csv:1: column 2 is named ^b.*$, which stands for a pattern of names; rename it"),
        (b"a;b\n1;2\n", "people.csv:1: one column, with ';' in its name; a .csv is separated by commas, unless data.reading.delimiter says otherwise"),
        (b"a,b\n1,2\n1,2,3\n", "people.csv:3: 3 fields, but the header names 2 columns"),
        (b"a,b\n1,2\n1\n3,4\n", "people.csv:3: 1 field, but the header names 2 columns"),
        (b"a,b\n1,2\n   \n3,4\n", "people.csv:3: 1 field, but the header names 2 columns"),
        (b"a,b\n1,2\n\n\n3,4,5\n", "people.csv:5: 3 fields, but the header names 2 columns"),
        (b'a,b\n"1\n1\n1",2\n3\n', "people.csv:5: 1 field, but the header names 2 columns"),
        (b'a,b\n1,2\n3,"4\n5,6\n', "people.csv:3: a quote opens in this row, and the file ends before it closes"),
        (b'a,"b\n1,2\n', "people.csv:1: a quote opens in this row, and the file ends before it closes"),
        (b'a,b\n1,"2" and more\n', "people.csv:2: in this row text follows a closing quote; write a quote inside of quotes twice"),
        (b'a,b\n1,"2\n3,"4"\n', "people.csv:2: in this row text follows a closing quote; write a quote inside of quotes twice"),
        (b"a,b\n1,2\nZ\xfcrich,4\n", "people.csv:3: not UTF-8: byte 0xfc at position 2; if it is text, declare data.reading.encoding, such as cp1252"),
        (b"a,b\n1,2\n\xc3\xa9\xc3,4\n", "people.csv:3: not UTF-8: byte 0xc3 at position 3; if it is text, declare data.reading.encoding, such as cp1252"),
        (b"a\xff,b\n1,2\n", "people.csv:1: not UTF-8: byte 0xff at position 2; if it is text, declare data.reading.encoding, such as cp1252"),
        (b"a,b\n1,2\n3,\x004\n", "people.csv:3: byte 3 is NUL: the file is binary or damaged"),
        (b"\x7fELF\x02\x01\x01\x00\n", "people.csv:1: byte 8 is NUL: the file is binary or damaged"),
        (b"\x89PNG\r\n\x1a\n\x00", "people.csv:1: not UTF-8: byte 0x89 at position 1; if it is text, declare data.reading.encoding, such as cp1252"),
        (b"PK\x03\x04\n", "people.csv: named .csv, but it is a zip or Excel file"),
        (b"PAR1\x15\x04", "people.csv: named .csv, but it is a Parquet file"),
        ("a,b\n1,2\n".encode("utf-16"), "people.csv: named .csv, but it is UTF-16 text: declare data.reading.encoding: utf-16"),
        (b"a,b\n1,2\n" + b"x" * 5_000_000 + b",1\n", "people.csv:3: a line of more than 4,000,000 bytes"),
        (b"x" * 5_000_000, "people.csv:1: a line of more than 4,000,000 bytes"),
        (b'a,b\n1,2\n3,"' + (b"x" * 999 + b"\n") * 4_100 + b'"\n', "people.csv:3: in this row a field has more than 4,000,000 characters"),
        (b"a,b\n1,2\n3," + "é".encode() * 2_500_000 + b"\n", "people.csv:3: a line of more than 4,000,000 bytes"),
        (b'a,b\n1,2\n"' + (b"x" * 999 + b"\n") * 2_100 + b'","' + (b"x" * 999 + b"\n") * 2_100 + b'"\n', "people.csv: a row of more than 4,000,000 bytes"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told_with_its_line(tmp_path: Path, text: bytes, sentence: str) -> None:
    assert refused(tmp_path, text) == sentence


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    for path, sentence in (("none.csv", "no such file"), ("", "is a folder"), ("people.doc", "unknown kind of file")):
        (tmp_path / "people.doc").write_bytes(b"PK")
        with pytest.raises(Unmet, match=sentence):
            sources.columns(tmp_path / path)


def parquet(folder: Path, columns: dict[str, Any]) -> pl.DataFrame:
    pl.DataFrame(columns).write_parquet(folder / "people.parquet")
    return sources.scan(folder / "people.parquet", folder / "parsed").collect()


@pytest.mark.parametrize(
    ("column", "kind", "values"),
    [
        (["a", None], pl.String, ["a", None]),
        ([True, None], pl.Boolean, [True, None]),
        ([2**62, None], pl.Int64, [2**62, None]),
        ([0.5, None], pl.Float64, [0.5, None]),
        ([dt.date(2020, 1, 2), None], pl.Date, [dt.date(2020, 1, 2), None]),
        ([dt.datetime(2020, 1, 2, 3), None], pl.Datetime("us"), [dt.datetime(2020, 1, 2, 3), None]),
        ([dt.timedelta(seconds=90), None], pl.Float64, [90.0, None]),
        (pl.Series(["1.50", None]).cast(pl.Decimal(9, 2)), pl.Float64, [1.5, None]),
        (pl.Series(["b", "a"], dtype=pl.Categorical), pl.String, ["b", "a"]),
        (pl.Series(["b", None], dtype=pl.Enum(["a", "b"])), pl.String, ["b", None]),
        (pl.Series([2**100, None], dtype=pl.Int128), pl.String, [str(2**100), None]),
        ([None, None], pl.String, [None, None]),
    ],
)
def test_a_parquet_column_keeps_its_type_where_a_table_has_it(
    tmp_path: Path, column: Any, kind: pl.DataType, values: list[Any]
) -> None:
    read = parquet(tmp_path, {"x": column})["x"]
    assert (read.dtype, read.to_list()) == (kind, values)


@pytest.mark.parametrize("column", [[[1, 2]], [{"a": 1}], [b"raw"], pl.Series([[1, 2]], dtype=pl.Array(pl.Int8, 2))])
def test_a_cell_that_is_no_single_value_is_refused(tmp_path: Path, column: Any) -> None:
    with pytest.raises(Unmet, match=r"people\.parquet: column x holds .*; a cell must be one text, number, boolean"):
        parquet(tmp_path, {"x": column})


def test_a_torn_parquet_file_is_refused(tmp_path: Path) -> None:
    parquet(tmp_path, {"x": list(range(1000))})
    whole = (tmp_path / "people.parquet").read_bytes()
    for torn in (whole[:100], whole[:-5], b"a,b\n1,2\n"):
        assert refused(tmp_path, torn, "people.parquet").startswith("people.parquet: not a whole Parquet file: ")
    with pytest.raises(Unmet, match="column 1 is named row"):
        parquet(tmp_path, {"row": [1]})
