"""A package holds an example of a request that it answers, and that is no row of train."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from mixed.mixed_rows import SAID, picture, rows
from services import client
from serving.packed import TABLE, packed, people

from syllabus.cli import main
from syllabus.images.asking import GREY


def typed(rows: int) -> pl.DataFrame:
    """Return a table with a column of each type that JSON writes in another way."""
    draw = np.random.default_rng(3)
    number = draw.normal(size=rows)
    counted = {"days": draw.integers(0, 900, rows), "seconds": draw.integers(0, 10**8, rows)}
    return pl.DataFrame(counted).select(
        pl.Series("number", number),
        pl.lit(None, pl.Float64).alias("empty"),
        pl.Series("whole", draw.integers(-5, 5, rows)),
        pl.Series("yes", draw.random(rows) < 0.7),
        pl.Series("code", draw.integers(1, 4, rows)),
        pl.Series("named", draw.choice(['a "b", c', "ü", "true"], rows)),
        (pl.date(2020, 1, 1) + pl.duration(days="days")).alias("day"),
        (pl.datetime(2020, 1, 1) + pl.duration(seconds="seconds")).alias("at"),
        pl.Series("said", draw.choice(["the sun is warm", "rain and wind"], rows)),
        pl.Series("target", np.where(number > 0, "up", "down")),
    )


TYPED = {"modality": "tables", "target": "target", "columns": {"code": "categorical", "said": "text"}}
QUARTERS = {
    "modality": "tables",
    "target": "buys",
    "columns": {"name": "ignore"},
    "cleaning": {"dates": {"since": "Q%q %Y"}},
}
WRITTEN = TABLE | {"cleaning": TABLE["cleaning"] | {"dates": {"since": ["%d.%m.%Y", "%Y/%m/%d"]}}}
TEXTS = {"modality": "text", "target": "buys", "options": {"columns": ["name", "town"]}}


def quarters(rows: int) -> pl.DataFrame:
    return people(rows).with_columns(since=pl.Series([f"Q{1 + at % 4} {2015 + at % 6}" for at in range(rows)]))


CASES = {
    "as a file writes them": (people(400), TABLE),
    "in several forms": (people(400), WRITTEN),
    "quarters": (quarters(400), QUARTERS),
    "typed": (typed(400), TYPED),
    "texts": (people(400), TEXTS),
}


def shown(count: int) -> pl.DataFrame:
    held = {"picture": [picture(at) for at in range(count)], "sort": ["ab"[at % 2] for at in range(count)]}
    return pl.DataFrame(held)


PICTURES = {"modality": "images", "target": "sort", "options": {"picture": "picture", "size": [8, 8]}}
WITH_PICTURES = {"pictures": (shown(60), PICTURES, "cnn"), "mixed": (rows(), SAID["data"], "linear")}


@pytest.mark.parametrize("kind", WITH_PICTURES)
def test_the_example_of_pictures_is_nobodys_and_is_answered_as_a_file_and_over_http(kind: str, tmp_path: Path) -> None:
    frame, said, name = WITH_PICTURES[kind]
    package = packed(tmp_path, frame, said, name, parquet=True, chosen={"epochs": 1} if name == "cnn" else {})
    told = json.loads((package / "example.json").read_text())
    (tmp_path / "asked.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in told["rows"]))
    main(["predict", str(package), str(tmp_path / "asked.jsonl"), str(tmp_path / "out.parquet")])
    with client(package) as asking:
        found = asking.post("/v1/predict", json=told).json()["predictions"]
    answers = pl.read_parquet(tmp_path / "out.parquet")
    assert answers["predicted"].to_list() == [one["predicted"] for one in found]
    assert len(found) == len(told["rows"]) == (2 if kind == "mixed" else 1)
    column = said["options"].get("picture", "image")
    assert {row[column] for row in told["rows"]} == {GREY}


@pytest.mark.parametrize("kind", CASES)
def test_the_example_of_a_package_is_answered(kind: str, tmp_path: Path) -> None:
    frame, said = CASES[kind]
    package = packed(tmp_path, frame, said, parquet=kind == "typed")
    rows = json.loads((package / "example.json").read_text())["rows"]
    assert rows
    (tmp_path / "asked.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    main(["predict", str(package), str(tmp_path / "asked.jsonl"), str(tmp_path / "out.parquet")])
    found = pl.read_parquet(tmp_path / "out.parquet")
    assert len(found) == len(rows)
    assert not (tmp_path / "out.rejects.parquet").exists()
    if kind not in ("texts", "typed"):  # a text that nobody wrote is unusual
        assert found["novelty"].min() > 0.05
    if kind != "texts":
        assert found["beyond"].null_count() == len(rows), "train has all of it"


def test_no_row_of_train_is_the_example(tmp_path: Path) -> None:
    frame = people(400)
    rows = json.loads((packed(tmp_path, frame, TABLE) / "example.json").read_text())["rows"]
    assert set(rows[0]) == {"age", "town", "paid", "since"}
    assert rows[0] != rows[1]
    told = {(row["town"], row["since"]) for row in rows}
    same = frame.filter(pl.concat_list("town", "since").map_elements(lambda one: tuple(one) in told, pl.Boolean))
    for row in rows:
        assert not [
            age for age, paid in same.select("age", "paid").iter_rows() if (age, paid) == (row["age"], row["paid"])
        ]
    text = json.loads((packed(tmp_path / "texts", frame, TEXTS) / "example.json").read_text())["rows"]
    assert text == [{"name": "This is an example of a text.", "town": "This is an example of a text."}]


def test_the_column_by_which_groups_are_decided_is_in_it(tmp_path: Path) -> None:
    said = TABLE | {"columns": TABLE["columns"] | {"town": "ignore"}}
    threshold = {"positive": "yes", "threshold": 0.3, "across": "town", "groups": {"Ulm": 0.2, "Bern": 0.4}}
    rows = json.loads((packed(tmp_path, people(400), said, threshold=threshold) / "example.json").read_text())["rows"]
    assert [row["town"] for row in rows] == ["Bern", "Bern"]
