"""What a classifier answered on one part of the data, checked once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from syllabus.errors import Unmet
from syllabus.examination.answers import Loss
from syllabus.losses import log_loss

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from syllabus.examination.thresholds import Choice
    from syllabus.recalibration import Calibration

FLOOR = 1e-6
"""In a loss a probability counts as at least that much, or one certain error would outweigh all the rest."""


@dataclass(frozen=True, eq=False)
class Predictions:
    """The true class of every example beside the probabilities that a model gave.

    Args:
        target: `(n,) int`, codes into `classes`.
        probabilities: `(n, k) float`, a row sums to one.
        classes: the names of the k classes, in the order of the codes.
        positive: the code that a binary target asks about; None where there are more classes than two,
            and metrics are then averaged over the classes, each against the rest.
        threshold: a binary example is decided positive from this probability on. With more classes the one
            is chosen that is likeliest, by its weight where there are weights.
        given: `(n, k)`, the probabilities before they were calibrated, by which a fit is judged.
        weights: how much an example of each class counted in learning; None where all count the same.
        costs: of a false positive and of a false negative; None where none is declared.
        choice: how the threshold was chosen; None where it was not.
        calibration: how the probabilities were calibrated; None where they were not.
        groups: `(n,) str`, the group of each example where groups have thresholds of their own; None where not.

    Raises:
        Unmet: the arrays do not fit each other, or are not probabilities.
    """

    TASK: ClassVar[str] = "classification"
    ARRAYS: ClassVar[tuple[str, ...]] = ("target", "probabilities", "given", "groups")
    LOSS: ClassVar[Loss] = Loss("log loss", "nats", "prior")

    target: NDArray[np.int64]
    probabilities: NDArray[np.float64]
    classes: tuple[str, ...]
    positive: int | None
    threshold: float
    given: NDArray[np.float64]
    weights: tuple[float, ...] | None = None
    costs: tuple[float, float] | None = None
    choice: Choice | None = None
    calibration: Calibration | None = None
    groups: NDArray[np.str_] | None = None

    @classmethod
    def of(
        cls,
        target: ArrayLike,
        probabilities: ArrayLike,
        classes: tuple[str, ...],
        positive: int | None = None,
        threshold: float = 0.5,
        *,
        weights: tuple[float, ...] | None = None,
        costs: tuple[float, float] | None = None,
    ) -> Predictions:
        """Check and convert: two classes without a `positive` ask about the second."""
        true, given = np.asarray(target), np.asarray(probabilities, dtype=np.float64)
        n, k = len(true), len(classes)
        if true.ndim != 1 or given.shape != (n, k):
            raise Unmet(f"The probabilities have the shape {given.shape}: {n} examples of {k} classes need {(n, k)}")
        if n and (not np.issubdtype(true.dtype, np.integer) or true.min() < 0 or true.max() >= k):
            raise Unmet(f"The target must hold whole numbers from 0 to {k - 1}, one for each class")
        if positive is not None and (k != 2 or positive not in (0, 1)):
            raise Unmet(f"A positive class needs a target of two classes, this one has {k}: {list(classes)}")
        asked = positive if positive is not None else 1 if k == 2 else None
        checked = _checked(given)
        return cls(true.astype(np.int64), checked, tuple(classes), asked, threshold, checked, weights, costs)

    def __len__(self) -> int:
        return len(self.target)

    @cached_property
    def decided(self) -> NDArray[np.int64]:
        """`(n,) int`: the class that the model decides for."""
        if self.positive is None:
            weighed = self.probabilities if self.weights is None else self.probabilities * np.array(self.weights)
            return np.asarray(weighed.argmax(axis=1), dtype=np.int64)
        says_yes = self.probabilities[:, self.positive] >= self.thresholds
        return np.where(says_yes, self.positive, 1 - self.positive)

    @property
    def thresholds(self) -> NDArray[np.float64] | float:
        """The threshold, or `(n,)` that of each example's group."""
        if self.choice is None or self.groups is None or not self.choice.groups:
            return self.threshold
        names, codes = np.unique(self.groups, return_inverse=True)
        own = np.array([self.choice.groups.get(str(name), self.threshold) for name in names])
        each: NDArray[np.float64] = own[codes]
        return each

    @property
    def asked(self) -> tuple[int, ...]:
        """The classes that are examined one by one against the rest: the positive one, or all."""
        return tuple(range(len(self.classes))) if self.positive is None else (self.positive,)

    @cached_property
    def present(self) -> tuple[int, ...]:
        """The classes that have an example in this part."""
        return tuple(int(code) for code in np.unique(self.target))

    @property
    def absent(self) -> tuple[str, ...]:
        """The names of the classes that have no example in this part."""
        return tuple(name for code, name in enumerate(self.classes) if code not in self.present)

    @cached_property
    def confusion(self) -> NDArray[np.int64]:
        """`(k, k) int`: how many examples of the row's class were decided to be the column's."""
        k = len(self.classes)
        table: NDArray[np.int64] = np.bincount(self.target * k + self.decided, minlength=k * k).reshape(k, k)
        return table

    @property
    def numbers(self) -> int:
        """How many numbers are made of each resample: a table of confusion."""
        return len(self.classes) ** 2

    @property
    def questions(self) -> int:
        """How many classes are asked about."""
        return len(self.asked)

    @property
    def loss(self) -> float:
        """The mean loss as learning curves show it: under the weights of the classes, where they have any."""
        if self.weights is None:
            return float(self.losses().mean())
        learned, weights = self.given * np.array(self.weights), np.array(self.weights)[self.target]
        return log_loss(learned / learned.sum(axis=1, keepdims=True), self.target, weights, FLOOR)

    def losses(self, prior: Sequence[float] = ()) -> NDArray[np.float64]:
        """Return `(n,)` log losses in nats, of the probabilities before they were calibrated."""
        given = self.given[np.arange(len(self)), self.target]
        found: NDArray[np.float64] = -np.log(given.clip(FLOOR, None))
        return found

    def prior_losses(self, prior: Sequence[float]) -> NDArray[np.float64]:
        """Return `(n,)` log losses of the prior, the share of each class in train."""
        found: NDArray[np.float64] = -np.log(np.array(prior).clip(FLOOR, None))[self.target]
        return found

    @property
    def excess(self) -> NDArray[np.float64]:
        """`(n, k)`: how far each probability lies above the truth, 1 or 0."""
        above: NDArray[np.float64] = self.probabilities - np.eye(len(self.classes))[self.target]
        return above

    def rows(self, chosen: NDArray[Any]) -> Predictions:
        """Return some of the rows, by mask or by index."""
        held = {name: getattr(self, name) for name in self.ARRAYS}
        return replace(self, **{name: array[chosen] for name, array in held.items() if array is not None})

    def calibrated(self, calibration: Calibration | None) -> Predictions:
        """Return the same with true probabilities."""
        if calibration is None:
            return self
        return replace(self, probabilities=calibration.apply(self.given), calibration=calibration)

    def like(self, other: Predictions) -> Predictions:
        """Return the same, calibrated and decided as the model's answers on another part are."""
        return self.calibrated(other.calibration).deciding(other.choice)

    def deciding(self, choice: Choice | None) -> Predictions:
        """Return the same, decided at the threshold that was chosen."""
        return self if choice is None else replace(self, threshold=choice.threshold, choice=choice)

    def asking(self, classes: tuple[str, ...]) -> Predictions:
        """Return the same, asked about the other one of its two classes, where `classes` are these in that order."""
        if len(classes) != 2 or self.classes != classes[::-1]:
            return self
        arrays: dict[str, Any] = {name: getattr(self, name)[:, ::-1] for name in ("probabilities", "given")}
        return replace(
            self,
            **arrays,
            target=1 - self.target,
            classes=classes,
            threshold=_other(self.threshold),
            weights=self.weights and self.weights[::-1],
            costs=self.costs and self.costs[::-1],
            choice=self.choice
            and replace(
                self.choice,
                threshold=_other(self.choice.threshold),
                groups={name: _other(own) for name, own in self.choice.groups.items()},
            ),
        )


def _other(threshold: float) -> float:
    """Return the threshold of the other class for the same decisions: what reaches this one does not reach that."""
    return float(np.nextafter(1 - threshold, 2))


def _checked(given: NDArray[np.float64]) -> NDArray[np.float64]:
    broken = int((~np.isfinite(given).all(axis=1)).sum())
    if broken:
        raise Unmet(f"The model gave no finite probabilities for {broken} of {len(given)} examples")
    sums = given.sum(axis=1, keepdims=True)
    if len(given) and (given.min() < -1e-6 or abs(sums - 1).max() > 1e-3):
        raise Unmet("The model's probabilities must lie between 0 and 1, and each row must sum to 1")
    if len(given) == 0 or (abs(sums - 1).max() < 1e-9 and given.min() >= 0):
        return given
    # What a network computed in single precision is off by a little more than what metrics accept.
    clipped = given.clip(0, None)
    scaled: NDArray[np.float64] = clipped / clipped.sum(axis=1, keepdims=True)
    return scaled
