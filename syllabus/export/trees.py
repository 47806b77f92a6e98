"""Decision trees as one node of a graph, which decides as the trees do, to the last bit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from syllabus.export.graph import Graph, Real

_AT_MOST, _MEMBER = 0, 6
_SUM, _AS_IT_IS = 1, 0
Ids = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Tree:
    """A tree of `m` nodes, node 0 its root, and `m + 1` leaves. A child is a node, or `~leaf` (-1 is leaf 0).

    Args:
        feature: `(m,)`, the column that a node asks.
        threshold: `(m,)`; a number that is at most that goes left.
        missing_left: `(m,) bool`, whether NaN goes left.
        left, right: `(m,)`, the children.
        leaves: `(m + 1,)`, what is added to the answer.
        target: to which of the answers.
        members: for nodes that ask for a category, those that go left, all at least 1.
    """

    feature: NDArray[Any]
    threshold: NDArray[Any]
    missing_left: NDArray[Any]
    left: NDArray[Any]
    right: NDArray[Any]
    leaves: NDArray[Any]
    target: int = 0
    members: Mapping[int, NDArray[Any]] = field(default_factory=dict)


def stump(value: float, target: int = 0) -> Tree:
    """Return a tree without a question: its one node has the same leaf on both sides."""
    none = np.zeros(1, np.int64)
    return Tree(none, none.astype(float), none, none - 1, none - 1, np.array([value]), target)


def ensemble(graph: Graph, matrix: str, trees: Sequence[Tree], targets: int = 1, *, real: Real = np.float64) -> str:
    """Add trees that read `(rows, columns)` in a precision, `real`, and return the sums of their leaves, in the same.

    Returns:
        The name of `(rows, targets)`.
    """
    nodes = np.cumsum([0, *(len(tree.feature) for tree in trees)])
    leaves = np.cumsum([0, *(len(tree.leaves) for tree in trees)])
    starts = list(zip(trees, nodes.tolist(), leaves.tolist(), strict=False))
    modes = [np.isin(np.arange(len(tree.feature)), list(tree.members)) for tree in trees]

    def children(side: str) -> Ids:
        told = ((getattr(tree, side), node, leaf) for tree, node, leaf in starts)
        return np.concatenate([np.where(kids < 0, ~kids + leaf, kids + node) for kids, node, leaf in told])

    def ends(side: str) -> Ids:
        return np.concatenate([getattr(tree, side) < 0 for tree in trees]).astype(np.int64)

    sets = [[*tree.members[node], np.nan] for tree in trees for node in sorted(tree.members)]
    members = {"membership_values": np.concatenate(sets).astype(real)} if sets else {}
    return graph(
        "TreeEnsemble",
        matrix,
        aggregate_function=_SUM,
        post_transform=_AS_IT_IS,
        n_targets=targets,
        tree_roots=nodes[:-1].tolist(),
        nodes_featureids=np.concatenate([tree.feature for tree in trees]).astype(int).tolist(),
        nodes_modes=np.where(np.concatenate(modes), _MEMBER, _AT_MOST).astype(np.uint8),
        nodes_splits=rounded_down(np.concatenate([tree.threshold for tree in trees]), real),
        nodes_missing_value_tracks_true=np.concatenate([tree.missing_left for tree in trees]).astype(int).tolist(),
        nodes_truenodeids=children("left").tolist(),
        nodes_trueleafs=ends("left").tolist(),
        nodes_falsenodeids=children("right").tolist(),
        nodes_falseleafs=ends("right").tolist(),
        leaf_targetids=np.repeat([t.target for t in trees], [len(t.leaves) for t in trees]).tolist(),
        leaf_weights=np.concatenate([tree.leaves for tree in trees]).astype(real),
        **members,
    )


def rounded_down(thresholds: NDArray[Any], real: Real) -> NDArray[Any]:
    """Return the largest numbers of a precision that are at most the thresholds.

    A number of that precision is at most the one where it is at most the other, so that a threshold in single
    precision decides as the one in double precision does, of every number that single precision holds.
    """
    with np.errstate(over="ignore"):  # beyond the largest lies infinity, and before that the largest again
        near = np.asarray(thresholds).astype(real)
        found: NDArray[Any] = np.where(near > thresholds, np.nextafter(near, real(-np.inf)), near).astype(real)
    return found
