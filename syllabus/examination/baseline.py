"""The baseline that every model must beat: it answers with the shares of the classes in train."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from syllabus.errors import Unmet

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class Baseline:
    """The prior: the same probabilities for every example.

    Args:
        prior: the share of each class in train.
    """

    prior: tuple[float, ...]

    def predict(self, n: int) -> NDArray[np.float64]:
        """Return `(n, k) float`, every row the prior."""
        return np.tile(np.array(self.prior), (n, 1))


def fit(target: ArrayLike, classes: int) -> Baseline:
    """Learn the prior from the codes of train, `(n,) int`.

    A class without an example in train gets the share that half an example would have, because a
    probability of nought would make the baseline infinitely wrong and any model look good beside it.

    Raises:
        Unmet: train is empty.
    """
    codes = np.asarray(target)
    if len(codes) == 0:
        raise Unmet("The baseline needs at least one example in train to learn the shares of the classes")
    counts = np.bincount(codes, minlength=classes).astype(np.float64)
    counts[counts == 0] = 0.5
    return Baseline(tuple(float(share) for share in counts / counts.sum()))
