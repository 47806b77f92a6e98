"""Columns that alone tell the target: known only afterwards, or the target in other words. Asked about, never dropped.

Two kinds of evidence: a column that explains nearly all of the target in rows that this was not learned on; and one
that is filled in, or is not zero, hardly ever but with one class, such as a refund. That some who left got none hides
it from the first kind.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from syllabus import frames, modalities

if TYPE_CHECKING:
    from syllabus.examples import Column, Examples
    from syllabus.models import Model

    Floats = NDArray[np.float64]

COLUMNS = frozenset({"numeric", "categorical"})
"""The arrays whose columns are asked about."""
BINS = 64
SUSPECT = 0.97
"""The share of what there is to explain from which one column alone is suspected."""
CLASSES = 20
"""The most frequent classes are asked about."""
OTHERS = 0.05
"""Of the rows of other classes that a column without a meaning would be filled in for, at most so many may be."""
EXPECTED = 10
"""So many of them there must be: where fewer are expected, none is no evidence."""
SOME = 0.1
"""The share of its class that a mark must stand for."""
ROWS, CELLS = 20_000, 2_000_000
"""The most rows of train that are looked at; of a wide table fewer."""
NOTHING = frozenset(
    {"", "0", "no", "none", "never", "false", "n", "off", "nil", "nein", "kein", "keine", "non", "aucun"}
)
"""What a category is called that says that nothing has happened, in lower case."""


@dataclass(frozen=True)
class Mark:
    """A column that is filled in hardly ever but with one class.

    Args:
        place: the class, among the columns of the answers.
        within: the share of that class where the column is filled in.
        of: the share of the class's rows in which it is.
        gap: whether it is missing elsewhere, rather than zero.
    """

    place: int
    within: float
    of: float
    gap: bool


def report(parts: Path, model: Model) -> list[dict[str, Any]]:
    """Return the suspects among what a model reads of train; the other parts stay unseen.

    Args:
        parts: the folder of the parts.
        model: one that was learned from train: its encoding reads the rows.

    Returns:
        The strongest first: `column`, `explains`, the share of the target, or None where it is a mark: then `class`,
        `within` and `of`. Empty for a modality whose examples have no columns.
    """
    import polars as pl

    if not COLUMNS & modalities.given(model.modality, model.encoding):
        return []
    table = frames.scan(parts / "train.parquet")
    rows = int(table.select(pl.len()).collect().item())
    # Evenly from all over the part, and before anything is encoded: texts take long.
    few = table.gather_every(max(1, -(-rows // ROWS))).collect(engine="streaming")
    return suspects(model.examples(few.lazy()))


def suspects(examples: Examples) -> list[dict[str, Any]]:
    """Return what `report` says of these examples."""
    width = sum(map(len, examples.columns.values()))
    if not width or examples.labels.ndim > 1:  # what is no single value is told by no column
        return []
    chosen = np.arange(0, len(examples), max(1, -(-len(examples) * width // CELLS)))
    answers = told(examples.labels[chosen], "classification" if examples.task.classes else "regression")
    drawn = halves(answers)
    if drawn is None:
        return []
    found: dict[str, dict[str, Any]] = {}
    for column, values in _columns(examples, chosen):
        share = explained(_binned(column, values, drawn), answers, drawn)
        name = column.source or column.name
        said: dict[str, Any] = {"column": name, "explains": round(min(share, 0.9999), 4)}
        if share <= SUSPECT:
            mark = marking(_missing(column, values), _zero(column, values), answers) if examples.task.classes else None
            if mark is None:
                continue
            code = frequent(examples.labels[chosen])[mark.place]
            said = {"column": name, "explains": None, "class": examples.task.classes[code]}
            said |= {"within": round(mark.within, 4), "of": round(mark.of, 4), "gap": mark.gap}
        # What a column becomes may be many numbers; the one that tells most speaks for it.
        if name not in found or (found[name]["explains"] or 0) < (said["explains"] or 0):
            found[name] = said
    return sorted(found.values(), key=lambda one: -(one["explains"] or 0))


def told(target: NDArray[Any], kind: Literal["classification", "regression"]) -> Floats:
    """Return the target as `(n, k)`: the ranks of numbers, or a column of 0 and 1 for each frequent class.

    Of ranks, one enormous value does not decide what is explained. The most frequent class comes first.
    """
    if kind == "regression":
        _, place, counts = np.unique(target, return_inverse=True, return_counts=True)
        ranks = np.cumsum(counts) - (counts - 1) / 2
        return np.asarray(ranks[place].reshape(-1, 1), dtype=np.float64)
    return np.column_stack([target == code for code in frequent(target)]).astype(np.float64)


def frequent(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the codes of the most frequent classes, the most frequent first."""
    counts = np.bincount(codes)
    order = np.argsort(-counts, kind="stable")[:CLASSES]
    return np.asarray(order[counts[order] > 0])


def halves(answers: Floats) -> NDArray[np.bool_] | None:
    """Return which rows are learned on, a half drawn by chance; None where either half tells nothing apart."""
    # Not every other row: pairs, such as a case and its control, may stand one after the other.
    drawn = np.asarray(np.random.default_rng(0).permutation(len(answers)) % 2 == 0)
    enough = drawn.sum() >= BINS and answers[drawn].std(axis=0).any() and answers[~drawn].std(axis=0).any()
    return drawn if enough else None


def bins(values: Floats, drawn: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the bin of every number, learned from the drawn rows; -1 is missing."""
    known = ~np.isnan(values)
    learned = np.unique(values[known & drawn])
    if len(learned) > BINS:
        learned = np.unique(np.quantile(values[known & drawn], np.linspace(0, 1, BINS + 1)[1:-1]))
    return np.where(known, np.searchsorted(learned, values), -1)


def explained(binned: NDArray[np.int64], answers: Floats, drawn: NDArray[np.bool_]) -> float:
    """Return R² on the other rows of the means that the drawn rows have in each bin: guessing the mean scores 0."""
    _, codes = np.unique(binned, return_inverse=True)
    counts = np.bincount(codes[drawn], minlength=codes.max() + 1)
    usual = answers[drawn].mean(axis=0)
    means = np.column_stack(
        [np.bincount(codes[drawn], answers[drawn, k], len(counts)) for k in range(answers.shape[1])]
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        # A bin that the drawn rows do not have says nothing.
        guessed = np.where(counts[:, None] > 0, means / counts[:, None], usual)[codes[~drawn]]
    left = ((answers[~drawn] - guessed) ** 2).sum()
    whole = ((answers[~drawn] - usual) ** 2).sum()
    return float(1 - left / whole) if whole else 0.0


def marking(missing: NDArray[np.bool_], zero: NDArray[np.bool_], answers: Floats) -> Mark | None:
    """Return the class that a column is filled in for and for hardly any other; None where there is none.

    Args:
        missing: `(n,)`, whether it is missing.
        zero: `(n,)`, whether it says that nothing has happened.
        answers: `(n, k)`, a column of 0 and 1 for each class, the most frequent one first.
    """
    filled = ~(missing | zero)
    # A sex that is written 0 and 1 says a lot of most people that do not have a disease: no mark of them.
    gap = not zero.any()
    if not filled.any() or filled.all():
        return None
    shares = answers.mean(axis=0)
    within, of = answers[filled].mean(axis=0), answers[filled].sum(axis=0) / np.maximum(answers.sum(axis=0), 1)
    expected, seen = filled.sum() * (1 - shares), filled.sum() * (1 - within)
    fits = (expected >= EXPECTED) & (seen <= OTHERS * expected) & (of >= SOME) & (gap | (shares <= 0.5))
    if not fits.any():
        return None
    place = int(np.flatnonzero(fits)[within[fits].argmax()])
    return Mark(place, float(within[place]), float(of[place]), gap)


def _columns(examples: Examples, chosen: NDArray[np.int64]) -> Iterator[tuple[Column, NDArray[Any]]]:
    for name, columns in examples.columns.items():
        array = examples.arrays[name]
        yield from ((column, array[chosen, place]) for place, column in enumerate(columns))


def _binned(column: Column, values: NDArray[Any], drawn: NDArray[np.bool_]) -> NDArray[np.int64]:
    return bins(values.astype(np.float64), drawn) if column.categories is None else values.astype(np.int64)


def _missing(column: Column, values: NDArray[Any]) -> NDArray[np.bool_]:
    return np.asarray(np.isnan(values) if column.categories is None else values < 0)


def _zero(column: Column, values: NDArray[Any]) -> NDArray[np.bool_]:
    if column.categories is None:
        # Of what a column becomes, 0 means another thing: midnight, or a word that a text does not have.
        return np.asarray((values == 0) & (column.source is None))
    codes = [code for code, category in enumerate(column.categories) if category.strip().lower() in NOTHING]
    return np.asarray(np.isin(values, codes))
