"""Shapley values of trees (Lundberg et al. 2020), as LightGBM itself computes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from syllabus.examples import Examples


def weights(fitted: Any, examples: Examples, places: NDArray[np.intp] | None) -> NDArray[np.float64]:
    """Return `(n, p)`: what each column of the arrays adds to the score of what was predicted."""
    numeric, codes = examples.arrays["numeric"], examples.arrays["categorical"].astype(np.float64)
    codes[codes < 0] = np.nan
    matrix = np.hstack([numeric, codes])
    told = np.asarray(fitted.booster.predict(matrix, pred_contrib=True, num_threads=1), np.float64)
    columns = matrix.shape[1]
    if places is None:
        return told[:, :columns]
    if told.shape[1] == columns + 1:  # of two classes, for the second
        return told[:, :columns] * np.where(places == 1, 1.0, -1.0)[:, None]
    by_class = told.reshape(len(told), -1, columns + 1)
    found: NDArray[np.float64] = by_class[np.arange(len(told)), places, :columns]
    return found
