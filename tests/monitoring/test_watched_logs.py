"""A log of requests is watched as any table; what was masked there is told as masked, and is no alarm."""

from __future__ import annotations

import base64
from pathlib import Path

import polars as pl
import pytest
from monitoring.watched_packages import alarms, fresh, learned, monitored, of_pictures, pictures
from services import client


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return learned(tmp_path_factory.mktemp("logged"))


def logged(made: Path, folder: Path, rows: pl.DataFrame, *masked: str) -> str:
    """Ask a service about rows, and return the folder of its log."""
    read = pl.when(pl.col("age") != "?").then("age").cast(pl.Float64, strict=False)
    asked = rows.select(read, "town", "paid", "since").to_dicts()
    with client(made, log={"folder": str(folder), "masked": masked}) as asking:
        assert asking.post("/v1/predict", json={"rows": asked}).status_code == 200
    return str(folder)


def test_a_log_is_watched_and_what_the_service_adds_is_no_news(made: Path, tmp_path: Path) -> None:
    report = monitored(made, logged(made, tmp_path / "log", fresh(300)), tmp_path / "out")
    assert report["rows"] == {"batch": 300, "read": 300, "labelled": 0}
    assert report["findings"] == []


def test_a_masked_column_is_told_as_such_and_the_others_are_looked_at(made: Path, tmp_path: Path) -> None:
    rows = fresh(300).with_columns(paid=pl.lit("20,00"))
    report = monitored(made, logged(made, tmp_path / "log", rows, "age", "town"), tmp_path / "out")
    assert alarms(report) == {("silent", "paid")}
    assert "age, town are masked in the log." in [one["says"] for one in report["findings"]]
    assert {test["column"] for test in report["tests"]} == {"paid", "since"}


def test_a_log_that_was_masked_later_is_one_table(made: Path, tmp_path: Path) -> None:
    logged(made, tmp_path / "log", fresh(200))
    report = monitored(made, logged(made, tmp_path / "log", fresh(100, seed=3), "age"), tmp_path / "out")
    assert report["rows"]["batch"] == 300
    assert alarms(report) == set()


@pytest.mark.parametrize("told", ["{", "[]", '{"masked": 3}', '{"masked": null}'])
def test_metadata_of_somebody_else_says_nothing(made: Path, tmp_path: Path, told: str) -> None:
    fresh(100, seed=5).drop("age").write_parquet(tmp_path / "other.parquet", metadata={"syllabus": told})
    report = monitored(made, str(tmp_path / "other.parquet"), tmp_path / "out")
    assert alarms(report) == {("lacking", "age")}


@pytest.mark.slow
def test_logged_pictures_are_watched(tmp_path: Path) -> None:
    made = of_pictures(tmp_path / "learned")
    files = sorted(pictures(tmp_path / "new", 40, seed=2).rglob("*.png"))
    rows = [{"image": base64.b64encode(file.read_bytes()).decode()} for file in files]
    with client(made, log={"folder": str(tmp_path / "log")}) as asking:
        assert asking.post("/v1/predict", json={"rows": rows}).status_code == 200
    report = monitored(made, str(tmp_path / "log"), tmp_path / "out")
    assert report["rows"] == {"batch": 40, "read": 40, "labelled": 0}
    assert alarms(report) == set()
