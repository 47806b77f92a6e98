"""The losses that learning curves show."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def log_loss(probabilities: NDArray[np.float64], target: NDArray[Any], floor: float = 1e-6) -> float:
    """Return the mean negative log of what was given to the true class: `(n, k)`, `(n,)` codes, in nats.

    A probability below `floor` counts as `floor`, or one certain error would outweigh all the rest. Given `(n,)`,
    probabilities are those of the second of two classes.
    """
    if probabilities.ndim == 1:
        chosen = np.where(target, probabilities, 1 - probabilities)
    else:
        chosen = probabilities[np.arange(len(target)), target]
    return float(-np.log(np.clip(chosen, floor, None)).mean())


def squared_error(values: NDArray[np.float64], target: NDArray[np.float64]) -> float:
    """Return the mean squared error of `(n,)` values, in the target's unit squared."""
    return float(((values - target) ** 2).mean())
