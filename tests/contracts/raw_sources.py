"""A small raw source for each modality: `test_modalities.py` finds the function by the modality's name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from syllabus.settings import Cleaning, Data


def tables(folder: Path) -> Data:
    """Numbers, texts, dates and gaps; one row twice, one without a target."""
    random = np.random.default_rng(3)
    rows = 300
    frame = pl.DataFrame(
        {
            "length": random.normal(size=rows).round(3),
            "town": random.choice(["Ulm", " Bern", "Graz ", "?"], rows),
            "since": pl.Series(random.integers(0, 9000, rows)).cast(pl.Int32).cast(pl.Date),
            "sort": random.choice(["a", "b", "c"], rows, p=[0.6, 0.3, 0.1]),
        }
    ).with_columns(pl.when(pl.int_range(rows) == 7).then(None).otherwise("sort").alias("sort"))
    pl.concat([frame, frame.head(1)]).write_csv(folder / "tables.csv")
    cleaning = Cleaning(missing=("", "?"), types={"since": "date"})
    return Data(modality="tables", source=str(folder / "tables.csv"), target="sort", cleaning=cleaning)
