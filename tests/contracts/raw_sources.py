"""A small raw source for each modality: `test_modalities.py` finds the function by the modality's name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from syllabus.settings import Cleaning, Data


def tables(folder: Path) -> Data:
    """Numbers, categories, dates, free text and gaps; one row twice, one without a target."""
    random = np.random.default_rng(3)
    rows = 300
    frame = pl.DataFrame(
        {
            "length": random.normal(size=rows).round(3),
            "town": random.choice(["Ulm", " Bern", "Graz ", "?"], rows),
            "since": pl.Series(random.integers(0, 9000, rows)).cast(pl.Int32).cast(pl.Date),
            "till": pl.Series(random.integers(9000, 9900, rows)).cast(pl.Int32).cast(pl.Date),
            "said": [" ".join(random.choice(["good", "bad", "so", "so!", "😀"], 4)) for _ in range(rows)],
            "sort": random.choice(["a", "b", "c"], rows, p=[0.6, 0.3, 0.1]),
        }
    ).with_columns(
        pl.when(pl.int_range(rows) == 7).then(None).otherwise("sort").alias("sort"),
        pl.when(pl.int_range(rows) % 9 > 0).then("said"),
        pl.when(pl.int_range(rows) % 7 > 0).then("till"),
    )
    pl.concat([frame, frame.head(1)]).write_csv(folder / "tables.csv")
    cleaning = Cleaning(missing=("", "?"), types={"since": "date", "till": "date"})
    columns = {"said": "text", "since": "date"}
    source = str(folder / "tables.csv")
    return Data(modality="tables", source=source, target="sort", columns=columns, cleaning=cleaning, most_categories=2)
