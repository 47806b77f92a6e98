"""Columns that alone tell the target almost perfectly: known only afterwards, or the target in other words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import polars as pl

BINS = 64
SUSPECT = 0.97
"""The share of what there is to explain from which one column alone is suspected."""
GAPS = 20
"""The fewest rows without a target that say which columns are filled in with it."""
TOGETHER = 0.8
"""The share of the rows without a target in which such a column is missing too."""


def suspects(typed: pl.DataFrame, target: str, kind: Literal["classification", "regression"]) -> dict[str, str]:
    """Return the evidence for each column that alone predicts the target in rows that it was not learned on.

    A column's values are put into bins, a missing value into one of its own; half of the rows say what is usual in
    each bin, the other half whether that is true. What is explained is measured as R² of the shares of the classes, or
    of the numbers, so guessing the mean scores 0.
    """
    import polars as pl

    typed = typed.filter(pl.col(target).is_not_null())
    answers = _answers(typed[target], kind)
    even = np.arange(len(typed)) % 2 == 0
    if even.sum() < BINS or not answers[even].std(axis=0).all() or not answers[~even].std(axis=0).any():
        return {}
    found = {}
    for column in typed.drop(target):
        share = _explained(_bins(column, even), answers, even)
        if share > SUSPECT:
            found[column.name] = f"alone it explains {100 * min(share, 0.9999):.4g} % of the target"
    return found


def afterwards(typed: pl.DataFrame, target: str) -> dict[str, str]:
    """Return a question for each column that is missing where the target is and nowhere else: is it known only later?

    Where more than half of the columns are, those rows are cut off, and nothing is asked.
    """
    import polars as pl

    untold = typed.filter(pl.col(target).is_null()).drop(target)
    if len(untold) < GAPS:
        return {}
    gaps = typed.drop(target).null_count().row(0, named=True)
    there = untold.null_count().row(0, named=True)
    found = [name for name in gaps if gaps[name] == there[name] and there[name] > TOGETHER * len(untold)]
    if len(found) > len(gaps) / 2:
        return {}
    asked = "missing only where {} is, {:.0f} % of the time: known only afterwards? Then ignore it"
    return {name: asked.format(target, 100 * there[name] / len(untold)) for name in found}


def _answers(target: pl.Series, kind: Literal["classification", "regression"]) -> NDArray[np.float64]:
    """Return the target as `(n, k)`: one column for numbers, one a frequent class otherwise."""
    import polars as pl

    if kind == "regression":
        # Ranks: one enormous value must not decide what is explained.
        return target.cast(pl.Float64).rank().to_numpy().reshape(-1, 1).astype(np.float64)
    classes = target.cast(pl.String).value_counts(sort=True).head(20)[target.name].to_list()
    return np.column_stack([(target.cast(pl.String) == name).to_numpy() for name in classes]).astype(np.float64)


def _bins(column: pl.Series, even: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the bin of every row; -1 is missing."""
    import polars as pl

    if column.dtype.is_numeric() or column.dtype.is_temporal():
        values = column.cast(pl.Float64).to_numpy().astype(np.float64)
        known = ~np.isnan(values)
        learned = np.unique(values[known & even])
        if len(learned) > BINS:
            learned = np.unique(np.quantile(values[known & even], np.linspace(0, 1, BINS + 1)[1:-1]))
        return np.where(known, np.searchsorted(learned, values), -1)
    codes: NDArray[np.int64] = column.cast(pl.String).rank("dense").cast(pl.Int64).fill_null(-1).to_numpy()
    return codes


def _explained(bins: NDArray[np.int64], answers: NDArray[np.float64], even: NDArray[np.bool_]) -> float:
    """Return R² on the odd rows of the means that the even rows have in each bin."""
    _, codes = np.unique(bins, return_inverse=True)
    counts = np.bincount(codes[even], minlength=codes.max() + 1)
    usual = answers[even].mean(axis=0)
    means = np.column_stack([np.bincount(codes[even], answers[even, k], len(counts)) for k in range(answers.shape[1])])
    with np.errstate(invalid="ignore", divide="ignore"):
        # A bin that the even rows do not have says nothing.
        guessed = np.where(counts[:, None] > 0, means / counts[:, None], usual)[codes[~even]]
    left = ((answers[~even] - guessed) ** 2).sum()
    whole = ((answers[~even] - usual) ** 2).sum()
    return float(1 - left / whole) if whole else 0.0
