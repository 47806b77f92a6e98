"""Labels that cross-validation doubts: listed for a person to look at, never changed.

Confident learning (Northcutt, Jiang and Chuang 2021, "Confident Learning: Estimating Uncertainty in Dataset Labels").
Every row is predicted by a model that has not seen it. A class is predicted confidently from the mean probability on
that the rows labelled so get; how many rows of one label are confidently of another class says how many labels are
wrong, and so many are listed, those first whose margin is largest. In a regression a row is listed whose residual is
far larger than those of rows with like predictions.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from syllabus import architectures, conformal, frames, modalities
from syllabus.examples import Examples

if TYPE_CHECKING:
    import polars as pl

    from syllabus.examples import Task
    from syllabus.models import Model

    Floats = NDArray[np.float64]

ARCHITECTURE = "lightgbm"
FOLDS = 5
FEWEST = 50
"""Of fewer rows, a model learns too little to doubt a label."""
MOST = 200_000
"""Of more rows, so many are looked at, drawn by chance."""
LEARNED = 10_000
"""A model is fitted on so many rows at the most: enough to doubt a label, and a run does not wait for it."""
LISTED = 100
WEAK = 0.05
"""A model whose loss is below the prior's by less than this share of it knows too little to doubt a label."""
SURE = 0.5
"""A class is suggested from this probability on."""
FAR = 6.0
"""A residual is suspected from so many robust deviations of those around it."""


def report(parts: Path, model: Model, *, seed: int) -> dict[str, Any] | None:
    """Return what `suspects` finds in train and validation, by the numbers of the rows; test stays unseen.

    Args:
        parts: the folder of the parts.
        model: one that was learned from train: its encoding reads the rows.
        seed: of the folds and the models.

    Returns:
        None where the modality gives nothing that the doubting model can read.
    """
    if architectures.load(ARCHITECTURE).READS - modalities.given(model.modality, model.encoding):
        return None
    tables, rows = _drawn([frames.scan(parts / f"{part}.parquet") for part in ("train", "validation")], seed)
    train, validation = map(model.examples, tables)
    found = suspects(joined(train, validation), seed=seed)
    listed = [{"row": int(rows[one.pop("at")])} | one for one in found["listed"]]
    return found | {"listed": listed}


def suspects(examples: Examples, *, seed: int) -> dict[str, Any]:
    """Return which of the examples have a label that is probably wrong.

    Args:
        examples: of train and validation.
        seed: of the folds and the models.

    Returns:
        `looked`, how many were looked at; `gain`, by which share the doubting model's loss is below the prior's;
        whether that is `weak`, and nothing is doubted; `suspected`, how many are; and `listed`, the worst: `at`, the
        place among the examples, `given`, `suggested`, and `confidence`, the probability of what is suggested, or in a
        regression the distance in deviations.
    """
    random = np.random.default_rng(seed)
    known = np.flatnonzero(examples.labels >= 0) if examples.task.classes else np.arange(len(examples))
    chosen = np.sort(random.permutation(known)[:MOST])
    if len(chosen) < FEWEST:
        return {"looked": 0, "gain": 0.0, "weak": True, "suspected": 0, "listed": []}
    few = taken(examples, chosen)
    answered = out_of_fold(few, seed=seed)
    gain = _gain(answered, few.labels)
    found = _classes if few.task.classes else _numbers
    order, told = found(answered, few.labels, few.task)
    weak = gain < WEAK
    order = order[:0] if weak else order
    listed = [told(at) | {"at": int(chosen[at])} for at in order[:LISTED]]
    return {"looked": len(chosen), "gain": gain, "weak": weak, "suspected": len(order), "listed": listed}


def _drawn(tables: list[pl.LazyFrame], seed: int) -> tuple[list[pl.LazyFrame], NDArray[np.uint64]]:
    """Return so many rows of the tables as are looked at, and their numbers, before anything else of them is read."""
    import polars as pl

    numbers = [table.select(frames.ROW).collect(engine="streaming")[frames.ROW] for table in tables]
    rows = np.concatenate([some.to_numpy() for some in numbers])
    if len(rows) <= MOST:
        return tables, rows
    chosen = np.zeros(len(rows), dtype=bool)
    chosen[np.random.default_rng(seed).permutation(len(rows))[:MOST]] = True
    shares = np.split(chosen, np.cumsum([len(some) for some in numbers])[:-1])
    kept = [pl.Series(some.to_numpy()[share]).implode() for some, share in zip(numbers, shares, strict=True)]
    found = [table.filter(pl.col(frames.ROW).is_in(some)) for table, some in zip(tables, kept, strict=True)]
    return [table.collect(engine="streaming").lazy() for table in found], rows[chosen]


def joined(first: Examples, second: Examples) -> Examples:
    """Return the examples of two parts as one."""
    arrays = {name: np.concatenate([array, second.arrays[name]]) for name, array in first.arrays.items()}
    return Examples(first.task, arrays, np.concatenate([first.labels, second.labels]), first.columns)


def taken(examples: Examples, places: NDArray[np.int64]) -> Examples:
    """Return some of the examples."""
    arrays = {name: array[places] for name, array in examples.arrays.items()}
    return Examples(examples.task, arrays, examples.labels[places], examples.columns)


def out_of_fold(examples: Examples, *, seed: int) -> Floats:
    """Return what is predicted for every example by a model that has not seen it: `(n, k)` or `(n,)`.

    A model stops growing when an eighth of the rows that it may see, which it is not fitted on, no longer improve.
    """
    architecture = architectures.load(ARCHITECTURE)
    classes = len(examples.task.classes)
    # A tree a class and iteration: with many classes, fewer and faster steps.
    steps = max(20, 100 // max(classes, 2))
    params = architecture.Params(
        learning_rate=0.25, num_leaves=15, num_iterations=steps, early_stopping_rounds=10, max_bin=63,
        train_loss_every=steps,
    )  # fmt: skip
    folds = _folds(examples, seed)
    answered = np.empty((len(examples), classes) if classes else len(examples))
    for fold in range(FOLDS):
        held, seen = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
        seen = np.random.default_rng([seed, fold]).permutation(seen)[:LEARNED]
        watched = seen[: max(1, len(seen) // 8)]
        fitted = architecture.fit(
            params,
            taken(examples, np.setdiff1d(seen, watched)),
            taken(examples, np.sort(watched)),
            seed=seed,
            report=lambda *_: None,
        )
        answered[held] = fitted.predict(taken(examples, held))
    return answered


def doubted(probabilities: Floats, labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the places of the labels that are probably wrong, the least probable label first.

    Args:
        probabilities: `(n, k)`, each row predicted by a model that has not seen it.
        labels: `(n,)`, codes of the classes.
    """
    n, k = probabilities.shape
    own = probabilities[np.arange(n), labels]
    counts = np.bincount(labels, minlength=k)
    thresholds = np.bincount(labels, own, minlength=k) / np.maximum(counts, 1)
    # A class without rows is never confident.
    confident = (probabilities >= np.where(counts, thresholds, np.inf)) * probabilities
    best = confident.argmax(axis=1)
    sure = confident.max(axis=1) > 0
    joint = np.zeros((k, k))
    np.add.at(joint, (labels[sure], best[sure]), 1)
    joint *= (counts / np.maximum(joint.sum(axis=1), 1))[:, None]
    found = np.zeros(n, dtype=bool)
    for given, other in zip(*np.nonzero(joint), strict=True):
        rows = np.flatnonzero(labels == given)
        many = round(joint[given, other])
        if given != other and many:
            margins = probabilities[rows, other] - own[rows]
            worst = rows[np.argsort(-margins, kind="stable")[:many]]
            # Both must say so: the number of wrong labels, and the row's own confident class.
            found[worst[sure[worst] & (best[worst] == other)]] = True
    # What the model itself holds for right is not doubted, nor is anything where it is sure of no class.
    places = np.flatnonzero(found & (probabilities.argmax(axis=1) != labels) & (probabilities.max(axis=1) >= SURE))
    return places[np.argsort(own[places], kind="stable")]


def _gain(answered: Floats, labels: NDArray[Any]) -> float:
    """Return by which share the loss of answers, `(n, k)` or `(n,)`, is below that of the prior."""
    if answered.ndim == 1:
        return float(1 - ((answered - labels) ** 2).mean() / max(labels.var(), 1e-300))
    shares = np.bincount(labels, minlength=answered.shape[1]) / len(labels)
    loss = -np.log(answered[np.arange(len(labels)), labels].clip(1e-15)).mean()
    return float(1 - loss / max(-np.log(shares[labels]).mean(), 1e-300))


def _folds(examples: Examples, seed: int) -> NDArray[np.int64]:
    """Return the fold of every example: each class in equal shares."""
    order = np.random.default_rng(seed).permutation(len(examples))
    if examples.task.classes:
        order = order[np.argsort(examples.labels[order], kind="stable")]
    folds = np.empty(len(examples), dtype=np.int64)
    folds[order] = np.arange(len(examples)) % FOLDS
    return folds


def _classes(probabilities: Floats, labels: NDArray[Any], task: Task) -> tuple[NDArray[np.int64], Any]:
    def told(at: int) -> dict[str, Any]:
        other = int(probabilities[at].argmax())
        return {
            "given": task.classes[labels[at]],
            "suggested": task.classes[other],
            "confidence": round(float(probabilities[at, other]), 4),
        }

    return doubted(probabilities, labels), told


def _numbers(predicted: Floats, labels: NDArray[Any], task: Task) -> tuple[NDArray[np.int64], Any]:
    errors = abs(labels - predicted)
    knots, scales = conformal.scales(predicted, errors)
    relative = errors / np.maximum(np.interp(predicted, knots, scales), 1e-12)
    middle = float(np.median(relative)) or 1e-12
    # Of normal numbers, the median distance is 0.6745 deviations.
    deviations = 0.6745 * relative / middle

    def told(at: int) -> dict[str, Any]:
        given, expected = (float(task.original(values[[at]])[0]) for values in (labels, predicted))
        return {"given": given, "suggested": expected, "confidence": round(float(deviations[at]), 1)}

    far = np.flatnonzero(deviations > FAR)
    return far[np.argsort(-deviations[far], kind="stable")], told
