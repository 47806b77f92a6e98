"""One decision tree (CART, Breiman et al. 1984): what a person can read on a page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from syllabus import architectures
from syllabus.errors import Unmet
from syllabus.examples import Examples
from syllabus.losses import loss

if TYPE_CHECKING:
    from optuna.trial import BaseTrial
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

READS = frozenset({"numeric", "categorical"})
TASKS = frozenset({"classification", "regression"})
SEARCH: dict[str, Any] = {}
SIDE_BY_SIDE = True
WEIGHTED = True
LARGEST = 1e30
"""Numbers beyond it, infinite ones too, count as it: the tree reads, and sums, in single precision."""


DEEPEST = 100
"""The deepest tree that `max_depth` allows."""
NODES = frozenset({"left", "right", "feature", "threshold", "missing_left", "weight", "answers"})


class Params(architectures.Params):
    """Parameters of the tree, with scikit-learn's names."""

    max_depth: int = Field(default=10, ge=1, le=DEEPEST)
    """The deepest tree that is tried; validation chooses among the depths up to it."""
    min_samples_leaf: int = Field(default=20, ge=1)
    criterion: Literal["gini", "entropy"] = "gini"
    """How classes are parted; numbers are parted by their squared error."""
    ccp_alpha: float = Field(default=0.0, ge=0)
    """The least gain that keeps a split: in the criterion's unit, or as a share of a number's variance."""


def space(trial: BaseTrial) -> dict[str, Any]:
    """Choose what holds the tree back."""
    return {
        "max_depth": trial.suggest_int("max_depth", 3, 20),
        "min_samples_leaf": trial.suggest_int("min_samples_leaf", 2, 200, log=True),
        "criterion": trial.suggest_categorical("criterion", ["gini", "entropy"]),
        "ccp_alpha": trial.suggest_float("ccp_alpha", 1e-6, 1e-2, log=True),
    }


@dataclass(frozen=True, eq=False)
class Axes:
    """How columns become axes that a tree can cut, learned from train.

    Args:
        orders: for each categorical column `(categories,)`, the rank of a category by its mean target in train,
            so that one cut parts the categories well (Breiman et al. 1984, section 4.2.2).
    """

    orders: tuple[NDArray[np.float64], ...]

    def matrix(self, examples: Examples) -> NDArray[np.float32]:
        """Return numbers and ordered categories `(n, d)`; missing is NaN, which the tree reads."""
        codes = examples.arrays["categorical"]
        # Code -1 picks the last entry, NaN.
        columns = [np.append(order, np.nan)[codes[:, place], None] for place, order in enumerate(self.orders)]
        return np.hstack([examples.arrays["numeric"].clip(-LARGEST, LARGEST), *columns]).astype(np.float32)


@dataclass(frozen=True)
class Fitted:
    """A tree as plain numbers.

    Args:
        nodes: by name, an array with an entry for each of the tree's nodes, node 0 its root: `left` and `right`
            `(m,) int32` (-1 in a leaf), `feature` `(m,) int32`, `threshold` `(m,) float64` (left is `<=`),
            `missing_left` `(m,) uint8`, `weight` `(m,) float64` of the rows of train that came there, `answers`
            `(m, k) float64` shares of the classes, or `(m,)` values.
        axes: what the tree cuts.
    """

    nodes: dict[str, NDArray[Any]]
    axes: Axes

    def predict(self, examples: Examples) -> NDArray[np.float64]:
        """Return probabilities `(n, k)`, or values `(n,)`."""
        *_, leaves = _levels(self.nodes, self.axes.matrix(examples))
        return np.asarray(self.nodes["answers"][leaves])

    def save(self, directory: Path) -> None:
        """Write every number as safetensors, and its checksum."""
        from safetensors.numpy import save

        orders = {f"order.{place:05d}": order for place, order in enumerate(self.axes.orders)}
        architectures.write(save(self.nodes | orders), directory / "model.safetensors")


def fit(params: Params, train: Examples, validation: Examples, *, seed: int, report: architectures.Report) -> Fitted:
    """Grow the tree in full, and cut it at the level that validation likes best; level 1 is the root alone."""
    axes = train.once("tree", lambda: Axes(tuple(_orders(train))))
    known = train.once(axes, lambda: axes.matrix(train))
    watched = validation.once(axes, lambda: axes.matrix(validation))
    nodes = _grown(params, known, train, seed)
    losses = []
    levels = zip(_levels(nodes, known), _levels(nodes, watched), strict=True)
    for level, (on_train, on_validation) in enumerate(levels, 1):
        losses.append(loss(nodes["answers"][on_validation], validation))
        report(level, loss(nodes["answers"][on_train], train), losses[-1])
    return Fitted(_cut(nodes, int(np.argmin(losses))), axes)


def load(directory: Path) -> Fitted:
    """Read what `save` wrote.

    Raises:
        Unmet: it is damaged, or no tree.
    """
    from safetensors.numpy import load as parse

    file = directory / "model.safetensors"
    arrays = parse(architectures.read(file))
    orders = tuple(arrays.pop(name) for name in sorted(arrays) if name.startswith("order."))
    if set(arrays) != NODES or not _is_tree(arrays):
        raise Unmet(f"{file}: holds no tree: its nodes do not lead from the root down to leaves")
    return Fitted(arrays, Axes(orders))


def _is_tree(nodes: dict[str, NDArray[Any]]) -> bool:
    """Return whether every node has none or two children, each after it and not too deep, so that each walk ends."""
    left, right, at = nodes["left"], nodes["right"], np.arange(len(nodes["left"]))
    if not len(at) or any(len(array) != len(at) for array in nodes.values()):
        return False
    inner = left >= 0
    ends = (left == -1) & (right == -1)
    if not (ends | (inner & (left > at) & (right > at) & (left < len(at)) & (right < len(at)))).all():
        return False
    told = (nodes["feature"][inner] >= 0).all() and (nodes["weight"] > 0).all()
    return bool(told and _depths(nodes).max() <= DEEPEST)


def _grown(params: Params, known: NDArray[np.float32], train: Examples, seed: int) -> dict[str, NDArray[Any]]:
    """Return the nodes of the tree in full."""
    with architectures.without("pandas"):
        from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    if train.task.kind == "classification":
        grown = DecisionTreeClassifier(**params.model_dump(), random_state=seed)
        return _nodes(grown.fit(known, train.labels, sample_weight=train.weights))
    # In deviations from the mean, `ccp_alpha` means the same whatever the target's unit.
    mean, deviation = train.labels.mean(), train.labels.std() or 1.0
    tree = DecisionTreeRegressor(**params.model_dump(exclude={"criterion"}), random_state=seed)
    nodes = _nodes(tree.fit(known, (train.labels - mean) / deviation))
    return nodes | {"answers": nodes["answers"][:, 0] * deviation + mean}


def _nodes(tree: DecisionTreeClassifier | DecisionTreeRegressor) -> dict[str, NDArray[Any]]:
    grown = tree.tree_
    return {
        "left": grown.children_left.astype(np.int32),
        "right": grown.children_right.astype(np.int32),
        "feature": grown.feature.astype(np.int32),
        "threshold": grown.threshold.astype(np.float64),
        "missing_left": grown.missing_go_to_left.astype(np.uint8),
        "weight": grown.weighted_n_node_samples.astype(np.float64),
        "answers": np.ascontiguousarray(grown.value[:, 0, :], dtype=np.float64),
    }


def _levels(nodes: dict[str, NDArray[Any]], matrix: NDArray[np.float32]) -> Iterator[NDArray[np.int32]]:
    """Yield the node `(n,)` at which each row stands, from the root to the deepest leaf, one level a step.

    Every level is yielded, also where no row of the matrix comes so deep.
    """
    at = np.zeros(len(matrix), dtype=np.int32)
    rows = np.arange(len(matrix))
    for _ in range(_depths(nodes).max() + 1):
        yield at
        rows = rows[nodes["left"][at[rows]] >= 0]
        node = at[rows]
        value = matrix[rows, nodes["feature"][node]]
        left = np.where(np.isnan(value), nodes["missing_left"][node] > 0, value <= nodes["threshold"][node])
        at = at.copy()
        at[rows] = np.where(left, nodes["left"][node], nodes["right"][node])


def _depths(nodes: dict[str, NDArray[Any]]) -> NDArray[np.int32]:
    """Return how deep each node stands; a node is numbered after its parent."""
    depths = np.zeros(len(nodes["left"]), dtype=np.int32)
    for node in np.flatnonzero(nodes["left"] >= 0):
        depths[[nodes["left"][node], nodes["right"][node]]] = depths[node] + 1
    return depths


def _cut(nodes: dict[str, NDArray[Any]], depth: int) -> dict[str, NDArray[Any]]:
    """Return the tree without what is deeper: the nodes left, numbered anew."""
    depths = _depths(nodes)
    kept = depths <= depth
    number = np.append(np.cumsum(kept) - 1, -1)  # a leaf's child, -1, picks the last entry
    cut = {name: array[kept] for name, array in nodes.items()}
    for side in ("left", "right"):
        cut[side] = np.where(depths[kept] < depth, number[cut[side]], -1).astype(np.int32)
    return cut


def _orders(train: Examples) -> Iterator[NDArray[np.float64]]:
    """Rank the categories of each column by the mean target, or the share of the most frequent class, in train."""
    if train.task.kind == "regression":
        common = train.labels
    else:
        common = (train.labels == np.bincount(train.labels).argmax()).astype(np.float64)
    for place, column in enumerate(train.columns["categorical"]):
        codes, size = train.arrays["categorical"][:, place], len(column.categories or ())
        seen = codes >= 0
        counts = np.bincount(codes[seen], minlength=size)
        sums = np.bincount(codes[seen], weights=common[seen], minlength=size)
        shares = np.divide(sums, counts, out=np.full(size, common.mean()), where=counts > 0)
        yield np.argsort(np.argsort(shares, kind="stable"), kind="stable").astype(np.float64)
