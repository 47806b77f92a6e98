"""Gradient-boosted trees: LightGBM (Ke et al. 2017), with its own names for the parameters."""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from syllabus import architectures, batches
from syllabus.batches import Arrays
from syllabus.examples import Examples, Task
from syllabus.losses import loss

if TYPE_CHECKING:
    import lightgbm as lgb
    from optuna.trial import BaseTrial

READS = frozenset({"numeric", "categorical"})
TASKS = frozenset({"classification", "regression"})
# 63 bins find the same parameters as 255 in less time; at one learning rate the curves of trials can be compared, and
# at this one 20 trees without gain say what 50 say at 0.05.
SEARCH = {"max_bin": 63, "learning_rate": 0.1, "early_stopping_rounds": 20, "train_loss_every": 1000}
SIDE_BY_SIDE = True
WEIGHTED = True


class Params(architectures.Params):
    """LightGBM's parameters; see its page *Parameters* for what each does."""

    objective: Literal["regression", "regression_l1"] = "regression"
    """How a number is learned: its mean, or by regression_l1 its median, better by mae and mape. Curves and early
    stopping show the squared error of either; classes are learned by their log loss."""
    learning_rate: float = Field(default=0.05, gt=0, le=1)
    num_leaves: int = Field(default=31, ge=2, le=131072)
    max_depth: int = Field(default=-1, ge=-1)
    min_data_in_leaf: int = Field(default=20, ge=1)
    feature_fraction: float = Field(default=1.0, gt=0, le=1)
    bagging_fraction: float = Field(default=1.0, gt=0, le=1)
    lambda_l1: float = Field(default=0.0, ge=0)
    lambda_l2: float = Field(default=0.0, ge=0)
    cat_smooth: float = Field(default=10.0, ge=0)
    max_bin: int = Field(default=255, ge=2)
    num_iterations: int = Field(default=2000, ge=1)
    """The most trees; early stopping ends before."""
    early_stopping_rounds: int = Field(default=50, ge=1)
    """Stop when validation has not improved for so many trees."""
    train_loss_every: int = Field(default=5, ge=1)
    """Take the loss on train, which costs half a tree, after every so many trees; between, the last one is reported."""


OURS = frozenset({"objective", "early_stopping_rounds", "num_iterations", "max_bin", "train_loss_every"})
"""What the loop in `fit` and the binning read, and not the booster."""


def space(trial: BaseTrial) -> dict[str, Any]:
    """Choose the size of the trees and what holds them back."""
    return {
        "num_leaves": trial.suggest_int("num_leaves", 8, 256, log=True),
        "min_data_in_leaf": trial.suggest_int("min_data_in_leaf", 5, 200, log=True),
        "feature_fraction": trial.suggest_float("feature_fraction", 0.3, 1.0),
        "bagging_fraction": trial.suggest_float("bagging_fraction", 0.5, 1.0),
        "lambda_l1": trial.suggest_float("lambda_l1", 1e-4, 10.0, log=True),
        "lambda_l2": trial.suggest_float("lambda_l2", 1e-4, 10.0, log=True),
        "cat_smooth": trial.suggest_float("cat_smooth", 1.0, 100.0, log=True),
    }


@dataclass(frozen=True)
class Fitted:
    """A booster, cut at its best iteration."""

    booster: lgb.Booster
    text: str

    def predict(self, examples: Examples) -> NDArray[np.float64]:
        """Return probabilities `(n, k)`, or values `(n,)`."""
        parts = [self._answered(_matrix(some), _threads(examples)) for some in examples.batches()]
        answered = np.concatenate(parts)
        binary = self.booster.params.get("objective") == "binary"
        return np.column_stack([1 - answered, answered]) if binary else answered

    def _answered(self, rows: NDArray[np.float64], threads: int) -> NDArray[Any]:
        # LightGBM would say so as well, and first on the terminal.
        if rows.shape[1] != self.booster.num_feature():
            raise ValueError(f"the booster asks {self.booster.num_feature()} columns, received {rows.shape[1]}")
        return np.asarray(self.booster.predict(rows, num_threads=threads))

    def save(self, directory: Path) -> None:
        """Write `model.txt` and its checksum."""
        architectures.write(self.text.encode(), directory / "model.txt")


def fit(params: Params, train: Examples, validation: Examples, *, seed: int, report: architectures.Report) -> Fitted:
    """Grow trees until validation no longer improves.

    The binned data is made once for these examples and shared by every fit on them.
    """
    learned = {name: value for name, value in params if name not in OURS}
    binned = train.once(("lightgbm", params.max_bin), lambda: _weighted(_binned(train, params.max_bin), train))
    watched = validation.once(binned, lambda: _binned(validation, params.max_bin, binned))
    parameters = _objective(train.task, params.objective) | _fixed(params.max_bin, train) | learned | {"seed": seed}
    booster = _library().Booster(parameters, binned)
    booster.add_valid(watched, "validation")
    best, best_loss, on_train = 0, np.inf, np.inf
    for tree in range(1, params.num_iterations + 1):
        grown_out = booster.update()
        if tree % params.train_loss_every == 1 % params.train_loss_every:
            on_train = _loss(booster.eval_train, train)
        seen = _loss(booster.eval_valid, validation)
        report(tree, on_train, seen)
        if seen < best_loss:
            best, best_loss = tree, seen
        if grown_out or tree - best >= params.early_stopping_rounds:
            break
    # The number of threads is the machine's, not the model's: without it the same model is the same bytes.
    text = re.sub(r"\[num_threads: \d+\]", "[num_threads: 0]", booster.model_to_string(num_iteration=best))
    return Fitted(_library().Booster(model_str=text), text)


def load(directory: Path) -> Fitted:
    """Read what `save` wrote; LightGBM's parser would abort the process on a damaged text."""
    text = architectures.read(directory / "model.txt").decode()
    return Fitted(_library().Booster(model_str=text), text)


def _library() -> ModuleType:
    """Return LightGBM, which works on arrays alone: its import of everything that it could read takes seconds."""
    with architectures.without("cffi", "dask", "matplotlib", "pandas", "pyarrow", "sklearn"):
        library = importlib.import_module("lightgbm")
    library.register_logger(_Silent)
    return library


class _Silent:
    """A logger that says nothing: some warnings of the binning heed no verbosity, and break into the progress."""

    @staticmethod
    def info(_: str) -> None: ...

    @staticmethod
    def warning(_: str) -> None: ...


def _objective(task: Task, of_numbers: str) -> dict[str, Any]:
    if task.kind == "regression":
        return {"objective": of_numbers}
    if len(task.classes) == 2:
        return {"objective": "binary"}
    return {"objective": "multiclass", "num_class": len(task.classes)}


def _fixed(max_bin: int, examples: Examples) -> dict[str, Any]:
    """Return what every fit shares: repeatable to the bit, and free to change the leaf size on binned data."""
    return {
        "max_bin": max_bin,
        "metric": "none",
        "bagging_freq": 1,
        "deterministic": True,
        "force_row_wise": True,
        "feature_pre_filter": False,
        "num_threads": _threads(examples),
        "verbosity": -1,
    }


def _threads(examples: Examples) -> int:
    """Return how many threads are worth it: on few rows they wait for each other longer than they work."""
    return min(architectures.threads(), 1 + len(examples) // 10_000)


def _loss(evaluate: Any, examples: Examples) -> float:
    """Return the loss of a growing booster; LightGBM's own sum of it depends on the number of threads."""
    return float(evaluate(lambda answered, _: ("loss", loss(answered, examples), False))[0][2])


def _weighted(binned: lgb.Dataset, examples: Examples) -> lgb.Dataset:
    return binned if examples.weights is None else binned.set_weight(examples.weights)


def _binned(examples: Examples, max_bin: int, reference: lgb.Dataset | None = None) -> lgb.Dataset:
    """Return the examples in bins, read batch by batch: the table is never in memory as a whole."""
    first = len(examples.columns["numeric"])
    dataset = _library().Dataset(
        _rows(examples),
        examples.labels,
        reference=reference,
        categorical_feature=list(range(first, first + len(examples.columns["categorical"]))),
        params=_fixed(max_bin, examples),
    )
    return dataset.construct()


def _rows(examples: Examples) -> lgb.Sequence:
    """Return the examples as LightGBM reads rows: one by one to choose the bins, then in batches."""

    class Rows(_library().Sequence):  # type: ignore[misc]  # the library is imported here only
        batch_size = batches.BATCH
        start = stop = 0
        batch = np.empty((0, 0))

        def __len__(self) -> int:
            return len(examples)

        def __getitem__(self, index: int | slice) -> NDArray[np.float64]:
            place = index.start if isinstance(index, slice) else index
            if not self.start <= place < self.stop:
                self.start = int(place - place % self.batch_size)
                self.stop = min(self.start + self.batch_size, len(examples))
                self.batch = _matrix(examples.between(self.start, self.stop))
            found: NDArray[np.float64] = self.batch if isinstance(index, slice) else self.batch[place - self.start]
            return found

    return Rows()


def _matrix(arrays: Arrays) -> NDArray[np.float64]:
    """Return numeric and categorical columns as one matrix; missing is NaN."""
    codes = arrays["categorical"].astype(np.float64)
    codes[codes < 0] = np.nan
    return np.hstack([arrays["numeric"], codes])
