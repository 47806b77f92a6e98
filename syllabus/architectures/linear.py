"""Logistic or ridge regression on scaled numbers, one indicator a category, and the TF-IDF weights of texts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from syllabus import architectures
from syllabus.designs import Design, Inputs, Terms, learn_design
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
WEIGHTED = True


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
        terms: Terms | None = arrays.pop("terms")
        arrays |= {f"terms.{name}": held for name, held in vars(terms).items()} if terms else {}
        arrays |= {"identity": np.array([self.identity], dtype=np.uint8)}
        content = save({name: np.ascontiguousarray(array) for name, array in arrays.items()})
        architectures.write(content, directory / "model.safetensors")


def fit(params: Params, train: Examples, validation: Examples, *, seed: int, report: architectures.Report) -> Fitted:
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
    own = {name.removeprefix("terms."): arrays.pop(name) for name in list(arrays) if name.startswith("terms.")}
    design = Design(**arrays, terms=Terms(**own) if own else None)
    return Fitted(design, weights, intercepts, bool(identity[0]))
