"""Columns that alone tell the target almost perfectly: known only afterwards, or the target in other words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from syllabus.leaks import NOTHING, SUSPECT, bins, explained, frequent, halves, marking, told

if TYPE_CHECKING:
    import polars as pl

    Floats = NDArray[np.float64]

Kind = Literal["classification", "regression"]
GAPS = 20
"""The fewest rows without a target that say which columns are filled in with it."""
TOGETHER = 0.8
"""The share of the rows without a target in which such a column is missing too."""


def suspects(typed: pl.DataFrame, target: str, kind: Kind, merged: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the evidence for each column that alone predicts the target in rows that it was not learned on.

    A column's values are put into bins, a missing value into one of its own; half of the rows say what is usual in
    each bin, the other half whether that is true. What is explained is measured as R² of the shares of the classes, or
    of the numbers, so guessing the mean scores 0. Where classes may be spellings of one, the same is asked once more
    with them `merged`: nothing tells `ja` from `Ja`, and what tells both from `nein` must still be seen.
    """
    import polars as pl

    typed = typed.filter(pl.col(target).is_not_null())
    found = _suspects(typed, target, kind, target)
    if merged:
        found = _suspects(_written(typed, target, merged), target, kind, f"{target}, in one spelling a class") | found
    return found


def marks(typed: pl.DataFrame, target: str, merged: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return a question for each column that is filled in, or not zero, hardly ever but with one class."""
    import polars as pl

    typed = _written(typed.filter(pl.col(target).is_not_null()), target, merged or {})
    answers = _answers(typed[target], "classification")
    classes = typed[target].cast(pl.String).unique().sort().gather(frequent(_codes(typed[target])))
    found = {}
    for column in typed.drop(target):
        mark = marking(column.is_null().to_numpy(), _nothing(column), answers)
        if mark is not None:
            how = "filled in" if mark.gap else "other than nothing"
            found[column.name] = (
                f"{how} in {100 * mark.of:.0f} % of the rows where {target} is {classes[mark.place]}, "
                f"and hardly elsewhere: known only afterwards? Then ignore it"
            )
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


def _suspects(typed: pl.DataFrame, target: str, kind: Kind, called: str) -> dict[str, str]:
    answers = _answers(typed[target], kind)
    drawn = halves(answers)
    if drawn is None:
        return {}
    found = {}
    for column in typed.drop(target):
        share = explained(_bins(column, drawn), answers, drawn)
        if share > SUSPECT:
            found[column.name] = f"alone it explains {100 * min(share, 0.9999):.4g} % of {called}"
    return found


def _written(typed: pl.DataFrame, target: str, merged: Mapping[str, str]) -> pl.DataFrame:
    import polars as pl

    return typed.with_columns(pl.col(target).replace(dict(merged))) if merged else typed


def _answers(target: pl.Series, kind: Kind) -> Floats:
    import polars as pl

    if kind == "regression":
        return told(target.cast(pl.Float64).to_numpy(), kind)
    return told(_codes(target), kind)


def _codes(target: pl.Series) -> NDArray[np.int64]:
    """Return the class of every row, in the order of their names."""
    import polars as pl

    return target.cast(pl.String).rank("dense").to_numpy().astype(np.int64) - 1


def _bins(column: pl.Series, drawn: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the bin of every row; -1 is missing."""
    import polars as pl

    if column.dtype.is_numeric() or column.dtype.is_temporal():
        return bins(column.cast(pl.Float64).to_numpy().astype(np.float64), drawn)
    codes: NDArray[np.int64] = column.cast(pl.String).rank("dense").cast(pl.Int64).fill_null(-1).to_numpy()
    return codes


def _nothing(column: pl.Series) -> NDArray[np.bool_]:
    """Return where a column says that nothing has happened."""
    import polars as pl

    if column.dtype.is_numeric():
        said = column == 0
    elif column.dtype == pl.Boolean:
        said = ~column
    elif column.dtype == pl.String:
        said = column.str.strip_chars().str.to_lowercase().is_in(list(NOTHING))
    else:
        return np.zeros(len(column), dtype=bool)
    return said.fill_null(value=False).to_numpy()
