"""What a linear model minimises, a convex function of its weights, and the descent to its lowest point."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from syllabus.designs import Inputs
    from syllabus.examples import Examples

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LogLoss:
    """The mean log loss with its penalty, as a function of all weights and intercepts in one vector.

    Args:
        inputs: n examples with d columns.
        truth: `(classes, n)`, an example's weight where it is of the class, which is one on average over train.
        strength: of the penalty, half of which times the sum of the squared weights is added.
    """

    inputs: Inputs
    truth: Floats
    strength: float

    @classmethod
    def of(cls, inputs: Inputs, train: Examples, strength: float) -> LogLoss:
        """Take the truth from train, whose inputs these are."""
        truth = np.eye(len(train.task.classes))[:, train.labels]
        return cls(inputs, truth if train.weights is None else truth * train.weights, strength)

    def __call__(self, point: Floats) -> tuple[float, Floats]:
        """Return the value and its slope at a point."""
        weights, intercepts = self.unpacked(point)
        value, residuals = self.missed(self.inputs.scores(weights, intercepts))
        slopes = np.column_stack([self.inputs.slopes(residuals) + self.strength * weights, residuals.sum(axis=1)])
        return self.penalty(weights) + value, slopes.ravel()

    def missed(self, scores: Floats) -> tuple[float, Floats]:
        """Return the mean loss of `(k, n)` scores, and its slopes there."""
        n = self.truth.shape[1]
        logs = log_probabilities(scores)
        slopes = np.exp(logs) * self.truth.sum(axis=0) - self.truth
        return -float((self.truth * logs).sum()) / n, slopes[-len(scores) :] / n

    def answering(self, weights: Floats, intercepts: Floats) -> tuple[Floats, Floats]:
        """Return the weights and intercepts that answer in the target's unit."""
        return weights.copy(), intercepts.copy()

    def loss(self, value: float) -> float:
        """Return a mean loss as curves show it."""
        return value

    def penalty(self, weights: Floats) -> float:
        """Return what the weights cost."""
        return self.strength * float((weights**2).sum()) / 2

    def prior(self) -> Floats:
        """Return the point without weights, whose intercepts say how frequent the classes are."""
        logs = np.log(self.truth.mean(axis=1).clip(1e-12))
        # Of two classes only the second is scored, against zero.
        intercepts = logs if len(logs) > 2 else logs[1:] - logs[:1]
        return np.hstack([np.zeros((len(intercepts), self.inputs.width)), intercepts[:, None]]).ravel()

    def unpacked(self, point: Floats) -> tuple[Floats, Floats]:
        """Return the weights `(k, d)` and intercepts `(k,)` at a point."""
        table = point.reshape(-1, self.inputs.width + 1)
        return table[:, :-1], table[:, -1]


@dataclass(frozen=True, eq=False)
class Squares(LogLoss):
    """Half the mean squared error of a number, `truth` `(1, n)` in deviations from its mean: ridge regression.

    Args:
        mean: of the target in train.
        deviation: of the target in train.
    """

    mean: float = 0.0
    deviation: float = 1.0

    @classmethod
    def of(cls, inputs: Inputs, train: Examples, strength: float) -> Squares:
        """Take the truth from train, whose inputs these are."""
        mean, deviation = float(train.labels.mean()), float(train.labels.std()) or 1.0
        return cls(inputs, ((train.labels - mean) / deviation)[None], strength, mean, deviation)

    def missed(self, scores: Floats) -> tuple[float, Floats]:
        """Return the mean loss of `(1, n)` scores, and its slopes there."""
        errors = scores - self.truth
        return float((errors**2).mean()) / 2, errors / errors.shape[1]

    def answering(self, weights: Floats, intercepts: Floats) -> tuple[Floats, Floats]:
        """Return the weights and intercepts that answer in the target's unit."""
        return weights * self.deviation, intercepts * self.deviation + self.mean

    def loss(self, value: float) -> float:
        """Return the squared error in the target's unit."""
        return 2 * value * self.deviation**2

    def prior(self) -> Floats:
        """Return the point that answers with the mean."""
        return np.zeros(self.inputs.width + 1)


def descend(objective: Callable[[Floats], tuple[float, Floats]], start: Floats) -> Iterator[tuple[Floats, float]]:
    """Yield `start` and the points of L-BFGS from there, with their values, until nothing is gained any more.

    Each is an iteration (Liu and Nocedal 1989), with the step halved until it gains enough (Armijo 1966).

    Args:
        objective: returns the value and the slope `(d,)` of a convex function at a point `(d,)`.
        start: where to begin.
    """
    point, (value, slope) = start, objective(start)
    yield point, value
    pairs: deque[tuple[Floats, Floats]] = deque(maxlen=10)
    gain = np.inf
    while gain > 1e-9 * abs(value):
        direction = -_newton(slope, pairs)
        length = 1.0 if pairs else 1 / (1 + np.sqrt(_dot(slope, slope)))
        for _ in range(30):
            tried = point + length * direction
            value_there, slope_there = objective(tried)
            if value_there <= value + 1e-4 * length * _dot(slope, direction):
                break
            length /= 2
        else:
            return
        if _dot(slope_there - slope, tried - point) > 0:
            pairs.append((tried - point, slope_there - slope))
        gain, point, value, slope = value - value_there, tried, value_there, slope_there
        yield point, value


def _newton(slope: Floats, pairs: deque[tuple[Floats, Floats]]) -> Floats:
    """Return the slope times the inverse curvature that the last steps, and their changes of slope, speak of."""
    shares = []
    for step, change in reversed(pairs):
        share = _dot(step, slope) / _dot(step, change)
        slope = slope - share * change
        shares.append(share)
    if pairs:
        step, change = pairs[-1]
        slope = slope * (_dot(step, change) / _dot(change, change))
    for (step, change), share in zip(pairs, reversed(shares), strict=True):
        slope = slope + (share - _dot(change, slope) / _dot(step, change)) * step
    return slope


def _dot(one: Floats, other: Floats) -> float:
    """Return the sum of products; not by BLAS, whose sums depend on the processor and on the number of threads."""
    return float(np.einsum("i,i->", one, other))


def log_probabilities(scores: Floats) -> Floats:
    """Return `(classes, n)` for `(k, n)` scores; a single one is the second class's, against zero."""
    if len(scores) == 1:
        scores = np.vstack([np.zeros_like(scores), scores])
    shifted = scores - scores.max(axis=0)
    found: Floats = shifted - np.log(np.add.accumulate(np.exp(shifted), axis=0)[-1])  # in the order of classes
    return found
