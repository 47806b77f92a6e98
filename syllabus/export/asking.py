"""What a graph is asked with, and what it answers: of a native model, to hold it against, or where there is none."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from syllabus import export, modalities
from syllabus.export.graph import Inexpressible

if TYPE_CHECKING:
    import polars as pl

    from syllabus.examples import Examples
    from syllabus.models import Model
    from syllabus.serving.graphs import Graphed

AT_ONCE = 1_000
"""Rows of columns that a graph is asked about at a time: what it takes in between grows with them."""


def by_column(modality: str) -> bool:
    """Return whether the columns of a table come into a graph as they are, each by itself."""
    return export.known(modality) and hasattr(export.module("columns", modality), "feeds")


def feeds(model: Model | Graphed, table: pl.LazyFrame) -> dict[str, Any]:
    """Return a table's columns as they come into the graph, by name."""
    found: dict[str, Any] = export.module("columns", model.modality).feeds(table, model.encoding.columns)
    return found


def answered(model: Model | Graphed, session: Any, table: Any, examples: Examples | None = None) -> Any:
    """Return what a graph answers on the rows of a table: `(n, k)` or `(n,)`, float64.

    Args:
        model: it was made from.
        session: runs it.
        table: raw rows, as a lazy frame; None where examples are enough.
        examples: the same as the model reads them, where they were read already.
    """
    if by_column(model.modality):
        return run(session, feeds(model, table))
    from syllabus.export import arrays

    own = bare(model)
    if examples is None or own is not model.encoding:
        examples = modalities.load(model.modality).examples(table, own)

    def ask(given: Mapping[str, Any]) -> Any:
        return session.run(None, dict(given))[0]

    return arrays.answered(ask, model, examples, [one.name for one in session.get_inputs()])


def run(session: Any, given: Mapping[str, Any]) -> Any:
    """Return what a graph of columns answers, asked about some rows at a time."""
    count = len(next(iter(given.values())))
    if count <= AT_ONCE:
        return session.run(None, given)[0]
    starts = range(0, count, AT_ONCE)
    parts = [{name: held[start : start + AT_ONCE] for name, held in given.items()} for start in starts]
    return np.concatenate([session.run(None, part)[0] for part in parts])


def bare(model: Model | Graphed) -> Any:
    """Return the encoding of a model without the networks that are in its graph."""
    without = getattr(export.module("columns", model.modality), "bare", None)
    return without(model.encoding) if without else model.encoding


def cutter(model: Model | Graphed) -> Any:
    """Return what makes the tokens that the model's architecture reads."""
    fitted: Any = model.fitted
    return fitted if hasattr(fitted, "cut") else export.architecture(model.architecture).cutter(fitted)


def sequences(model: Model | Graphed, some: Mapping[str, Any]) -> Any:
    """Return the sequences that the model's architecture reads of some rows' arrays."""
    return export.architecture(model.architecture).sequences(model.fitted, some)


def encoders_cutter(model: Model | Graphed) -> Any:
    """Return what makes the tokens that an encoder reads whose numbers stand beside others."""
    held = getattr(model, "encoders_cutter", None)
    return held or export.module("columns", model.modality).encoders_cutter(model.encoding)


def opened(package: Path, modality: str, architecture: str) -> tuple[Any, Any]:
    """Return both as a package holds them, each None where it is not needed.

    Raises:
        Unmet: one is damaged, or what reads it is not installed.
    """
    try:
        read = getattr(export.architecture(architecture), "opened", None)
    except Inexpressible:  # it was a project's own, whose file is not here
        read = None
    fitted = read(package / "model" / "fitted") if read else None
    file = package / export.TOKENS
    return fitted, export.module("columns", modality).opened(file) if file.is_file() else None
