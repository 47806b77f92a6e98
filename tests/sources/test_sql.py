"""SQLite and DuckDB: what is embedded is read as a server is, and what is wrong is told without its URL."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl
import pytest

from syllabus import sources
from syllabus.errors import Unmet
from syllabus.settings import Database, Reading

HOSTILE = 'x"; DROP TABLE y; --'


@pytest.fixture
def sqlite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., pl.DataFrame]:
    """Make a database; return what reads of it."""
    path = tmp_path / "secret-name.db"
    with sqlite3.connect(path) as connection:
        quoted = HOSTILE.replace('"', '""')
        connection.execute(f'CREATE TABLE "{quoted}" (id INTEGER PRIMARY KEY, "a ""b"" %" TEXT, mixed, day DATE, none)')
        rows = [(3, "z", 1, "2020-01-01"), (1, "y", "n/a", "nope"), (2, None, 2.5, None)]
        connection.executemany(f'INSERT INTO "{quoted}" VALUES (?, ?, ?, ?, NULL)', rows)
        connection.execute("CREATE TABLE raw (x BLOB)")
        connection.execute("INSERT INTO raw VALUES (x'00')")
        connection.execute("CREATE TABLE y (a INTEGER)")
        connection.execute("CREATE TABLE t (n)")
        connection.executemany("INSERT INTO t VALUES (?)", [(place,) for place in range(10)] + [(0.5,), ("ten",)])
    connection.close()
    monkeypatch.setenv("PEOPLE_URL", f"sqlite:///{path}")
    return reader(tmp_path)


def reader(folder: Path) -> Callable[..., pl.DataFrame]:
    def read(reading: Reading = sources.USUAL, **asked: object) -> pl.DataFrame:
        source = Database.model_validate({"url": "PEOPLE_URL", **asked})
        frame = sources.scan(source, folder / f"scratch {len(list(folder.iterdir()))}", reading).collect()
        assert sources.columns(source) == frame.columns[1:]
        return frame

    return read


def test_a_hostile_name_is_a_name(sqlite: Callable[..., pl.DataFrame]) -> None:
    frame = sqlite(table=HOSTILE)
    assert frame.rows() == [
        (1, 1, "y", "n/a", "nope", None),
        (2, 2, None, "2.5", None, None),
        (3, 3, "z", "1", "2020-01-01", None),
    ]
    assert frame.columns[1:] == ["id", 'a "b" %', "mixed", "day", "none"]
    assert sqlite(table="y").is_empty()


def test_values_are_bound(sqlite: Callable[..., pl.DataFrame]) -> None:
    asked = {
        "query": "SELECT :text AS text, n FROM t WHERE n > :least LIMIT 1",
        "parameters": {"text": "'; --", "least": 7},
    }
    assert sqlite(**asked).rows() == [(1, "'; --", 8)]


def test_types_that_change_on_the_way_become_one(
    sqlite: Callable[..., pl.DataFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("syllabus.sources.sql.batches.__kwdefaults__", {"values": 2})
    assert sqlite(query="SELECT n FROM t LIMIT 10")["n"].dtype == pl.Int64
    assert sqlite(query="SELECT n FROM t LIMIT 11")["n"].to_list()[-2:] == [9.0, 0.5]
    assert sqlite(query="SELECT n FROM t")["n"].to_list()[-3:] == ["9", "0.5", "ten"]


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"table": "z"}, f"data.source: there is no table z at PEOPLE_URL; Valid: raw, t, {HOSTILE}, y"),
        ({"table": "raw"}, "table raw at PEOPLE_URL: column x holds Binary; a cell must be one text, number, boolean, date or time"),
        ({"query": "SELECT nope"}, "data.source: the query at PEOPLE_URL: no such column: nope"),
        ({"query": "SELECT 1 WHERE 1 > :x"}, "data.source: the query at PEOPLE_URL: A value is required for bind parameter 'x'"),
        ({"query": "SELECT 1 AS a, 2 AS A"}, "the query at PEOPLE_URL: columns 1 and 2 (a, A) differ in case only; rename one"),
        ({"query": "SELECT 1; SELECT 2"}, "data.source: the query at PEOPLE_URL: You can only execute one statement at a time."),
        ({"query": "DROP TABLE y"}, "data.source: the query at PEOPLE_URL: attempt to write a readonly database"),
        ({"query": ""}, "data.source: the query at PEOPLE_URL returns no rows; write one select"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told(
    sqlite: Callable[..., pl.DataFrame], asked: dict[str, object], sentence: str
) -> None:
    with pytest.raises(Unmet) as caught:
        sqlite(**asked)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        (None, "data.source.url names the environment variable PEOPLE_URL, which is not set"),
        ("hush", "PEOPLE_URL is no URL that SQLAlchemy reads"),
        ("sqlite:////hush/hush.db", "the database file that PEOPLE_URL names is not there"),
        ("duckdb:///:memory:", "the database file that PEOPLE_URL names is not there"),
        ("hushbase://ann:hush@localhost/x", "PEOPLE_URL: SQLAlchemy knows no database "),
        ("oracle+oracledb://ann:hush@localhost/x", "PEOPLE_URL: needs the driver oracledb, which is not installed"),
        ("postgresql://ann:hush@127.0.0.1:1/hush?sslpassword=hush", "data.source: table t at PEOPLE_URL: connection failed"),
    ],
)  # fmt: skip
def test_nothing_of_a_url_is_said(monkeypatch: pytest.MonkeyPatch, url: str | None, sentence: str) -> None:
    monkeypatch.delenv("PEOPLE_URL", raising=False)
    if url is not None:
        monkeypatch.setenv("PEOPLE_URL", url)
    with pytest.raises(Unmet) as caught:
        sources.columns(Database(url="PEOPLE_URL", table="t"))
    assert str(caught.value).startswith(sentence)
    assert "hush" not in str(caught.value).replace("hushbase", "")
    assert caught.value.__cause__ is None


def test_duckdb_keeps_its_types(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with duckdb.connect(tmp_path / "people.duckdb") as connection:
        connection.execute("CREATE SCHEMA other")
        connection.execute(
            "CREATE TABLE other.people AS SELECT 2::bigint AS id, 1.25::decimal(9, 2) AS paid, date '2020-01-01' AS day, "
            "'x' AS text, true AS ok, uuid() AS key, 2::hugeint AS wide, 'nan'::double AS hole, 'infinity'::double AS far"
        )
    monkeypatch.setenv("PEOPLE_URL", f"duckdb:///{tmp_path / 'people.duckdb'}")
    frame = reader(tmp_path)(table="people", schema="other")
    assert [str(kind) for kind in frame.dtypes[1:]] == [
        "Int64", "Float64", "Date", "String", "Boolean", "String", "Int64", "Float64", "Float64"
    ]  # fmt: skip
    with pytest.raises(Unmet, match="there is no table people at PEOPLE_URL"):
        reader(tmp_path)(table="people")


def test_a_database_that_holds_more_than_the_limit_is_refused(sqlite: Callable[..., pl.DataFrame]) -> None:
    with pytest.raises(Unmet, match=r"the query at PEOPLE_URL: expands to more than 100 bytes, data\.reading\.limit"):
        sqlite(Reading.model_validate_json('{"limit": 100}'), query="SELECT n FROM t")
