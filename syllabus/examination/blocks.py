"""Examples that go with each other, such as forecasts whose steps overlap: as evidence they count as one.

Answers may have `blocks`, `(n,)`: whole blocks are drawn in a bootstrap (Künsch 1989), and standard errors are those of
their sums.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from syllabus.examination.answers import Answers

    Floats = NDArray[np.float64]


def of(answers: Answers) -> NDArray[np.int64] | None:
    """Return the block of each example, from 0; None where each stands for itself."""
    blocks: NDArray[Any] | None = getattr(answers, "blocks", None)
    return None if blocks is None or not len(answers) else np.unique(blocks, return_inverse=True)[1].astype(np.int64)


def error(values: Floats, answers: Answers) -> Floats:
    """Return the standard error of the mean of values `(n,)` or `(n, m)`, one for each example of `answers`."""
    codes = of(answers)
    if codes is None:
        found: Floats = values.std(axis=0) / np.sqrt(len(values))
        return found
    count = int(codes.max()) + 1
    sums = np.zeros((count, *values.shape[1:]))
    np.add.at(sums, codes, values - values.mean(axis=0))
    # Of one block nothing is known but that it is one.
    squares: Floats = (sums**2).sum(axis=0) * count / (count - 1) if count > 1 else sums[0] + np.inf
    root: Floats = np.sqrt(squares) / len(values)
    return root
