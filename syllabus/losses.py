"""The losses that learning curves show."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def log_loss(probabilities: NDArray[np.float64], target: NDArray[Any], floor: float = 1e-6) -> float:
    """Return the mean negative log of what was given to the true class: `(n, k)`, `(n,)` codes, in nats.

    A probability below `floor` counts as `floor`, or one certain error would outweigh all the rest.
    """
    chosen = probabilities[np.arange(len(target)), target]
    return float(-np.log(np.clip(chosen, floor, None)).mean())
