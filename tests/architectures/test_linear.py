"""What the linear architecture promises beyond the contract: it is the logistic regression of the field."""

from __future__ import annotations

import numpy as np
import pytest
from easy import problem
from sklearn.linear_model import LogisticRegression

from syllabus import objectives
from syllabus.architectures import linear

KINDS = ["mixed columns, two classes", "mixed columns, three classes", "numbers alone, two classes"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("C", [0.01, 1.0, 50.0])
@pytest.mark.parametrize("numbers", ["scaled", "ranked"])
def test_it_ends_where_scikit_learn_ends(kind: str, C: float, numbers: str) -> None:  # noqa: N803 (the field's name)
    train, _, _ = problem(kind)
    design = linear.learn_design(train, numbers)
    truth = np.eye(len(train.task.classes))[:, train.labels]
    objective = objectives.LogLoss(design.inputs(train), truth, 1 / (C * len(train)))
    *_, (_, value) = objectives.descend(objective, objective.prior())
    judge = LogisticRegression(C=C, max_iter=10_000, tol=1e-10).fit(matrix(design, train), train.labels)
    theirs = objective(np.column_stack([judge.coef_, judge.intercept_]).ravel())[0]
    assert value == pytest.approx(theirs, rel=1e-6)


def matrix(design: linear.Design, examples: object) -> np.ndarray:
    """Return the columns that the regression reads, as one dense matrix."""
    inputs = design.inputs(examples)
    indicators = np.zeros((len(examples), inputs.indicators + 1))
    for place in inputs.places:
        indicators[np.arange(len(examples)), place] = 1
    return np.hstack([inputs.numbers.T, indicators[:, :-1]])


def test_the_slope_is_that_of_the_objective() -> None:
    """Every column's slope, against a small step along it."""
    train, _, _ = problem("mixed columns, three classes", rows=50)
    inputs = linear.learn_design(train, "ranked").inputs(train)
    width = len(inputs.numbers) + inputs.indicators
    draw = np.random.default_rng(0)
    weights, intercepts, residuals = (draw.normal(size=shape) for shape in ((3, width), (3,), (3, len(train))))
    slopes = inputs.slopes(residuals)
    for row, column in np.ndindex(3, width):
        moved = weights.copy()
        moved[row, column] += 1e-4
        change = (inputs.scores(moved, intercepts) - inputs.scores(weights, intercepts)) * residuals
        assert change.sum() / 1e-4 == pytest.approx(slopes[row, column], abs=1e-6)


def test_descent_finds_the_least_value_of_a_narrow_valley() -> None:
    scale = 10.0 ** np.arange(6)

    def valley(point: np.ndarray) -> tuple[float, np.ndarray]:
        return float((scale * (point - 1) ** 2).sum()), 2 * scale * (point - 1)

    points = list(objectives.descend(valley, np.zeros(6)))
    values = [value for _, value in points]
    assert values == sorted(values, reverse=True)
    np.testing.assert_allclose(points[-1][0], 1, atol=1e-3)
    assert len(points) < 100
