"""`syllabus predict` on rows of several parts, and on pairs of a user and an item."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from mixed.mixed_rows import SAID, rows
from ratings import shelf
from serving.packed import packed

from syllabus import frames, models
from syllabus.cli import main

RATED = {
    "modality": "ratings",
    "target": "stars",
    "task": "rating",
    "options": {"user": "reader", "item": "book", "range": [1, 5]},
}


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return packed(tmp_path_factory.mktemp("mixed"), rows(), SAID["data"], "linear", parquet=True)


@pytest.fixture(scope="module")
def rated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return packed(tmp_path_factory.mktemp("rated"), pl.DataFrame(shelf.rows()), RATED, "factorization")


def predict(package: Path, asked: pl.DataFrame, out: Path, *words: str) -> pl.DataFrame:
    asked.write_parquet(out.with_suffix(".asked.parquet"))
    main(["predict", str(package), str(out.with_suffix(".asked.parquet")), str(out), *words])
    return pl.read_parquet(out)


def native(package: Path) -> tuple[pl.Series, np.ndarray]:
    """Return the rows that ingest kept, and what the model of a package answers on them."""
    table = frames.scan(package.parent / "table.parquet").sort("row")
    return table.select("row").collect()["row"], models.load(package / "model").predict(table)


def test_rows_of_a_picture_a_text_and_columns_are_answered_as_the_model_does(several: Path, tmp_path: Path) -> None:
    found = predict(several, rows().drop("sort"), tmp_path / "out.parquet")
    kept, given = native(several)
    classes = models.load(several / "model").encoding.task.classes
    same = found.filter(pl.col("row").is_in(kept.to_list())).select(f"probability {name}" for name in classes)
    assert len(same) == len(given) > 100
    assert np.array_equal(same.to_numpy(), given)
    assert "novelty" in found.columns


def test_a_part_that_cannot_be_read_is_told_and_one_that_is_missing_is_not(several: Path, tmp_path: Path) -> None:
    asked = rows(6).with_columns(
        image=pl.when(pl.int_range(6) == 1).then(pl.lit(b"no picture")).when(pl.int_range(6) != 2).then("image"),
        title=pl.when(pl.int_range(6) != 3).then("title"),
        size=pl.when(pl.int_range(6) == 4).then(pl.lit("large")).otherwise(pl.col("size").cast(pl.String)),
    )
    found = predict(several, asked, tmp_path / "out.parquet")
    assert found["row"].to_list() == [1, 3, 4, 6], "without a picture, or a text, a row is answered"
    wrong = pl.read_parquet(tmp_path / "out.rejects.parquet")
    assert wrong.rows() == [(2, "image: no picture of a known format"), (5, "size: large is no number")]


def test_pairs_are_answered_by_value_and_rank_as_the_model_does(rated: Path, tmp_path: Path) -> None:
    found = predict(rated, pl.DataFrame(shelf.rows()).drop("stars", "day"), tmp_path / "out.parquet")
    kept, given = native(rated)
    assert found["row"].to_list() == kept.to_list()
    assert np.array_equal(found["predicted"].to_numpy(), given[:, 0])
    assert np.array_equal(found["rank"].to_numpy(), given[:, 1])


def test_who_is_new_is_answered_and_who_is_nobody_is_not(
    rated: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = pl.DataFrame({"reader": ["r1", "nobody knows", None, "r2"], "book": ["3", "4", "5", "none knows"]})
    found = predict(rated, asked, tmp_path / "out.parquet", "--keep", "book")
    assert found["row"].to_list() == [1, 2, 4]
    assert found["predicted"].is_between(1, 5).all()
    assert found["beyond"].to_list() == [None, "reader", "book"], "whom and what train has not is named"
    assert pl.read_parquet(tmp_path / "out.rejects.parquet")["reason"][0].startswith("reader: missing")
    with pytest.raises(SystemExit):
        predict(rated, asked, tmp_path / "out.parquet", "--confidence", "0.9")
    assert "--confidence: is about probabilities" in capsys.readouterr().err


def test_the_example_of_ratings_names_nobody_and_is_answered(rated: Path, tmp_path: Path) -> None:
    told = json.loads((rated / "example.json").read_text())["rows"]
    assert [row["reader"] for row in told] == ["somebody new"]
    found = predict(rated, pl.DataFrame(told), tmp_path / "out.parquet")
    assert found["rank"].to_list() == [1], "the item that most came to"


def test_clicks_are_answered_by_rank_alone(tmp_path: Path) -> None:
    said = {
        "modality": "ratings",
        "target": "clicks",
        "task": "rating",
        "options": {"user": "reader", "item": "book", "feedback": "clicks"},
    }
    package = packed(tmp_path / "clicks", pl.DataFrame(shelf.rows()).drop("stars", "day"), said, "factorization")
    found = predict(package, pl.DataFrame({"reader": ["r1"], "book": [3]}), tmp_path / "out.parquet")
    assert found.columns == ["row", "rank", "beyond"]


def test_a_single_row_without_its_picture_is_answered_over_http(several: Path) -> None:
    from services import client

    with client(several) as asking:
        row = asking.service.served.example  # type: ignore[attr-defined]
        alone = asking.post("/v1/predict", json={"rows": [row | {"image": None}]}).json()
        beside = asking.post("/v1/predict", json={"rows": [row | {"image": None}, row]}).json()
    assert alone["predictions"][0] == beside["predictions"][0]
