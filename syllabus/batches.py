"""Arrays that are read in batches of rows, and are whole only where an architecture asks for that."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from threading import RLock
from typing import Any

import numpy as np
from numpy.typing import NDArray

BATCH = 100_000
"""The rows of a batch: those of some row groups of our Parquet files."""
Arrays = Mapping[str, NDArray[Any]]


class Batched(Arrays):
    """Named arrays of `rows` rows that lie in a file.

    Args:
        names: of the arrays.
        rows: the length of each.
        read: returns the arrays of the rows from a first to before a last one.
        batch: how many rows are read at a time: fewer than usual where each takes much.
    """

    def __init__(
        self, names: tuple[str, ...], rows: int, read: Callable[[int, int], Arrays], batch: int = BATCH
    ) -> None:
        self._names, self.rows, self._read, self.batch = names, rows, read, batch
        self._whole: Arrays = {}
        self._reading = RLock()

    def __getitem__(self, name: str) -> NDArray[Any]:
        if name not in self._names:
            raise KeyError(name)
        with self._reading:
            if not self._whole:
                parts = [self._read(start, stop) for start, stop in ends(self.rows, self.batch)]
                one = len(parts) == 1
                self._whole = {n: parts[0][n] if one else np.concatenate([part[n] for part in parts]) for n in self}
            return self._whole[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def between(self, start: int, stop: int) -> Arrays:
        """Return the arrays of the rows from `start` to before `stop`: views where they are in memory already."""
        if self._whole or self.rows <= self.batch:
            return {name: self[name][start:stop] for name in self}
        return self._read(start, stop)


def ends(rows: int, batch: int = BATCH) -> list[tuple[int, int]]:
    """Return the first row and the one after the last of each batch; one batch of none where there are no rows."""
    return [(start, min(start + batch, rows)) for start in range(0, rows, batch)] or [(0, 0)]
