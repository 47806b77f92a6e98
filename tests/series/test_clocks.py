"""Frequencies, and what clocks do: an hour that is left out, an hour that comes twice."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest
from series import shops

from syllabus.errors import Unmet

CHICAGO = "America/Chicago"


def hours(first: dt.datetime, count: int) -> pl.DataFrame:
    """Return hours that pass in Chicago, as its clocks wrote them."""
    start = first.replace(tzinfo=dt.UTC)
    passing = pl.datetime_range(start, start + dt.timedelta(hours=count - 1), "1h", eager=True, time_zone="UTC")
    wall = passing.dt.convert_time_zone(CHICAGO).dt.replace_time_zone(None)
    return shops.days(count).with_columns(at=wall)


def test_clocks_that_go_forward_leave_no_gap(tmp_path: Path) -> None:
    rows = hours(dt.datetime(2024, 3, 9), 72)
    table, _ = shops.read(shops.data(tmp_path, rows, timezone=CHICAGO))
    assert table["gap"].sum() == 0
    naive, report = shops.read(shops.data(tmp_path, rows))
    assert naive["gap"].sum() == 1
    assert report["series"] == {"frequency": "1h", "declared": False, "series": 1, "gaps": 1}


def test_the_hour_that_comes_twice_is_two_steps(tmp_path: Path) -> None:
    rows = hours(dt.datetime(2024, 11, 2), 72)
    table, _ = shops.read(shops.data(tmp_path, rows, timezone=CHICAGO))
    assert table["step"].diff().drop_nulls().to_list() == [1] * 71
    with pytest.raises(Unmet, match=r"comes twice when clocks are put back, declare data\.options\.timezone"):
        shops.read(shops.data(tmp_path, rows))


def test_an_hour_that_clocks_never_showed_names_its_row(tmp_path: Path) -> None:
    rows = shops.days(72, start=dt.datetime(2024, 3, 9), every="1h")
    with pytest.raises(Unmet, match=r"row 27: clocks of America/Chicago never showed 2024-03-10 02:00"):
        shops.read(shops.data(tmp_path, rows, timezone=CHICAGO))


def test_days_are_days_whatever_clocks_do(tmp_path: Path) -> None:
    table, _ = shops.read(shops.data(tmp_path, shops.days(400), timezone=CHICAGO))
    assert table["gap"].sum() == 0
    assert set(table["frequency"]) == {"1d"}


@pytest.mark.parametrize("every", ["15m", "1h", "1d", "1w", "1mo", "1q", "1y"])
def test_a_frequency_is_inferred(tmp_path: Path, every: str) -> None:
    table, report = shops.read(shops.data(tmp_path, shops.days(10, start=dt.datetime(2020, 1, 1, 7), every=every)))
    assert report["series"]["frequency"] == every
    assert table["step"].diff().drop_nulls().to_list() == [1] * 9


def test_moments_with_an_offset_are_moments(tmp_path: Path) -> None:
    rows = hours(dt.datetime(2024, 11, 2), 72)
    told = rows.with_columns(
        at=pl.datetime_range(dt.datetime(2024, 11, 2), dt.datetime(2024, 11, 4, 23), "1h", time_zone="UTC", eager=True)
    )
    table, _ = shops.read(shops.data(tmp_path, told, timezone=CHICAGO))
    assert table["step"].diff().drop_nulls().to_list() == [1] * 71


def test_the_calendar_is_that_of_the_wall(tmp_path: Path) -> None:
    asked = shops.data(tmp_path, hours(dt.datetime(2024, 11, 2), 200), timezone=CHICAGO, calendar=["hour"], context=24)
    _, found = shops.cut(asked)
    moments = found["test"].arrays["moments"]
    assert (found["test"].arrays["known"][:][:, 24:, 0] == moments // 3600 % 24).all()
