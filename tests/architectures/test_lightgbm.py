"""What LightGBM promises beyond the contract."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import easy
import numpy as np
import problems
import pytest

from syllabus.architectures import lightgbm
from syllabus.examples import Task

MIXED = "mixed columns, two classes"


@pytest.mark.slow
def test_its_libraries_companions_change_no_byte_of_the_model(tmp_path: Path) -> None:
    """With pandas, pyarrow and scikit-learn in the process before it, LightGBM sees them; without, it does not."""
    for out, first in (("alone", ()), ("beside", ("pandas", "pyarrow", "sklearn.base"))):
        words = [sys.executable, easy.__file__, str(tmp_path), "lightgbm", MIXED, str(tmp_path / out), *first]
        done = subprocess.run(words, capture_output=True, text=True, check=True)
        assert ("sklearn" in done.stdout) == bool(first)
    alone, beside = tmp_path / "alone" / "model.txt", tmp_path / "beside" / "model.txt"
    assert alone.read_bytes() == beside.read_bytes()


@pytest.mark.parametrize(
    "params",
    [{"min_data_in_leaf": 10_000}, {"num_leaves": 2}, {"max_depth": 1}, {"max_bin": 2}, {"num_iterations": 1}],
)
def test_it_answers_whatever_holds_the_trees_back(params: dict[str, Any]) -> None:
    train, validation, test = easy.problem(MIXED, rows=200)
    points: list[tuple[int, float, float]] = []
    checked = lightgbm.Params(**params)
    model = lightgbm.fit(checked, train, validation, seed=1, report=lambda *point: points.append(point))
    answered = model.predict(test)
    assert np.isfinite(answered).all()
    if "min_data_in_leaf" in params:  # not one cut is possible: the prior, and no reason to go on
        assert len(points) == 1
        np.testing.assert_allclose(answered[:, 1], train.labels.mean(), atol=1e-12)


def test_the_loss_on_train_may_be_taken_less_often() -> None:
    train, validation, test = easy.problem(MIXED)
    found = {}
    for every in (1, 10):
        points: list[tuple[int, float, float]] = []
        params = lightgbm.Params(train_loss_every=every)
        model = lightgbm.fit(params, train, validation, seed=1, report=lambda *point, to=points: to.append(point))
        found[every] = (points, model.predict(test).tobytes())
    often, seldom = found[1][0], found[10][0]
    assert found[1][1] == found[10][1]
    assert [point[2] for point in often] == [point[2] for point in seldom]
    assert [point[1] for point in seldom] == [often[place // 10 * 10][1] for place in range(len(often))]


def test_it_stops_once_validation_no_longer_improves() -> None:
    train, validation, _ = easy.problem(MIXED)
    losses: list[float] = []
    params = lightgbm.Params(early_stopping_rounds=7)
    model = lightgbm.fit(params, train, validation, seed=1, report=lambda *point: losses.append(point[2]))
    assert len(losses) - (int(np.argmin(losses)) + 1) == 7
    assert model.booster.num_trees() == int(np.argmin(losses)) + 1


def test_another_train_gets_its_own_bins_for_the_same_validation() -> None:
    train, validation, test = easy.problem(MIXED)
    stretched = replace(train, arrays=dict(train.arrays) | {"numeric": train.arrays["numeric"] * 1000})
    easy.fitted(lightgbm, train, validation, num_iterations=5)
    once = easy.fitted(lightgbm, stretched, validation, num_iterations=5).predict(test)
    fresh = easy.problem(MIXED)[1]
    assert easy.fitted(lightgbm, stretched, fresh, num_iterations=5).predict(test).tobytes() == once.tobytes()


def test_it_predicts_a_number(tmp_path: Path) -> None:
    train, validation, test = (
        replace(part, task=Task("regression"), target=np.nan_to_num(part.arrays["numeric"][:, 0]) * 10)
        for part in easy.problem(MIXED)
    )
    points: list[tuple[int, float, float]] = []
    model = lightgbm.fit(lightgbm.Params(), train, validation, seed=1, report=lambda *point: points.append(point))
    answered = model.predict(test)
    assert answered.shape == (len(test),)
    assert ((answered - test.labels) ** 2).mean() < 0.1 * test.labels.var()
    easy.files(model, tmp_path)
    assert lightgbm.load(tmp_path).predict(test).tobytes() == answered.tobytes()


def test_a_number_can_be_learned_by_its_median() -> None:
    draw = np.random.default_rng(0)
    whole = problems.table(np.repeat([[0.0], [1.0]], 1000, axis=0), np.empty((2000, 0)), draw.exponential(10, 2000), 0)
    train, validation = problems.taken(whole, slice(0, None, 2)), problems.taken(whole, slice(1, None, 2))
    mean, median = (
        easy.fitted(lightgbm, train, validation, objective=objective).predict(validation).mean()
        for objective in ("regression", "regression_l1")
    )
    assert mean == pytest.approx(train.labels.mean(), rel=0.1)
    assert median < 0.9 * mean
