"""Ratings are watched by what is new in them, by whom and what they are about, and by how well items are ranked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from monitoring.watched_packages import alarms, learned, monitored
from services import client

from syllabus.rules import monitoring as rules

SHELF: dict[str, Any] = {
    "modality": "ratings",
    "target": "stars",
    "task": "rating",
    "options": {"user": "reader", "item": "book", "range": [1, 5]},
}
VISITS = SHELF | {"target": "clicks", "options": {"user": "reader", "item": "book", "feedback": "clicks"}}


def rated(rows: int, seed: int) -> pl.DataFrame:
    """Return ratings: of three tastes, of books of which some are read by many, and each pair at most once."""
    draw = np.random.default_rng(seed)
    reader, book = draw.integers(0, 200, rows), (60 * draw.random(rows) ** 2).astype(int)
    stars = np.clip(np.round(2 + 2 * (reader % 3 == book % 3) + draw.normal(0, 0.5, rows)), 1, 5).astype(int)
    frame = pl.DataFrame({"reader": [f"r{one}" for one in reader], "book": book, "stars": stars})
    # What came first is of the books that many read: in another order all rows are alike.
    return frame.unique(["reader", "book"], keep="first", maintain_order=True).sample(fraction=1, shuffle=True, seed=1)


@pytest.fixture(scope="module")
def whole() -> pl.DataFrame:
    return rated(6000, seed=1)


@pytest.fixture(scope="module")
def made(whole: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rated")
    return learned(folder, said=SHELF, frame=whole.head(2600), metric="rmse", name="factorization")


@pytest.fixture(scope="module")
def fresh(whole: pl.DataFrame) -> pl.DataFrame:
    """Return rows of the same source that the model has not seen."""
    return whole.slice(2600)


@pytest.mark.parametrize("seed", range(2))
def test_fresh_ratings_raise_no_alarm(made: Path, fresh: pl.DataFrame, tmp_path: Path, seed: int) -> None:
    report = monitored(made, fresh.sample(300, seed=seed), tmp_path)
    assert alarms(report) == set()
    assert {one["name"] for one in report["performance"]["metrics"]} >= {"rmse", "ndcg_at_10"}


def test_readers_whom_train_has_not_are_told(made: Path, fresh: pl.DataFrame, tmp_path: Path) -> None:
    new = pl.when(pl.int_range(pl.len()) % 3 == 0).then("x" + pl.col("reader")).otherwise("reader").alias("reader")
    report = monitored(made, fresh.head(600).with_columns(new).drop("stars"), tmp_path)
    assert {("values", "new reader"), ("values", "books of the reader in train")} <= alarms(report)
    assert ("values", "new book") not in alarms(report)


def test_another_taste_in_books_is_told_by_their_popularity(made: Path, fresh: pl.DataFrame, tmp_path: Path) -> None:
    report = monitored(made, fresh.filter(pl.col("book") > 30).head(300).drop("stars"), tmp_path)
    assert ("values", "readers of the book in train") in alarms(report)


def test_ratings_turned_around_make_values_and_the_target_worse(
    made: Path, fresh: pl.DataFrame, tmp_path: Path
) -> None:
    report = monitored(made, fresh.head(600).with_columns(stars=6 - pl.col("stars")), tmp_path)
    assert {("performance", ""), ("target", "stars")} <= alarms(report)


@pytest.mark.slow
def test_how_many_ratings_of_a_reader_come_at_once_changes_no_rank(
    made: Path, fresh: pl.DataFrame, tmp_path: Path
) -> None:
    def measured(rows: pl.DataFrame) -> float:
        report = monitored(made, rows, tmp_path)
        return next(
            float(one["batch"]["value"]) for one in report["performance"]["metrics"] if one["name"] == "ndcg_at_10"
        )

    parts = [measured(fresh.filter(pl.int_range(pl.len()) % 4 == at).head(400)) for at in range(4)]
    several = measured(pl.concat([fresh.filter(pl.int_range(pl.len()) % 4 == at).head(400) for at in range(4)]))
    assert several == pytest.approx(np.mean(parts))


@pytest.mark.parametrize("reader", ["r3", "r120"])
def test_many_rows_of_one_reader_are_no_drift(made: Path, tmp_path: Path, reader: str) -> None:
    asked = pl.DataFrame({"reader": [reader] * 60, "book": [str(one) for one in range(60)]})
    assert alarms(monitored(made, asked, tmp_path)) == set()


def test_ratings_that_come_later_belong_to_their_pair(made: Path, fresh: pl.DataFrame, tmp_path: Path) -> None:
    rows = fresh.head(300)
    rows.sample(fraction=1, shuffle=True, seed=2).write_csv(tmp_path / "later.csv")
    whole = monitored(made, rows, tmp_path / "whole")
    later = monitored(made, rows.drop("stars"), tmp_path / "later", "--labels", str(tmp_path / "later.csv"))
    assert later["rows"]["labelled"] == 300
    assert later["performance"] == whole["performance"]
    said = {"data": SHELF, "monitoring": {"source": "new.csv", "labels": "later.csv"}}
    assert list(rules.broken(said)) == []
    assert [where for where, _ in rules.broken(said | {"data": {}})] == [("monitoring", "labels")]


def test_logged_pairs_are_watched(made: Path, fresh: pl.DataFrame, tmp_path: Path) -> None:
    rows = fresh.head(200).drop("stars").with_columns(pl.col("book").cast(pl.String)).to_dicts()
    with client(made, log={"folder": str(tmp_path / "log")}) as asking:
        assert asking.post("/v1/predict", json={"rows": rows}).status_code == 200
    report = monitored(made, str(tmp_path / "log"), tmp_path / "out")
    assert report["rows"] == {"batch": 200, "read": 200, "labelled": 0}
    assert alarms(report) == set()


def test_clicks_are_their_own_labels_and_pairs_that_were_only_asked_about_are_none(
    whole: pl.DataFrame, fresh: pl.DataFrame, tmp_path: Path
) -> None:
    folder = tmp_path / "clicked"
    frame = whole.head(2600).drop("stars")
    made = learned(folder, said=VISITS, frame=frame, metric="ndcg_at_10", name="factorization")
    clicks = fresh.head(400).drop("stars")
    report = monitored(made, pl.concat([clicks, clicks.head(100)]), tmp_path / "clicks")
    assert report["performance"]["rows"] == 400, "of a pair that came twice one counts"
    asked = monitored(made, clicks.with_columns(pl.lit("2026-01-01").alias("asked at")), tmp_path / "asked")
    assert asked["performance"] is None
