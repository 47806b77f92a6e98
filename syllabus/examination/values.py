"""What a regression answered on one part of the data, checked once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from syllabus.errors import Unmet
from syllabus.examination.answers import Loss

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from syllabus.conformal import Intervals
    from syllabus.examples import Task

    Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Values:
    """The true value of every example beside the one that a model predicted, both on the target's own scale.

    Args:
        target: `(n,) float`.
        predicted: `(n,) float`.
        task: what is predicted, and on which scale it was learned.
        intervals: how prediction intervals are made; None where there are none.

    Raises:
        Unmet: the arrays do not fit each other, or a prediction is no finite number.
    """

    TASK: ClassVar[str] = "regression"
    ARRAYS: ClassVar[tuple[str, ...]] = ("target", "predicted")
    LOSS: ClassVar[Loss] = Loss("squared error", "variances", "mean")

    target: Floats
    predicted: Floats
    task: Task
    intervals: Intervals | None = None

    @classmethod
    def of(cls, target: ArrayLike, predicted: ArrayLike, task: Task) -> Values:
        """Check and convert."""
        true, given = np.asarray(target, dtype=np.float64), np.asarray(predicted, dtype=np.float64)
        if true.ndim != 1 or given.shape != true.shape:
            raise Unmet(f"The predictions have the shape {given.shape}: {len(true)} examples need {(len(true),)}")
        broken = int((~np.isfinite(given)).sum())
        if broken:
            raise Unmet(f"The model gave no finite value for {broken} of {len(given)} examples")
        return cls(true, given, task)

    def __len__(self) -> int:
        return len(self.target)

    @property
    def errors(self) -> Floats:
        """`(n,)`: how far each prediction lies above the true value."""
        return self.predicted - self.target

    @cached_property
    def ends(self) -> tuple[Floats, Floats]:
        """The lower and upper ends of the prediction intervals, `(n,)` each; NaN where there are none."""
        if self.intervals is None:
            nothing = np.full(len(self), np.nan)
            return nothing, nothing
        return self.intervals.around(self.predicted)

    @property
    def held(self) -> NDArray[np.bool_]:
        """`(n,)`: whether the true value lies in its interval."""
        low, high = self.ends
        return (low <= self.target) & (self.target <= high)

    @property
    def numbers(self) -> int:
        """How many numbers are made of each resample."""
        return 1

    @property
    def questions(self) -> int:
        """How many classes are asked about: none, which costs as much as one."""
        return 1

    @property
    def loss(self) -> float:
        """The mean loss as learning curves show it."""
        return float(self._squares(self.task.learned(self.predicted)).mean())

    def losses(self, prior: Sequence[float]) -> Floats:
        """Return `(n,)` squared errors on the scale that was learned, in variances of train's target."""
        return self._squares(self.task.learned(self.predicted)) / prior[1]

    def prior_losses(self, prior: Sequence[float]) -> Floats:
        """Return the same of answering with the mean; the prior is mean and variance of train's target."""
        return self._squares(prior[0]) / prior[1]

    @property
    def excess(self) -> Floats:
        """`(n, 1)`: how far each prediction lies above the truth on the scale that was learned."""
        above: Floats = self.task.learned(self.predicted) - self.task.learned(self.target)
        return above[:, None]

    def within(self, intervals: Intervals | None) -> Values:
        """Return the same with prediction intervals."""
        return replace(self, intervals=intervals)

    def like(self, other: Values) -> Values:
        """Return the same."""
        return self

    def rows(self, chosen: NDArray[Any]) -> Values:
        """Return some of the rows, by mask or by index."""
        return replace(self, target=self.target[chosen], predicted=self.predicted[chosen])

    def _squares(self, answer: Floats | float) -> Floats:
        squares: Floats = (answer - self.task.learned(self.target)) ** 2
        return squares
