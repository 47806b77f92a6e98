"""What an architecture reads: named arrays of equal first dimension."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from threading import RLock
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from syllabus.batches import Arrays, Batched, ends

if TYPE_CHECKING:
    from syllabus.settings import Kind

Made = TypeVar("Made")


@dataclass(frozen=True)
class Column:
    """A column of an array.

    Args:
        name: what it is.
        categories: of a categorical one, learned from train: code -1 is missing, or unseen where no rare ones
            share a code.
        period: of a number that begins anew after so many, such as a month after 12.
        source: the column of the table that it is made of, where it is one of several and its name says which.
        sums: whether it sums up what also stands term by term in an array of its own.
    """

    name: str
    categories: tuple[str, ...] | None = None
    period: float | None = None
    source: str | None = None
    sums: bool = False


@dataclass(frozen=True)
class Task:
    """What is predicted. In classification the target holds codes into `classes`.

    Args:
        kind: whether the target is a class or a number.
        classes: the names of the classes; none in regression.
        transform: log where a regression learns log(1 + target); None where it learns the target itself.
        weights: how much an example of each class counts in learning, 1 on average over train; None where all count
            the same.
        quantiles: of a forecast, those that are asked for, in order.
        season: of a forecast, after how many steps a pattern comes again.
        bounds: of a rating, the lowest and the highest value, where they are declared.
        liked: of a rating, from which value on an item was right for its user; None where every one was.
        clicks: of a rating, whether rows have no value: they say no more than that a user came to an item.
        ranked: of a rating, whether it is learned which items a user comes to and likes, and not what the user gives.
    """

    kind: Kind
    classes: tuple[str, ...] = ()
    transform: Literal["log"] | None = None
    weights: tuple[float, ...] | None = None
    quantiles: tuple[float, ...] = ()
    season: int = 1
    bounds: tuple[float, float] | None = None
    liked: float | None = None
    clicks: bool = False
    ranked: bool = False

    def plain(self) -> dict[str, Any]:
        """Return what JSON can hold; `task_of` reads it."""
        plain: dict[str, Any] = {
            "task": self.kind,
            "classes": list(self.classes),
            "transform": self.transform,
            "weights": None if self.weights is None else list(self.weights),
        }
        if self.kind == "rating":
            bounds = None if self.bounds is None else list(self.bounds)
            return plain | {"bounds": bounds, "liked": self.liked, "clicks": self.clicks, "ranked": self.ranked}
        return plain | ({"quantiles": list(self.quantiles), "season": self.season} if self.quantiles else {})

    def likes(self, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return `(n,)` whether a user who gave such a value was right with the item."""
        return np.ones(len(values), bool) if self.liked is None else values >= self.liked

    def learned(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return values `(n,)` of a regression's target, or probabilities `(n, k)`, on the scale that is learned.

        With weights, what is learned are the probabilities in a world where classes are as frequent as they weigh.
        """
        if self.weights is not None:
            return _shares(values * np.array(self.weights))
        return np.log1p(values) if self.transform == "log" else values

    def original(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what was learned on the target's own scale; the inverse of `learned`."""
        if self.weights is not None:
            return _shares(values / np.array(self.weights))
        # Beyond 300 the square of what comes back is no number any more, and a metric would have no value.
        return np.expm1(np.minimum(values, 300.0)) if self.transform == "log" else values


def task_of(plain: Mapping[str, Any]) -> Task:
    """Return the task that wrote `plain`."""
    weights = plain["weights"]
    return Task(
        plain["task"],
        tuple(plain["classes"]),
        plain["transform"],
        None if weights is None else tuple(weights),
        tuple(plain.get("quantiles", ())),
        plain.get("season", 1),
        tuple(plain["bounds"]) if plain.get("bounds") else None,
        plain.get("liked"),
        plain.get("clicks", False),
        plain.get("ranked", False),
    )


@dataclass(frozen=True)
class Examples:
    """`n` examples.

    Args:
        task: what is predicted.
        arrays: by name, each of shape `(n, …)`; read when first asked for. Not to be modified.
        target: `(n,) int64` codes, or `(n,) float64` on the scale on which it is learned, of a forecast
            `(n, horizon)` with NaN where there is no value; None where it is not known.
        columns: for an array of columns, what each is.
        rows: `(n,)`, the number of the row of the table that each is about, where examples are not its rows one by one;
            0 where it has none.
    """

    task: Task
    arrays: Mapping[str, NDArray[Any]]
    target: NDArray[Any] | None = None
    columns: Mapping[str, tuple[Column, ...]] = field(default_factory=dict)
    rows: NDArray[np.uint64] | None = None
    _made: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    _making: RLock = field(default_factory=RLock, init=False, repr=False, compare=False)

    def __len__(self) -> int:
        return self.arrays.rows if isinstance(self.arrays, Batched) else len(next(iter(self.arrays.values())))

    def between(self, start: int, stop: int) -> Arrays:
        """Return the arrays of the rows from `start` to before `stop`, without reading the others where that can be."""
        if isinstance(self.arrays, Batched):
            return self.arrays.between(start, stop)
        return {name: array[start:stop] for name, array in self.arrays.items()}

    def batches(self) -> Iterator[Arrays]:
        """Yield all arrays, some rows at a time."""
        batch = self.arrays.batch if isinstance(self.arrays, Batched) else None
        return (self.between(start, stop) for start, stop in ends(len(self), batch))

    @property
    def labels(self) -> NDArray[Any]:
        """The target, where it is known.

        Raises:
            ValueError: these examples have no target.
        """
        if self.target is None:
            raise ValueError("these examples have no target")
        return self.target

    @cached_property
    def weights(self) -> NDArray[np.float64] | None:
        """How much each example counts in learning and in the loss that is watched, `(n,)`; None where all the same."""
        return None if self.task.weights is None else np.array(self.task.weights)[self.labels]

    def once(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """Return what an architecture makes of these examples, made the first time only.

        A study fits the same examples again and again, some fits side by side: binned data, say, is built once and
        shared by all trials.
        """
        with self._making:
            if key not in self._made:
                self._made[key] = make()
            made: Made = self._made[key]
        return made


def _shares(odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return `(n, k)` numbers as shares of their row."""
    shares: NDArray[np.float64] = odds / odds.sum(axis=1, keepdims=True)
    return shares
