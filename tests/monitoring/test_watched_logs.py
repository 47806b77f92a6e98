"""A log of requests is watched as any table; what was masked there is told as masked, and is no alarm."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from monitoring.watched_packages import alarms, fresh, learned, monitored, of_pictures, pictures
from services import client
from serving.packed import TABLE


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return learned(tmp_path_factory.mktemp("logged"))


def logged(made: Path, folder: Path, rows: pl.DataFrame, *masked: str, **more: Any) -> str:
    """Ask a service about rows, and return the folder of its log."""
    read = pl.when(pl.col("age") != "?").then("age").cast(pl.Float64, strict=False)
    asked = rows.select(read, "town", "paid", "since").to_dicts()
    with client(made, log={"folder": str(folder), "masked": masked}) as asking:
        assert asking.post("/v1/predict", json={"rows": asked, **more}).status_code == 200
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


def test_a_log_of_requests_that_asked_for_other_things_is_one_table(made: Path, tmp_path: Path) -> None:
    logged(made, tmp_path / "log", fresh(100))
    logged(made, tmp_path / "log", fresh(100, seed=3), novelty=True)
    report = monitored(made, logged(made, tmp_path / "log", fresh(100, seed=4), confidence=0.99), tmp_path / "out")
    assert report["rows"]["batch"] == 300
    assert report["findings"] == []
    kept = [pl.read_parquet(file) for file in sorted((tmp_path / "log").rglob("*.parquet"))]
    assert [one["novelty"].null_count() for one in kept] == [100, 0, 100]
    assert [one["abstained"].null_count() for one in kept] == [100, 100, 0]
    assert {tuple(one.schema.items()) for one in kept} == {tuple(kept[0].schema.items())}


def test_after_a_swap_each_version_is_watched_by_the_log_of_those_that_answer_as_it_does(
    made: Path, tmp_path: Path
) -> None:
    columns: dict[str, Any] = TABLE["columns"]
    newer = learned(tmp_path / "newer", 1000, TABLE | {"columns": columns | {"paid": "ignore"}})
    three = fresh(1500, seed=5).with_columns(
        buys=pl.when(pl.col("town") == "Graz").then(pl.lit("later")).otherwise("buys")
    )
    other = learned(tmp_path / "other", 1500, dict(TABLE), three, metric="accuracy")
    for package, rows in ((made, 300), (newer, 200), (other, 100), (made, 50)):
        logged(package, tmp_path / "log", fresh(rows))
    counted = [monitored(one, str(tmp_path / "log"), tmp_path / "out")["rows"] for one in (made, newer, other)]
    assert [(one["batch"], one["read"]) for one in counted] == [(350, 350), (200, 200), (100, 100)]


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
