"""Rows of a picture, a text and columns, and what `params.yaml` says of them."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from PIL import Image

from syllabus import modalities
from syllabus.settings import Data

SMALL = {"image_width": 8, "width": 16, "text_width": 32, "length": 8, "vocabulary": 300, "epochs": 3, "batch": 32}
SAID: dict[str, Any] = {
    "seed": 3,
    "about": {"purpose": "Tell the sort."},
    "data": {
        "modality": "mixed",
        "source": "a.parquet",
        "target": "sort",
        "columns": {"kind": "categorical"},
        "options": {"image": {"size": [8, 8]}, "text": {"columns": ["title"]}},
    },
    "validation": {"suite": "suite.json"},
    "split": {"method": "stratified", "parts": {"train": 0.6, "validation": 0.2, "test": 0.2}},
    "candidates": ["fusion", "linear"],
    "architectures": {"fusion": SMALL | {"parts": ["image", "text", "words", "columns"]}, "linear": {}},
    "tuning": {"trials": 1, "folds": "none"},
    "examination": {"metric": "log_loss", "threshold": 0.5, "sensitive": [], "slices": ["brightness"]},
    "gates": {"at_least": {"accuracy": 0.6}, "better_than_baseline_by": 0.05, "fit": ["good", "underfit", "overfit"]},
}


def picture(seed: int, side: int = 8) -> bytes:
    held = io.BytesIO()
    random = np.random.default_rng(seed)
    Image.fromarray(random.integers(0, 256, (side, side, 3)).astype(np.uint8)).save(held, "PNG")
    return held.getvalue()


def rows(count: int = 150) -> pl.DataFrame:
    """Return pictures that tell nothing, titles that tell the sort of two in three, and a number that tells it, too."""
    random = np.random.default_rng(1)
    sort = random.integers(0, 2, count)
    told = random.random(count) < 0.7
    titles = [
        f"{('good', 'bad')[one] if sure else 'odd'} number {at} of {at * 7}"
        for at, (one, sure) in enumerate(zip(sort, told, strict=True))
    ]
    return pl.DataFrame(
        {
            "image": [picture(at) for at in range(count)],
            "title": titles,
            "size": sort + random.normal(scale=0.5, size=count),
            "kind": random.choice(["a", "b"], count),
            "sort": np.array(["yes", "no"])[sort],
        }
    )


def ingested(folder: Path, frame: pl.DataFrame, **other: Any) -> tuple[Data, pl.DataFrame, dict[str, Any]]:
    folder.mkdir(exist_ok=True)
    frame.write_parquet(folder / "a.parquet")
    data = Data.model_validate_json(json.dumps(SAID["data"] | {"source": str(folder / "a.parquet")} | other))
    report = modalities.load("mixed").read(data, folder / "out.parquet")
    return data, pl.read_parquet(folder / "out.parquet"), report
