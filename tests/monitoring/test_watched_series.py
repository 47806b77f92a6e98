"""`syllabus monitor` of series: gaps, units, drift and worse forecasts are found, and fresh stretches raise no alarm."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from monitoring.watched_packages import alarms, monitored
from services import client
from serving.forecast_packages import DAILY, HOURLY, daily, hourly, watched

from syllabus.cli import main


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return watched(tmp_path_factory.mktemp("shops"), hourly(), HOURLY)


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return watched(tmp_path_factory.mktemp("station"), daily(400), DAILY, "seasonal_naive")


def sold(factor: float) -> pl.Expr:
    """Return what was sold in another unit, as a file writes it."""
    number = pl.col("sold").str.replace(",", ".").cast(pl.Float64) * factor
    return number.cast(pl.String).str.replace(".", ",", literal=True).alias("sold")


@pytest.mark.parametrize("seed", range(20, 22))
@pytest.mark.parametrize("hours", [30, 200])
def test_a_fresh_stretch_raises_no_alarm(shops: Path, tmp_path: Path, hours: int, seed: int) -> None:
    assert alarms(monitored(shops, hourly(hours, seed), tmp_path)) == set()


@pytest.mark.parametrize("days", [40, 200])
def test_nor_does_one_of_days(station: Path, tmp_path: Path, days: int) -> None:
    assert alarms(monitored(station, daily(days, seed=days), tmp_path)) == set()


NTH = pl.int_range(pl.len())
FAULTS: dict[str, tuple[Any, tuple[str, str]]] = {
    "a thousand times": (lambda rows: rows.with_columns(sold(1000)), ("unit", "sold")),
    "missing hours": (lambda rows: rows.filter(NTH % 4 != 0), ("missing", "at")),
    "silent": (lambda rows: rows.with_columns(wet=pl.lit(None, pl.Float64)), ("silent", "wet")),
    "wetter": (lambda rows: rows.with_columns(wet=pl.col("wet") * 25.4), ("unit", "wet")),
    "texts for numbers": (lambda rows: rows.with_columns(sold=pl.lit("many")), ("unread", "sold")),
    "half hours": (
        lambda rows: rows.with_columns(at=pl.when(NTH % 9 == 0).then(pl.col("at").str.replace("00$", "30")).otherwise("at")),
        ("unread", "at"),
    ),
    "a column less": (lambda rows: rows.drop("wet"), ("lacking", "wet")),
    "in any order": (lambda rows: rows.with_columns(sold=pl.col("sold").shuffle(seed=1).over("shop")), ("performance", "")),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_wrong_is_named(shops: Path, tmp_path: Path, fault: str) -> None:
    change, found = FAULTS[fault]
    assert found in alarms(monitored(shops, change(hourly(250, seed=9)), tmp_path))


def test_missing_steps_are_told_as_such(station: Path, tmp_path: Path) -> None:
    report = monitored(station, daily(200, seed=9).filter(NTH % 5 != 2), tmp_path)
    assert [one["says"] for one in report["findings"]] == ["20.0 % of the steps of day have no row, in train 0 %."]


def test_another_level_is_told_and_no_alarm(station: Path, tmp_path: Path) -> None:
    report = monitored(station, daily(200, seed=9).with_columns(pl.col("riders") + 80), tmp_path)
    assert alarms(report) == set()
    assert [(one["kind"], one["column"], one["severity"]) for one in report["findings"]] == [
        ("values", "riders", "notice")
    ]  # fmt: skip


def test_noise_is_no_other_unit(shops: Path, tmp_path: Path) -> None:
    draw = np.random.default_rng(1)
    number = pl.col("sold").str.replace(",", ".").cast(pl.Float64)
    noise = pl.Series(draw.normal(1, 0.4, len(rows := hourly(300, seed=9))))
    report = monitored(
        shops, rows.with_columns(sold=(number * noise).cast(pl.String).str.replace(".", ",", literal=True)), tmp_path
    )
    assert "unit" not in {kind for kind, _ in alarms(report)}
    assert ("performance", "") in alarms(report)


def test_growth_is_no_other_unit(station: Path, tmp_path: Path) -> None:
    report = monitored(station, daily(200, seed=9).with_columns(pl.col("riders") * 1.7), tmp_path)
    assert ("values", "riders", "notice") in {
        (one["kind"], one["column"], one["severity"]) for one in report["findings"]
    }


def test_forecasts_of_new_rows_are_held_against_those_of_test(shops: Path, tmp_path: Path) -> None:
    rows = hourly(300, seed=9)
    report = monitored(shops, rows, tmp_path)
    compared = report["performance"]
    assert compared["metric"] == "relative_mase"
    assert {row["name"] for row in compared["metrics"]} >= {"mase", "coverage", "mae"}
    assert {row["group"] for row in compared["slices"]} == {"Ulm", "Bern"}
    assert all(row["p"] is not None for row in compared["metrics"] if row["name"] == "relative_mase")
    assert report["rows"]["labelled"] > 300
    short = monitored(shops, rows.filter(NTH.over("shop") < 100), tmp_path)["performance"]
    assert all(row["p"] is None for row in short["metrics"]), "a few horizons tell nothing"
    none = monitored(shops, rows.with_columns(sold=pl.lit(None, pl.String)), tmp_path)
    assert none["performance"] is None
    assert ("silent", "sold") in alarms(none)


def test_the_log_of_a_service_is_read_as_the_rows_that_it_was_asked_with(shops: Path, tmp_path: Path) -> None:
    rows = hourly(300, seed=9).with_columns(pl.col("price").cast(pl.Float64)).to_dicts()
    ulm = [row for row in rows if row["shop"] == "Ulm"]
    with client(shops, log={"folder": str(tmp_path / "log")}) as asking:
        for start in range(0, 180, 10):
            history, ahead = ulm[start : start + 100], ulm[start + 100 : start + 106]
            asked = [*history, *(row | {"sold": None, "wet": None} for row in ahead)]
            asking.post("/v1/predict", json={"rows": asked})
    report = monitored(shops, str(tmp_path / "log"), tmp_path)
    logged = pl.read_parquet(f"{tmp_path}/log/**/*.parquet")
    assert report["rows"]["batch"] == logged["predicted"].null_count() > 0
    assert report["performance"]["rows"] < 300, "an hour of many requests counts once"
    assert alarms(report) == set()
    assert report["findings"] == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--labels", "LABELS", "--key", "shop"], "what came of a forecast stands in the rows of its series"),
        ([], "has no rows: there is nothing to look at"),
    ],
)
def test_bad_input_is_one_sentence(
    shops: Path, tmp_path: Path, words: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = hourly(60)
    (rows if words else rows.clear()).write_parquet(tmp_path / "batch.parquet")
    told = [str(tmp_path / "batch.parquet") if word == "LABELS" else word for word in words]
    with pytest.raises(SystemExit):
        main(["monitor", str(shops), str(tmp_path / "batch.parquet"), "--out", str(tmp_path / "out"), *told])
    assert says in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_reference_holds_no_row(shops: Path) -> None:
    told = json.loads((shops / "reference.json").read_text())
    assert told["rows"] > 500
    assert set(told["columns"]) == {
        "at", "sold", "price", "wet",
        *(f"{name}, change over 24 steps" for name in ("sold", "price", "wet")),
    }  # fmt: skip
    assert 0 < told["columns"]["sold"]["alike"] <= 1
    assert np.isfinite(told["performance"]["metrics"]["relative_mase"]["value"])
