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
from syllabus.examples import Examples
from syllabus.losses import log_loss

if TYPE_CHECKING:
    from optuna import Trial
    from sklearn.tree import DecisionTreeClassifier

READS = frozenset({"numeric", "categorical"})
SEARCH: dict[str, Any] = {}


class Params(architectures.Params):
    """Parameters of the tree, with scikit-learn's names."""

    max_depth: int = Field(default=10, ge=1, le=100)
    """The deepest tree that is tried; validation chooses among the depths up to it."""
    min_samples_leaf: int = Field(default=20, ge=1)
    criterion: Literal["gini", "entropy"] = "gini"
    ccp_alpha: float = Field(default=0.0, ge=0)


def space(trial: Trial) -> dict[str, Any]:
    """Choose what holds the tree back."""
    return {
        "max_depth": trial.suggest_int("max_depth", 3, 20),
        "min_samples_leaf": trial.suggest_int("min_samples_leaf", 2, 200, log=True),
        "criterion": trial.suggest_categorical("criterion", ["gini", "entropy"]),
        "ccp_alpha": trial.suggest_float("ccp_alpha", 1e-6, 1e-2, log=True),
    }


@dataclass(frozen=True)
class Fitted:
    """A tree as plain numbers, and for every category its place on the axis that the tree cuts.

    Args:
        nodes: by name, an array with an entry for each of the tree's nodes, node 0 its root: `left` and `right`
            `(m,) int32` (-1 in a leaf), `feature` `(m,) int32`, `threshold` `(m,) float64` (left is `<=`),
            `missing_left` `(m,) uint8`, `shares` `(m, k) float64` of the classes.
        orders: for each categorical column `(categories,)`, the rank of a category by its mean target in train,
            so that one cut parts the categories well (Breiman et al. 1984, section 4.2.2).
    """

    nodes: dict[str, NDArray[Any]]
    orders: tuple[NDArray[np.float64], ...]

    def predict(self, examples: Examples) -> NDArray[np.float64]:
        """Return probabilities `(n, k)`."""
        *_, leaves = _levels(self.nodes, _matrix(examples, self.orders))
        return np.asarray(self.nodes["shares"][leaves])

    def save(self, directory: Path) -> None:
        """Write every number as safetensors."""
        from safetensors.numpy import save_file

        orders = {f"order.{place:05d}": order for place, order in enumerate(self.orders)}
        save_file(self.nodes | orders, directory / "model.safetensors")


def fit(params: Params, train: Examples, validation: Examples, *, seed: int, report: architectures.Report) -> Fitted:
    """Grow the tree in full, and cut it at the depth that validation likes best."""
    from sklearn.tree import DecisionTreeClassifier

    orders = train.once("tree", lambda: _orders(train))
    known = train.once("tree matrix", lambda: _matrix(train, orders))
    watched = validation.once(("tree matrix", id(orders)), lambda: _matrix(validation, orders))
    grown = DecisionTreeClassifier(**params.model_dump(), random_state=seed).fit(known, train.labels)
    nodes = _nodes(grown)
    losses = []
    levels = zip(_levels(nodes, known), _levels(nodes, watched), strict=True)
    for depth, (on_train, on_validation) in enumerate(levels):
        losses.append(log_loss(nodes["shares"][on_validation], validation.labels))
        if depth:
            report(depth, log_loss(nodes["shares"][on_train], train.labels), losses[-1])
    return Fitted(_cut(nodes, int(np.argmin(losses))), orders)


def load(directory: Path) -> Fitted:
    """Read what `save` wrote."""
    from safetensors.numpy import load_file

    arrays = load_file(directory / "model.safetensors")
    orders = tuple(arrays.pop(name) for name in sorted(arrays) if name.startswith("order."))
    return Fitted(arrays, orders)


def _nodes(tree: DecisionTreeClassifier) -> dict[str, NDArray[Any]]:
    grown = tree.tree_
    return {
        "left": grown.children_left.astype(np.int32),
        "right": grown.children_right.astype(np.int32),
        "feature": grown.feature.astype(np.int32),
        "threshold": grown.threshold.astype(np.float64),
        "missing_left": grown.missing_go_to_left.astype(np.uint8),
        "shares": np.ascontiguousarray(grown.value[:, 0, :], dtype=np.float64),
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


def _orders(train: Examples) -> tuple[NDArray[np.float64], ...]:
    """Rank the categories of each column by the share of the most frequent class, in train."""
    common = (train.labels == np.bincount(train.labels).argmax()).astype(np.float64)
    orders = []
    for place, column in enumerate(train.columns["categorical"]):
        codes, size = train.arrays["categorical"][:, place], len(column.categories or ())
        seen = codes >= 0
        counts = np.bincount(codes[seen], minlength=size)
        sums = np.bincount(codes[seen], weights=common[seen], minlength=size)
        shares = np.divide(sums, counts, out=np.full(size, common.mean()), where=counts > 0)
        orders.append(np.argsort(np.argsort(shares, kind="stable"), kind="stable").astype(np.float64))
    return tuple(orders)


def _matrix(examples: Examples, orders: tuple[NDArray[np.float64], ...]) -> NDArray[np.float32]:
    """Return numbers and ordered categories as one matrix `(n, d) float32`; missing is NaN, which the tree reads."""
    codes = examples.arrays["categorical"]
    # Code -1 picks the last entry, NaN.
    columns = [np.append(order, np.nan)[codes[:, place]] for place, order in enumerate(orders)]
    return np.hstack([examples.arrays["numeric"], *[column[:, None] for column in columns]]).astype(np.float32)
