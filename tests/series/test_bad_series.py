"""Series that are wrong, or seldom: each in one sentence, or read as declared."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from pydantic import ValidationError
from series import shops

from syllabus import modalities
from syllabus.errors import Unmet
from syllabus.modalities import series
from syllabus.settings import Cleaning


def test_a_series_with_one_point_is_left_out_and_the_others_are_learned(tmp_path: Path) -> None:
    rows = pl.concat([shops.days(60), shops.days(1, "Bern")])
    _, found = shops.cut(shops.data(tmp_path, rows))
    assert set(found["train"].arrays["series"]) == {1}


def test_series_of_one_point_each_have_no_frequency(tmp_path: Path) -> None:
    rows = pl.concat([shops.days(1), shops.days(1, "Bern").with_columns(sold=pl.lit(3.0))])
    with pytest.raises(Unmet, match=r"every series has one moment.*declare data\.options\.frequency"):
        shops.read(shops.data(tmp_path, rows))


def test_series_too_short_for_an_example_say_what_one_needs(tmp_path: Path) -> None:
    with pytest.raises(
        Unmet, match=r"no example can be cut from 9 steps of 1d: one needs a season of 7 .* has 9 values"
    ):
        shops.cut(shops.data(tmp_path, shops.days(15)))


def test_a_horizon_longer_than_a_part_names_the_part(tmp_path: Path) -> None:
    with pytest.raises(Unmet, match=r"data\.options\.horizon: 30 steps do not lie in (validation|test), which has 12"):
        shops.cut(shops.data(tmp_path, shops.days(60), horizon=30))


def test_a_horizon_longer_than_the_series_names_a_part(tmp_path: Path) -> None:
    with pytest.raises(
        Unmet, match=r"data\.options\.horizon: 100 steps do not lie in \w+, which has \d+; a shorter hor"
    ):
        shops.cut(shops.data(tmp_path, shops.days(60), horizon=100))


def test_repeated_moments_are_refused_with_their_rows(tmp_path: Path) -> None:
    rows = pl.concat([shops.days(30), shops.days(30)[4:5]])
    with pytest.raises(Unmet, match=r"rows 5 and 31 are both of 2024-01-05 .* of Ulm.*duplicates: mean, sum or last"):
        shops.read(shops.data(tmp_path, rows))


@pytest.mark.parametrize(("how", "becomes"), [("mean", 150.0), ("sum", 300.0), ("last", 200.0)])
def test_repeated_moments_become_one_row_as_declared(tmp_path: Path, how: str, becomes: float) -> None:
    rows = shops.days(30).with_columns(sold=pl.when(pl.int_range(30) == 4).then(100.0).otherwise("sold"))
    rows = pl.concat([rows, rows[4:5].with_columns(sold=pl.lit(200.0))])
    table, report = shops.read(shops.data(tmp_path, rows, duplicates=how))
    assert len(table) == 30
    assert table.row(4, named=True)["sold"] == becomes
    assert [change["rows"] for change in report["changes"] if change["rule"] == "moments"] == [2]


def test_several_series_without_their_column_are_asked_for(tmp_path: Path) -> None:
    rows = pl.concat([shops.days(30), shops.days(30, "Bern")])
    with pytest.raises(Unmet, match=r"if there are several series, name their column in data\.options\.series"):
        shops.read(shops.data(tmp_path, rows, series=[]))


def test_irregular_moments_are_refused_with_the_frequency_to_declare(tmp_path: Path) -> None:
    odd = shops.days(30).with_columns(at=pl.col("at") + pl.duration(minutes=(pl.int_range(30) * 7919) % 60))
    with pytest.raises(Unmet, match=r"the moments are irregular: .*data\.options: \{frequency: .*duplicates: mean\}"):
        shops.read(shops.data(tmp_path, odd))
    table, report = shops.read(shops.data(tmp_path, odd, frequency="1d"))
    assert table["step"].diff().drop_nulls().to_list() == [1] * 29
    assert [change["rule"] for change in report["changes"]] == ["frequency"]


def test_text_in_the_value_column_names_its_row(tmp_path: Path) -> None:
    rows = shops.days(30).with_columns(sold=pl.col("sold").cast(pl.String))
    rows = rows.with_columns(sold=pl.when(pl.int_range(30) == 3).then(pl.lit("many")).otherwise("sold"))
    with pytest.raises(Unmet, match=r"a forecast predicts a number, and the target sold is 'many' in row 4"):
        shops.read(shops.data(tmp_path, rows))


def test_a_time_that_is_a_text_says_how_to_declare_it(tmp_path: Path) -> None:
    rows = shops.days(30).with_columns(at=pl.col("at").dt.strftime("%d.%m.%Y"))
    with pytest.raises(Unmet, match=r"column at holds String, and no date or time; data\.cleaning\.dates"):
        shops.read(shops.data(tmp_path, rows))
    table, _ = shops.read(shops.data(tmp_path, rows, Cleaning(dates={"at": "%d.%m.%Y"})))
    assert table["step"].diff().drop_nulls().to_list() == [1] * 29


def test_a_moment_that_is_missing_names_its_row(tmp_path: Path) -> None:
    rows = shops.days(30).with_columns(at=pl.when(pl.int_range(30) != 8).then("at"))
    with pytest.raises(Unmet, match=r"column at is missing in row 9: every observation needs"):
        shops.read(shops.data(tmp_path, rows))


def test_rows_in_any_order_give_the_same_examples(tmp_path: Path) -> None:
    rows = pl.concat([shops.days(60), shops.days(60, "Bern")])
    mixed = rows[np.random.default_rng(1).permutation(120).tolist()]
    _, one = shops.cut(shops.data(tmp_path / "one", rows))
    _, other = shops.cut(shops.data(tmp_path / "other", mixed))
    for name in ("train", "validation", "test"):
        np.testing.assert_array_equal(one[name].labels, other[name].labels)
        for array in series.GIVES:
            np.testing.assert_array_equal(np.asarray(one[name].arrays[array]), np.asarray(other[name].arrays[array]))


def test_a_series_that_begins_in_test_is_forecast_and_known_to_be_new(tmp_path: Path) -> None:
    late = shops.days(20, "Bern", shops.START + dt.timedelta(days=80))
    _, found = shops.cut(shops.data(tmp_path, pl.concat([shops.days(100), late])))
    assert set(found["train"].arrays["series"]) == {0}
    new = found["test"].arrays["series"] == -1
    assert new.any()
    assert np.isnan(found["test"].arrays["naive_error"][new]).all()
    assert np.isfinite(found["test"].arrays["scale"][new]).all()


def test_a_value_that_never_changes_is_nothing_to_learn(tmp_path: Path) -> None:
    with pytest.raises(Unmet, match=r"the target sold has one value"):
        shops.read(shops.data(tmp_path, shops.days(30).with_columns(sold=pl.lit(3.0))))


def test_a_column_that_changes_with_time_must_hold_numbers(tmp_path: Path) -> None:
    rows = shops.days(30).with_columns(event=pl.lit("fair"))
    with pytest.raises(Unmet, match=r"data\.options\.known: column event holds String"):
        shops.read(shops.data(tmp_path, rows, known=["event"]))


def test_gaps_may_be_refused(tmp_path: Path) -> None:
    rows = shops.days(30).filter(pl.int_range(30) != 7)
    with pytest.raises(Unmet, match=r"1 steps of 1d are missing before 2024-01-09 .* of Ulm; data\.options\.gaps"):
        shops.read(shops.data(tmp_path, rows, gaps="refuse"))


def test_a_split_by_chance_is_refused(tmp_path: Path) -> None:
    asked = shops.data(tmp_path, shops.days(30))
    table, _ = shops.read(asked)
    with pytest.raises(Unmet, match=r"series are split by time.*split\.by to at"):
        series.split(table.lazy(), asked, shops.Split(), seed=1)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"horizon": 0}, "greater than or equal to 1"),
        ({"frequency": "1x"}, "match pattern"),
        ({"quantiles": [0.1, 0.9]}, "must increase, and hold 0.5"),
        ({"known": ["at"]}, "at is named twice"),
        ({"calendar": ["holiday"]}, "needs the country"),
    ],
)
def test_options_that_cannot_be_are_refused(options: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        modalities.parsed(series, {"time": "at", "horizon": 3} | options)


def test_holidays_of_no_country_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Unmet, match=r"data\.options\.holidays: Utopia is not known"):
        shops.read(shops.data(tmp_path, shops.days(30), holidays="Utopia"))


def test_a_context_that_holds_no_season_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unmet, match=r"data\.options\.context: 5 steps do not hold a season of 7"):
        shops.cut(shops.data(tmp_path, shops.days(60), context=5))
