"""Labels that come later: what joins them, and what is told where they fit nothing or cannot be read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from monitoring.watched_packages import alarms, fresh, learned, monitored


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return learned(tmp_path_factory.mktemp("labelled"))


def test_labels_that_belong_to_no_row_are_told(made: Path, tmp_path: Path) -> None:
    rows = fresh(60).with_row_index("id")
    rows.select(pl.col("id") + 1_000, "buys").write_csv(tmp_path / "labels.csv")
    words = ("--labels", str(tmp_path / "labels.csv"), "--key", "id")
    report = monitored(made, rows.drop("buys"), tmp_path, *words)
    assert alarms(report) == set()
    assert "None of the 60 labels belongs to a row here, by id." in [one["says"] for one in report["findings"]]


def test_a_key_that_gaps_have_made_a_float_is_the_same_key(made: Path, tmp_path: Path) -> None:
    rows = fresh(60).with_row_index("id")
    rows.select(pl.col("id").cast(pl.Float64), "buys").write_parquet(tmp_path / "labels.parquet")
    words = ("--labels", str(tmp_path / "labels.parquet"), "--key", "id")
    assert monitored(made, rows.drop("buys"), tmp_path, *words)["rows"]["labelled"] == 60


def test_labels_that_cannot_be_read_are_an_alarm(tmp_path: Path) -> None:
    size = np.random.default_rng(2).normal(100, 20, 800)
    houses = pl.DataFrame({"size": size, "price": 3_000 * size})
    said = {"modality": "tables", "target": "price", "task": "regression"}
    made = learned(tmp_path / "houses", said=said, frame=houses, metric="mae")
    rows = houses.sample(200, seed=1).with_row_index("id")
    told = pl.when(pl.col("id") % 2 == 0).then(pl.lit("dear")).otherwise(pl.col("price").cast(pl.String))
    rows.select("id", told.alias("price")).write_csv(tmp_path / "labels.csv")
    words = ("--labels", str(tmp_path / "labels.csv"), "--key", "id")
    report = monitored(made, rows.drop("price"), tmp_path / "out", *words)
    assert ("label", "price") in alarms(report)
    assert "100 labels of 200 cannot be read as price is." in [one["says"] for one in report["findings"]]
    assert report["rows"]["labelled"] == 100
