"""Prediction intervals hold the true value as often as declared, are wide where errors are large, and survive a save."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from syllabus import conformal
from syllabus.examples import Task

PLAIN, LOG = Task("regression"), Task("regression", transform="log")


def answers(n: int, seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return true values and predictions whose errors grow with the prediction and reach further up than down."""
    random = np.random.default_rng(seed)
    predicted = random.uniform(10, 1000, n)
    return predicted + predicted * (random.exponential(0.2, n) - 0.1), predicted


@pytest.mark.parametrize("level", [0.5, 0.8, 0.9, 0.95])
@pytest.mark.parametrize("task", [PLAIN, LOG])
def test_intervals_hold_as_often_as_declared(task: Task, level: float) -> None:
    held = []
    for seed in range(60):
        made = conformal.fit(answers(1000, 3 * seed), answers(200, 3 * seed + 1), task, level)
        assert made is not None
        true, predicted = answers(500, 3 * seed + 2)
        low, high = made.around(predicted)
        held.append(((low <= true) & (true <= high)).mean())
    assert np.mean(held) == pytest.approx(level, abs=0.012)


def test_intervals_are_wide_where_errors_are_large_and_reach_to_the_side_of_the_errors() -> None:
    made = conformal.fit(answers(3000, 0), answers(1000, 1), PLAIN, 0.9)
    assert made is not None
    low, high = made.around(np.array([100.0, 900.0]))
    assert (high - low)[1] > 5 * (high - low)[0]
    assert (high - [100, 900] > 2 * ([100, 900] - low)).all()
    true, predicted = answers(4000, 2)
    least, most = made.around(predicted)
    for part in (predicted < 300, predicted > 700):
        assert ((least <= true) & (true <= most))[part].mean() == pytest.approx(0.9, abs=0.03)


def test_on_a_logarithmic_scale_no_interval_reaches_below_minus_one() -> None:
    made = conformal.fit(answers(500, 0), answers(100, 1), LOG, 0.95)
    assert made is not None
    assert (made.around(np.array([0.0, 1e-6, 1e9]))[0] >= -1).all()


@pytest.mark.parametrize(("rows", "made"), [(0, False), (8, False), (9, True), (18, True), (19, True)])
def test_a_few_rows_make_wide_intervals_or_none(rows: int, made: bool) -> None:
    found = conformal.fit(answers(100, 0), answers(rows, 1), PLAIN, 0.9)
    assert (found is not None) == made
    assert conformal.needed(0.9) == 9
    if found and rows < 19:
        assert found.down == -found.up


@pytest.mark.parametrize("kind", ["train by heart", "one prediction"])
def test_a_model_that_never_errs_on_train_or_always_says_the_same_has_intervals(kind: str) -> None:
    true, predicted = answers(200, 0)
    if kind == "one prediction":
        predicted = np.full(200, 5.0)
    train = (predicted, predicted) if kind == "train by heart" else (true, predicted)
    made = conformal.fit(train, (true, predicted), PLAIN, 0.9)
    assert made is not None
    low, high = made.around(predicted)
    assert np.isfinite([low, high]).all()
    assert ((low <= true) & (true <= high)).mean() >= 0.9


def test_saved_intervals_are_the_same(tmp_path: Path) -> None:
    made = conformal.fit(answers(500, 0), answers(100, 1), LOG, 0.9)
    assert made is not None
    made.save(tmp_path / "intervals.json")
    assert conformal.load(tmp_path / "intervals.json") == made
