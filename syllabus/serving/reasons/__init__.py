"""What speaks for an answer, column by column, the strongest first.

A module named after an architecture says it exactly, in its own `weights(fitted, examples)`. Any other model is asked
again with each column missing in turn: what its answer loses by that is told.
"""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from syllabus.examples import Examples
    from syllabus.models import Model
    from syllabus.serving.graphs import Graphed

MOST = 5
"""So many reasons are told of an answer."""


def of(model: Model | Graphed, known: pl.DataFrame, places: NDArray[np.intp] | None) -> list[list[dict[str, Any]]]:
    """Return the reasons of each row's answer: `column`, `weight` and `method`.

    A weight above zero speaks for what was predicted: in log odds where the method is `shap` and classes are told
    apart, in probability where it is `withheld`; of a number it says by how much the column raises it.

    Args:
        model: that answered.
        known: the rows as it reads them.
        places: `(n,)`: which class was predicted; None where a number was.
    """
    name = f"{__name__}.{model.architecture}"
    fitted = getattr(model, "fitted", None)  # a graph has none
    if fitted is not None and model.architecture.isidentifier() and importlib.util.find_spec(name) is not None:
        examples = model.examples(known.lazy())
        method, weights = (
            "shap",
            _summed(importlib.import_module(name).weights(fitted, examples, places), examples),
        )
    else:
        method, weights = "withheld", _withheld(model, known, places)
    return (
        [_strongest(row, list(weights), method) for row in np.column_stack([*weights.values()])]
        if weights
        else [[] for _ in range(len(known))]
    )


def _strongest(row: NDArray[Any], names: list[str], method: str) -> list[dict[str, Any]]:
    order = np.argsort(-np.abs(row), kind="stable")[:MOST]
    return [{"column": names[at], "weight": float(row[at]), "method": method} for at in order if row[at]]


def _summed(weights: NDArray[np.float64], examples: Examples) -> dict[str, NDArray[np.float64]]:
    """Return the weights by column of the table: of several that were made of one, their sum."""
    found: dict[str, NDArray[np.float64]] = {}
    made = [one.source or one.name for group in ("numeric", "categorical") for one in examples.columns[group]]
    for name, column in zip(made, weights.T, strict=True):
        found[name] = found.get(name, 0.0) + column
    return found


def _withheld(
    model: Model | Graphed, known: pl.DataFrame, places: NDArray[np.intp] | None
) -> dict[str, NDArray[np.float64]]:
    """Return what the answer loses where a column is missing."""
    import polars as pl

    def answered(frame: pl.DataFrame) -> NDArray[np.float64]:
        given = model.predict(frame.lazy())
        return given if places is None else given[np.arange(len(given)), places]

    names = [name for name in getattr(model.encoding, "columns", {}) if name in known.columns]
    full = answered(known)
    return {name: full - answered(known.with_columns(pl.lit(None, known.schema[name]).alias(name))) for name in names}
