"""What speaks for an answer, part by part of its row, the strongest first.

Where rows are columns and nothing else, a module named after an architecture says it exactly, in its own
`weights(fitted, examples, places)`: Shapley values. Any other model is asked again without each part of the row in
turn, a cell, a passage of a text, a field of a picture: what its answer loses by that is told.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from syllabus.serving.reasons import withheld

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from syllabus.examples import Examples
    from syllabus.models import Model
    from syllabus.serving.graphs import Graphed
    from syllabus.settings import Data

MOST = 5
"""So many reasons are told of an answer."""
Reason = dict[str, Any]


def of(model: Model | Graphed, data: Data, known: pl.DataFrame, places: NDArray[np.intp] | None) -> list[list[Reason]]:
    """Return the reasons of each row's answer: `column`, `weight`, `method`, and `part` where it is one of a column.

    A weight above zero speaks for what was predicted: of classes by so much probability, or, by Shapley values of
    LightGBM, by so many log odds; of a number it says by how much it raises it.

    Args:
        model: that answered.
        data: how train was read.
        known: the rows as it reads them.
        places: `(n,)`: which class was predicted; None where a number was.
    """
    if not withheld.known(model.modality):
        return [[] for _ in range(len(known))]
    exact, fitted = f"{__name__}.{model.architecture}", getattr(model, "fitted", None)  # a graph has none
    if (
        withheld.cells(model.modality)
        and fitted is not None
        and model.architecture.isidentifier()
        and importlib.util.find_spec(exact) is not None
    ):
        examples = model.examples(known.lazy())
        weights = _summed(importlib.import_module(exact).weights(fitted, examples, places), examples)
        return [
            _strongest([{"column": name} for name in weights], row, "shap")
            for row in np.column_stack([*weights.values()])
        ]
    answers = [None] * len(known) if places is None else places.tolist()
    return [_lost(model, data, known[row], place) for row, place in enumerate(answers)]


def _lost(model: Model | Graphed, data: Data, row: pl.DataFrame, place: int | None) -> list[Reason]:
    """Return what the answer to a row loses without each of its parts."""
    import polars as pl

    parts = list(withheld.without(model.modality, row, model.encoding, data))
    given = model.predict(pl.concat([row, *(part.row for part in parts)]).lazy())
    told = given if place is None else given[:, place]
    named = [{"column": part.column} | ({"part": part.part} if part.part else {}) for part in parts]
    return _strongest(named, told[0] - told[1:], "withheld")


def _strongest(named: list[Reason], weights: NDArray[Any], method: str) -> list[Reason]:
    order = np.argsort(-np.abs(weights), kind="stable")[:MOST]
    return [named[at] | {"weight": float(weights[at]), "method": method} for at in order if weights[at]]


def _summed(weights: NDArray[np.float64], examples: Examples) -> Mapping[str, NDArray[np.float64]]:
    """Return the weights by column of the table: of several that were made of one, their sum."""
    found: dict[str, NDArray[np.float64]] = {}
    made = [one.source or one.name for group in ("numeric", "categorical") for one in examples.columns[group]]
    for name, column in zip(made, weights.T, strict=True):
        found[name] = found.get(name, 0.0) + column
    return found
