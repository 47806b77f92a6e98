"""Alternating least squares: the vectors of users given those of items, and the other way round.

Each vector is the solution of one small system, by Cholesky, so nothing depends on a learning rate, and nothing on the
number of threads.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from syllabus.architectures import Diverged

Floats = NDArray[np.float64]


def explicit(ends: NDArray[np.int64], others: NDArray[np.int64], left: Floats, given: Floats, ridge: Floats) -> Floats:
    """Return `(n, k)` vectors whose products with those of what was rated are nearest to `left`.

    Args:
        ends: `(n + 1,)`, where the ratings of each begin and end.
        others: `(r,)`, what was rated.
        left: `(r,)`, what is to be met.
        given: `(m, k)`, the vectors of the others.
        ridge: `(k,)`, how strongly each number is drawn to 0, as by so many ratings.

    Raises:
        Diverged: a system has no solution.
    """
    return _solved(np.diag(ridge), np.ones(len(others)), left, ends, others, given)


def implicit(ends: NDArray[np.int64], others: NDArray[np.int64], extra: Floats, given: Floats, ridge: float) -> Floats:
    """Return `(n, k)` vectors whose products are near 1 with what was come to and near 0 with all else.

    What was come to weighs 1 + `extra` `(r,)`, all else 1 (Hu, Koren and Volinsky 2008). The rest is as in `explicit`.
    """
    whole = given.T @ given + ridge * np.eye(given.shape[1])
    return _solved(whole, extra, 1 + extra, ends, others, given)


def _solved(
    whole: Floats, weight: Floats, wanted: Floats, ends: NDArray[np.int64], others: NDArray[np.int64], given: Floats
) -> Floats:
    """Return for each the x with (`whole` + sum of weight g gᵀ) x = sum of wanted g, over the vectors g of its own."""
    from scipy.linalg.lapack import dposv

    found, failed = np.zeros((len(ends) - 1, given.shape[1])), 0
    for at, (start, stop) in enumerate(pairwise(ends.tolist())):
        if start < stop:
            held = given[others[start:stop]]
            system = whole + (held.T * weight[start:stop]) @ held
            # The wrapper of NumPy takes half as long as the solution of so small a system.
            _, found[at], wrong = dposv(system, wanted[start:stop] @ held, overwrite_a=True)
            failed += bool(wrong)
    if failed or not np.isfinite(found).all():
        raise Diverged("factorization: a user or an item has no vector any more: let ridge be larger")
    return found


def products(of: Floats, vector: Floats) -> Floats:
    """Return `(m,)` products of `(m, k)` vectors with one; the same bits whatever else is computed beside."""
    found: Floats = np.einsum("mk,k->m", of, vector)
    return found
