"""Split shares out the rows that validation let through, each into one part."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from raw import INGEST, INGESTED, contents, done, done_here, project, refused_here, settings

PARTS = ("train", "validation", "test")
SPLIT = ("split", INGESTED, "artifacts/validate", "artifacts/split")


def people(rows: int) -> str:
    """Return a CSV of which several rows tell of one person, day by day."""
    draw = random.Random(0)
    lines = ["id,who,day,sex,part,buys"]
    lines += [
        f"{row},p{row // 3},2020-{1 + row // 28 % 12:02}-{1 + row % 28:02},{draw.choice('fm')},{row % 5},{draw.choice('ynn')}"
        for row in range(rows)
    ]
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = project(tmp_path_factory.mktemp("ingested"), people(300), data={"cleaning": {"types": {"day": "date"}}})
    done_here(folder, *INGEST)
    (folder / "artifacts/validate").mkdir()
    quarantine(folder, [])
    return folder


def quarantine(folder: Path, rows: list[int]) -> None:
    """Write what validation holds back: the row, the reasons and the row's columns."""
    reasons = pl.Series("reasons", [["too old"]] * len(rows), dtype=pl.List(pl.String))
    frame = pl.DataFrame([pl.Series("row", rows, dtype=pl.UInt64), reasons])
    frame.write_parquet(folder / "artifacts/validate/quarantine.parquet")


def held(folder: Path) -> dict[str, pl.DataFrame]:
    return {part: pl.read_parquet(folder / "artifacts/split" / f"{part}.parquet") for part in PARTS}


@pytest.mark.parametrize(
    ("how", "roles"),
    [
        ({"method": "stratified"}, {}),
        ({"method": "random"}, {}),
        ({"method": "group", "by": "who"}, {"who": "group"}),
        ({"method": "hash", "by": "who"}, {"who": "group"}),
        ({"method": "hash", "by": "id"}, {}),
        ({"method": "time", "by": "day"}, {"day": "time"}),
    ],
)
def test_every_row_is_in_one_part_as_it_was_ingested(
    ingested: Path, how: dict[str, Any], roles: dict[str, str]
) -> None:
    settings(ingested, data={"columns": roles}, split=how, examination={"sensitive": ["sex"]})
    report = done_here(ingested, *SPLIT)
    parts = held(ingested)
    table = pl.read_parquet(ingested / INGESTED / "table.parquet")
    assert pl.concat(parts.values()).sort("row").equals(table)
    assert all(rows["row"].is_sorted() for rows in parts.values())
    assert report["rows"] == {name: len(rows) for name, rows in parts.items()}
    assert set(report["representation"]) == {"buys", "sex"}
    for column, values in report["representation"].items():
        for value, by_part in values.items():
            assert {part: told["rows"] for part, told in by_part.items()} == {
                part: int((rows[column] == value).sum()) for part, rows in parts.items()
            }
    assert report["test rows also in train"] == 0
    if how["method"] == "time":
        assert parts["train"]["day"].max() < parts["validation"]["day"].min()
        assert parts["validation"]["day"].max() < parts["test"]["day"].min()
    if how.get("by") == "who":
        assert not set(parts["train"]["who"]) & set(parts["test"]["who"])


def test_rows_in_quarantine_are_in_no_part(ingested: Path) -> None:
    settings(ingested)
    quarantine(ingested, [2, 5, 300])
    try:
        report = done_here(ingested, *SPLIT)
    finally:
        quarantine(ingested, [])
    assert sum(report["rows"].values()) == 297
    assert not {2, 5, 300} & {row for rows in held(ingested).values() for row in rows["row"]}


def test_where_every_row_is_in_quarantine_the_pages_are_named(ingested: Path) -> None:
    settings(ingested)
    quarantine(ingested, list(range(1, 301)))
    try:
        said = refused_here(ingested, *SPLIT)
    finally:
        quarantine(ingested, [])
    assert said == "every row is in quarantine; open artifacts/validate/docs/index.html to see why"


def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_split(ingested: Path) -> None:
    made = []
    for seed, threads in ((1, "1"), (1, "3"), (2, "2")):
        text = (settings(ingested) / "params.yaml").read_text().replace('"seed": 1', f'"seed": {seed}')
        (ingested / "params.yaml").write_text(text)
        done(ingested, *SPLIT, POLARS_MAX_THREADS=threads, PYTHONHASHSEED=threads)
        made.append(contents(ingested / "artifacts/split"))
    assert set(made[0]) == {"train.parquet", "validation.parquet", "test.parquet", "report.json"}
    assert made[0] == made[1]
    assert made[0]["train.parquet"] != made[2]["train.parquet"]


@pytest.mark.parametrize(
    ("how", "data", "sentence"),
    [
        ({"method": "group", "by": "whom"}, {}, "split.by names whom, which is not a column; did you mean who?"),
        ({"method": "time", "by": "who"}, {}, "split.by: column who holds text, which has no order in time; declare it in data.cleaning.types: {who: date}"),
        ({"method": "random", "parts": {"train": 0.998, "validation": 0.001, "test": 0.001}}, {}, "a random split of 300 rows leaves validation empty; give it more rows or a larger share in split.parts"),
        ({"method": "group", "by": "day"}, {"columns": {"day": "time"}}, "data.columns.day is a time, and a group split would leak between parts: set split.method to time and split.by to day"),
        ({"method": "time", "by": "who"}, {"columns": {"who": "group"}}, "data.columns.who is a group, and a time split would leak between parts: set split.method to group and split.by to who"),
    ],
)  # fmt: skip
def test_what_would_leak_is_refused(ingested: Path, how: dict[str, Any], data: dict[str, Any], sentence: str) -> None:
    settings(ingested, data=data, split=how)
    assert refused_here(ingested, *SPLIT).startswith(sentence)


def test_a_sensitive_column_that_is_not_there_is_told(ingested: Path) -> None:
    settings(ingested, examination={"sensitive": ["sexx"]})
    assert refused_here(ingested, *SPLIT).startswith(
        "examination.sensitive names sexx, which is not a column; did you mean sex?"
    )
