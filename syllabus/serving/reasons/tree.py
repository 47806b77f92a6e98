"""Shapley values of a tree: of an unknown column, a row goes both ways, by how many of train went either (TreeSHAP)."""

from __future__ import annotations

from collections.abc import Iterator
from math import factorial
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from syllabus.examples import Examples

    Nodes = dict[str, NDArray[Any]]
    Way = tuple[int, dict[int, float], dict[int, NDArray[Any]]]


def weights(fitted: Any, examples: Examples, places: NDArray[np.intp] | None) -> NDArray[np.float64]:
    """Return `(n, p)`: what each column of the arrays adds to the probability, or the number, that was predicted.

    A leaf adds its answer where a row comes to it; so it is a game of the columns on its way alone, and the tree's
    values are the sums over the leaves (Lundberg et al. 2020, Nature Machine Intelligence 2).
    """
    matrix = fitted.axes.matrix(examples)
    answers = fitted.nodes["answers"]
    found = np.zeros(matrix.shape)
    for leaf, shares, comes in _ways(fitted.nodes, matrix):
        answer = answers[leaf] if places is None else answers[leaf][places]
        values = _values(np.array([*shares.values()]), np.column_stack([*comes.values()]))
        found[:, [*shares]] += answer * values if places is None else answer[:, None] * values
    return found


def _ways(nodes: Nodes, matrix: NDArray[np.float32]) -> Iterator[Way]:
    """Yield each leaf and, by the columns asked on the way to it, which share of train and which rows pass."""
    waiting: list[Way] = [(0, {}, {})]
    while waiting:
        node, shares, comes = waiting.pop()
        children = nodes["left"][node], nodes["right"][node]
        if children[0] < 0:
            if shares:
                yield node, shares, comes
            continue
        column = int(nodes["feature"][node])
        value = matrix[:, column]
        left = np.where(np.isnan(value), nodes["missing_left"][node] > 0, value <= nodes["threshold"][node])
        for child, passes in zip(children, (left, ~left), strict=True):
            share = float(nodes["weight"][child] / nodes["weight"][node])
            told = shares | {column: shares.get(column, 1.0) * share}
            waiting.append((int(child), told, comes | {column: comes.get(column, True) & passes}))


def _values(shares: NDArray[np.float64], comes: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the Shapley values `(n, d)` of the game whose worth is the product of what each of `d` columns gives.

    Args:
        shares: `(d,)`, what a column gives where it is unknown.
        comes: `(n, d)`, what it gives where it is known: 1 or 0.
    """
    count = len(shares)
    chances = [factorial(known) * factorial(count - known - 1) / factorial(count) for known in range(count)]
    found = np.empty(comes.shape)
    for place in range(count):
        # By how many of the others are known: the sum of the products over all choices of them.
        sums = np.zeros((len(comes), count))
        sums[:, 0] = 1.0
        for other in np.flatnonzero(np.arange(count) != place):
            known = sums[:, :-1] * comes[:, other, None]
            sums *= shares[other]
            sums[:, 1:] += known
        found[:, place] = (sums @ chances) * (comes[:, place] - shares[place])
    return found
