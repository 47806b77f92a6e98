"""How far users and items rate above or below the mean, shrunk towards it where there are few ratings (Koren 2009)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
ROUNDS = 15
"""Both are fitted in turn; after so many turns nothing moves any more."""


@dataclass(frozen=True, eq=False)
class Biases:
    """The mean, and the distances from it, `(users,)` and `(items,)`."""

    mean: float
    users: Floats
    items: Floats

    def values(self, users: NDArray[np.int32], items: NDArray[np.int32]) -> Floats:
        """Return `(n,)` values; of whom or what train does not have, the mean stands."""
        return self.mean + known(self.users, users) + known(self.items, items)


def known(of: Floats, codes: NDArray[np.int32]) -> Floats:
    """Return what stands at each code, `(n,)` or `(n, k)`; 0 at -1."""
    there = codes >= 0
    found: Floats = np.where(there.reshape(-1, *[1] * (of.ndim - 1)), of[np.where(there, codes, 0)], 0.0)
    return found


def fit(
    users: NDArray[np.int32], items: NDArray[np.int32], values: Floats, count: tuple[int, int], shrink: float
) -> Biases:
    """Fit on `(n,)` ratings; a bias of n ratings is shrunk as by `shrink` more that lie at the mean."""
    mean = float(values.mean())
    of_user, of_item = np.zeros(count[0]), np.zeros(count[1])
    many_user, many_item = (np.bincount(codes, minlength=n) for codes, n in zip((users, items), count, strict=True))
    for _ in range(ROUNDS):
        left = values - mean - of_user[users]
        of_item = np.bincount(items, left, minlength=count[1]) / (many_item + shrink)
        left = values - mean - of_item[items]
        of_user = np.bincount(users, left, minlength=count[0]) / (many_user + shrink)
    return Biases(mean, of_user, of_item)
