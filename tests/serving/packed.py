"""Packages of small models, made as the stages make them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import easy
import numpy as np
import polars as pl

from syllabus import architectures, export, frames, modalities, models, novelty, parts, registry, training
from syllabus.examples import Task
from syllabus.modalities import corpus
from syllabus.models import Model
from syllabus.registry import package
from syllabus.settings import Data, Split

TABLE: dict[str, Any] = {
    "modality": "tables",
    "target": "buys",
    "columns": {"since": "date", "name": "ignore"},
    "cleaning": {
        "missing": ["?"],
        "numbers": {"paid": {"decimal": ","}},
        "dates": {"since": "%d.%m.%Y"},
        "relabel": {"town": {"ULM": "Ulm"}},
        "duplicates": "keep",
    },
}


def people(rows: int, seed: int = 0) -> pl.DataFrame:
    """Return people as a file writes them: all cells are texts."""
    draw = np.random.default_rng(seed)
    age, town = draw.integers(18, 90, rows), draw.choice(["Ulm", "ULM", "Bern", "Graz"], rows)
    buys = draw.random(rows) < 0.1 + 0.5 * (age > 50) + 0.2 * (town == "Bern")
    paid = draw.lognormal(3, 1, rows)
    day = draw.integers(1, 29, rows)
    return pl.DataFrame(
        {
            "name": [f"person {number}" for number in range(rows)],
            "age": [str(one) if draw.random() > 0.05 else "?" for one in age],
            "town": town,
            "paid": [f"{one:.2f}".replace(".", ",") for one in paid],
            "since": [f"{one:02}.0{1 + one % 9}.2020" for one in day],
            "buys": np.where(buys, "yes", "no"),
        }
    )


def packed(
    folder: Path,
    frame: pl.DataFrame,
    said: dict[str, Any],
    name: str = "linear",
    *,
    onnx: bool = False,
    parquet: bool = False,
    chosen: Mapping[str, Any] | None = None,
    **beside: Any,
) -> Path:
    """Write the package of a model that has learned from a table.

    Args:
        folder: gets it, and what it is made of.
        frame: the table.
        said: as `data` of `params.yaml`.
        name: of the architecture.
        onnx: whether it is to be said as ONNX, too.
        parquet: whether the table is written as Parquet rather than as CSV.
        chosen: parameters of the architecture.
        beside: JSON files, by name.
    """
    folder.mkdir(parents=True, exist_ok=True)
    source = folder / f"learned.{'parquet' if parquet else 'csv'}"
    (frame.write_parquet if parquet else frame.write_csv)(source)
    data = Data.model_validate_json(json.dumps(said | {"source": str(source)}))
    modality = modalities.load(data.modality)
    modality.read(data, folder / "table.parquet")
    table = frames.scan(folder / "table.parquet")
    placed = modality.split(table, data, Split(), seed=1)
    for part in ("train", "validation", "test"):
        parts.part(table, placed, part).collect().write_parquet(folder / f"{part}.parquet")
    known = training.prepare(data, folder)
    architecture: Any = architectures.load(name)
    fitted = easy.fitted(architecture, known.train, known.validation, **(chosen or {}))
    model = Model(data.modality, name, {}, known.encoding, fitted)
    for file, held in beside.items():
        frames.write_json(held, folder / f"{file}.json")
    train = frames.scan(folder / "train.parquet")
    package.write(
        folder / "package",
        model,
        signature=modality.signature(train, known.encoding),
        beside={f"{file}.json": folder / f"{file}.json" for file in beside},
        onnx=export.exported(model, frames.scan(folder / "test.parquet")) if onnx else None,
        card="",
        lineage={},
        decision={},
        data=data,
        novelty=novelty.learn(known.train, known.validation),
        example=registry.example(model, train, data, folder / "threshold.json"),
    )
    return folder / "package"


def language(folder: Path, name: str = "gpt") -> Path:
    """Write the package of a small language model that has learned a few lines."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f"{one} {verb} the {thing}." for one in "ABCD" for verb in ("sees", "hears") for thing in ("sea", "tree")]
    pl.DataFrame({"text": lines * 20}).write_parquet(folder / "learned.parquet")
    said = {"modality": "corpus", "target": "text", "task": "language", "source": str(folder / "learned.parquet")}
    data = Data.model_validate_json(json.dumps(said | {"options": {"tokenizer": "bytes"}}))
    learned = corpus.Encoding(Task("language"), None)
    examples = corpus.examples(pl.LazyFrame({"text": lines * 20}), learned)
    architecture: Any = architectures.load(name)
    small = {"gpt": {"context": 24, "width": 32, "depth": 2, "heads": 2, "epochs": 2}, "ngram": {}}[name]
    fitted = easy.fitted(architecture, examples, examples, **small)
    package.write(
        folder / "package",
        Model("corpus", name, small, learned, fitted),
        signature=[{"name": "text", "type": "String", "role": "document", "missing": 0.0}],
        card="",
        lineage={},
        decision={},
        data=data,
    )
    return folder / "package"


def native(package_: Path, rows: pl.LazyFrame) -> Any:
    """Return what the model of a package answers on rows that are clean."""
    return models.load(package_ / "model").predict(rows)
