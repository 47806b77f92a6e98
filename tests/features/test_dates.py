"""Dates become parts, ages and differences; what lies beyond train is left out where rows are split by time."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syllabus import architectures, features
from syllabus.examples import Examples
from syllabus.settings import Data

DAYS = 900


def data(**said: Any) -> Data:
    return Data.model_validate_json(json.dumps({"modality": "tables", "source": "x.csv", "target": "y"} | said))


def table(days: int = DAYS, **columns: Any) -> pl.LazyFrame:
    first = date(2020, 1, 1)
    return pl.LazyFrame(
        {
            "row": range(1, days + 1),
            "sold": [first + timedelta(days=day) for day in range(days)],
            **columns,
            "y": ["a", "b"] * (days // 2),
        }
    )


def named(found: Examples) -> dict[str, Any]:
    return dict(
        zip([column.name for column in found.columns["numeric"]], found.arrays["numeric"].T.tolist(), strict=True)
    )


def read(train: pl.LazyFrame, asked: Data, rows: pl.LazyFrame | None = None) -> dict[str, Any]:
    learned = features.encoding(json.loads(json.dumps(features.learn(train, asked).plain())))
    return named(features.examples(train if rows is None else rows, learned))


def test_a_date_becomes_its_age_and_its_parts() -> None:
    found = read(table(), data())
    assert list(found) == ["sold: age", "sold: year", "sold: month", "sold: day", "sold: weekday"]
    last = {name: values[-1] for name, values in found.items()}
    assert last == {"sold: age": 0, "sold: year": 2022, "sold: month": 6, "sold: day": 18, "sold: weekday": 6}


def test_only_parts_that_vary_in_train_are_learned() -> None:
    assert list(read(table(28), data())) == ["sold: age", "sold: day", "sold: weekday"]
    stamps = [datetime(2020, 1, 1, hour % 24) for hour in range(28)]
    assert list(read(table(28, seen=stamps), data(columns={"sold": "ignore"}))) == ["seen: age", "seen: hour"]


def test_days_between_dates_are_counted() -> None:
    built = pl.Series([date(2019, 12, 31)] * DAYS)
    found = read(table(built=built), data())
    assert found["built: days since sold"][:3] == [-1.0, -2.0, -3.0]
    asked = data(dates={"sold": {"parts": ["month"], "since": ["built"]}, "built": {"parts": [], "since": []}})
    assert list(read(table(built=built), asked)) == ["sold: month", "sold: days since built"]


def test_a_missing_date_stays_missing() -> None:
    rows = table().head(2).with_columns(sold=pl.lit(None, dtype=pl.Date))
    assert np.isnan(list(read(table(), data(), rows).values())).all()


def test_where_rows_are_split_by_time_nothing_is_learned_that_lies_beyond_train() -> None:
    signed = pl.Series([date(2015, 1, 1) + timedelta(days=day % 700) for day in range(DAYS)])
    found = read(table(signed=signed), data(columns={"sold": "time"}))
    assert list(found) == [
        "sold: month", "sold: day", "sold: weekday",
        "signed: month", "signed: day", "signed: weekday", "signed: days since sold",
    ]  # fmt: skip


def test_a_part_of_the_time_that_came_but_once_is_an_age_too() -> None:
    assert list(read(table(400), data(columns={"sold": "time"}))) == ["sold: day", "sold: weekday"]
    asked = data(columns={"sold": "time"}, dates={"sold": {"parts": ["age", "month"]}})
    assert list(read(table(400), asked)) == ["sold: age", "sold: month"]


@settings(deadline=None)
@given(
    st.lists(st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)) | st.none(), min_size=2, max_size=20),
    st.sampled_from(["ms", "us"]),
)
def test_any_moment_has_an_age_and_parts(stamps: list[datetime | None], unit: Any) -> None:
    train = pl.LazyFrame(
        {"row": range(len(stamps)), "at": pl.Series(stamps, dtype=pl.Datetime(unit)), "y": [0.5] * len(stamps)}
    )
    found = read(train, data(task="regression", dates={"at": {"parts": ["age", "year", "hour"]}}))
    known = [stamp is not None for stamp in stamps]
    for values in found.values():
        assert np.isfinite(values).tolist() == known
    assert [year for year in found["at: year"] if year == year] == [stamp.year for stamp in stamps if stamp]
    assert min((age for age in found["at: age"] if age == age), default=0) == 0


def test_the_same_moment_in_another_zone_has_the_same_age() -> None:
    stamps = pl.Series([datetime(2020, 1, 1), datetime(2020, 7, 1)]).dt.replace_time_zone("UTC")
    rows = {"row": [1, 2], "y": ["a", "b"]}
    here = read(pl.LazyFrame({**rows, "at": stamps}), data())
    there = read(pl.LazyFrame({**rows, "at": stamps.dt.convert_time_zone("Asia/Tokyo")}), data())
    assert here["at: age"] == there["at: age"]
    assert there["at: hour"] == here["at: hour"] if "at: hour" in there else True


@pytest.mark.parametrize(("name", "least"), [("linear", 0.95), ("lightgbm", 0.95), ("tree", 0.95)])
def test_what_depends_on_the_weekday_is_learned(name: str, least: float) -> None:
    """Wednesdays and Saturdays: no line through the number of the day tells them."""
    asked = data()
    rows = table(1400).with_columns(
        y=pl.when(pl.col("sold").dt.weekday().is_in([3, 6])).then(pl.lit("b")).otherwise(pl.lit("a"))
    )
    train, validation, test = (
        rows.filter(pl.col("row") % 5 >= low, pl.col("row") % 5 < high) for low, high in ((0, 3), (3, 4), (4, 5))
    )
    learned = features.learn(train, asked)
    one, two, three = (features.examples(part, learned) for part in (train, validation, test))
    architecture = architectures.load(name)
    fitted = architecture.fit(architecture.Params(), one, two, seed=1, report=lambda *_: None)
    assert (fitted.predict(three).argmax(axis=1) == three.labels).mean() >= least
