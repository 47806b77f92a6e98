"""Projects whose table is split already, and the stages run on them in this process."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import easy
import numpy as np
import polars as pl
from raw import settings

from syllabus import params

SPLIT = "artifacts/split"
CHECKPOINTS = ".syllabus/checkpoints"


def project(folder: Path, rows: int = 1500, **architectures: dict[str, Any]) -> Path:
    """Write train, validation and test, and settings for these candidates."""
    folder.mkdir(exist_ok=True)
    settings(folder, data={"columns": {"who": "ignore"}}, tuning={"trials": 5})
    plain = json.loads((folder / "params.yaml").read_text())
    chosen = architectures or {name: easy.QUICK.get(name, {}) for name in easy.for_tables()}
    plain |= {"candidates": list(chosen), "architectures": chosen}
    (folder / "params.yaml").write_text(json.dumps(plain, indent=1))
    table = people(rows)
    (folder / SPLIT).mkdir(parents=True)
    (folder / "people.csv").write_text("age,town,sex,who,buys\n")
    ends = {"train": (0, rows * 8 // 10), "validation": (rows * 8 // 10, rows // 10), "test": (rows * 9 // 10, None)}
    for part, (start, length) in ends.items():
        table.slice(start, length).write_parquet(folder / SPLIT / f"{part}.parquet")
    return folder


def people(rows: int) -> pl.DataFrame:
    """Return a table as ingest leaves it: age and town say something about who buys."""
    draw = np.random.default_rng(0)
    age, town = draw.integers(18, 90, rows).astype(float), draw.integers(0, 7, rows)
    chance = 0.1 + 0.4 * (age > 50) + 0.3 * (town > 4)
    age[draw.random(rows) < 0.05] = np.nan
    columns = {
        "row": np.arange(1, rows + 1, dtype=np.uint64),
        "age": age,
        "town": [f"town {number}" for number in town],
        "sex": draw.choice(["f", "m"], rows),
        "who": [f"person {number}" for number in range(rows)],
        "buys": np.where(draw.random(rows) < chance, "yes", "no"),
    }
    return pl.DataFrame(columns, nan_to_null=True)


def call(folder: Path, stage: Callable[..., None], candidate: str, *paths: str) -> Path:
    """Call a stage as DVC would; return the folder that it wrote."""
    with contextlib.chdir(folder):
        out = Path(paths[-1])
        out.mkdir(parents=True)
        stage(params.read(Path("params.yaml")), candidate, *map(Path, paths))
    return folder / paths[-1]
