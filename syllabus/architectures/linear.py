"""Logistic regression, or ridge regression of a number, on scaled numbers and one indicator a category."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from syllabus import architectures
from syllabus.examples import Examples
from syllabus.losses import loss
from syllabus.objectives import LogLoss, Squares, descend, log_probabilities

if TYPE_CHECKING:
    from optuna.trial import BaseTrial

    Floats = NDArray[np.float64]

READS = frozenset({"numeric", "categorical"})
TASKS = frozenset({"classification", "regression"})
SEARCH: dict[str, Any] = {}
SIDE_BY_SIDE = True
HARMONICS = 3
"""Waves in a period: with three, every day of a week may stand for itself."""
WEIGHTED = True
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
        gaps: `(g,) int64`, which numbers train misses at times.
        cyclic: `(y,) int64`, which numbers begin anew after their period; a circle stands beside them.
        periods: `(y,)`.
    """

    medians: Floats
    quantiles: Floats
    centre: Floats
    scale: Floats
    sizes: NDArray[np.int64]
    gaps: NDArray[np.int64]
    cyclic: NDArray[np.int64]
    periods: Floats

    def inputs(self, examples: Examples) -> Inputs:
        """Return the numbers, where they go round, whether each was missing, and one indicator a category."""
        numeric = _finite(examples.arrays["numeric"])
        numbers = (self._transformed(numeric) - self.centre) / self.scale
        dense = np.ascontiguousarray(np.hstack([numbers, *self._circles(numeric), np.isnan(numeric[:, self.gaps])]).T)
        codes = examples.arrays["categorical"].T.astype(np.int64)
        starts, indicators = np.cumsum(self.sizes) - self.sizes, int(self.sizes.sum())
        return Inputs(dense, np.where(codes < 0, indicators, codes + starts[:, None]), indicators)

    def _circles(self, numeric: Floats) -> list[Floats]:
        """Return where a number stands in its period, as sines and cosines: the end lies beside the beginning."""
        angles = 2 * np.pi * numeric[:, self.cyclic] / self.periods
        return [np.nan_to_num(turn(step * angles)) for step in range(1, HARMONICS + 1) for turn in (np.sin, np.cos)]

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
    gaps = np.flatnonzero(np.isnan(numeric).any(axis=0))
    cyclic = [place for place, column in enumerate(train.columns.get("numeric", ())) if column.period]
    periods = np.array([train.columns["numeric"][place].period for place in cyclic], dtype=np.float64)
    rest = (sizes, gaps, np.array(cyclic, dtype=np.int64), periods)
    zero, one = np.zeros(numeric.shape[1]), np.ones(numeric.shape[1])
    transformed = Design(medians, quantiles, zero, one, *rest)._transformed(numeric)
    deviation = transformed.std(axis=0)
    return Design(medians, quantiles, transformed.mean(axis=0), np.where(deviation > 0, deviation, 1.0), *rest)


@dataclass(frozen=True)
class Fitted:
    """Weights `(k, d)` and intercepts `(k,)` of the classes; one row where there are two classes, or a number.

    Args:
        design: how examples become inputs.
        weights: of the inputs.
        intercepts: what is added.
        identity: whether a score is the answer itself, a number; else scores make probabilities.
    """

    design: Design
    weights: Floats
    intercepts: Floats
    identity: bool = False

    def predict(self, examples: Examples) -> Floats:
        """Return probabilities `(n, k)`, or values `(n,)`."""
        return self.answers(self.design.inputs(examples))

    def answers(self, inputs: Inputs) -> Floats:
        """Return the same of inputs."""
        scores = inputs.scores(self.weights, self.intercepts)
        return scores[0] if self.identity else np.ascontiguousarray(np.exp(log_probabilities(scores)).T)

    def save(self, directory: Path) -> None:
        """Write every number as safetensors, and its checksum."""
        from safetensors.numpy import save

        arrays = {"weights": self.weights, "intercepts": self.intercepts} | vars(self.design)
        arrays |= {"identity": np.array([self.identity], dtype=np.uint8)}
        content = save({name: np.ascontiguousarray(array) for name, array in arrays.items()})
        architectures.write(content, directory / "model.safetensors")


def fit(params: Params, train: Examples, validation: Examples, *, seed: int, report: architectures.Report) -> Fitted:  # noqa: ARG001 (nothing is left to chance)
    """Minimise the penalised loss by L-BFGS, from the prior on, and keep the point that validation likes best.

    The loss is the log loss, or half the squared error of a number in deviations of train's.
    """
    design = train.once(("linear", params.numbers), lambda: learn_design(train, params.numbers))
    known = train.once(design, lambda: design.inputs(train))
    watched = validation.once(design, lambda: design.inputs(validation))
    regression, strength = train.task.kind == "regression", 1 / (params.C * len(train))
    objective = (Squares if regression else LogLoss).of(known, train, strength)
    best, best_loss, best_at = None, np.inf, 0
    for iteration, (point, value) in enumerate(descend(objective, objective.prior()), 1):
        weights, intercepts = objective.unpacked(point)
        reached = Fitted(design, *objective.answering(weights, intercepts), regression)
        seen = loss(reached.answers(watched), validation)
        report(iteration, objective.loss(value - objective.penalty(weights)), seen)
        if best is None or seen < best_loss:
            best, best_loss, best_at = reached, seen, iteration
        if iteration == params.max_iter or iteration - best_at >= params.patience:
            break
    assert best is not None
    return best


def load(directory: Path) -> Fitted:
    """Read what `save` wrote."""
    from safetensors.numpy import load as parse

    arrays = parse(architectures.read(directory / "model.safetensors"))
    weights, intercepts, identity = (arrays.pop(name) for name in ("weights", "intercepts", "identity"))
    return Fitted(Design(**arrays), weights, intercepts, bool(identity[0]))


def _finite(numeric: Floats) -> Floats:
    """Return the numbers, NaN where one is missing or infinite, bounded so that they can be squared."""
    return np.where(np.isfinite(numeric), numeric.clip(-LARGEST, LARGEST), np.nan)
