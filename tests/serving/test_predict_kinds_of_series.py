"""Series of every frequency, clock and scale are answered as examination answers them, from the rows before an origin."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import forecast_packages
import numpy as np
import polars as pl
import pytest
from forecast_packages import examined
from services import client

from syllabus.cli import main


def series(moments: pl.Series, *names: str, seed: int = 2) -> pl.DataFrame:
    """Return a series of each name with a pattern, of unlike sizes."""
    draw, tables = np.random.default_rng(seed), []
    for size, name in enumerate(names, 1):
        at = np.arange(len(moments))
        value = np.round(size * (50 + 20 * np.sin(at / 3) + draw.normal(size=len(at))), 2)
        tables.append(pl.DataFrame({"at": moments, "of": [name] * len(at), "value": value}))
    return pl.concat(tables)


def said(horizon: int = 3, cleaning: dict[str, Any] | None = None, transform: str | None = None, **options: Any) -> Any:
    told = {"time": "at", "series": ["of"], "horizon": horizon, **options}
    return {
        "modality": "series", "target": "value", "task": "forecast", "options": told, "cleaning": cleaning or {},
        "target_transform": transform,
    }  # fmt: skip


def hours(count: int, zone: str | None = None) -> pl.Series:
    start = dt.datetime(2024, 3, 20)
    told = pl.datetime_range(start, start + dt.timedelta(hours=count - 1), "1h", eager=True, time_zone="UTC")
    return told.dt.convert_time_zone(zone) if zone else told.dt.replace_time_zone(None)


def months(count: int) -> pl.Series:
    return pl.date_range(dt.date(1990, 1, 1), dt.date(2050, 1, 1), "1mo", eager=True).head(count)


BERLIN = hours(400, "Europe/Berlin")
SELDOM = series(pl.date_range(dt.date(2024, 1, 1), dt.date(2024, 7, 1), eager=True), "a", "b")
KINDS: dict[str, tuple[pl.DataFrame, Any]] = {
    "months": (series(months(150), "a", "b"), said(context=24)),
    "clocks put forward": (series(BERLIN.dt.replace_time_zone(None), "a"), said(timezone="Europe/Berlin")),
    "with a zone": (series(BERLIN, "a"), said(calendar=["hour", "weekday"])),
    "noughts without a row": (
        SELDOM.filter(pl.int_range(pl.len()) % 5 != 2).with_columns(value=pl.col("value").round()),
        said(gaps="zero", frequency="1d"),
    ),
    "a logarithm": (series(hours(300), "a", "b"), said(transform="log", frequency="1h")),
    "the series' own scale": (series(hours(300), "a", "b"), said(scaling="series", static=[])),
    "brought down": (
        series(hours(300).dt.offset_by("7m"), "a"), said(frequency="2h", season=12, duplicates="sum", context=24)
    ),
    "numbers as names": (series(hours(300), "1", "12").with_columns(pl.col("of").cast(pl.Int64)), said()),
    "one series": (series(hours(300), "a").drop("of"), said(series=[])),
}  # fmt: skip


def clock(moments: pl.Series) -> pl.Series:
    """Return moments as the grid's clock shows them: that of UTC, where they have a zone."""
    held = moments.cast(pl.Datetime("us", getattr(moments.dtype, "time_zone", None)))
    return held if held.dtype.time_zone is None else held.dt.convert_time_zone("UTC").dt.replace_time_zone(None)  # type: ignore[attr-defined]


QUICK = {"months", "clocks put forward", "noughts without a row", "brought down"}
ALL = [pytest.param(kind, marks=[] if kind in QUICK else pytest.mark.slow) for kind in KINDS]


@pytest.mark.parametrize("kind", ALL)
def test_it_is_answered_as_it_was_examined(kind: str, tmp_path: Path) -> None:
    rows, asked = KINDS[kind]
    package = forecast_packages.packed(tmp_path / "made", rows, asked)
    examples, answers = examined(tmp_path / "made")
    low, high = answers.ends
    compared = 0
    for place in (0, len(examples) // 2, len(examples) - 1):
        ahead = dt.datetime(1970, 1, 1) + dt.timedelta(seconds=int(answers.moments[place][0]))
        rows.filter(clock(rows["at"]) < ahead).write_parquet(tmp_path / "in.parquet")
        main(["predict", str(package), str(tmp_path / "in.parquet"), str(tmp_path / "out.parquet")])
        found = pl.read_parquet(tmp_path / "out.parquet")
        assert found.schema["at"] == rows.schema["at"]
        if "of" in found.columns:
            found = found.filter(pl.col("of").cast(pl.String) == answers.names[answers.series[place]])
        if clock(found["at"])[0] != ahead:
            continue  # where no row is a nought, the last row of this series may lie before
        compared += 1
        for column, wanted in (("predicted", answers.middle), ("low", low), ("high", high)):
            np.testing.assert_allclose(found[column], wanted[place], rtol=1e-6)
    assert compared


@pytest.mark.parametrize("kind", ["with a zone", "numbers as names"])
def test_its_example_is_answered(kind: str, tmp_path: Path) -> None:
    rows, asked = KINDS[kind]
    package = forecast_packages.packed(tmp_path / "made", rows, asked, "seasonal_naive")
    example = json.loads((package / "example.json").read_text())
    with client(package) as asking:
        (found,) = asking.post("/v1/predict", json=example).json()["forecasts"]
    assert len(found["steps"]) == 3
