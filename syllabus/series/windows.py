"""Windows of a long table, cut when they are asked for: to copy them all would take as many tables as they are long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Windows:
    """An array `(n, length, k)` whose rows are pieces of one long table; indexing it by rows copies these alone.

    Args:
        table: `(steps, k)`, all series after each other.
        starts: `(n,)`, where each window begins.
        length: of each.
    """

    table: NDArray[Any]
    starts: NDArray[np.int64]
    length: int

    @property
    def shape(self) -> tuple[int, int, int]:
        """As of an array."""
        return len(self.starts), self.length, self.table.shape[1]

    @property
    def dtype(self) -> np.dtype[Any]:
        """As of an array."""
        return self.table.dtype

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, rows: Any) -> NDArray[Any]:
        starts = np.atleast_1d(self.starts[rows])
        found: NDArray[Any] = self.table[starts[:, None] + np.arange(self.length)]
        return found[0] if np.ndim(self.starts[rows]) == 0 else found

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return self[:] if dtype is None else self[:].astype(dtype)
