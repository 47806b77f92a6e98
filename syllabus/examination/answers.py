"""What every task's examination has in common: answers beside the truth, and the module that knows how to examine them.

A task is two modules. One holds its answers: `predictions.py` those of a classification, `values.py` those of a
regression, `forecasts.py` those of a forecast, `texts.py` those of a language, `rated.py` those of ratings. The other,
of the task's name, is its `Examiner`. What else goes through these two names no task.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol, Self, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from syllabus.examination.fairness import Attribute
    from syllabus.examination.metrics import Metric
    from syllabus.examples import Examples
    from syllabus.models import Model
    from syllabus.settings import Examination, Threshold

    Floats = NDArray[np.float64]

Table = tuple[list[dict[str, Any]], list[str]]
"""The rows of a plot, and its header for where there are none."""


class Loss(NamedTuple):
    """The words for a loss.

    Args:
        name: what is lost.
        unit: what it is counted in.
        prior: what the baseline answers with, whose loss a model's is held against.
    """

    name: str
    unit: str
    prior: str


class Answers(Protocol):
    """What a model answered on n examples, beside the truth."""

    TASK: ClassVar[str]
    ARRAYS: ClassVar[tuple[str, ...]]
    """The fields that have an entry for each example, or are None."""
    LOSS: ClassVar[Loss]

    def __len__(self) -> int: ...

    @property
    def target(self) -> NDArray[Any]:
        """The truth, `(n,)`."""

    @property
    def numbers(self) -> int:
        """How many numbers are made of each resample."""

    @property
    def questions(self) -> int:
        """How many classes are asked about, or 1."""

    @property
    def loss(self) -> float:
        """The mean loss as learning curves show it."""

    def losses(self, prior: Sequence[float]) -> Floats:
        """Return `(n,)` losses."""

    def prior_losses(self, prior: Sequence[float]) -> Floats:
        """Return `(n,)` losses of the baseline."""

    @property
    def excess(self) -> Floats:
        """`(n, m)`: how far each answer lies above the truth: a number, or the probability of each class."""

    def rows(self, chosen: NDArray[Any]) -> Self:
        """Return some of the rows, by mask or by index."""

    def like(self, other: Any) -> Self:
        """Return the same, calibrated and decided as the model's answers on another part are."""


Some = TypeVar("Some", bound=Answers)


class Examiner(Protocol):
    """A task's module."""

    def answered(self, given: NDArray[Any], examples: Examples, threshold: float | Threshold) -> Answers:
        """Return what a model answered, on the target's own scale, beside the truth of the examples."""

    def finished(self, answers: Callable[[str], Any], asked: Examination, seed: int) -> tuple[Any, Any]:
        """Return the answers on validation and on test, with what is learned of those on train and validation."""

    def learned(self, answers: Any) -> dict[str, Any]:
        """Return what was learned so, as JSON can hold it, by the names of the files beside the model."""

    def prior(self, train: Examples) -> tuple[float, ...]:
        """Return what is known of the target without any column."""

    def baseline(self, held: Mapping[str, Examples], asked: Examination) -> dict[str, float | None]:
        """Return the metrics on test of a model that knows no column."""

    def value(self, name: str, answers: Any) -> float:
        """Return a metric's value, where the answers lack nothing that it needs."""

    def lacks(self, metric: Metric, answers: Any) -> str | None:
        """Return what the answers lack for a metric to have a value, None where they lack nothing."""

    def weighted(self, answers: Any, names: Iterable[str], weights: Floats) -> dict[str, Floats]:
        """Return `(b,)` values of each metric, one for each row of `weights`, `(b, n)`."""

    def audit(self, answers: Any, frame: pl.DataFrame, sensitive: Sequence[str], *, min_group: int) -> list[Attribute]:
        """Return how each sensitive group fares."""

    def findings(self, answers: Any, frame: pl.DataFrame | None) -> dict[str, Any]:
        """Return what a report says of this task alone; `frame` has the raw columns of the same examples."""

    def plots(self, answers: Any) -> dict[str, Table]:
        """Return the rows of every plot by its name."""

    def shown(self, model: Model, parts: Path, asked: Examination, *, seed: int) -> dict[str, Any]:
        """Return what else a report shows of the winner, by asking the model itself; most tasks have nothing."""


def examiner(task: str) -> Examiner:
    """Return the module of a task."""
    # Named here one by one, so that whatever follows imports, as the check of `dvc.yaml` does, finds them.
    if task == "regression":
        from syllabus.examination import regression

        return regression
    if task == "forecast":
        from syllabus.examination import forecast

        return forecast
    if task == "language":
        from syllabus.examination import language

        return language
    if task == "rating":
        from syllabus.examination import rating

        return rating
    from syllabus.examination import classification

    return classification


def together(parts: Sequence[Some]) -> Some:
    """Return the rows of several parts, answered by one model, as one part."""
    import numpy as np

    whole: Any = parts[0]
    held = [name for name in whole.ARRAYS if getattr(whole, name) is not None]
    return cast(Some, replace(whole, **{name: np.concatenate([getattr(p, name) for p in parts]) for name in held}))
