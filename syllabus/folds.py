"""Cross-validation where rows are few: each row of train and validation is answered by a model that has not seen it.

A fold is held back, the next one is watched for early stopping, the others are learned from, encoding included. So the
answers on all rows, taken together, say what one small validation part cannot: which parameters and which candidate are
better, which threshold to take, and how far a number may be off.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from syllabus import frames, modalities
from syllabus.errors import Unmet
from syllabus.examples import Examples

if TYPE_CHECKING:
    import polars as pl

    from syllabus.architectures import Architecture
    from syllabus.settings import Data, Split

FEW = 1000
"""Fewer rows than these in train and validation are cross-validated where nothing else is declared."""
USUAL = 5
LEAST = 3
"""One fold is held, one is watched, one is learned from."""


@dataclass(frozen=True)
class Fold:
    """Rows to learn from, rows to watch, and rows held back, which stand at `rows` in the whole."""

    train: Examples
    watched: Examples
    held: Examples
    rows: NDArray[np.int64]


@dataclass(frozen=True)
class Folds:
    """The folds of train and validation.

    Args:
        whole: the rows of both, train's first.
        each: in order.
        judge: scores answers on the whole; higher is better.
        seed: of every fit.
    """

    whole: Examples
    each: tuple[Fold, ...]
    judge: Callable[[NDArray[Any]], float]
    seed: int

    def answers(self, architecture: Architecture, params: Mapping[str, Any]) -> NDArray[Any]:
        """Return the probabilities `(n, k)`, or values `(n,)`, that each row gets from the model of its fold."""
        checked = architecture.Params.model_validate(dict(params))
        parts = []
        for fold in self.each:
            fitted = architecture.fit(checked, fold.train, fold.watched, seed=self.seed, report=lambda *_: None)
            parts.append(fold.held.task.original(fitted.predict(fold.held)))
        given = np.concatenate(parts)
        return given[np.argsort(np.concatenate([fold.rows for fold in self.each]), kind="stable")]

    def score(self, architecture: Architecture, params: Mapping[str, Any]) -> float:
        """Return how good the answers of all rows are."""
        return self.judge(self.answers(architecture, params))


def whole(parts: Path) -> pl.LazyFrame:
    """Return the rows of train and of validation, in this order."""
    import polars as pl

    return pl.concat([frames.scan(parts / f"{name}.parquet") for name in ("train", "validation")])


def make(
    data: Data,
    split: Split,
    parts: Path,
    asked: Literal["auto", "none"] | int,
    judging: Callable[[Examples], Callable[[NDArray[Any]], float]],
    *,
    seed: int,
) -> Folds | None:
    """Share train and validation out into folds; None where there are rows enough, or no folds can be made.

    Args:
        data: how the rows are read.
        split: how they were split: a group stays whole here, too.
        parts: the folder of the parts.
        asked: how many folds; auto makes `USUAL` of fewer than `FEW` rows, and none of rows in the order of time.
        judging: returns what scores answers on examples.
        seed: of the folds and of every fit.

    Raises:
        Unmet: so many folds are asked, and cannot be made.
    """
    import polars as pl

    rows = whole(parts)
    if asked == "none" or (asked == "auto" and split.method == "time"):
        return None
    # What an example holds may be large: it is read only where folds are made.
    if asked == "auto" and rows.select(pl.len()).collect().item() >= FEW:
        return None
    modality = modalities.load(data.modality)
    if asked == "auto" and not getattr(modality, "FOLDED", True):
        return None
    table = rows.collect()
    count = USUAL if asked == "auto" else int(asked)
    if asked == "auto" and data.task == "classification":
        count = min(count, min(table[data.target].value_counts()["count"].to_list()))
    codes = modality.folds(table, data, split, count, seed=seed) if count >= LEAST else None
    classes = table[modalities.target(data)].cast(pl.String)
    told = data.task == "classification"
    lacking = codes is None or any(
        told and classes.filter(pl.Series(learned(codes, count, one))).n_unique() < classes.n_unique()
        for one in range(count)
    )
    if codes is None or lacking or len(np.unique(codes)) < count:
        if asked == "auto":
            return None
        raise Unmet(f"tuning.folds: {count} folds of {len(table)} rows do not each hold every class: ask for fewer")
    known = modality.examples(table.lazy(), modality.learn(frames.scan(parts / "train.parquet"), data))
    made = []
    for one in range(count):
        train = table.filter(pl.Series(learned(codes, count, one))).lazy()
        encoding = modality.learn(train, data)
        watched, held = (table.filter(pl.Series(codes == fold)).lazy() for fold in ((one + 1) % count, one))
        read = [modality.examples(rows, encoding) for rows in (train, watched, held)]
        made.append(Fold(read[0], read[1], read[2], np.flatnonzero(codes == one)))
    return Folds(known, tuple(made), judging(known), seed)


def learned(codes: NDArray[np.int64], count: int, held: int) -> NDArray[np.bool_]:
    """Return which rows are learned from where a fold is held and the next one is watched."""
    mask: NDArray[np.bool_] = (codes != held) & (codes != (held + 1) % count)
    return mask


def save(answers: Mapping[str, NDArray[Any]], path: Path) -> None:
    """Write what the folds answered, by variant."""
    from safetensors.numpy import save as content

    path.write_bytes(content({name: np.ascontiguousarray(given) for name, given in answers.items()}))


def load(path: Path) -> dict[str, NDArray[Any]]:
    """Read what `save` wrote."""
    from safetensors.numpy import load as parse

    return dict(parse(path.read_bytes()))
