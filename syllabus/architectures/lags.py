"""Gradient-boosted trees on lags: LightGBM (Ke et al. 2017) reads the last values and those of earlier seasons.

How far ahead a step lies is a column, so that one model forecasts all of them; each quantile has its own.
"""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from syllabus import architectures
from syllabus.batches import Arrays
from syllabus.examples import Examples, Task
from syllabus.losses import loss

if TYPE_CHECKING:
    import lightgbm as lgb
    from optuna.trial import BaseTrial

    Floats = NDArray[np.float64]

READS = frozenset({"past", "known", "static", "scale"})
TASKS = frozenset({"forecast"})
SEARCH = {"learning_rate": 0.1, "early_stopping_rounds": 15, "most_rows": 50_000}
SIDE_BY_SIDE = True
BATCH = 4096
"""So many examples become rows at a time."""
_PLAN = "plan.json"


class Params(architectures.Params):
    """What is read of the past, and LightGBM's parameters; see its page *Parameters* for what each does."""

    lags: int = Field(default=28, ge=1, le=1000)
    """How many of the last values are columns, as many as are looked back at."""
    seasons: int = Field(default=4, ge=0, le=100)
    """How many earlier seasons are: the values one season before the step, two before, and so on."""
    learning_rate: float = Field(default=0.05, gt=0, le=1)
    num_leaves: int = Field(default=31, ge=2, le=131072)
    min_data_in_leaf: int = Field(default=50, ge=1)
    feature_fraction: float = Field(default=0.7, gt=0, le=1)
    bagging_fraction: float = Field(default=0.7, gt=0, le=1)
    lambda_l2: float = Field(default=0.0, ge=0)
    max_bin: int = Field(default=255, ge=2)
    num_iterations: int = Field(default=1000, ge=1)
    """The most trees of each quantile; early stopping ends before, for all alike."""
    early_stopping_rounds: int = Field(default=30, ge=1)
    """Stop when the pinball loss on validation has not improved for so many trees."""
    most_rows: int = Field(default=500_000, ge=1)
    """A row is an example at one step ahead; of more rows, so many are drawn by chance."""


OURS = frozenset({"lags", "seasons", "num_iterations", "early_stopping_rounds", "most_rows"})
"""What is not the booster's."""


def space(trial: BaseTrial) -> dict[str, Any]:
    """Choose what is read, the size of the trees and what holds them back."""
    return {
        "lags": trial.suggest_int("lags", 2, 60, log=True),
        "seasons": trial.suggest_int("seasons", 1, 8),
        "num_leaves": trial.suggest_int("num_leaves", 4, 128, log=True),
        "min_data_in_leaf": trial.suggest_int("min_data_in_leaf", 10, 500, log=True),
        "feature_fraction": trial.suggest_float("feature_fraction", 0.3, 1.0),
        "bagging_fraction": trial.suggest_float("bagging_fraction", 0.3, 1.0),
        "lambda_l2": trial.suggest_float("lambda_l2", 1e-4, 10.0, log=True),
    }


@dataclass(frozen=True)
class Plan:
    """What becomes a column.

    Args:
        lags, seasons: as in `Params`.
        season: in steps.
        horizon: in steps.
        kinds: places of the columns that are categories.
    """

    lags: int
    seasons: int
    season: int
    horizon: int
    kinds: tuple[int, ...]

    def rows(self, arrays: Arrays) -> NDArray[np.float32]:
        """Return `(n * h, f)`: the steps ahead of the first example, then those of the second, and so on."""
        mean, deviation = arrays["scale"][:, :1], arrays["scale"][:, 1:]
        past = np.asarray(arrays["past"])
        values, known = (past[:, :, 0] - mean) / deviation, np.asarray(arrays["known"])
        n, back = values.shape
        lead = np.arange(1, self.horizon + 1)
        aligned = back - 1 + lead - self.season * -(-lead // self.season)
        earlier = [aligned - k * self.season for k in range(self.seasons)]
        seasonal = [np.where(at >= 0, values[:, at.clip(0)], np.nan) for at in earlier]
        last = values[:, -min(self.season, back) :]
        with np.errstate(invalid="ignore"):
            level = _means(last)
        same = [level, values[:, : -self.lags - 1 : -1], past[:, -1, 1:], arrays["static"]]
        by_step = [
            np.broadcast_to(lead, (n, self.horizon))[:, :, None],
            *(one[:, :, None] for one in seasonal),
            known[:, back:],
            known[:, aligned.clip(0)],
        ]
        repeated = np.repeat(np.column_stack(same)[:, None], self.horizon, axis=1)
        found = np.concatenate([repeated, *by_step], axis=2, dtype=np.float32, casting="unsafe")
        return found.reshape(n * self.horizon, -1)


@dataclass(frozen=True)
class Fitted:
    """A booster for each quantile."""

    plan: Plan
    boosters: tuple[lgb.Booster, ...]
    texts: tuple[str, ...]

    def predict(self, examples: Examples) -> Floats:
        """Return quantiles `(n, h, q)`."""
        threads = architectures.threads()
        parts = []
        for arrays in _batches(examples):
            rows = self.plan.rows(arrays)
            given = [np.asarray(one.predict(rows, num_threads=threads)) for one in self.boosters]
            parts.append(_scaled_back(np.column_stack(given), arrays["scale"], self.plan.horizon))
        return np.concatenate(parts)

    def save(self, directory: Path) -> None:
        """Write the boosters and what becomes a column, each with its checksum."""
        for place, text in enumerate(self.texts):
            architectures.write(text.encode(), directory / f"quantile-{place}.txt")
        plain = vars(self.plan) | {"quantiles": len(self.texts)}
        architectures.write((json.dumps(plain, sort_keys=True) + "\n").encode(), directory / _PLAN)


def fit(params: Params, train: Examples, validation: Examples, *, seed: int, report: architectures.Report) -> Fitted:
    """Grow the trees of all quantiles side by side until validation no longer improves."""
    plan = _plan(params, train)
    key = ("lags", plan, params.max_bin, params.most_rows, seed)
    binned, wanted = train.once(key, lambda: _binned(train, plan, params, seed))
    watched = validation.once((*key, "watched"), lambda: _watched(validation, plan, binned))
    learned = {name: value for name, value in params if name not in OURS}
    fixed = _fixed(params.max_bin) | {"num_threads": _threads(len(wanted)), "seed": seed}
    boosters = []
    for quantile in train.task.quantiles:
        booster = _library().Booster(fixed | learned | {"objective": "quantile", "alpha": quantile}, binned)
        boosters.append(booster.add_valid(watched, "validation"))
    best, lowest = 0, np.inf
    for tree in range(1, params.num_iterations + 1):
        ended = [booster.update() for booster in boosters]
        seen = _answers([booster.eval_valid for booster in boosters])
        on_train = _pinball(_answers([booster.eval_train for booster in boosters]), wanted, train.task)
        scale = validation.arrays["scale"]
        now = loss(_scaled_back(seen, scale, plan.horizon), validation)
        report(tree, on_train, now)
        if now < lowest:
            best, lowest = tree, now
        if all(ended) or tree - best >= params.early_stopping_rounds:
            break
    texts = tuple(_text(booster, best) for booster in boosters)
    return Fitted(plan, tuple(_library().Booster(model_str=text) for text in texts), texts)


def load(directory: Path) -> Fitted:
    """Read what `save` wrote; LightGBM's parser would abort the process on a damaged text."""
    told = json.loads(architectures.read(directory / _PLAN))
    count = told.pop("quantiles")
    texts = tuple(architectures.read(directory / f"quantile-{place}.txt").decode() for place in range(count))
    plan = Plan(**told | {"kinds": tuple(told["kinds"])})
    return Fitted(plan, tuple(_library().Booster(model_str=text) for text in texts), texts)


def _plan(params: Params, train: Examples) -> Plan:
    context, past = train.arrays["past"].shape[1:]
    lags = min(params.lags, context)
    seasons = min(params.seasons, max(1, context // train.task.season))
    first = 1 + lags + past - 1
    kinds = tuple(first + at for at, column in enumerate(train.columns["static"]) if column.categories is not None)
    return Plan(lags, seasons, train.task.season, train.labels.shape[1], kinds)


def _binned(train: Examples, plan: Plan, params: Params, seed: int) -> tuple[lgb.Dataset, Floats]:
    """Return the rows in bins, and what each is to be, in deviations of its example."""
    scale, values = train.arrays["scale"], train.labels
    wanted = ((values - scale[:, :1]) / scale[:, 1:]).ravel()
    chosen = ~np.isnan(wanted)
    if chosen.sum() > params.most_rows:
        few = np.random.default_rng(seed).choice(np.flatnonzero(chosen), params.most_rows, replace=False)
        chosen = np.zeros(len(wanted), bool)
        chosen[few] = True
    rows, start = [], 0
    for arrays in _batches(train):
        some = plan.rows(arrays)
        rows.append(some[chosen[start : start + len(some)]])
        start += len(some)
    dataset = _library().Dataset(
        np.concatenate(rows), wanted[chosen], categorical_feature=list(plan.kinds), params=_fixed(params.max_bin)
    )
    return dataset.construct(), wanted[chosen]


def _watched(validation: Examples, plan: Plan, reference: lgb.Dataset) -> lgb.Dataset:
    rows = np.concatenate([plan.rows(arrays) for arrays in _batches(validation)])
    # Its labels are not read: the loss takes the validation's own, which has gaps.
    return _library().Dataset(rows, np.zeros(len(rows)), reference=reference).construct()


def _batches(examples: Examples) -> Iterator[Arrays]:
    return (examples.between(at, min(at + BATCH, len(examples))) for at in range(0, len(examples), BATCH))


def _answers(evaluate: Sequence[Any]) -> Floats:
    """Return `(rows, q)`: what growing boosters answer on the rows that they keep."""
    held: list[Floats] = []

    def keep(answered: Floats, _: Any) -> tuple[str, float, bool]:
        held.append(np.array(answered))
        return "kept", 0.0, False

    for one in evaluate:
        one(keep)
    return np.column_stack(held)


def _scaled_back(given: Floats, scale: Floats, horizon: int) -> Floats:
    """Return quantiles `(n, h, q)` in order, on the scale that is learned."""
    quantiles = np.sort(given, axis=1).reshape(len(scale), horizon, -1)
    found: Floats = quantiles * scale[:, 1, None, None] + scale[:, 0, None, None]
    return found


def _pinball(given: Floats, wanted: Floats, task: Task) -> float:
    above, levels = wanted[:, None] - np.sort(given, axis=1), np.array(task.quantiles)
    return float(np.maximum(levels * above, (levels - 1) * above).mean())


def _means(values: Floats) -> Floats:
    """Return mean and deviation of the rows of values, `(n, 2)`, over what is not missing."""
    known = ~np.isnan(values)
    count = np.maximum(known.sum(axis=1), 1)
    mean = np.where(known, values, 0.0).sum(axis=1) / count
    square = np.where(known, (values - mean[:, None]) ** 2, 0.0).sum(axis=1) / count
    return np.column_stack([mean, np.sqrt(square)])


def _text(booster: lgb.Booster, best: int) -> str:
    # The number of threads is the machine's, not the model's: without it the same model is the same bytes.
    return re.sub(r"\[num_threads: \d+\]", "[num_threads: 0]", booster.model_to_string(num_iteration=best))


def _fixed(max_bin: int) -> dict[str, Any]:
    """Return what every fit shares: repeatable to the bit."""
    return {
        "max_bin": max_bin,
        "metric": "none",
        "bagging_freq": 1,
        "deterministic": True,
        "force_row_wise": True,
        "feature_pre_filter": False,
        "verbosity": -1,
    }


def _threads(rows: int) -> int:
    """Return how many threads are worth it: on few rows they wait for each other longer than they work."""
    return min(architectures.threads(), 1 + rows // 10_000)


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
