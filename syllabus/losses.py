"""The losses that learning curves show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from syllabus.examples import Examples


def loss(answered: NDArray[np.float64], examples: Examples) -> float:
    """Return the loss that curves show of what a fit answers on examples, on the scale that is learned."""
    if examples.task.kind == "regression":
        return squared_error(answered, examples.labels)
    if examples.task.kind == "forecast":
        unit = examples.arrays["scale"][:, 1]
        return float(pinball(answered, examples.labels, examples.task.quantiles, unit).mean())
    if examples.task.kind == "language":
        return bits_per_byte(answered, examples.labels)
    if examples.task.kind == "rating":
        if not examples.task.ranked:
            return squared_error(answered[:, 0], examples.labels)
        return float(lost_gain(answered[:, 1], examples.task.likes(examples.labels)).mean())
    return log_loss(answered, examples.labels, examples.weights)


def log_loss(
    probabilities: NDArray[np.float64],
    target: NDArray[Any],
    weights: NDArray[np.float64] | None = None,
    floor: float = 1e-6,
) -> float:
    """Return the mean negative log of what was given to the true class: `(n, k)`, `(n,)` codes, in nats.

    A probability below `floor` counts as `floor`, or one certain error would outweigh all the rest. Given `(n,)`,
    probabilities are those of the second of two classes. Given weights `(n,)`, it is their weighted mean.
    """
    if probabilities.ndim == 1:
        chosen = np.where(target, probabilities, 1 - probabilities)
    else:
        chosen = probabilities[np.arange(len(target)), target]
    losses = -np.log(np.clip(chosen, floor, None))
    return float(losses.mean() if weights is None else (losses * weights).sum() / weights.sum())


def squared_error(values: NDArray[np.float64], target: NDArray[np.float64]) -> float:
    """Return the mean squared error of `(n,)` values, in the target's unit squared."""
    return float(((values - target) ** 2).mean())


def pinball(
    answered: NDArray[np.float64], target: NDArray[np.float64], quantiles: Sequence[float], unit: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return `(n,)` pinball losses of quantiles `(n, h, q)`, means over steps and quantiles (Koenker and Bassett 1978).

    Steps whose value, of `(n, h)`, is NaN count nothing. Losses are in units of `(n,)`, so that series of unlike size
    count alike.
    """
    above, levels = target[:, :, None] - answered, np.array(quantiles)
    losses = np.maximum(levels * above, (levels - 1) * above).mean(axis=2)
    known = ~np.isnan(target)
    found: NDArray[np.float64] = np.where(known, losses, 0.0).sum(axis=1) / known.sum(axis=1) / unit
    return found


def bits_per_byte(costs: NDArray[np.float64], target: NDArray[np.int64]) -> float:
    """Return what a byte costs: of each document, its nats first in `(n, 3)`, and how often each byte is in it."""
    return float(costs[:, 0].sum() / target.sum() / np.log(2))


def lost_gain(ranks: NDArray[np.float64], liked: NDArray[np.bool_] | None = None) -> NDArray[np.float64]:
    """Return `(n,)` shares that are lost of what the first rank gains: none at the first, almost all far behind.

    With `liked` `(n,)`, what was not liked loses nothing, and the mean is that over what was.
    """
    lost: NDArray[np.float64] = 1 - 1 / np.log2(1 + ranks)
    return lost if liked is None else lost * liked * (len(liked) / max(int(liked.sum()), 1))
