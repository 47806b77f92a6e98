"""Logistic regression on scaled numbers and one indicator a category: the model to beat."""

from __future__ import annotations

import warnings
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
    from optuna import Trial
    from scipy.sparse import csr_array

READS = frozenset({"numeric", "categorical"})
SEARCH: dict[str, Any] = {}
# So many iterations between two points of the curve: L-BFGS forgets its curvature at every stop.
STEP = 10


class Params(architectures.Params):
    """Parameters of the regression."""

    C: float = Field(default=1.0, gt=0)
    """The inverse of the strength of the L2 penalty."""
    numbers: Literal["scaled", "ranked"] = "ranked"
    """Numbers less their mean over their deviation, or their rank among train's: robust to long tails."""
    max_iter: int = Field(default=300, ge=1)
    patience: int = Field(default=5, ge=1)
    """Stop when validation has not improved for so many points of the curve."""


def space(trial: Trial) -> dict[str, Any]:
    """Choose the penalty and the form of the numbers."""
    return {
        "C": trial.suggest_float("C", 1e-3, 100.0, log=True),
        "numbers": trial.suggest_categorical("numbers", ["scaled", "ranked"]),
    }


@dataclass(frozen=True)
class Design:
    """How columns become a matrix, learned from train.

    Args:
        medians: `(p,)`, what stands in for missing numbers.
        quantiles: `(q, p)`, train's quantiles for ranks; `(0, p)` for scaled numbers.
        centre: `(p,)` and `scale`: `(p,)`, of the numbers as transformed.
        sizes: `(c,)`, how many categories each categorical column has.
    """

    medians: NDArray[np.float64]
    quantiles: NDArray[np.float64]
    centre: NDArray[np.float64]
    scale: NDArray[np.float64]
    sizes: NDArray[np.int64]

    def matrix(self, examples: Examples) -> csr_array:
        """Return `(n, d)`: the numbers, whether each was missing, and one indicator a category.

        Sparse, because of a row's indicators all but one a column are zero.
        """
        from scipy.sparse import csr_array, hstack

        numeric = examples.arrays["numeric"]
        numbers = (self._transformed(numeric) - self.centre) / self.scale
        codes = examples.arrays["categorical"]
        parts = [numbers, np.isnan(numeric).astype(np.float64)]
        indicators = [indicator(codes[:, column], size) for column, size in enumerate(self.sizes)]
        return hstack([*map(csr_array, parts), *indicators], format="csr")

    def _transformed(self, numeric: NDArray[np.float64]) -> NDArray[np.float64]:
        filled = np.where(np.isnan(numeric), self.medians, numeric)
        if not len(self.quantiles):
            return filled
        ranks = np.linspace(0, 1, len(self.quantiles))
        columns = [np.interp(filled[:, p], self.quantiles[:, p], ranks) for p in range(filled.shape[1])]
        return np.column_stack(columns) if columns else filled


def indicator(codes: NDArray[np.int32], size: int) -> csr_array:
    """Return `(n,)` codes as `(n, size)` indicators; the row of -1 is empty.

    >>> indicator(np.array([1, -1], dtype=np.int32), 2).toarray().tolist()
    [[0.0, 1.0], [0.0, 0.0]]
    """
    from scipy.sparse import csr_array

    seen = codes >= 0
    ends = np.concatenate([[0], np.cumsum(seen)])
    return csr_array((np.ones(ends[-1]), codes[seen], ends), shape=(len(codes), size))


def learn_design(train: Examples, numbers: str) -> Design:
    """Learn the design from train."""
    numeric = train.arrays["numeric"]
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
    weights: NDArray[np.float64]
    intercepts: NDArray[np.float64]

    def predict(self, examples: Examples) -> NDArray[np.float64]:
        """Return probabilities `(n, k)`."""
        return _probabilities(self.design.matrix(examples), self.weights, self.intercepts)

    def save(self, directory: Path) -> None:
        """Write every number as safetensors."""
        from safetensors.numpy import save_file

        arrays = {"weights": self.weights, "intercepts": self.intercepts} | vars(self.design)
        save_file(
            {name: np.ascontiguousarray(array) for name, array in arrays.items()},
            directory / "model.safetensors",
        )


def fit(params: Params, train: Examples, validation: Examples, *, seed: int, report: architectures.Report) -> Fitted:
    """Minimise the penalised log loss by L-BFGS, and keep the point that validation likes best."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    design = train.once(("linear", params.numbers), lambda: learn_design(train, params.numbers))
    known = train.once(("linear matrix", params.numbers), lambda: design.matrix(train))
    watched = validation.once(("linear matrix", params.numbers, id(design)), lambda: design.matrix(validation))
    model = LogisticRegression(C=params.C, max_iter=STEP, warm_start=True, random_state=seed)
    best, best_loss, waited = None, np.inf, 0
    for point in range(1, -(-params.max_iter // STEP) + 1):
        with warnings.catch_warnings():
            # Stopping early is the point: the curve wants every tenth iteration.
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(known, train.labels)
        now = _probabilities(watched, model.coef_, model.intercept_)
        loss = log_loss(now, validation.labels)
        report(point, log_loss(_probabilities(known, model.coef_, model.intercept_), train.labels), loss)
        waited = 0 if loss < best_loss - 1e-6 else waited + 1
        if loss < best_loss:
            best, best_loss = Fitted(design, model.coef_.copy(), model.intercept_.copy()), loss
        if waited >= params.patience or model.n_iter_[0] < STEP:
            break
    return best or Fitted(design, model.coef_, model.intercept_)


def load(directory: Path) -> Fitted:
    """Read what `save` wrote."""
    from safetensors.numpy import load_file

    arrays = load_file(directory / "model.safetensors")
    weights, intercepts = arrays.pop("weights"), arrays.pop("intercepts")
    return Fitted(Design(**arrays), weights, intercepts)


def _probabilities(
    matrix: csr_array, weights: NDArray[np.float64], intercepts: NDArray[np.float64]
) -> NDArray[np.float64]:
    scores = matrix @ weights.T + intercepts
    if scores.shape[1] == 1:
        scores = np.hstack([np.zeros_like(scores), scores])
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))
