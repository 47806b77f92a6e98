"""What was asked and answered is kept for monitoring, less what is masked, and never at the service's cost."""

import asyncio
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from buyers import ROW, predict
from services import client

from syllabus import frames
from syllabus.serving.http import journal


def test_requests_are_logged_less_what_is_masked(made: Path, tmp_path: Path) -> None:
    with client(made, log={"folder": str(tmp_path), "masked": ("age",)}) as asking:
        first = predict(asking, ROW, ROW | {"paid": 3.5, "town": None}).json()
        predict(asking, {})
    (file,) = tmp_path.glob("*/*.parquet")
    table = pl.read_parquet(file)
    assert table.columns == [
        "asked at", "model", "version", "age", "paid", "town", "since", "predicted", "probability no", "probability yes",
        "novelty", "beyond", "abstained",
    ]  # fmt: skip
    assert table["age"].to_list() == [None, None]
    assert pl.read_parquet_metadata(file)["syllabus"] == '{"masked": ["age"]}'
    assert table["town"].to_list() == ["Bern", None]
    assert table["paid"].to_list() == ["31,5", "3.5"]
    assert table["predicted"].to_list() == [one["predicted"] for one in first["predictions"]]
    assert table["version"].to_list() == [first["version"]] * 2


def test_some_requests_are_logged_by_chance(made: Path, tmp_path: Path) -> None:
    with client(made, log={"folder": str(tmp_path), "share": 0.3}) as asking:
        for _ in range(200):
            predict(asking, ROW)
    (file,) = tmp_path.glob("*/*.parquet")
    assert 30 < len(pl.read_parquet(file)) < 90


def test_a_full_disk_stops_the_log_and_not_the_service(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(path: Path) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(frames, "replacing", full)
    with client(made, log={"folder": str(tmp_path), "every": 0.05}) as asking:
        for _ in range(3):
            assert predict(asking, ROW).status_code == 200
            asking.portal.call(asyncio.sleep, 0.15)  # type: ignore[union-attr]
        assert "syllabus_requests_unlogged_total 3.0" in asking.get("/metrics").text
    said = capsys.readouterr().err
    assert said.count("requests are not logged") == 1
    assert "No space left on device" in said
    assert list(tmp_path.rglob("*.parquet")) == []


def test_what_the_service_adds_is_known_under_any_name() -> None:
    added = {"asked at", "model", "version", "abstained", "served low", "served probability yes"}
    assert journal.ours({*added, "age", "lower", "served"}) == added
    assert journal.ours({"abstained", "model"}) == set()
