"""What is learned of the words of texts: for what they speak, which of them tell most, and which go together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from syllabus.texts.words import FOLDS

if TYPE_CHECKING:
    from syllabus.texts.words import Matrix

CLASSES = 20
"""The most classes that are scored, the most frequent ones."""
_OVERSAMPLED, _ROUNDS = 10, 4
_SMOOTHED = 0.1
_QUARTERS = 4


def kinds(target: NDArray[Any], classes: Sequence[str]) -> tuple[tuple[str, ...], NDArray[np.bool_]]:
    """Return for what words may speak, by name and as `(c, n)`: classes, of two the second, or quarters of numbers."""
    if not classes:
        names: tuple[str, ...] = ("low", "rather low", "rather high", "high")
        ends = np.quantile(target, np.linspace(0, 1, _QUARTERS + 1)[1:-1]) if len(target) else np.zeros(_QUARTERS - 1)
        codes = np.searchsorted(ends, target)
    else:
        codes, names = target.astype(np.int64), tuple(classes)
    often = np.bincount(codes, minlength=len(names))
    asked = [1] if len(names) == 2 else sorted(np.lexsort((np.arange(len(names)), -often))[:CLASSES].tolist())
    return tuple(names[code] for code in asked), np.array([codes == code for code in asked]).reshape(len(asked), -1)


def scores(matrix: Matrix, kinds: NDArray[np.bool_], folds: NDArray[np.int64], size: int) -> NDArray[np.float32]:
    """Return for each fold how much a word speaks for each kind: its log-odds in the texts of the other folds."""
    rows, codes, weights = matrix
    found = np.zeros((FOLDS, len(kinds), size), dtype=np.float32)
    for fold in range(FOLDS):
        other = folds[rows] != fold
        for number, kind in enumerate(kinds):
            sides = [other & (kind[rows] == side) for side in (True, False)]
            sums = [np.bincount(codes[side], weights[side], size) + _SMOOTHED for side in sides]
            found[fold, number] = np.log(sums[0] / sums[0].sum()) - np.log(sums[1] / sums[1].sum())
    return found


def telling(matrix: Matrix, kinds: NDArray[np.bool_], size: int, most: int) -> NDArray[np.int64]:
    """Return the words whose presence tells most of one of the kinds, by the share of variance explained."""
    rows, codes, _ = matrix
    present, total = np.bincount(codes, minlength=size).astype(np.float64), kinds.shape[1]
    best = np.zeros(size)
    for kind in kinds:
        share = kind.mean() if total else 0.0
        excess = np.bincount(codes, kind[rows], size) - present * share
        room = present * (total - present) * share * (1 - share)
        best = np.maximum(best, np.divide(excess**2, room, out=np.zeros(size), where=room > 0))
    order = np.lexsort((np.arange(size), -best))[:most]
    return np.sort(order[best[order] > 0])


def themes(matrix: Matrix, shape: tuple[int, int], most: int) -> NDArray[np.float32]:
    """Return the first right singular vectors of the rows, by subspace iteration (Halko et al. 2011)."""
    count = min(most, *(max(side - 1, 0) for side in shape))
    if count < 1:
        return np.empty((0, shape[1]), dtype=np.float32)
    from scipy.sparse import csr_array
    from threadpoolctl import threadpool_limits

    rows, codes, weights = matrix
    sparse = csr_array((weights, (rows, codes)), shape=shape)
    basis = np.random.default_rng(0).normal(size=(shape[1], min(count + _OVERSAMPLED, *shape)))
    # Sums of BLAS come out otherwise with another number of threads.
    with threadpool_limits(1):
        for _ in range(_ROUNDS):
            basis, _ = np.linalg.qr(sparse.T @ np.linalg.qr(sparse @ basis)[0])
        _, _, turned = np.linalg.svd(np.asarray(sparse @ basis), full_matrices=False)
        found = (turned[:count] @ basis.T).astype(np.float32)
    largest = found[np.arange(len(found)), np.abs(found).argmax(axis=1)]
    return np.ascontiguousarray(found * np.where(largest < 0, -1, 1).astype(np.float32)[:, None])
