"""A target that does not fit the task is told in one sentence: the row, the value, and what to do."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest

from syllabus import targets
from syllabus.errors import Unmet
from syllabus.examples import Task
from syllabus.settings import Data


def data(**more: Any) -> Data:
    return Data.model_validate({"modality": "tables", "source": "houses.csv", "target": "price", **more})


def table(*prices: Any) -> pl.LazyFrame:
    return pl.LazyFrame({"row": range(1, len(prices) + 1), "price": prices})


@pytest.mark.parametrize(
    ("prices", "more", "said"),
    [
        (("12", "cheap", "14"), {}, r"price is 'cheap' in row 2; name it in data\.cleaning\.missing, or let "),
        ((1.0, math.inf, 2.0), {}, r"price is inf in row 2"),
        ((1.0, 2.0, math.nan), {}, r"price is nan in row 3"),
        ((3, 3, 3), {}, "has one value, 3: there is nothing to learn"),
        (
            (1.0, -1e191, 2.0),
            {},
            r"the size of the target price is at most 1e\+191 \(row 2\), and a regression predicts numbers whose largest",
        ),
        ((1e-40, 2e-40, 0.0), {}, r"the size of the target price is at most 2e-40 \(row 2\)"),
        ((True, False, True), {}, "a regression predicts a number, and the target price holds Boolean"),
        ((date(2020, 1, 1), date(2021, 1, 1)), {}, "holds Date; set data.task to classification"),
        ((5, -3, 4), {"target_transform": "log"}, r"needs a target from 0 on, and price is -3 in row 2: leave"),
    ],
)
def test_what_a_regression_cannot_learn_is_told(prices: tuple[Any, ...], more: dict[str, Any], said: str) -> None:
    with pytest.raises(Unmet, match=said):
        targets.check(table(*prices), data(task="regression", **more))


@pytest.mark.parametrize("prices", [(1, 2, 3), (1.5, -2.0, 3.0), ("1", "2.5", "-3e4")])
def test_numbers_of_every_form_are_learned(prices: tuple[Any, ...]) -> None:
    asked = data(task="regression")
    targets.check(table(*prices), asked)
    task = targets.learn(table(*prices), asked)
    assert task == Task("regression")
    read = table(*prices).select(targets.expression("price", task)).collect()["price"]
    assert read.to_list() == [float(price) for price in prices]


def test_a_logarithm_is_learned_and_taken_back() -> None:
    task = targets.learn(table(0.0, 10.0, 1e6), data(task="regression", target_transform="log"))
    learned = table(0.0, 10.0, 1e6).select(targets.expression("price", task)).collect()["price"].to_numpy()
    np.testing.assert_allclose(learned, np.log1p([0, 10, 1e6]))
    np.testing.assert_allclose(task.original(learned), [0, 10, 1e6])
    assert np.isfinite(task.original(np.array([1e9])) ** 2).all()


def test_a_number_with_many_values_is_no_class() -> None:
    with pytest.raises(Unmet, match=r"there may be 1000 classes; a number is predicted by data\.task: regression"):
        targets.check(table(*range(2000)), data())
