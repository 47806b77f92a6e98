"""What the tree promises beyond the contract: it is scikit-learn's tree, read without scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from easy import fitted, problem
from sklearn.tree import DecisionTreeClassifier

from syllabus.architectures import tree


@pytest.mark.parametrize("kind", ["mixed columns, two classes", "mixed columns, three classes"])
@pytest.mark.parametrize("depth", [1, 3, 8])
def test_it_answers_as_scikit_learns_tree_of_the_same_depth(kind: str, depth: int) -> None:
    train, _, test = problem(kind)
    losses: list[float] = []
    params = tree.Params(max_depth=depth)
    model = tree.fit(params, train, train, seed=5, report=lambda *point: losses.append(point[2]))
    assert losses == sorted(losses, reverse=True)  # watched on train, the whole tree is the best
    whole = DecisionTreeClassifier(**params.model_dump(), random_state=5).fit(model.axes.matrix(train), train.labels)
    np.testing.assert_array_equal(model.predict(test), whole.predict_proba(model.axes.matrix(test)))


def test_validation_chooses_the_depth() -> None:
    train, validation, _ = problem("mixed columns, two classes")
    losses: list[float] = []
    params = tree.Params(max_depth=20, min_samples_leaf=1)
    model = tree.fit(params, train, validation, seed=5, report=lambda *point: losses.append(point[2]))
    level = int(np.argmin(losses)) + 1
    assert level < len(losses)
    assert tree._depths(model.nodes).max() + 1 == level
    assert (
        fitted(tree, train, validation, max_depth=level - 1, min_samples_leaf=1).nodes["left"].shape
        == model.nodes["left"].shape
    )


def test_categories_are_ordered_by_what_they_say_of_the_target() -> None:
    train, validation, _ = problem("categories alone, two classes")
    (order, *_) = fitted(tree, train, validation).axes.orders
    shares = [train.labels[train.arrays["categorical"][:, 0] == code].mean() for code in range(6)]
    common = np.bincount(train.labels).argmax()
    assert list(np.argsort(order)) == list(np.argsort(np.array(shares) * (1 if common else -1), kind="stable"))
