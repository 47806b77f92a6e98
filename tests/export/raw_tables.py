"""Tables of mixed columns with odd names, gaps, and in test categories that train does not have; models of them."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

import numpy as np
import polars as pl

from syllabus import architectures, features
from syllabus.models import Model
from syllabus.settings import Data

ROLES = {"code": "categorical", "flag \N{GRINNING FACE}": "categorical", "asked": "numeric"}
QUICK: dict[str, dict[str, Any]] = {
    "lightgbm": {"num_iterations": 40, "min_data_in_leaf": 5, "max_bin": 63},
    "mlp": {"epochs": 3, "width": 32, "members": 4, "learning_rate": 0.01},
}


def table(rows: int, seed: int, *, dates: bool = True, test: bool = False) -> pl.DataFrame:
    """Return rows whose targets follow the columns, gaps included."""
    draw = np.random.default_rng(seed)

    def holed(values: Any, share: float = 0.1) -> list[Any]:
        return [None if gone else value for value, gone in zip(values, draw.random(rows) < share, strict=True)]

    size, town = draw.lognormal(3, 1, rows), draw.integers(0, 90 if test else 80, rows)
    flag, code = draw.random(rows) < 0.5, draw.integers(0, 6, rows)
    whole = draw.integers(-5, 6, rows)
    score = np.log(size) + 0.4 * (town % 7) - flag + 0.3 * code + 0.2 * whole + draw.normal(0, 0.5, rows)
    columns = {
        "row": np.arange(1, rows + 1, dtype=np.uint64),
        'a "size", in m²': holed(size.tolist()),
        "Cast 3": whole,
        "never missing in train": holed(draw.normal(size=rows).tolist(), 0.1 if test else 0),
        "asked": holed([str(number) for number in draw.integers(0, 9, rows)]),
        "new\nline": holed([f"town {number}" for number in town.tolist()]),
        "probabilities": draw.choice(["ä", "ß", "日本", " "], rows).tolist(),
        "flag \N{GRINNING FACE}": holed(flag.tolist()),
        "code": holed(code.tolist()),
        "two": np.where(score > 4.5, "yes", "no").tolist(),
        "three": np.array(["low", "mid", "top"])[np.searchsorted([3.8, 5.2], score)].tolist(),
        "number": np.exp(score).tolist(),
    }
    if dates:
        first = datetime(1899, 12, 30, 23, 59, 58)
        seconds = draw.integers(0, 7_000_000_000, rows).tolist()
        columns["sold"] = holed([first.date() + timedelta(days=int(day)) for day in draw.integers(0, 90_000, rows)])
        columns["seen"] = holed([first + timedelta(seconds=second, microseconds=999_999) for second in seconds])
        columns["since"] = pl.Series([date(2020, 2, 29)] * rows)
    return pl.DataFrame(columns)


def data(target: str, **said: Any) -> Data:
    """Return the settings of a table whose other targets are ignored."""
    others = dict.fromkeys({"two", "three", "number"} - {target}, "ignore")
    task = "regression" if target == "number" else "classification"
    plain = {"modality": "tables", "source": "x.csv", "target": target, "task": task, "columns": ROLES | others}
    return Data.model_validate_json(json.dumps(plain | said))


def model(name: str, target: str, *, params: dict[str, Any] | None = None, dates: bool = True, **said: Any) -> Model:
    """Return a model that was fitted on such a table."""
    settings = data(target, **said)
    train, validation = (table(rows, seed, dates=dates).lazy() for rows, seed in ((1200, 1), (400, 2)))
    learned = features.learn(train, settings)
    architecture = architectures.load(name)
    chosen = architecture.Params(**(QUICK.get(name, {}) | (params or {})))
    known, watched = (features.examples(part, learned) for part in (train, validation))
    fitted = architecture.fit(chosen, known, watched, seed=0, report=lambda *_: None)
    return Model("tables", name, chosen.model_dump(), learned, fitted)


@cache
def _fitted(name: str, target: str, said: str) -> Model:
    return model(name, target, **json.loads(said))


def learned(name: str, target: str, **said: Any) -> Model:
    """Return such a model, fitted once for all tests that ask for the same."""
    return _fitted(name, target, json.dumps(said))
