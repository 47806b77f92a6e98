"""Easy problems that every architecture must solve; as a program, fits one: easy.py PROJECT NAME KIND OUT [MODULE…]."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from syllabus import architectures, losses
from syllabus.corpora import alphabets
from syllabus.examples import Column, Examples, Task
from syllabus.modalities import corpus

KINDS = {
    "mixed columns, two classes": (4, 2, 2),
    "mixed columns, three classes": (4, 2, 3),
    "numbers alone, two classes": (4, 0, 2),
    "numbers alone, three classes": (4, 0, 3),
    "categories alone, two classes": (0, 3, 2),
    "categories alone, three classes": (0, 3, 3),
    "mixed columns, a number": (4, 2, 0),
    "numbers alone, a number": (4, 0, 0),
    "categories alone, a number": (0, 3, 0),
}
"""For each kind, how many numeric and categorical columns there are, and how many classes; none in a regression."""

PICTURES = {"pictures, two classes": 2, "pictures, three classes": 3, "pictures, a number": 0}
"""For each kind, how many classes there are; none in a regression."""
TEXTS = {"texts, two classes": 2, "texts, three classes": 3, "texts, a number": 0}
"""For each kind, how many classes there are; none in a regression."""
SERIES = {"one series": 1, "several series with gaps": 3}
"""For each kind, how many series there are; where there are several they have covariates, too."""
CORPORA = ("documents",)
"""What comes next in documents."""
DOCUMENTS = (frozenset({"tokens"}), frozenset({"bytes"}))
QUICK: dict[str, dict[str, Any]] = {
    "mlp": {"members": 2, "width": 32, "bins": 8, "epochs": 8, "batch": 64, "learning_rate": 0.01}
}
TABLES = frozenset({"numeric", "categorical"})
IMAGES = frozenset({"image"})
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
    if reads in DOCUMENTS:
        return list(CORPORA)
    return list(KINDS) if reads <= TABLES else list(TEXTS) if reads <= WORDS else list(PICTURES)


def problem(kind: str, rows: int = 1000, seed: int = 0) -> tuple[Examples, Examples, Examples]:
    """Return train, validation and test of a kind."""
    if kind in TEXTS:
        return texts(TEXTS[kind], rows // 4, seed)
    if kind in SERIES:
        return series(SERIES[kind], seed)
    if kind in CORPORA:
        return documents(min(rows, 120) // 4, seed)
    return pictures(PICTURES[kind], rows // 4, seed) if kind in PICTURES else columns(kind, rows, seed)


def texts(classes: int, rows: int, seed: int) -> tuple[Examples, Examples, Examples]:
    """Return train, validation and test: a few words, some of which tell the class, or how large the number is."""
    rows = min(rows, 160)
    random, total = np.random.default_rng(seed), 2 * rows
    target = random.integers(0, classes, total) if classes else random.uniform(0, 3, total)
    common = ["and", "the", "of", "naïve", "so", "it", "is", "日本", "😀", "<b>"]
    telling = [["good", "fine"], ["bad", "awful"], ["odd", "strange"]]
    said = []
    for value in np.asarray(target, np.int64):
        words = [*random.choice(common, random.integers(1, 9)), *random.choice(telling[value], random.integers(1, 4))]
        said.append(" ".join(random.permutation(words)))
    if classes:
        wrong = random.random(total) < 0.05
        target[wrong] = random.integers(0, classes, wrong.sum())
    whole = read(said, target, classes)
    halves = np.split(np.arange(total), [rows, rows + rows // 2])
    train, validation, test = (taken(whole, half) for half in halves)
    return train, validation, test


def read(said: list[str], target: Any, classes: int) -> Examples:
    """Return examples of these texts; without classes, of a regression."""
    task = Task("classification", tuple(f"class {code}" for code in range(classes))) if classes else Task("regression")
    held = np.array(said, dtype=np.dtypes.StringDType())
    return Examples(task, {"text": held}, np.asarray(target, np.int64 if classes else np.float64))


def pictures(classes: int, rows: int, seed: int) -> tuple[Examples, Examples, Examples]:
    """Return train, validation and test: a bright bar across, down or aslant, somewhere; or as bright as its number."""
    rows = min(rows, 250)
    random, total, side = np.random.default_rng(seed), 2 * rows, 8
    target = random.integers(0, classes, total) if classes else random.uniform(0, 3, total)
    at, here = random.integers(0, side, total)[:, None, None], np.arange(side)
    across, down = here[None, :, None] == at, here[None, None, :] == at
    aslant = (here[:, None] + here[None, :])[None] % side == at
    shape = np.choose(np.asarray(target, np.int64)[:, None, None] % max(classes, 1), [across, down, aslant])
    bright = 200 if classes else (60 * target)[:, None, None] + 40
    dim = random.integers(0, 40, (total, side, side))
    images = np.where(shape, bright, dim).astype(np.uint8)[..., None]
    if classes:
        wrong = random.random(total) < 0.05
        target[wrong] = random.integers(0, classes, wrong.sum())
    whole = seen(images, target, classes)
    halves = np.split(np.arange(total), [rows, rows + rows // 2])
    train, validation, test = (taken(whole, half) for half in halves)
    return train, validation, test


def documents(count: int, seed: int) -> tuple[Examples, Examples, Examples]:
    """Return train, validation and test: sentences of few words, in which what comes next is often plain."""
    random = np.random.default_rng(seed)
    words = [["the", "a", "no"], ["cat", "dog", "bird", "fish"], ["sees", "hears", "hunts"], ["me", "you", "us"]]

    def sentence() -> str:
        return " ".join(str(random.choice(some)) for some in words) + ".\n"

    parts = [["".join(sentence() for _ in range(random.integers(1, 12))) for _ in range(n)] for n in (count, 20, 20)]
    learned = corpus.Encoding(Task("language"), alphabets.learn(parts[0], 300).told)
    train, validation, test = (corpus.examples(pl.LazyFrame({"text": texts}), learned) for texts in parts)
    return train, validation, test


def seen(images: Any, target: Any, classes: int) -> Examples:
    """Return examples of these pictures; without classes, of a regression."""
    task = Task("classification", tuple(f"class {code}" for code in range(classes))) if classes else Task("regression")
    return Examples(task, {"image": images}, np.asarray(target, np.int64 if classes else np.float64))


def series(many: int, seed: int) -> tuple[Examples, Examples, Examples]:
    """Return train, validation and test: weeks of unlike levels, higher where a number that is known ahead is."""
    import datetime as dt

    import polars as pl

    from syllabus.modalities import series as modality
    from syllabus.settings import Data

    random, steps = np.random.default_rng(seed), 300
    tables = []
    for number in range(many):
        step = np.arange(steps)
        ahead, wet = random.integers(0, 2, steps), random.normal(size=steps)
        values = (
            100 * (number + 1) + 10 * np.sin(step * 2 * np.pi / 7) + 8 * ahead + random.normal(scale=1.5, size=steps)
        )
        told = {"shop": f"shop {number}", "value": values, "open": ahead, "wet": wet, "kind": "ab"[number % 2]}
        kept = random.random(steps) > (0.05 if many > 1 else 0)
        start = dt.datetime(2020, 1, 6)
        days = pl.Series([start + dt.timedelta(days=int(at)) for at in step])
        tables.append(pl.DataFrame({"step": step, "day": days, **told}).filter(pl.Series(kept)))
    table = pl.concat(tables).with_columns(pl.lit("1d").alias("frequency")).with_row_index("row", offset=1)
    more = {"series": ["shop"], "known": ["open"], "past": ["wet"], "static": ["kind"]} if many > 1 else {}
    options = {"time": "day", "horizon": 5, "context": 21, **more}
    data = Data(modality="series", source="none", target="value", task="forecast", options=options)
    cuts = [table.filter(pl.col("step").is_between(*ends)).lazy() for ends in ((0, 199), (200, 249), (250, 299))]
    learned = modality.learn(cuts[0], data)
    before = [None, cuts[0], pl.concat(cuts[:2])]
    found = [modality.examples(cut, learned, earlier) for cut, earlier in zip(cuts, before, strict=True)]
    train, validation, test = (replace(one, arrays=plain(one), rows=None) for one in found)
    return train, validation, test


def plain(examples: Examples) -> dict[str, Any]:
    """Return arrays that are none of ours."""
    return {name: np.array(array) for name, array in examples.arrays.items()}


def columns(kind: str, rows: int, seed: int) -> tuple[Examples, Examples, Examples]:
    """Return train, validation and test; numbers are missing here and there, one never varies, one is never there.

    Validation and test have categories that train has not, which stand as -1.
    """
    numbers, texts, classes = KINDS[kind]
    generator = np.random.default_rng(seed)
    total = 2 * rows
    numeric = generator.normal(size=(total, numbers))
    categorical = generator.integers(0, 6, size=(total, texts)).astype(np.int32)
    signal = numeric[:, :2].sum(axis=1) * 2 + (categorical[:, :2] % 3 * 2.0).sum(axis=1)
    signal += generator.normal(scale=0.3, size=total)
    target = 1000 + 50 * signal
    if classes:
        target = np.searchsorted(np.quantile(signal, np.arange(1, classes) / classes), signal)
        wrong = generator.random(total) < 0.05
        target[wrong] = generator.integers(0, classes, wrong.sum())
    numeric[generator.random(numeric.shape) < 0.05] = np.nan
    numeric[:, 2:3], numeric[:, 3:4] = 7.0, np.nan
    categorical[(generator.random(categorical.shape) < 0.05) & (np.arange(total)[:, None] >= rows)] = -1
    whole = table(numeric, categorical, target, classes)
    halves = np.split(np.arange(total), [rows, rows + rows // 2])
    train, validation, test = (taken(whole, half) for half in halves)
    return train, validation, test


def table(numeric: Any, categorical: Any, target: Any, classes: int, categories: int = 6) -> Examples:
    """Return examples of these columns; without classes, of a regression."""
    task = Task("classification", tuple(f"class {code}" for code in range(classes))) if classes else Task("regression")
    names = tuple(f"v{code}" for code in range(categories))
    return Examples(
        task=task,
        arrays={"numeric": np.ascontiguousarray(numeric, np.float64), "categorical": np.asarray(categorical, np.int32)},
        target=np.asarray(target, np.int64 if classes else np.float64),
        columns={
            "numeric": tuple(Column(f"number {k}") for k in range(numeric.shape[1])),
            "categorical": tuple(Column(f"text {k}", names) for k in range(categorical.shape[1])),
        },
    )


def loss(examples: Examples, answered: Any) -> float:
    """Return the mean loss of answers to these examples, as an architecture reports it."""
    return losses.loss(answered, examples)


def taken(examples: Examples, chosen: Any) -> Examples:
    """Return some of the rows."""
    arrays = {name: np.ascontiguousarray(array[chosen]) for name, array in examples.arrays.items()}
    return replace(examples, arrays=arrays, target=examples.labels[chosen])


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
