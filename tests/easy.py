"""Easy problems that every architecture must solve; as a program, fits one: easy.py PROJECT NAME KIND OUT [MODULE…]."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from problems import (
    CORPORA,
    KINDS,
    MIXED,
    PICTURES,
    RATINGS,
    SERIES,
    TEXTS,
    columns,
    documents,
    mixed,
    pictures,
    ratings,
    series,
    texts,
)

from syllabus import architectures, losses
from syllabus.examples import Examples

DOCUMENTS = (frozenset({"tokens"}), frozenset({"bytes"}))
QUICK: dict[str, dict[str, Any]] = {
    "mlp": {"members": 2, "width": 32, "bins": 8, "epochs": 8, "batch": 64, "learning_rate": 0.01},
    "fusion": {"image_width": 8, "width": 32, "text_width": 32, "length": 8, "epochs": 12, "vocabulary": 300},
}
TABLES = frozenset({"numeric", "categorical"})
IMAGES = frozenset({"image"})
ALL_PARTS = frozenset({"image", "text", "numeric", "categorical"})
WORDS = frozenset({"text"})

OWN = '''
"""Naive Bayes on categories and quarters of numbers: an architecture that a project brings along."""

import json
from dataclasses import dataclass

import numpy as np

from syllabus import architectures, losses
from syllabus.losses import log_loss

READS = frozenset({"numeric", "categorical"})
TASKS = frozenset({"classification"})
SEARCH = {}
SIDE_BY_SIDE = True


class Params(architectures.Params):
    smoothing: float = 1.0


def space(trial):
    return {"smoothing": trial.suggest_float("smoothing", 0.1, 10.0, log=True)}


@dataclass
class Fitted:
    cuts: list
    tables: list

    def predict(self, examples):
        places = self.places(examples)
        scores = sum(np.array(table)[place] for table, place in zip(self.tables, places))
        raised = np.exp(scores - scores.max(axis=1, keepdims=True))
        return raised / raised.sum(axis=1, keepdims=True)

    def places(self, examples):
        numeric = examples.arrays["numeric"].T
        known = [np.where(np.isnan(x), 0, 1 + np.searchsorted(cut, x)) for x, cut in zip(numeric, self.cuts)]
        return known + [codes + 1 for codes in examples.arrays["categorical"].T]

    def save(self, directory):
        architectures.write(json.dumps([self.cuts, self.tables]).encode(), directory / "model.json")


def fit(params, train, validation, *, seed, report):
    cuts = [np.quantile(x[~np.isnan(x)], [0.25, 0.5, 0.75]).tolist() if not np.isnan(x).all() else []
            for x in train.arrays["numeric"].T]
    fitted = Fitted(cuts, [])
    sizes = [5] * len(cuts) + [len(column.categories) + 1 for column in train.columns["categorical"]]
    for place, size in zip(fitted.places(train), sizes):
        counts = np.full((size, len(train.task.classes)), params.smoothing)
        np.add.at(counts, (place, train.labels), 1)
        told = (np.bincount(place, minlength=size) > 0)[:, None]  # what train never showed says nothing
        fitted.tables.append(np.where(told, np.log(counts) - np.log(counts.sum(axis=0)), 0.0).tolist())
    report(1, log_loss(fitted.predict(train), train.labels), log_loss(fitted.predict(validation), validation.labels))
    return fitted


def load(directory):
    return Fitted(*json.loads(architectures.read(directory / "model.json")))
'''


def for_tables(*, networks: bool = True) -> list[str]:
    """Return the library's architectures that read tables; networks, which need more than Syllabus alone, among them."""
    found = [name for name in architectures.names() if architectures.load(name).READS <= TABLES]
    return [name for name in found if networks or not getattr(architectures.load(name), "NEEDS", {})]


def kinds(reads: frozenset[str]) -> list[str]:
    """Return the kinds of problems for an architecture that reads these arrays, the most usual first."""
    if "past" in reads:
        return list(SERIES)
    if "user" in reads:
        return list(RATINGS) if "count" in reads else list(RATINGS)[:1]
    if reads in DOCUMENTS:
        return list(CORPORA)
    if reads == ALL_PARTS:
        return list(MIXED)
    return list(KINDS) if reads <= TABLES else list(TEXTS) if reads <= WORDS else list(PICTURES)


def problem(kind: str, rows: int = 1000, seed: int = 0) -> tuple[Examples, Examples, Examples]:
    """Return train, validation and test of a kind."""
    if kind in TEXTS:
        return texts(TEXTS[kind], rows // 4, seed)
    if kind in MIXED:
        return mixed(MIXED[kind], rows // 4, seed)
    if kind in SERIES:
        return series(SERIES[kind], seed)
    if kind in RATINGS:
        return ratings(RATINGS[kind], seed)
    if kind in CORPORA:
        return documents(min(rows, 120) // 4, seed)
    return pictures(PICTURES[kind], rows // 4, seed) if kind in PICTURES else columns(kind, rows, seed)


def loss(examples: Examples, answered: Any) -> float:
    """Return the mean loss of answers to these examples, as an architecture reports it."""
    return losses.loss(answered, examples)


def params(architecture: Any, **chosen: Any) -> Any:
    """Return its parameters: its defaults, but for what makes a large network quick on a small problem."""
    return architecture.Params(**QUICK.get(architecture.__name__.rpartition(".")[2], {}) | chosen)


def fitted(architecture: Any, train: Examples, validation: Examples, seed: int = 5, **chosen: Any) -> Any:
    """Fit with nobody watching the curve."""
    return architecture.fit(params(architecture, **chosen), train, validation, seed=seed, report=lambda *_: None)


def files(model: Any, directory: Path) -> dict[str, bytes]:
    """Save the model; return what was written."""
    directory.mkdir(parents=True, exist_ok=True)
    model.save(directory)
    return {path.relative_to(directory).as_posix(): path.read_bytes() for path in sorted(directory.rglob("*"))}


def heavy() -> Iterator[str]:
    """Yield the libraries that this process has imported and that take long."""
    yield from ({"cffi", "joblib", "matplotlib", "pandas", "pyarrow", "scipy.stats", "sklearn"} & set(sys.modules))


if __name__ == "__main__":
    project, name, kind, out, *first = sys.argv[1:]
    for module in first:
        importlib.import_module(module)
    made = fitted(architectures.load(name, Path(project)), *problem(kind)[:2])
    files(made, Path(out))
    print(" ".join(sorted(heavy())))
