"""Easy problems of every kind of data, each as train, validation and test."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

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
MIXED = {"all parts, two classes": 2, "all parts, three classes": 3, "all parts, a number": 0}
"""For each kind, how many classes there are; none in a regression."""
SERIES = {"one series": 1, "several series with gaps": 3}
"""For each kind, how many series there are; where there are several they have covariates, too."""
CORPORA = ("documents",)
"""What comes next in documents."""
RATINGS: dict[str, dict[str, Any]] = {
    "ratings, values": {"range": [1.0, 5.0]},
    "ratings, clicks": {"feedback": "clicks"},
    "ratings, ranks of what was liked": {"range": [1.0, 5.0], "goal": "ranks", "liked": 3.5},
}
"""For each kind, what the options say beyond the columns."""


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


def mixed(classes: int, rows: int, seed: int) -> tuple[Examples, Examples, Examples]:
    """Return train, validation and test: pictures that tell the class or the number, and a text and columns beside."""
    random = np.random.default_rng(seed + 1)
    train, validation, test = (beside(part, random) for part in pictures(classes, rows, seed))
    return train, validation, test


def beside(seen: Examples, random: np.random.Generator) -> Examples:
    """Return examples with a text that sometimes tells the target, two numbers, one of them the text's, and a category."""
    n, told = len(seen), ["good", "bad", "odd", "far"]
    codes = np.asarray(seen.labels, np.int64)
    sure = random.random(n) < 0.3
    said = [f"so {told[code] if known else 'it'} is" for code, known in zip(codes, sure, strict=True)]
    numeric = np.column_stack([np.where(random.random(n) < 0.1, np.nan, random.normal(size=n)), sure * (codes + 1.0)])
    arrays = dict(seen.arrays) | {
        "text": np.array(said, dtype=np.dtypes.StringDType()),
        "numeric": numeric,
        "categorical": random.integers(-1, 3, (n, 1)).astype(np.int32),
    }
    columns = {
        "numeric": (Column("size"), Column("text: speaks for it", source="text", sums=True)),
        "categorical": (Column("kind", ("a", "b", "c")),),
    }
    return Examples(seen.task, arrays, seen.target, columns)


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


def ratings(more: dict[str, Any], seed: int) -> tuple[Examples, Examples, Examples]:
    """Return train, validation and test: users of some tastes, kind or not; some of test are in no other part."""
    from syllabus.modalities import ratings as modality
    from syllabus.settings import Data

    random = np.random.default_rng(seed)
    clicks, ranked = "feedback" in more, "goal" in more
    rows, tastes = [], 6 if clicks else 3
    for user in range(90):
        for item in range(60):
            match = user % tastes == item % tastes
            if random.random() > ((0.8 if match else 0.03) if clicks else 0.6 if ranked else 0.3):
                continue
            given = 2.6 + 1.2 * match + (user % 5 - 2) * 0.3 + (item % 4 - 1.5) * 0.2 + random.normal(scale=0.4)
            rows.append({"user": f"u{user}", "item": item, "value": float(np.clip(given, 1, 5))})
    table = pl.DataFrame(rows)[random.permutation(len(rows)).tolist()].with_row_index("row", offset=1)
    if clicks:
        table = table.with_columns(pl.lit(1).alias("clicks"))
    new = pl.col("user").is_in(["u0", "u1"]) | (pl.col("item") == 7)
    old, cut = table.filter(~new), int(len(table) * 0.7)
    parts = [
        old[:cut],
        old[cut : cut + len(old[cut:]) // 2],
        pl.concat([old[cut + len(old[cut:]) // 2 :], table.filter(new)]),
    ]
    target = "clicks" if clicks else "value"
    options = {"user": "user", "item": "item", **more}
    data = Data(modality="ratings", source="none", target=target, task="rating", options=options)
    learned = modality.learn(parts[0].lazy(), data)
    found = [modality.examples(part.lazy(), learned) for part in parts]
    train, validation, test = (replace(one, arrays=plain(one)) for one in found)
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


def taken(examples: Examples, chosen: Any) -> Examples:
    """Return some of the rows."""
    arrays = {name: np.ascontiguousarray(array[chosen]) for name, array in examples.arrays.items()}
    return replace(examples, arrays=arrays, target=examples.labels[chosen])
