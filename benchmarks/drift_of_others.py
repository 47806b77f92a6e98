"""Drift put into what is no table, and none: python -m benchmarks.drift_of_others [NAME…] [--seeds 20] [--fresh 100]

Ratings, rows of several parts and documents: a model is trained on half of what an example project has, drawn at
random, and its package holds batches of the other half against that, as `benchmarks.drift` does with tables. Printed
for each size of a batch: how many fresh batches raise any alarm, and how many with a fault raise one of its own.
"""

from __future__ import annotations

import argparse
import io
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import chdir
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks.drift import packed
from syllabus import params
from syllabus.corpora import documents
from syllabus.monitoring import watching
from syllabus.serving import packages
from syllabus.serving.packages import Package

Fault = Callable[[pl.DataFrame, np.random.Generator], pl.DataFrame]
Told = tuple[Fault, set[str]]
SPEECHES = 12
"""So many speeches of the plays are a document."""


@dataclass(frozen=True)
class Kind:
    """What is watched.

    Args:
        project: whose settings are used.
        rows: returns all that it has.
        architecture: what learns, with its parameters.
        sizes: of batches.
        faults: each with the alarms that belong to it, by their column or, without one, their kind.
        options: what stands in `data.options` otherwise than the project has it.
        together: the column by which rows come together as well; None where they come one by one.
    """

    project: str
    rows: Callable[[], pl.DataFrame]
    architecture: tuple[str, Mapping[str, Any]]
    sizes: Sequence[int]
    faults: Mapping[str, Told]
    options: Mapping[str, Any] | None = None
    together: str | None = None


def _some(rows: pl.DataFrame, chance: np.random.Generator, share: float) -> pl.Expr:
    return pl.lit(pl.Series(chance.random(len(rows)) < share))


def _named(name: str, share: float, rows: pl.DataFrame, chance: np.random.Generator) -> pl.DataFrame:
    """Give a share of the rows a user, or an item, that nobody knows."""
    own = pl.col(name)
    return rows.with_columns(pl.when(_some(rows, chance, share)).then(own + 1_000_000).otherwise(own).alias(name))


def _mixed_up(name: str, rows: pl.DataFrame, chance: np.random.Generator) -> pl.DataFrame:
    return rows.with_columns(rows[name].gather(chance.permutation(len(rows))))


def _with(change: pl.Expr, rows: pl.DataFrame, _: np.random.Generator) -> pl.DataFrame:
    return rows.with_columns(change)


def _broken(rows: pl.DataFrame, chance: np.random.Generator) -> pl.DataFrame:
    return rows.with_columns(pl.when(_some(rows, chance, 0.05)).then(pl.lit(b"none")).otherwise("image").alias("image"))


def _redrawn(change: Callable[[Any], Any], rows: pl.DataFrame, _: np.random.Generator) -> pl.DataFrame:
    from PIL import Image

    def again(held: bytes) -> bytes:
        out = io.BytesIO()
        change(Image.open(io.BytesIO(held)).convert("RGB")).save(out, "PNG")
        return out.getvalue()

    return rows.with_columns(pl.Series("image", [again(one) for one in rows["image"]]))


def _darker(picture: Any) -> Any:
    return picture.point(lambda value: value * 0.8)


def _speeches() -> pl.DataFrame:
    """Return the speeches of the plays, some to a document."""
    whole = documents.text(Path("data/tragedies.md.zst"), params.read(Path("params.yaml")).data)
    speeches = [one.strip() for one in whole.split("\n\n") if one.strip() and not one.startswith("#")]
    told = ["\n\n".join(speeches[at : at + SPEECHES]) for at in range(0, len(speeches), SPEECHES)]
    return pl.DataFrame({"text": told})


BODY, TITLE = pl.col("text"), pl.col("title")
KINDS: Mapping[str, Kind] = {
    "ratings": Kind(
        "examples/ratings",
        lambda: pl.read_parquet("data/ratings.parquet"),
        ("factorization", {"factors": 32}),
        (100, 1_000, 10_000),
        {
            "a fifth of the students new": (partial(_named, "student", 0.2), {"new student"}),
            "5 % of the lecturers new": (partial(_named, "lecturer", 0.05), {"new lecturer"}),
            "lecturers of other rows": (partial(_mixed_up, "lecturer"), {"performance", "rank"}),
            "ratings turned around": (
                partial(_with, (6 - pl.col("rating")).alias("rating")),
                {"rating", "performance"},
            ),
            "the popular half alone": (
                lambda rows, _: rows.sort(pl.len().over("lecturer")).tail(len(rows) // 2),
                {"students of the lecturer in train"},
            ),
        },
        together="student",
    ),
    "mixed": Kind(
        "examples/clipart",
        lambda: pl.read_parquet("data/clipart.parquet"),
        ("linear", {}),
        (100, 300),
        {
            "titles in capitals": (
                partial(_with, TITLE.str.to_uppercase()),
                {"share of capitals of the text"},
            ),
            "titles missing": (
                partial(_with, pl.lit(None, pl.String).alias("title")),
                {"characters of the text", "words of the text", "letters a word of the text"},
            ),
            "pictures of half the side": (
                partial(_redrawn, lambda one: one.resize((32, 32))),
                {"width of the picture"},
            ),
            "pictures a fifth darker": (partial(_redrawn, _darker), {"brightness of the picture"}),
            "5 % of the pictures broken": (_broken, {"pictures"}),
        },
        {"text": {"columns": ["title"]}},  # without the network that takes seconds for each batch
    ),
    "corpus": Kind(
        "examples/shakespeare",
        _speeches,
        ("ngram", {}),
        (30, 100),
        {
            "all in capitals": (partial(_with, BODY.str.to_uppercase()), {"share of capitals"}),
            "þ for th": (
                partial(_with, BODY.str.replace_all("th", "þ", literal=True)),
                {"share of signs that train has not"},
            ),
            "words in another order": (
                partial(_with, BODY.str.split(" ").list.reverse().list.join(" ")),
                {"performance"},
            ),
            "twice as long": (partial(_with, BODY + "\n\n" + BODY.shift(1, fill_value="Exeunt.")), {"characters"}),
            "each document said twice": (
                partial(_with, BODY + "\n\n" + BODY),
                {"share of lines that stood before"},
            ),
        },
        {"heading": None},
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", default=list(KINDS), help=", ".join(KINDS))
    parser.add_argument("--seeds", type=int, default=20, help="batches of each size with each fault")
    parser.add_argument("--fresh", type=int, default=100, help="batches of each size without any")
    parser.add_argument("--only", default="", metavar="WORD", help="faults whose name has it")
    options = parser.parse_args()
    for name in options.names:
        with tempfile.TemporaryDirectory() as folder, chdir(KINDS[name].project):
            _report(KINDS[name], Path(folder), options)


def _report(kind: Kind, folder: Path, options: argparse.Namespace) -> None:
    package, held = _prepared(kind, folder)
    print(f"\n{kind.project}: {kind.architecture[0]}, {len(held):,} rows held back")
    print(f"{'':34}", *(f"{size:>12,}" for size in kind.sizes))
    ways = {"false alarms": _drawn} | ({f"by whole {kind.together}s": _together} if kind.together else {})
    for what, draw in ways.items():
        cells, causes = [], Counter[str]()
        for size in kind.sizes:
            found = [_alarms(package, draw(kind, held, size, seed), folder) for seed in range(options.fresh)]
            causes.update(name for one in found for name in one)
            cells.append(f"{sum(map(bool, found))}/{len(found)}")
        print(f"{what:34}", *(f"{cell:>12}" for cell in cells), dict(causes) or "", flush=True)
    faults = {what: one for what, one in kind.faults.items() if options.only in what}
    for what, (fault, told) in faults.items():
        cells = []
        for size in kind.sizes:
            hits = 0
            for seed in range(options.seeds):
                rows = fault(_drawn(kind, held, size, 10_000 + seed), np.random.default_rng(seed))
                hits += not told.isdisjoint(_alarms(package, rows, folder))
            cells.append(f"{hits}/{options.seeds}")
        print(f"{what:34}", *(f"{cell:>12}" for cell in cells), flush=True)


def _prepared(kind: Kind, folder: Path) -> tuple[Package, pl.DataFrame]:
    """Train on half of the rows, and return the package and the other half."""
    settings, whole = params.read(Path("params.yaml")), kind.rows()
    order, half = np.random.default_rng(7).permutation(len(whole)), len(whole) // 2
    whole[order[:half]].write_parquet(folder / "learned.parquet")
    asked = {"source": str(folder / "learned.parquet"), "options": {**settings.data.options, **(kind.options or {})}}
    architecture, values = kind.architecture
    made = packed(settings.data.model_copy(update=asked), settings, folder, architecture, **values)
    return packages.opened(made, fits=lambda _: None), whole[order[half:]]


def _alarms(package: Package, rows: pl.DataFrame, folder: Path) -> set[str]:
    rows.write_parquet(folder / "batch.parquet")
    found = watching.watch(package, str(folder / "batch.parquet"))
    return {alarm.column or alarm.kind for alarm in found.alarms}


def _drawn(_: Kind, held: pl.DataFrame, size: int, seed: int) -> pl.DataFrame:
    return held[np.random.default_rng(seed).choice(len(held), min(size, len(held)), replace=False)]


def _together(kind: Kind, held: pl.DataFrame, size: int, seed: int) -> pl.DataFrame:
    """Draw all that belongs together, until there are so many rows."""
    own = held[kind.together].unique().sort()
    order = own[np.random.default_rng(seed).permutation(len(own))].to_frame().with_row_index("place")
    return held.join(order, on=kind.together).sort("place", maintain_order=True).head(size).drop("place")


if __name__ == "__main__":
    main()
