"""Arrays that are read in batches of rows, and are whole only where an architecture asks for that."""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Callable, Iterator, Mapping
from threading import RLock
from typing import Any

import numpy as np
from numpy.typing import NDArray

BATCH = 100_000
"""The rows of a batch: those of some row groups of our Parquet files."""
MAPPED = 2_000_000_000
"""An array of more bytes lies in a file: the system reads the parts that are asked for, and forgets others."""
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
        self, names: tuple[str, ...], rows: int, read: Callable[[int, int], Arrays], batch: int | None = None
    ) -> None:
        self._names, self.rows, self._read, self.batch = names, rows, read, batch or BATCH
        self._whole: Arrays = {}
        self._reading = RLock()

    def __getitem__(self, name: str) -> NDArray[Any]:
        if name not in self._names:
            raise KeyError(name)
        with self._reading:
            if not self._whole:
                self._whole = self._joined()
            return self._whole[name]

    def _joined(self) -> Arrays:
        """Return all rows: in memory, or in a file that the system maps where they take too much of it."""
        (first, *others) = ends(self.rows, self.batch)
        arrays = self._read(*first)
        if not others:
            return arrays
        whole = {name: _room((self.rows, *array.shape[1:]), array.dtype) for name, array in arrays.items()}
        for at, (start, stop) in enumerate([first, *others]):
            for name, array in (self._read(start, stop) if at else arrays).items():
                whole[name][start:stop] = array
        return whole

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def between(self, start: int, stop: int) -> Arrays:
        """Return the arrays of the rows from `start` to before `stop`: views where they are in memory already."""
        if self._whole or self.rows <= self.batch:
            return {name: self[name][start:stop] for name in self}
        return self._read(start, stop)


class Apart(Batched):
    """Arrays of the same rows that are made in groups: who asks for one array has only its group made.

    Args:
        groups: each with arrays of its own.
    """

    def __init__(self, *groups: Batched) -> None:
        self._of = {name: group for group in groups for name in group}
        super().__init__(tuple(self._of), groups[0].rows, self._made, min(group.batch for group in groups))

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self._of[name][name]

    def between(self, start: int, stop: int) -> Arrays:
        return self._made(start, stop)

    def _made(self, start: int, stop: int) -> Arrays:
        return Few(self._of, start, stop)


class Few(Arrays):
    """Some rows of arrays, made when they are asked for."""

    def __init__(self, of: Mapping[str, Batched], start: int, stop: int) -> None:
        self._of, self._start, self._stop = of, start, stop
        self._made: dict[str, NDArray[Any]] = {}

    def __getitem__(self, name: str) -> NDArray[Any]:
        if name not in self._made:
            self._made |= self._of[name].between(self._start, self._stop)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._of)

    def __len__(self) -> int:
        return len(self._of)


def _room(shape: tuple[int, ...], kind: np.dtype[Any]) -> NDArray[Any]:
    """Return an array to be filled."""
    if math.prod(shape) * kind.itemsize <= MAPPED:
        return np.empty(shape, kind)
    # The file has no name: it is gone when the array is.
    with tempfile.TemporaryFile() as file:
        return np.asarray(np.memmap(file, kind, "w+", shape=shape))


def ends(rows: int, batch: int | None = None) -> list[tuple[int, int]]:
    """Return the first row and the one after the last of each batch; one batch of none where there are no rows."""
    each = batch or BATCH
    return [(start, min(start + each, rows)) for start in range(0, rows, each)] or [(0, 0)]


def content(array: NDArray[Any]) -> bytes | memoryview:
    """Return what an array holds: the same bytes for equal arrays, and only for these where shape and type agree."""
    if array.dtype.hasobject and len(array) and isinstance(array[0], np.ndarray):  # of unlike lengths
        return b"".join(len(one).to_bytes(8, "little") + one.tobytes() for one in array)
    if array.dtype.hasobject:  # strings, which lie elsewhere
        return json.dumps(array.tolist()).encode()
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8).data
