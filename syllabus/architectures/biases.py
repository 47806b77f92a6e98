"""The honest rival of all that predicts ratings: how kind a user is, and how well an item is liked on the whole."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from syllabus import architectures
from syllabus.errors import Unmet
from syllabus.examples import Examples
from syllabus.ratings import answering, biases, seen
from syllabus.ratings.biases import Biases
from syllabus.ratings.seen import Seen

if TYPE_CHECKING:
    from optuna.trial import BaseTrial

    Floats = NDArray[np.float64]

READS = frozenset({"user", "item", "who"})
TASKS = frozenset({"rating"})
SEARCH: dict[str, Any] = {}
SIDE_BY_SIDE = True


class Params(architectures.Params):
    """How far few ratings are trusted."""

    shrink: float = Field(default=10.0, ge=0.01, le=1e6)
    """A bias is drawn to 0 as by so many ratings at the mean."""


def space(trial: BaseTrial) -> dict[str, Any]:
    """Choose how far few ratings are trusted."""
    return {"shrink": trial.suggest_float("shrink", 0.5, 50.0, log=True)}


@dataclass(frozen=True, eq=False)
class Fitted:
    """The biases, and what users have seen."""

    biases: Biases
    history: Seen

    def predict(self, examples: Examples) -> Floats:
        """Return `(n, 2)`: the value, and the rank of the item, the same order of items for all users."""
        return answering.answers(self, examples)

    def values(self, examples: Examples) -> Floats:
        """Return `(n,)` values, less their bounds."""
        return self.biases.values(examples.arrays["user"], examples.arrays["item"])

    def scores(self, _: int) -> Floats:
        """Return `(items,)` scores, the same for all users."""
        return self.biases.items

    def save(self, directory: Path) -> None:
        """Write the arrays."""
        held = {"mean": np.array([self.biases.mean]), "users": self.biases.users, "items": self.biases.items}
        answering.save(held, self.history, directory)


def fit(params: Params, train: Examples, validation: Examples, *, seed: int, report: architectures.Report) -> Fitted:
    """Fit users and items in turn.

    Raises:
        Unmet: rows are clicks, which have no value.
    """
    if train.task.clicks:
        raise Unmet("biases learn from values, and clicks have none: let factorization or neighbours compete")
    users, items, count = train.arrays["user"], train.arrays["item"], answering.sizes(train)
    found = Fitted(biases.fit(users, items, train.labels, count, params.shrink), seen.seen(users, items, count))
    report(1, *(answering.loss(found, some) for some in (train, validation)))
    return found


def load(directory: Path) -> Fitted:
    """Read what `save` wrote."""
    held, history = answering.load(directory)
    return Fitted(Biases(float(held["mean"][0]), held["users"], held["items"]), history)
