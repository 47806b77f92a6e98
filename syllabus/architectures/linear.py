"""Logistic regression on scaled numbers and one indicator a category: the model to beat."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from syllabus import architectures
from syllabus.examples import Examples
from syllabus.losses import log_loss

if TYPE_CHECKING:
    from optuna.trial import BaseTrial

    Floats = NDArray[np.float64]

READS = frozenset({"numeric", "categorical"})
SEARCH: dict[str, Any] = {}
SIDE_BY_SIDE = True
LARGEST = 1e100
"""Numbers beyond it count as it: their square must be a number, too."""


class Params(architectures.Params):
    """Parameters of the regression."""

    C: float = Field(default=1.0, gt=0)
    """The inverse of the strength of the L2 penalty."""
    numbers: Literal["scaled", "ranked"] = "ranked"
    """Numbers less their mean over their deviation, or their rank among train's: robust to long tails."""
    max_iter: int = Field(default=500, ge=1)
    patience: int = Field(default=25, ge=1)
    """Stop when validation has not improved for so many iterations."""


def space(trial: BaseTrial) -> dict[str, Any]:
    """Choose the penalty and the form of the numbers."""
    return {
        "C": trial.suggest_float("C", 1e-3, 100.0, log=True),
        "numbers": trial.suggest_categorical("numbers", ["scaled", "ranked"]),
    }


@dataclass(frozen=True, eq=False)
class Inputs:
    """Examples as the regression reads them: `d` columns, of which a row's indicators all but one a column are zero.

    Args:
        numbers: `(p, n)`, the dense columns, which come first.
        places: `(c, n) int64`, for each categorical column which of the `d - p` indicators is one; `d - p` for none.
        indicators: how many there are, d - p.
    """

    numbers: Floats
    places: NDArray[np.int64]
    indicators: int

    def scores(self, weights: Floats, intercepts: Floats) -> Floats:
        """Return `(k, n)` scores for weights `(k, d)`."""
        dense = len(self.numbers)
        found = np.tile(intercepts[:, None], self.numbers.shape[1])
        # Column by column, because a sum over an axis goes another way when fewer rows are asked for.
        for column, number in enumerate(self.numbers):
            found += weights[:, column, None] * number
        for row, table in zip(found, np.pad(weights[:, dense:], ((0, 0), (0, 1))), strict=True):
            for place in self.places:
                row += table.take(place)
        return found

    def slopes(self, residuals: Floats) -> Floats:
        """Return `(k, d)`: for `(k, n)` residuals, their products with the columns."""
        places, count = self.places.ravel(), self.indicators + 1
        counted = [np.bincount(places, np.tile(row, len(self.places)), count)[:-1] for row in residuals]
        # No BLAS: its sums depend on the number of threads.
        slopes: Floats = np.hstack([np.einsum("kn,pn->kp", residuals, self.numbers), counted])
        return slopes


@dataclass(frozen=True, eq=False)
class Design:
    """How examples become inputs, learned from train.

    Args:
        medians: `(p,)`, what stands in for missing numbers.
        quantiles: `(q, p)`, train's quantiles for ranks; `(0, p)` for scaled numbers.
        centre: `(p,)` and `scale`: `(p,)`, of the numbers as transformed.
        sizes: `(c,)`, how many categories each categorical column has.
    """

    medians: Floats
    quantiles: Floats
    centre: Floats
    scale: Floats
    sizes: NDArray[np.int64]

    def inputs(self, examples: Examples) -> Inputs:
        """Return the numbers, whether each was missing, and one indicator a category."""
        numeric = _finite(examples.arrays["numeric"])
        numbers = (self._transformed(numeric) - self.centre) / self.scale
        dense = np.ascontiguousarray(np.hstack([numbers, np.isnan(numeric)]).T)
        codes = examples.arrays["categorical"].T.astype(np.int64)
        starts, indicators = np.cumsum(self.sizes) - self.sizes, int(self.sizes.sum())
        return Inputs(dense, np.where(codes < 0, indicators, codes + starts[:, None]), indicators)

    def _transformed(self, numeric: Floats) -> Floats:
        filled = np.where(np.isnan(numeric), self.medians, numeric)
        if not len(self.quantiles):
            return filled
        ranks = np.linspace(0, 1, len(self.quantiles))
        columns = [np.interp(filled[:, p], self.quantiles[:, p], ranks) for p in range(filled.shape[1])]
        return np.column_stack(columns) if columns else filled


def learn_design(train: Examples, numbers: str) -> Design:
    """Learn the design from train."""
    numeric = _finite(train.arrays["numeric"])
    known = ~np.isnan(numeric).all(axis=0)
    medians = np.zeros(numeric.shape[1])
    medians[known] = np.nanmedian(numeric[:, known], axis=0)
    filled = np.where(np.isnan(numeric), medians, numeric)
    quantiles = np.quantile(filled, np.linspace(0, 1, 101), axis=0) if numbers == "ranked" else filled[:0]
    sizes = np.array([len(column.categories or ()) for column in train.columns["categorical"]], dtype=np.int64)
    zero, one = np.zeros(numeric.shape[1]), np.ones(numeric.shape[1])
    transformed = Design(medians, quantiles, zero, one, sizes)._transformed(numeric)
    deviation = transformed.std(axis=0)
    return Design(medians, quantiles, transformed.mean(axis=0), np.where(deviation > 0, deviation, 1.0), sizes)


@dataclass(frozen=True)
class Fitted:
    """Weights `(k, d)` and intercepts `(k,)` of the classes; one row where there are two classes."""

    design: Design
    weights: Floats
    intercepts: Floats

    def predict(self, examples: Examples) -> Floats:
        """Return probabilities `(n, k)`."""
        scores = self.design.inputs(examples).scores(self.weights, self.intercepts)
        return np.ascontiguousarray(np.exp(_log_probabilities(scores)).T)

    def save(self, directory: Path) -> None:
        """Write every number as safetensors, and its checksum."""
        from safetensors.numpy import save

        arrays = {"weights": self.weights, "intercepts": self.intercepts} | vars(self.design)
        content = save({name: np.ascontiguousarray(array) for name, array in arrays.items()})
        architectures.write(content, directory / "model.safetensors")


def fit(params: Params, train: Examples, validation: Examples, *, seed: int, report: architectures.Report) -> Fitted:  # noqa: ARG001 (nothing is left to chance)
    """Minimise the penalised log loss by L-BFGS, from the prior on, and keep the point that validation likes best."""
    design = train.once(("linear", params.numbers), lambda: learn_design(train, params.numbers))
    known = train.once(design, lambda: design.inputs(train))
    watched = validation.once(design, lambda: design.inputs(validation))
    objective = Objective(known, np.eye(len(train.task.classes))[:, train.labels], 1 / (params.C * len(train)))
    best, best_loss, best_at = None, np.inf, 0
    for iteration, (point, value) in enumerate(descend(objective, objective.prior()), 1):
        weights, intercepts = objective.unpacked(point)
        loss = log_loss(np.exp(_log_probabilities(watched.scores(weights, intercepts))).T, validation.labels)
        report(iteration, value - objective.penalty(weights), loss)
        if best is None or loss < best_loss:
            best, best_loss, best_at = Fitted(design, weights.copy(), intercepts.copy()), loss, iteration
        if iteration == params.max_iter or iteration - best_at >= params.patience:
            break
    assert best is not None
    return best


def load(directory: Path) -> Fitted:
    """Read what `save` wrote."""
    from safetensors.numpy import load as parse

    arrays = parse(architectures.read(directory / "model.safetensors"))
    weights, intercepts = arrays.pop("weights"), arrays.pop("intercepts")
    return Fitted(Design(**arrays), weights, intercepts)


@dataclass(frozen=True, eq=False)
class Objective:
    """The mean log loss with its penalty, as a function of all weights and intercepts in one vector.

    Args:
        inputs: n examples with d columns.
        truth: `(classes, n)`, one where an example is of the class.
        strength: of the penalty, half of which times the sum of the squared weights is added.
    """

    inputs: Inputs
    truth: Floats
    strength: float

    def __call__(self, point: Floats) -> tuple[float, Floats]:
        """Return the value and its slope at a point."""
        weights, intercepts = self.unpacked(point)
        n = self.truth.shape[1]
        logs = _log_probabilities(self.inputs.scores(weights, intercepts))
        residuals = (np.exp(logs) - self.truth)[-len(weights) :] / n
        slopes = np.column_stack([self.inputs.slopes(residuals) + self.strength * weights, residuals.sum(axis=1)])
        return self.penalty(weights) - float((self.truth * logs).sum()) / n, slopes.ravel()

    def penalty(self, weights: Floats) -> float:
        """Return what the weights cost."""
        return self.strength * float((weights**2).sum()) / 2

    def prior(self) -> Floats:
        """Return the point without weights, whose intercepts say how frequent the classes are."""
        logs = np.log(self.truth.mean(axis=1).clip(1e-12))
        # Of two classes only the second is scored, against zero.
        intercepts = logs if len(logs) > 2 else logs[1:] - logs[:1]
        width = len(self.inputs.numbers) + self.inputs.indicators
        return np.hstack([np.zeros((len(intercepts), width)), intercepts[:, None]]).ravel()

    def unpacked(self, point: Floats) -> tuple[Floats, Floats]:
        """Return the weights `(k, d)` and intercepts `(k,)` at a point."""
        table = point.reshape(-1, len(self.inputs.numbers) + self.inputs.indicators + 1)
        return table[:, :-1], table[:, -1]


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
        length = 1.0 if pairs else 1 / (1 + float(np.linalg.norm(slope)))
        for _ in range(30):
            tried = point + length * direction
            value_there, slope_there = objective(tried)
            if value_there <= value + 1e-4 * length * float(slope @ direction):
                break
            length /= 2
        else:
            return
        if (slope_there - slope) @ (tried - point) > 0:
            pairs.append((tried - point, slope_there - slope))
        gain, point, value, slope = value - value_there, tried, value_there, slope_there
        yield point, value


def _newton(slope: Floats, pairs: deque[tuple[Floats, Floats]]) -> Floats:
    """Return the slope times the inverse curvature that the last steps, and their changes of slope, speak of."""
    shares = []
    for step, change in reversed(pairs):
        share = (step @ slope) / (step @ change)
        slope = slope - share * change
        shares.append(share)
    if pairs:
        step, change = pairs[-1]
        slope = slope * ((step @ change) / (change @ change))
    for (step, change), share in zip(pairs, reversed(shares), strict=True):
        slope = slope + (share - (change @ slope) / (step @ change)) * step
    return slope


def _log_probabilities(scores: Floats) -> Floats:
    """Return `(classes, n)` for `(k, n)` scores; a single one is the second class's, against zero."""
    if len(scores) == 1:
        scores = np.vstack([np.zeros_like(scores), scores])
    shifted = scores - scores.max(axis=0)
    found: Floats = shifted - np.log(np.add.accumulate(np.exp(shifted), axis=0)[-1])  # in the order of classes
    return found


def _finite(numeric: Floats) -> Floats:
    """Return the numbers, NaN where one is missing or infinite, bounded so that they can be squared."""
    return np.where(np.isfinite(numeric), numeric.clip(-LARGEST, LARGEST), np.nan)
