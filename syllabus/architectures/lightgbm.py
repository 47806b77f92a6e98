"""Gradient-boosted trees: LightGBM (Ke et al. 2017), with its own names for the parameters."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from syllabus import architectures
from syllabus.errors import Unmet
from syllabus.examples import Examples, Task

if TYPE_CHECKING:
    import lightgbm as lgb
    from optuna import Trial

READS = frozenset({"numeric", "categorical"})
# 63 bins find the same parameters as 255 in less time; at one learning rate the curves of trials can be compared.
SEARCH = {"max_bin": 63, "learning_rate": 0.1}


class Params(architectures.Params):
    """LightGBM's parameters; see its page *Parameters* for what each does."""

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


def space(trial: Trial) -> dict[str, Any]:
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
    task: Task

    def predict(self, examples: Examples) -> NDArray[np.float64]:
        """Return probabilities `(n, k)`, or values `(n,)`."""
        raw = np.asarray(self.booster.predict(_matrix(examples), num_threads=architectures.threads()))
        if self.task.kind == "regression":
            return raw
        return np.column_stack([1 - raw, raw]) if raw.ndim == 1 else raw

    def save(self, directory: Path) -> None:
        """Write `model.txt` and its checksum."""
        # The number of threads is the machine's, not the model's: without it the same model is the same bytes.
        text = re.sub(r"\[num_threads: \d+\]", "[num_threads: 0]", self.booster.model_to_string())
        (directory / "model.txt").write_text(text, encoding="utf-8")
        (directory / "model.txt.sha256").write_text(_digest(text) + "\n", encoding="ascii")


def fit(params: Params, train: Examples, validation: Examples, *, seed: int, report: architectures.Report) -> Fitted:
    """Grow trees until validation no longer improves.

    The binned data is made once for these examples and shared by every fit on them.
    """
    import lightgbm as lgb

    learned = {name: value for name, value in params if name not in ("early_stopping_rounds", "max_bin")}
    parameters = _objective(train.task) | _fixed(params.max_bin, seed) | learned
    binned = train.once(("lightgbm", params.max_bin), lambda: _binned(train, params.max_bin, seed))
    watched = validation.once(("lightgbm", params.max_bin), lambda: _binned(validation, params.max_bin, seed, binned))

    def follow(env: lgb.callback.CallbackEnv) -> None:
        losses = {name: value for name, _, value, *_ in env.evaluation_result_list}
        report(env.iteration + 1, losses["train"], losses["validation"])

    booster = lgb.train(
        parameters,
        binned,
        valid_sets=[binned, watched],
        valid_names=["train", "validation"],
        callbacks=[follow, lgb.early_stopping(params.early_stopping_rounds, verbose=False)],
    )
    best = booster.best_iteration or booster.current_iteration()
    return Fitted(lgb.Booster(model_str=booster.model_to_string(num_iteration=best)), train.task)


def load(directory: Path) -> Fitted:
    """Read a model whose checksum agrees: LightGBM's parser aborts the process on a damaged text."""
    import lightgbm as lgb

    text = (directory / "model.txt").read_text(encoding="utf-8")
    if _digest(text) != (directory / "model.txt.sha256").read_text(encoding="ascii").strip():
        raise Unmet(f"{directory / 'model.txt'} does not have the checksum that was written with it: restore it")
    objective = re.search(r"^num_class=(\d+)$", text, flags=re.MULTILINE)
    regression = re.search(r"^objective=regression", text, flags=re.MULTILINE)
    classes = max(2, int(objective[1]) if objective else 2)
    task = Task("regression") if regression else Task("classification", tuple(map(str, range(classes))))
    return Fitted(lgb.Booster(model_str=text), task)


def _objective(task: Task) -> dict[str, Any]:
    if task.kind == "regression":
        return {"objective": "regression", "metric": "l2"}
    if len(task.classes) == 2:
        return {"objective": "binary", "metric": "binary_logloss"}
    return {"objective": "multiclass", "metric": "multi_logloss", "num_class": len(task.classes)}


def _fixed(max_bin: int, seed: int) -> dict[str, Any]:
    """Return what every fit shares: repeatable to the bit, and free to change the leaf size on binned data."""
    return {
        "max_bin": max_bin,
        "seed": seed,
        "bagging_freq": 1,
        "deterministic": True,
        "force_row_wise": True,
        "feature_pre_filter": False,
        "num_threads": architectures.threads(),
        "verbosity": -1,
    }


def _binned(examples: Examples, max_bin: int, seed: int, reference: lgb.Dataset | None = None) -> lgb.Dataset:
    import lightgbm as lgb

    first = examples.arrays["numeric"].shape[1]
    dataset = lgb.Dataset(
        _matrix(examples),
        examples.labels,
        reference=reference,
        categorical_feature=list(range(first, first + examples.arrays["categorical"].shape[1])),
        params=_fixed(max_bin, seed),
    )
    return dataset.construct()


def _matrix(examples: Examples) -> NDArray[np.float64]:
    """Return numeric and categorical columns as one matrix; missing is NaN."""
    codes = examples.arrays["categorical"].astype(np.float64)
    codes[codes < 0] = np.nan
    return np.hstack([examples.arrays["numeric"], codes])


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
