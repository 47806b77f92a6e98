"""Packages that say of their training rows what new ones are held against, and batches of new rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from serving.packed import TABLE, packed, people

from syllabus import frames, modalities, models, novelty, parts, registry, training
from syllabus.cli import main
from syllabus.monitoring import reference
from syllabus.monitoring.performance import Deciding
from syllabus.registry import package
from syllabus.settings import Data, Examination, Split

THRESHOLD = {"threshold": 0.3, "by": None, "reached": True, "rows": 90, "groups": {}, "across": None, "positive": "yes"}


def learned(
    folder: Path,
    rows: int = 4000,
    said: dict[str, Any] = TABLE,
    frame: pl.DataFrame | None = None,
    metric: str = "roc_auc",
    slices: tuple[str, ...] = (),
    **more: Any,
) -> Path:
    """Return the package of a model that has learned from people, or from a frame, with its reference."""
    made = packed(folder, people(rows) if frame is None else frame, said, **more)
    model = models.load(made / "model")
    asked = Examination(metric=metric, sensitive=(), slices=("town", "age") if said is TABLE else slices)
    usual = novelty.load(made / novelty.FILE) if (made / novelty.FILE).is_file() else None
    deciding = Deciding(THRESHOLD if said is TABLE else None)
    found = reference.learn(model, folder, frames.read_json(made / "signature.json"), asked, deciding, usual)
    assert found is not None
    found.save(made)
    sealed(made)
    return made


def pictures(folder: Path, rows: int, seed: int = 1, light: int = 0) -> Path:
    """Write pictures, bright on one side, into a folder with a folder for each class."""
    from PIL import Image

    draw = np.random.default_rng(seed)
    for row in range(rows):
        side = ("left", "right")[row % 2]
        grey = draw.integers(0, 60, (12, 12)) + light
        grey[:, 6 * (row % 2) :][:, :6] += 100
        (folder / side).mkdir(parents=True, exist_ok=True)
        Image.fromarray(grey.astype(np.uint8)).save(folder / side / f"{row}.png")
    return folder


def of_pictures(folder: Path) -> Path:
    """Return the package of a model that has learned from pictures."""
    said = {"modality": "images", "target": "side", "source": str(pictures(folder / "pictures", 240))}
    data = Data.model_validate_json(json.dumps(said | {"options": {"size": [12, 12], "colours": "grey"}}))
    modality = modalities.load("images")
    modality.read(data, folder / "table.parquet")
    table = frames.scan(folder / "table.parquet")
    placed = modality.split(table, data, Split(), seed=1)
    for part in ("train", "validation", "test"):
        parts.part(table, placed, part).collect().write_parquet(folder / f"{part}.parquet")
    known = training.prepare(data, folder)
    model, _ = training.fit("cnn", {"epochs": 4, "batch": 32}, known, seed=1)
    train = frames.scan(folder / "train.parquet")
    signature = modality.signature(train, known.encoding)
    asked = Examination(metric="roc_auc", sensitive=(), slices=("format",))
    found = reference.learn(model, folder, signature, asked, Deciding(), None)
    papers: dict[str, Any] = {"card": "", "lineage": {}, "decision": {}}
    papers |= {"example": registry.example(model, train, data, folder / "threshold.json")}
    package.write(folder / "package", model, signature=signature, data=data, reference=found, **papers)
    return folder / "package"


def sealed(made: Path) -> None:
    """Write the checksums of what a package now holds."""
    files = sorted(file for file in made.rglob("*") if file.is_file() and file.name != package.CHECKSUMS)
    lines = [f"{frames.sha256(file)}  {file.relative_to(made).as_posix()}" for file in files]
    frames.write_text("\n".join(lines) + "\n", made / package.CHECKSUMS)


def monitored(made: Path, rows: pl.DataFrame | str, out: Path, *words: str) -> dict[str, Any]:
    """Hold rows against a package from the command line, and return what `monitor.json` says."""
    out.mkdir(parents=True, exist_ok=True)
    source = rows if isinstance(rows, str) else str(out / "batch.parquet")
    if isinstance(rows, pl.DataFrame):
        rows.write_parquet(out / "batch.parquet")
    main(["monitor", str(made), source, "--out", str(out), *words])
    assert (out / "monitor.html").is_file()
    report: dict[str, Any] = json.loads((out / "monitor.json").read_text())
    return report


def alarms(report: dict[str, Any]) -> set[tuple[str, str]]:
    """Return the kind and the column of each alarm."""
    found = {(one["kind"], one["column"]) for one in report["findings"] if one["severity"] == "alarm"}
    assert report["alarm"] == bool(found)
    return found


def fresh(rows: int, seed: int = 77) -> pl.DataFrame:
    """Return people from the source that train came from."""
    return people(rows, seed=seed)


def others(rows: pl.DataFrame, share: float, seed: int = 1) -> pl.DataFrame:
    """Give a share of the rows the label of another row."""
    draw = np.random.default_rng(seed)
    chosen, places = np.flatnonzero(draw.random(len(rows)) < share), np.arange(len(rows))
    places[chosen] = draw.permutation(chosen)
    return rows.with_columns(rows["buys"].gather(places))
