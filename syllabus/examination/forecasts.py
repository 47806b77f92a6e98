"""What a forecast answered on one part of the data: quantiles for the steps after each origin, beside the truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from syllabus import losses as loss_functions
from syllabus.errors import Unmet
from syllabus.examination.answers import Loss

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from syllabus.examination.bands import Bands
    from syllabus.examples import Examples, Task

    Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Forecasts:
    """The true values after every origin beside what a model forecast, all on the target's own scale.

    Args:
        target: `(n, h) float`; NaN where there is no value.
        given: `(n, h, q) float`: the quantiles of `task`.
        naive: `(n, h) float`: the seasonal naive forecast.
        unit: `(n,) float`: how much each series varies, on the scale that is learned: what losses are counted in.
        naive_error: `(n,) float`: the mean absolute error of the seasonal naive forecast of each series on train.
        series: `(n,) int`: into `names`; -1 of a series that train does not have.
        origin: `(n,) int`: the step of each origin.
        moments: `(n, h) int`: when each step is, in seconds of the wall's clock.
        task: what is predicted.
        names: of the series of train.
        bands: how prediction intervals are made; None where there are none.

    Raises:
        Unmet: the arrays do not fit each other, or a forecast is no finite number.
    """

    TASK: ClassVar[str] = "forecast"
    ARRAYS: ClassVar[tuple[str, ...]] = (
        "target", "given", "naive", "unit", "naive_error", "series", "origin", "moments",
    )  # fmt: skip
    LOSS: ClassVar[Loss] = Loss("pinball loss", "deviations of a series", "seasonal naive forecast")

    target: Floats
    given: Floats
    naive: Floats
    unit: Floats
    naive_error: Floats
    series: NDArray[np.int64]
    origin: NDArray[np.int64]
    moments: NDArray[np.int64]
    task: Task
    names: tuple[str, ...] = ()
    bands: Bands | None = None

    @classmethod
    def of(cls, given: ArrayLike, examples: Examples) -> Forecasts:
        """Check what was answered on examples, on the target's own scale."""
        quantiles, task, held = np.asarray(given, dtype=np.float64), examples.task, examples.arrays
        wanted = (*examples.labels.shape, len(task.quantiles))
        if quantiles.shape != wanted:
            raise Unmet(f"The forecasts have the shape {quantiles.shape}: these examples need {wanted}")
        broken = int((~np.isfinite(quantiles)).any(axis=(1, 2)).sum())
        if broken:
            raise Unmet(f"The model gave no finite value for {broken} of {len(quantiles)} examples")
        names = examples.columns["series"][0].categories or ()
        told: dict[str, Any] = {"naive": task.original(held["naive"]), "unit": held["scale"][:, 1]}
        told |= {name: held[name] for name in ("naive_error", "series", "origin", "moments")}
        return cls(task.original(examples.labels), quantiles, **told, task=task, names=names)

    def __len__(self) -> int:
        return len(self.target)

    @property
    def known(self) -> NDArray[np.bool_]:
        """`(n, h)`: whether there is a true value."""
        return ~np.isnan(self.target)

    @property
    def middle(self) -> Floats:
        """`(n, h)`: the median forecast."""
        median: Floats = self.given[:, :, self.task.quantiles.index(0.5)]
        return median

    @property
    def errors(self) -> Floats:
        """`(n, h)`: how far each median lies above the true value; NaN where there is none."""
        return self.middle - self.target

    @cached_property
    def learned_given(self) -> Floats:
        """`given` on the scale that is learned."""
        return self.task.learned(self.given)

    @cached_property
    def ends(self) -> tuple[Floats, Floats]:
        """The lower and upper ends of the prediction intervals, `(n, h)` each; NaN where there are none."""
        if self.bands is None:
            nothing = np.full(self.target.shape, np.nan)
            return nothing, nothing
        low, high = self.bands.around(self.learned_given, self.unit)
        return self.task.original(low), self.task.original(high)

    @property
    def held(self) -> NDArray[np.bool_]:
        """`(n, h)`: whether the true value lies in its interval."""
        low, high = self.ends
        return (low <= self.target) & (self.target <= high)

    @property
    def blocks(self) -> NDArray[np.int64]:
        """`(n,)`: origins nearer to each other than the horizon share steps, and all series share what happens then."""
        blocks: NDArray[np.int64] = self.origin // self.target.shape[1]
        return blocks

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
        return float(self._losses(self.learned_given).mean())

    def losses(self, prior: Sequence[float]) -> Floats:
        """Return `(n,)` pinball losses."""
        return self._losses(self.learned_given)

    def prior_losses(self, prior: Sequence[float]) -> Floats:
        """Return the same of the seasonal naive forecast; the prior is how far quantiles lie from it, by step ahead."""
        return self._losses(around_naive(self.task.learned(self.naive), self.unit, prior))

    @property
    def excess(self) -> Floats:
        """`(n, 1)`: how far the medians lie above the truth on the scale that is learned, on average and in units."""
        above = self.task.learned(self.middle) - self.task.learned(self.target)
        mean: Floats = np.nansum(above, axis=1) / self.known.sum(axis=1) / self.unit
        return mean[:, None]

    def within(self, bands: Bands | None) -> Forecasts:
        """Return the same with prediction intervals."""
        return replace(self, bands=bands)

    def like(self, other: Forecasts) -> Forecasts:
        """Return the same."""
        return self

    def rows(self, chosen: NDArray[Any]) -> Forecasts:
        """Return some of the rows, by mask or by index."""
        taken: dict[str, Any] = {name: getattr(self, name)[chosen] for name in self.ARRAYS}
        return replace(self, **taken)

    def _losses(self, answered: Floats) -> Floats:
        return loss_functions.pinball(answered, self.task.learned(self.target), self.task.quantiles, self.unit)


def spread(target: Floats, naive: Floats, unit: Floats, quantiles: Sequence[float]) -> Floats:
    """Return how far quantiles lie from the seasonal naive forecast, `(h, q)`, in units of each example.

    A step ahead that no example knows takes what all steps show.
    """
    apart = (target - naive) / unit[:, None]
    whole = np.nanquantile(apart, quantiles)
    found = [np.quantile(lead[~np.isnan(lead)], quantiles) if (~np.isnan(lead)).any() else whole for lead in apart.T]
    return np.array(found)


def around_naive(naive: Floats, unit: Floats, apart: Sequence[float] | Floats) -> Floats:
    """Return quantiles `(n, h, q)` around the seasonal naive forecast `(n, h)`, as `spread` has them."""
    moved = np.reshape(np.asarray(apart), (naive.shape[1], -1))
    found: Floats = naive[:, :, None] + unit[:, None, None] * moved
    return found
