"""Ratings that cannot be read, or that nothing can be learned of: one sentence each; and what is read all the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pydantic import ValidationError
from ratings.shelf import data, rows

from syllabus import frames, modalities
from syllabus.errors import Unmet
from syllabus.modalities import ratings
from syllabus.settings import Cleaning, Data, Split


def refused(folder: Path, held: list[dict[str, Any]], **options: Any) -> str:
    with pytest.raises(Unmet) as caught:
        ratings.read(data(folder, held, **options), folder / "table.parquet")
    assert "\n" not in str(caught.value)
    return str(caught.value)


def read(folder: Path, said: Data) -> tuple[pl.DataFrame, dict[str, Any]]:
    report = ratings.read(said, folder / "table.parquet")
    return frames.scan(folder / "table.parquet").collect(), report


def test_a_rating_out_of_range_is_refused_with_its_row(tmp_path: Path) -> None:
    held = rows()
    held[4]["stars"], held[9]["stars"] = 50, 0
    told = refused(tmp_path, held, range=[1, 5])
    assert "stars is 50 in row 5, and 1 more, and data.options.range is 1 to 5" in told
    assert "data.cleaning.limits" in told


def test_a_rating_out_of_range_may_be_made_missing(tmp_path: Path) -> None:
    held = rows()
    held[4]["stars"] = 50
    said = data(tmp_path, held, range=[1, 5]).model_copy(update={"cleaning": Cleaning(limits={"stars": (1, 5)})})
    table, report = read(tmp_path, said)
    assert len(table) == len(held) - 1
    assert 5 not in table[frames.ROW]
    assert {"limits", "target"} <= {change["rule"] for change in report["changes"]}


def test_a_rating_that_is_no_number_is_refused(tmp_path: Path) -> None:
    held = [{**row, "stars": str(row["stars"])} for row in rows()]
    held[2]["stars"] = "good"
    assert "a rating predicts a number, and the target stars is 'good' in row 3" in refused(tmp_path, held)


def test_a_pair_that_stands_twice_is_refused_and_can_be_joined(tmp_path: Path) -> None:
    held = [*rows(), {**rows()[0], "stars": 1, "day": 2000}, {**rows()[0], "stars": 3, "day": 1500}]
    told = refused(tmp_path, held)
    assert "reader r0 rates book" in told
    assert "in rows 1 and" in told
    kept = {}
    for how in ("last", "mean"):
        table, report = read(tmp_path, data(tmp_path, held, duplicates=how, time="day"))
        pair = table.filter((pl.col("reader") == "r0") & (pl.col("book") == held[0]["book"]))
        kept[how] = pair["stars"].to_list()
        assert next(change for change in report["changes"] if change["rule"] == "same pair")["rows"] == 2
    assert kept == {"last": [1], "mean": [pytest.approx((held[0]["stars"] + 4) / 3)]}


def test_a_user_with_one_rating_is_learned_from_and_told_of(tmp_path: Path) -> None:
    held = [*rows(), {"reader": "once", "book": 0, "day": 5, "stars": 2}]
    table, report = read(tmp_path, said := data(tmp_path, held, hold="last", time="day"))
    assert report["ratings"]["user"]["with one"] == 1
    placed = ratings.split(table.lazy(), said, Split(method="time", by="day"), seed=1).join(table, on=frames.ROW)
    assert placed.filter(pl.col("reader") == "once")["part"].to_list() == ["train"]


def test_the_last_rating_of_each_user_is_test_and_the_one_before_validation(tmp_path: Path) -> None:
    said = data(tmp_path, rows(), hold="last", time="day")
    table, _ = read(tmp_path, said)
    placed = ratings.split(table.lazy(), said, Split(method="time", by="day"), seed=1).join(table, on=frames.ROW)
    for _, held in placed.sort("day", frames.ROW).group_by("reader", maintain_order=True):
        assert held["part"].to_list() == ["train"] * (len(held) - 2) + ["validation", "test"]


def test_last_ratings_need_a_split_by_their_time(tmp_path: Path) -> None:
    said = data(tmp_path, rows(), hold="last", time="day")
    table, _ = read(tmp_path, said)
    with pytest.raises(Unmet, match=r"set split.method to time and split.by to day"):
        ratings.split(table.lazy(), said, Split(method="random"), seed=1)


def test_last_ratings_need_a_user_with_three(tmp_path: Path) -> None:
    said = data(
        tmp_path, [{"reader": n // 2, "book": n, "day": n, "stars": n % 5} for n in range(20)], hold="last", time="day"
    )
    table, _ = read(tmp_path, said)
    with pytest.raises(Unmet, match="no user in reader has three ratings"):
        ratings.split(table.lazy(), said, Split(method="time", by="day"), seed=1)


@pytest.mark.parametrize(("role", "column"), [("user", "reader"), ("item", "book")])
def test_one_user_or_one_item_teaches_nothing(role: str, column: str, tmp_path: Path) -> None:
    held = list({row["book" if role == "user" else "reader"]: {**row, column: 1} for row in rows()}.values())
    assert f"there is one {role} in the column {column}" in refused(tmp_path, held)


def test_rows_without_user_item_or_value_are_left_out_and_counted(tmp_path: Path) -> None:
    held = rows()
    held[0]["reader"], held[1]["book"], held[2]["stars"] = None, None, None
    table, report = read(tmp_path, data(tmp_path, held))
    assert table[frames.ROW].to_list() == list(range(4, len(held) + 1))
    assert {change["column"]: change["rows"] for change in report["changes"]} == {"reader": 1, "book": 1, "stars": 1}


def test_no_rating_at_all_is_one_sentence(tmp_path: Path) -> None:
    held = [{**row, "stars": None} for row in rows()]
    assert "no rating is left to learn from" in refused(tmp_path, held)


def test_clicks_are_counted_by_pair(tmp_path: Path) -> None:
    held = [
        {"reader": "a", "book": 1},
        {"reader": "b", "book": 2},
        {"reader": "a", "book": 1},
        {"reader": "a", "book": 2},
    ]
    table, _ = read(tmp_path, data(tmp_path, held, target="clicks", feedback="clicks"))
    assert table.select("reader", "book", "clicks").rows() == [("b", 2, 1), ("a", 1, 2), ("a", 2, 1)]


def test_clicks_have_no_other_target(tmp_path: Path) -> None:
    assert "clicks have no value: name clicks" in refused(tmp_path, rows(), feedback="clicks")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"item": "reader"}, "reader is named twice"),
        ({"range": [5, 1]}, "the lowest value 5 is not below the highest 1"),
        ({"range": [1, 5], "liked": 9}, "liked: 9 lies outside of the range"),
        ({"hold": "last"}, "hold: last needs the column of the time"),
        ({"duplicates": "last"}, "duplicates: last needs the column of the time"),
        ({"feedback": "clicks", "liked": 3.0}, "clicks have no value"),
        ({"feedback": "clicks", "goal": "values"}, "goal: values: clicks have none"),
    ],
)
def test_options_that_contradict_each_other_are_refused(said: dict[str, Any], told: str, tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match=told):
        modalities.options(data(tmp_path, rows(), **said))


def test_a_liking_that_no_rating_comes_up_to_is_refused(tmp_path: Path) -> None:
    assert "no stars comes up to data.options.liked, 6" in refused(tmp_path, rows(), liked=6.0)


def test_a_column_that_is_not_there_is_named_with_the_nearest(tmp_path: Path) -> None:
    assert "data.options.user: raeder is not a column" in refused(tmp_path, rows(), user="raeder")
