"""Drift put in by hand, and none: python -m benchmarks.drift [PROJECT…] [--seeds 20] [--fresh 100] [--rows 100 1000]

A model is trained on half of a project's rows, drawn at random, and its package holds batches of the other half against
that: as they are, and with one fault each. Printed for each size of a batch: how many fresh batches raise any alarm,
with labels and without, and how many faults raise one that names the column, or the performance. Each seed draws a
batch, and which column the fault is in.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from syllabus import frames, modalities, novelty, params, parts, scoring, sources, training
from syllabus.frames import ROW
from syllabus.monitoring import reference, watching
from syllabus.monitoring.performance import Deciding
from syllabus.registry import package
from syllabus.serving import packages
from syllabus.serving.packages import Package
from syllabus.settings import Data, Settings, Split

PROJECTS = (".", "examples/flights", "examples/housing")
LABELS = "labels"


@dataclass(frozen=True)
class Asked:
    """What a fault is put into.

    Args:
        package: what watches.
        numeric, categorical: the columns that it reads.
        stds: of the numeric ones.
        chance: of this seed.
    """

    package: Package
    numeric: list[str]
    categorical: list[str]
    stds: Mapping[str, float]
    chance: np.random.Generator


Fault = Callable[[Asked, pl.DataFrame], tuple[pl.DataFrame, str]]


def _numeric(asked: Asked) -> tuple[str, pl.Expr]:
    name = str(asked.chance.choice(asked.numeric))
    return name, pl.col(name).cast(pl.String).str.strip_chars().cast(pl.Float64, strict=False)


def _times(factor: float) -> Fault:
    def fault(asked: Asked, rows: pl.DataFrame) -> tuple[pl.DataFrame, str]:
        name, value = _numeric(asked)
        return _put(rows, name, value * factor), name

    return fault


def _shift(asked: Asked, rows: pl.DataFrame) -> tuple[pl.DataFrame, str]:
    name, value = _numeric(asked)
    return _put(rows, name, value + asked.stds[name]), name


def _category(asked: Asked, rows: pl.DataFrame) -> tuple[pl.DataFrame, str]:
    name = str(asked.chance.choice(asked.categorical))
    chosen = pl.Series(asked.chance.random(len(rows)) < 0.05)
    return rows.with_columns(pl.when(chosen).then(pl.lit("Elsewhere")).otherwise(pl.col(name)).alias(name)), name


def _silent(asked: Asked, rows: pl.DataFrame) -> tuple[pl.DataFrame, str]:
    name = str(asked.chance.choice([*asked.numeric, *asked.categorical]))
    return rows.with_columns(pl.lit(None, rows.schema[name]).alias(name)), name


def _labels(asked: Asked, rows: pl.DataFrame) -> tuple[pl.DataFrame, str]:
    """Give three in ten rows the label of another row: their columns and their labels stay as they are distributed."""
    target = asked.package.data.target
    chosen = np.flatnonzero(asked.chance.random(len(rows)) < 0.3)
    places = np.arange(len(rows))
    places[chosen] = asked.chance.permutation(chosen)
    return rows.with_columns(rows[target].gather(places)), LABELS


FAULTS: Mapping[str, Fault] = {
    "a number times 1,000": _times(1000),
    "a number times 2.54": _times(2.54),
    "one standard deviation": _shift,
    "a new category in 5 %": _category,
    "a silent column": _silent,
    "30 % of labels of others": _labels,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("projects", nargs="*", default=PROJECTS)
    parser.add_argument("--seeds", type=int, default=20, help="batches of each size with each fault")
    parser.add_argument("--fresh", type=int, default=100, help="batches of each size without any")
    parser.add_argument("--rows", type=int, nargs="*", default=[100, 1_000, 10_000])
    options = parser.parse_args()
    for project in options.projects:
        with tempfile.TemporaryDirectory() as folder:
            asked, held = prepared(Path(project), Path(folder))
            told = (
                f"{project}: {asked.package.model.architecture}, {len(held):,} rows held back, {asked.columns} columns"
            )
            print(f"\n{told}")
            report(asked, held, Path(folder), options)


@dataclass(frozen=True)
class Ready:
    """A package, and which of its columns faults are put into."""

    package: Package
    numeric: list[str]
    categorical: list[str]
    stds: Mapping[str, float]

    @property
    def columns(self) -> int:
        return len(self.package.signature)

    def asked(self, seed: int) -> Asked:
        return Asked(self.package, self.numeric, self.categorical, self.stds, np.random.default_rng(seed))


def report(ready: Ready, held: pl.DataFrame, folder: Path, options: argparse.Namespace) -> None:
    sizes = [size for size in options.rows if size <= len(held)]
    print(f"{'':34}", *(f"{size:>12,}" for size in sizes))
    for what, target in (("false alarms", True), ("false alarms, no labels", False)):
        cells, causes = [], defaultdict(int)
        for size in sizes:
            found = [_watched(ready, held, size, seed, folder, None, target) for seed in range(options.fresh)]
            for one in found:
                for alarm in one.alarms:
                    causes[f"{alarm.kind} {alarm.column}"] += 1
            cells.append(f"{sum(bool(one.alarms) for one in found)}/{len(found)}")
        print(f"{what:34}", *(f"{cell:>12}" for cell in cells), dict(causes) or "", flush=True)
    for name, fault in FAULTS.items():
        cells = []
        for size in sizes:
            hits = sum(_caught(ready, held, size, seed, folder, fault) for seed in range(options.seeds))
            cells.append(f"{hits}/{options.seeds}")
        print(f"{name:34}", *(f"{cell:>12}" for cell in cells), flush=True)


def _caught(ready: Ready, held: pl.DataFrame, size: int, seed: int, folder: Path, fault: Fault) -> bool:
    found, name = _faulty(ready, held, size, seed, folder, fault)
    if name == LABELS:
        return any(alarm.kind in ("performance", "slices") for alarm in found.alarms)
    return any(alarm.column == name for alarm in found.alarms)


def _faulty(ready: Ready, held: pl.DataFrame, size: int, seed: int, folder: Path, fault: Fault) -> Any:
    rows, name = fault(ready.asked(seed), _drawn(held, size, 10_000 + seed))
    return _held(ready, rows, folder, labels=name == LABELS), name


def _watched(ready: Ready, held: pl.DataFrame, size: int, seed: int, folder: Path, _: None, labels: bool) -> Any:
    return _held(ready, _drawn(held, size, seed), folder, labels=labels)


def _held(ready: Ready, rows: pl.DataFrame, folder: Path, *, labels: bool) -> Any:
    written = folder / "batch.parquet"
    (rows if labels else rows.drop(ready.package.data.target)).write_parquet(written)
    return watching.watch(ready.package, str(written))


def _drawn(held: pl.DataFrame, size: int, seed: int) -> pl.DataFrame:
    return held[np.random.default_rng(seed).choice(len(held), size, replace=False)]


def _put(rows: pl.DataFrame, name: str, value: pl.Expr) -> pl.DataFrame:
    """Write numbers into a column as its source writes them."""
    return rows.with_columns(value.cast(pl.String).alias(name) if rows.schema[name] == pl.String else value.alias(name))


def prepared(project: Path, folder: Path) -> tuple[Ready, pl.DataFrame]:
    """Train on half of a project's rows, and return the package and the other half as its source has it."""
    with chdir(project):
        settings = params.read(Path("params.yaml"))
        raw = sources.opened(settings.data.source, folder / "raw", settings.data.reading)
        whole = raw.frame.drop(ROW).collect()
    half = len(whole) // 2
    order = np.random.default_rng(7).permutation(len(whole))
    learned = folder / ("learned.csv" if raw.written else "learned.parquet")
    (whole[order[:half]].write_csv if raw.written else whole[order[:half]].write_parquet)(learned)
    # A date that rows are split by would keep the halves apart in time, and nothing drifts here.
    roles = {name: "date" if role == "time" else role for name, role in settings.data.columns.items()}
    data = settings.data.model_copy(update={"source": str(learned), "columns": roles})
    made = packed(data, settings, folder, "lightgbm")
    ready = packages.opened(made)
    of = {role: [one["name"] for one in ready.signature if one["role"] == role] for role in ("numeric", "categorical")}
    stds = {name: reference.load(made).columns[name].std for name in of["numeric"]}  # type: ignore[union-attr]
    return Ready(ready, of["numeric"], of["categorical"], stds), whole[order[half:]]


def packed(data: Data, settings: Settings, folder: Path, architecture: str, **asked: Any) -> Path:
    """Read, split and train as the stages do, and write what `register` would."""
    modality = modalities.load(data.modality)
    modality.read(data, folder / "table.parquet")
    table = frames.scan(folder / "table.parquet")
    placed = modality.split(table, data, Split(method="random"), seed=settings.seed)
    for part in ("train", "validation", "test"):
        parts.part(table, placed, part).collect().write_parquet(folder / f"{part}.parquet")
    known = training.prepare(data, folder)
    model, _ = training.fit(architecture, asked, known, seed=settings.seed)
    usual = novelty.learn(known.train, known.validation)
    signature = modality.signature(frames.scan(folder / "train.parquet"), known.encoding)
    deciding = Deciding()
    if data.task == "regression":
        answers: Any = scoring.predictions(model, known.validation, 0.5)
        deciding = Deciding(intervals=getattr(answers, "intervals", None))
    package.write(
        folder / "package",
        model,
        signature=signature,
        card="",
        lineage={},
        decision={},
        data=data,
        novelty=usual,
        reference=reference.learn(model, folder, signature, settings.examination, deciding, usual),
    )
    return folder / "package"


if __name__ == "__main__":
    main()
