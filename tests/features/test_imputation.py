"""Gaps are kept, dropped or filled as declared; what fills them is learned from train alone and travels with the model."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syllabus import features
from syllabus.errors import Unmet
from syllabus.settings import Data


def data(**gaps: Any) -> Data:
    return Data.model_validate_json(
        json.dumps({"modality": "tables", "source": "x.csv", "target": "buys", "cleaning": {"gaps": gaps}})
    )


def table(**columns: Any) -> pl.LazyFrame:
    rows = len(next(iter(columns.values())))
    return pl.LazyFrame(
        {"row": range(1, rows + 1), **columns, "buys": ["yes", "no"] * (rows // 2) + ["no"] * (rows % 2)}
    )


TRAIN = table(age=[20, None, 40, 30, 90], town=["Ayr", "Ayr", None, "Bath", "Ayr"], rooms=[1.0, 2.0, 3.0, 4.0, 5.0])
LATER = table(age=[None, 50], town=[None, "Cork"], rooms=[None, 1.0])


def arrays(asked: Data, rows: pl.LazyFrame) -> dict[str, list[Any]]:
    learned = features.encoding(json.loads(json.dumps(features.learn(TRAIN, asked).plain())))
    found = features.examples(rows, learned)
    numbers = dict(zip([c.name for c in found.columns["numeric"]], found.arrays["numeric"].T.tolist(), strict=True))
    codes = found.arrays["categorical"].T.tolist()
    return numbers | dict(zip([c.name for c in found.columns["categorical"]], codes, strict=True))


def test_gaps_are_kept_by_default() -> None:
    found = arrays(data(), LATER)
    assert np.isnan(found["age"][0])
    assert found["town"] == [-1, -1]
    assert set(found) == {"age", "town", "rooms"}


def test_what_fills_a_gap_is_learned_from_train_alone() -> None:
    found = arrays(data(numeric="median", categorical="most_frequent"), LATER)
    assert found["age"] == [35.0, 50.0]
    assert found["rooms"] == [3.0, 1.0]
    assert found["town"] == [0, -1], "Ayr for the gap; a town that train never saw is no gap"
    assert found["age was missing"] == [1.0, 0.0]
    assert "rooms was missing" not in found, "train has no gap there: an indicator would teach nothing"


def test_a_column_can_be_filled_in_its_own_way() -> None:
    found = arrays(data(columns={"age": {"constant": -1}, "town": {"constant": "none"}}, indicator=False), LATER)
    assert found["age"] == [-1.0, 50.0]
    assert found["town"] == [2, -1], "what fills the gaps is a category of its own"
    assert set(found) == {"age", "town", "rooms"}
    assert arrays(data(columns={"age": "mean"}), LATER)["age"] == [45.0, 50.0]


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"town": "median"}, "town: it holds categories, which have no median: say most_frequent"),
        ({"town": {"constant": 3}}, "town: it holds categories, and the constant is 3"),
        ({"age": {"constant": "old"}}, "age: it holds numbers, and the constant is 'old'"),
    ],
)
def test_what_a_column_cannot_hold_is_refused(columns: dict[str, Any], said: str) -> None:
    with pytest.raises(Unmet, match=said):
        features.learn(TRAIN, data(columns=columns))


def test_a_column_without_a_value_in_train_needs_a_constant() -> None:
    with pytest.raises(Unmet, match="age has no value in train, so it has no median: give a constant"):
        features.learn(TRAIN.with_columns(age=pl.lit(None, dtype=pl.Int64)), data(numeric="median"))


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.none() | st.floats(-1e9, 1e9), min_size=1, max_size=30).filter(lambda v: any(x is not None for x in v))
)
def test_filled_columns_have_no_gaps_and_keep_what_they_had(values: list[float | None]) -> None:
    rows = pl.LazyFrame({"x": values}, schema={"x": pl.Float64})
    learned = features.imputation.learn(rows, data(numeric="median").cleaning.gaps, ["x"], [])
    filled = features.imputation.filled(rows, learned).collect()
    known = [value for value in values if value is not None]
    middle = pytest.approx(float(np.median(known)), abs=1e-6)
    assert filled["x"].to_list() == [middle if value is None else value for value in values]
    assert learned.added == (("x was missing",) if None in values else ())
