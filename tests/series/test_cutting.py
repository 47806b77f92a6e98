"""What is cut out of series: nothing of an example's past lies after its origin, and nothing of train's target in test."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from series import shops

from syllabus import frames
from syllabus.frames import ROW
from syllabus.modalities import series
from syllabus.series import cutting


def table(rows: int = 90) -> pl.DataFrame:
    return shops.days(rows).with_columns(
        sold=pl.int_range(rows).cast(pl.Float64) + 0.5,
        ahead=pl.int_range(rows) + 1000.0,
        after=pl.int_range(rows) + 5000.0,
    )


def test_an_example_looks_back_and_is_asked_ahead(tmp_path: Path) -> None:
    asked = shops.data(tmp_path, table(), known=["ahead"], past=["after"], context=10, calendar=[], season=7)
    _, found = shops.cut(asked)
    for examples in found.values():
        origin = examples.labels[:, :1] - 1
        back, ahead = origin + np.arange(-9, 1), origin + np.arange(1, 4)
        back[back < 0] = np.nan  # before the series begins
        np.testing.assert_allclose(examples.arrays["past"][:][:, :, 0], back)
        np.testing.assert_allclose(examples.arrays["past"][:][:, :, 1], back + 4999.5)
        np.testing.assert_allclose(examples.arrays["known"][:][:, :, 0], np.hstack([back, ahead]) + 999.5)
        np.testing.assert_allclose(examples.labels, ahead)
        np.testing.assert_allclose(examples.arrays["naive"], ahead - 7)


def test_parts_follow_each_other_and_share_no_target(tmp_path: Path) -> None:
    asked = shops.data(tmp_path, table(), context=10)
    learned, found = shops.cut(asked)
    ends = {name: (examples.labels.min(), examples.labels.max()) for name, examples in found.items()}
    assert ends["train"][1] < ends["validation"][0] < ends["validation"][1] < ends["test"][0]
    # The backtest begins with the first step of its part, and ends with the last.
    assert (ends["validation"], ends["test"]) == ((54.5, 71.5), (72.5, 89.5))
    there = tmp_path / "parts"
    for name in ("train", "validation", "test"):
        rows = frames.scan(there / f"{name}.parquet").collect()
        values = dict(zip(rows[ROW], rows["sold"], strict=True))
        rows_of = found[name].rows
        assert rows_of is not None
        assert [values[row] for row in rows_of] == found[name].labels[:, 0].tolist()
    assert learned.errors.tolist() == [7.0]


def test_what_comes_later_changes_no_example(tmp_path: Path) -> None:
    """Values, covariates of the past and gaps after an origin: its arrays are the same to the bit."""
    rows = table().filter(pl.int_range(90) % 11 != 5)
    later = rows.with_columns(
        pl.when(pl.col("sold") > 80).then(pl.lit(-7.0)).otherwise(c).alias(c) for c in ("sold", "after")
    )
    options = {"known": ["ahead"], "past": ["after"], "context": 10, "gaps": "interpolate"}
    _, one = shops.cut(shops.data(tmp_path / "one", rows, **options))
    _, other = shops.cut(shops.data(tmp_path / "other", later, **options))
    before = np.flatnonzero(one["test"].arrays["origin"] <= one["train"].arrays["origin"].min() + 73)
    assert len(before)
    for name in series.GIVES - {"moments"}:
        np.testing.assert_array_equal(
            np.asarray(one["test"].arrays[name])[before], np.asarray(other["test"].arrays[name])[before]
        )


@pytest.mark.parametrize(("how", "seen"), [("leave", np.nan), ("interpolate", 40.5), ("zero", 0.0)])
def test_gaps_become_what_is_declared(tmp_path: Path, how: str, seen: float) -> None:
    asked = shops.data(tmp_path, table().filter(pl.col("sold") != 40.5), context=10, gaps=how)
    _, found = shops.cut(asked)
    train = found["train"]
    origin = train.arrays["past"][:][:, -1, 0]
    np.testing.assert_array_equal(train.arrays["past"][:][origin == 41.5][:, -2, 0], [seen])
    # What was not seen is asked for only where no row means nought.
    at = np.flatnonzero(origin == 39.5)
    np.testing.assert_array_equal(train.labels[at, 0], [0.0 if how == "zero" else np.nan])


def test_a_gap_of_several_steps_takes_the_season_before(tmp_path: Path) -> None:
    asked = shops.data(tmp_path, table().filter(~pl.col("sold").is_between(30, 33)), context=21)
    _, found = shops.cut(asked)
    train = found["train"]
    at = np.flatnonzero(train.arrays["past"][:][:, -1, 0] == 36.5)
    np.testing.assert_array_equal(train.arrays["naive"][at], [[23.5, 24.5, 25.5]])


def test_a_log_is_taken_of_what_is_looked_back_at_too(tmp_path: Path) -> None:
    asked = shops.data(tmp_path, table(), context=10).model_copy(update={"target_transform": "log"})
    _, found = shops.cut(asked)
    past = found["train"].arrays["past"][:][:, -1, 0]
    np.testing.assert_allclose(np.expm1(past) + 1, np.expm1(found["train"].labels[:, 0]))


def test_the_stride_of_the_backtest_is_declared(tmp_path: Path) -> None:
    _, found = shops.cut(shops.data(tmp_path, table(), stride=5))
    assert set(np.diff(found["test"].arrays["origin"])) == {5}
    assert set(np.diff(found["train"].arrays["origin"])) == {1}


def test_long_series_are_learned_from_every_second_origin(tmp_path: Path) -> None:
    _, whole = shops.cut(shops.data(tmp_path / "whole", table()))
    _, half = shops.cut(shops.data(tmp_path / "half", table(), most_windows=len(whole["train"]) - 1))
    assert len(half["train"]) == pytest.approx(len(whole["train"]) / 2, abs=1)


def test_now_is_forecast_from_the_last_value_with_what_is_known_ahead(tmp_path: Path) -> None:
    asked = shops.data(tmp_path, table(), known=["ahead"], context=10, calendar=[])
    learned, _ = shops.cut(asked)
    rows = table().with_columns(sold=pl.when(pl.col("sold") < 86).then("sold"))
    now = cutting.latest(series.moments.placed(rows.lazy(), learned.options, learned.grid), learned)
    assert len(now) == 1
    assert now.target is None
    assert now.arrays["past"][:][0, -1, 0] == 85.5
    np.testing.assert_array_equal(now.arrays["known"][:][0, -3:, 0], [1086.0, 1087.0, 1088.0])


def test_series_are_brought_to_one_scale(tmp_path: Path) -> None:
    large = shops.days(90, "Bern").with_columns(sold=pl.col("sold") * 1000)
    for scaling in ("window", "series"):
        asked = shops.data(tmp_path / scaling, pl.concat([shops.days(90), large]), scaling=scaling, context=14)
        _, found = shops.cut(asked)
        train = found["train"]
        scale = train.arrays["scale"]
        values = (train.arrays["past"][:][:, :, 0] - scale[:, :1]) / scale[:, 1:]
        small = train.arrays["series"] == 1
        assert np.nanstd(values[small]) == pytest.approx(np.nanstd(values[~small]), rel=1e-6)
        assert 0.5 < np.nanstd(values) < 2
