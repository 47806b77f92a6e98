"""A project of any source is ingested, and its settings are checked by line."""

from __future__ import annotations

import gzip
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from stages.ingest import ingest
from syllabus import params
from syllabus.errors import Unmet

ROWS = [{"age": 20 + row % 50, "town": "ÄBC"[row % 3], "buys": "yes" if row % 3 else "no"} for row in range(60)]
CSV = "age;town;buys\n" + "".join(f"{row['age']};{row['town']};{row['buys']}\n" for row in ROWS)


def settings(folder: Path, **data: Any) -> Path:
    """Write `params.yaml`, as JSON, which is YAML."""
    usual: dict[str, Any] = {
        "data": {"modality": "tables", "target": "buys", "cleaning": {"duplicates": "keep"}} | data,
        "seed": 1,
        "about": {},
        "validation": {"suite": "suite.json"},
        "split": {},
        "candidates": ["linear"],
        "architectures": {"linear": {}},
        "tuning": {},
        "examination": {"metric": "roc_auc", "threshold": 0.5, "sensitive": []},
        "gates": {},
    }
    (folder / "suite.json").write_text("{}")
    (folder / "params.yaml").write_text(json.dumps(usual, indent=1))
    return folder


def ingested(folder: Path, monkeypatch: pytest.MonkeyPatch, **data: Any) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    monkeypatch.chdir(settings(folder, **data))
    (folder / "out").mkdir()
    ingest(params.read(), Path("out"))
    assert sorted(path.name for path in Path("out").iterdir()) == ["report.json", "table.parquet"]
    return pl.read_parquet("out/table.parquet").drop("row").to_dicts(), json.loads(Path("out/report.json").read_text())


def write(folder: Path, kind: str) -> dict[str, Any]:
    """Write the rows as a source of a kind; return what `data` says of it."""
    frame, path = pl.DataFrame(ROWS), folder / f"people.{kind}"
    match kind:
        case "csv.gz":
            path.write_bytes(gzip.compress(CSV.encode("cp1252")))
            return {"source": path.name, "reading": {"delimiter": ";", "encoding": "cp1252"}}
        case "jsonl":
            frame.write_ndjson(path)
        case "xlsx":
            frame.write_excel(path, worksheet="Data")
            return {"source": path.name, "reading": {"sheet": "Data"}}
        case "arrow":
            frame.write_ipc(path)
        case "*.csv":
            frame.head(40).write_csv(folder / "people.1.csv")
            frame.tail(20).select("buys", "town", "age").write_csv(folder / "people.2.csv")
        case "db":
            with closing(sqlite3.connect(path)) as connection, connection:
                connection.execute("CREATE TABLE people (age INTEGER, town TEXT, buys TEXT)")
                connection.executemany("INSERT INTO people VALUES (:age, :town, :buys)", ROWS)
            return {"source": {"table": "people", "url": "PEOPLE_URL"}}
    return {"source": path.name}


@pytest.mark.parametrize("kind", ["csv.gz", "jsonl", "xlsx", "arrow", "*.csv", "db"])
def test_every_kind_of_source_gives_the_same_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setenv("PEOPLE_URL", f"sqlite:///{tmp_path / 'people.db'}")
    rows, report = ingested(tmp_path, monkeypatch, **write(tmp_path, kind))
    assert rows == ROWS
    assert report["source"]["path"] == ("table people at PEOPLE_URL" if kind == "db" else f"people.{kind}")
    assert report["source"]["rows"] == 60
    assert report["source"]["bytes"] > 0
    assert len(report["source"]["sha256"]) == 64


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"source": {"query": "x", "url": "A", "tabel": "y"}}, "data.source.tabel: unknown key tabel; did you mean table? Valid: parameters, query, schema, table, url"),
        ({"source": {"query": "x", "table": "y", "url": "A"}}, "data.source: names either a query or a table"),
        ({"source": {"query": "x"}}, "data.source.url: required, and missing"),
        ({"source": {"table": "x", "url": "postgresql://u:hush@h/d"}}, "data.source.url: must be the name of an environment variable; the URL itself stands in that variable only"),
        ({"source": "postgresql://u:hush@h/d"}, "data.source: unknown scheme postgresql://; Valid: http, https, s3; a database is named by `{table: …, url: ENVIRONMENT_VARIABLE}`"),
        ({"source": "https://u:hush@h/d.csv"}, "data.source: a URL here must hold no user or password: this file is kept and shared"),
        ({"source": {"query": "x", "schema": "s", "url": "A"}}, "data.source.schema: goes with table"),
        ({"source": "a.csv", "reading": {"encoding": "utf-9"}}, "data.reading.encoding: unknown encoding utf-9, such as utf-8, cp1252 or utf-16"),
        ({"source": "a.csv", "reading": {"delimiter": ";;"}}, "data.reading.delimiter: string should have at most 1 character, received ';;'"),
        ({"source": "a.csv", "reading": {"delimiter": '"'}}, "data.reading.delimiter: cannot separate cells: it surrounds them, or ends their row"),
        ({"source": "a.csv", "reading": {"limit": "5 bananas"}}, "data.reading.limit: could not interpret byte unit: bananas, received '5 bananas'"),
        ({"source": "a.csv", "reading": {"sheet": "Data"}}, "data.reading.sheet: names a sheet of a workbook, and a.csv is none"),
        ({"source": "a.xlsx", "reading": {"delimiter": ";"}}, "data.reading.delimiter: says how a text is written, and a.xlsx is none"),
        ({"source": "a.csv", "freshness": {"query": "select 1"}}, "data.freshness.query: a query asks a database, and data.source names none"),
        ({"source": "a.csv", "freshness": {"every": "fortnight"}}, "data.freshness.every: received 'fortnight'; Valid: day, hour, month, week"),
        ({"source": "a.csv", "freshness": {}}, "data.freshness: names either a query or a time"),
    ],
)  # fmt: skip
def test_a_wrong_declaration_is_told_with_its_line(tmp_path: Path, data: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Unmet) as caught:
        params.read(settings(tmp_path, **data) / "params.yaml")
    where, _, told = str(caught.value).removeprefix(f"{tmp_path}/").partition(": ")
    assert told == sentence
    assert where.startswith("params.yaml:")
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    "data",
    [
        {"source": "a.csv", "reading": {"sheet": None, "delimiter": None}},
        {"source": {"table": "x", "query": None, "url": "A"}},
    ],
)
def test_a_key_that_is_null_says_nothing(tmp_path: Path, data: dict[str, Any]) -> None:
    assert params.read(settings(tmp_path, **data) / "params.yaml").data.reading.sheet is None
