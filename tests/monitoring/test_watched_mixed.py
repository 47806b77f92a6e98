"""Rows of a picture, a text and columns are watched by each of the three."""

from __future__ import annotations

import base64
from pathlib import Path

import polars as pl
import pytest
from mixed.mixed_rows import SAID, picture, rows
from monitoring.watched_packages import alarms, learned, monitored
from services import client


@pytest.fixture(scope="module")
def whole() -> pl.DataFrame:
    # A title names its row: in their order they would drift.
    return rows(900).sample(fraction=1, shuffle=True, seed=1)


@pytest.fixture(scope="module")
def made(whole: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, said = tmp_path_factory.mktemp("mixed"), SAID["data"]
    slices = ("kind", "sort", "brightness")
    return learned(folder, said=said, frame=whole.head(600), slices=slices, name="linear", parquet=True)


@pytest.fixture(scope="module")
def fresh(whole: pl.DataFrame) -> pl.DataFrame:
    return whole.tail(300)


def test_fresh_rows_raise_no_alarm(made: Path, fresh: pl.DataFrame, tmp_path: Path) -> None:
    report = monitored(made, fresh, tmp_path)
    assert alarms(report) == set()
    assert report["rows"] == {"batch": 300, "read": 300, "labelled": 300}
    assert {one["column"] for one in report["performance"]["slices"]} == {"kind", "sort", "brightness"}


def test_each_part_drifts_by_itself(made: Path, fresh: pl.DataFrame, tmp_path: Path) -> None:
    large = [picture(at, 12) for at in range(300)]
    other = fresh.drop("sort").with_columns(
        pl.Series("image", large), pl.col("title").str.to_uppercase(), pl.col("size") + 3
    )
    report = monitored(made, other, tmp_path)
    assert {"width of the picture", "share of capitals of the text", "size"} <= {one for _, one in alarms(report)}
    assert "kind" not in {one for _, one in alarms(report)}


def test_a_missing_column_costs_its_own_part_alone(made: Path, fresh: pl.DataFrame, tmp_path: Path) -> None:
    assert alarms(monitored(made, fresh.drop("title"), tmp_path)) == {("lacking", "title")}


def test_what_cannot_be_read_is_counted_by_its_part(made: Path, fresh: pl.DataFrame, tmp_path: Path) -> None:
    at = pl.int_range(pl.len())
    image = pl.when(at % 10 == 0).then(pl.lit(b"none")).otherwise("image").alias("image")
    size = pl.when(at % 10 == 1).then(pl.lit("large")).otherwise(pl.col("size").cast(pl.String)).alias("size")
    report = monitored(made, fresh.with_columns(image, size), tmp_path)
    assert {("unread", "pictures"), ("unread", "size")} <= alarms(report)
    assert report["rows"]["read"] == 240


def test_logged_rows_are_watched_less_what_is_masked(made: Path, fresh: pl.DataFrame, tmp_path: Path) -> None:
    told = fresh.drop("sort").head(120).to_dicts()
    asked = [row | {"image": base64.b64encode(row["image"]).decode()} for row in told]
    with client(made, log={"folder": str(tmp_path / "log"), "masked": ("title",)}) as asking:
        assert asking.post("/v1/predict", json={"rows": asked}).status_code == 200
    report = monitored(made, str(tmp_path / "log"), tmp_path / "out")
    assert alarms(report) == set()
    assert {one["says"] for one in report["findings"]} == {"title is masked in the log."}
    assert "brightness of the picture" in {test["column"] for test in report["tests"]}
