"""What an architecture reads: named arrays of equal first dimension."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from threading import RLock
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

Made = TypeVar("Made")


@dataclass(frozen=True)
class Column:
    """A column of an array.

    Args:
        name: what it is.
        categories: of a categorical one, learned from train: code -1 is missing, or unseen where no rare ones
            share a code.
        period: of a number that begins anew after so many, such as a month after 12.
    """

    name: str
    categories: tuple[str, ...] | None = None
    period: float | None = None


@dataclass(frozen=True)
class Task:
    """What is predicted. In classification the target holds codes into `classes`.

    Args:
        kind: whether the target is a class or a number.
        classes: the names of the classes; none in regression.
        transform: log where a regression learns log(1 + target); None where it learns the target itself.
    """

    kind: Literal["classification", "regression"]
    classes: tuple[str, ...] = ()
    transform: Literal["log"] | None = None

    def learned(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return values of a regression's target on the scale on which it is learned."""
        return np.log1p(values) if self.transform == "log" else values

    def original(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return learned values on the target's own scale; the inverse of `learned`."""
        # Beyond 300 the square of what comes back is no number any more, and a metric would have no value.
        return np.expm1(np.minimum(values, 300.0)) if self.transform == "log" else values


@dataclass(frozen=True)
class Examples:
    """`n` examples.

    Args:
        task: what is predicted.
        arrays: by name, each of shape `(n, …)`. Not to be modified.
        target: `(n,) int64` codes, or `(n,) float64` on the scale on which it is learned; None where it is not known.
        columns: for an array of columns, what each is.
    """

    task: Task
    arrays: Mapping[str, NDArray[Any]]
    target: NDArray[Any] | None = None
    columns: Mapping[str, tuple[Column, ...]] = field(default_factory=dict)
    _made: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    _making: RLock = field(default_factory=RLock, init=False, repr=False, compare=False)

    def __len__(self) -> int:
        return len(next(iter(self.arrays.values())))

    @property
    def labels(self) -> NDArray[Any]:
        """The target, where it is known.

        Raises:
            ValueError: these examples have no target.
        """
        if self.target is None:
            raise ValueError("these examples have no target")
        return self.target

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
