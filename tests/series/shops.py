"""Series as files: `written` writes rows, `cut` goes the whole way to the examples of each part."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from syllabus import frames, models, parts
from syllabus.examples import Examples
from syllabus.modalities import series
from syllabus.series.encoding import Encoding
from syllabus.settings import Cleaning, Data, Parts, Split

START = dt.datetime(2024, 1, 1)


def days(count: int, shop: str = "Ulm", start: dt.datetime = START, every: str = "1d") -> pl.DataFrame:
    """Return a series with a pattern of a week."""
    at = np.arange(count)
    moments = pl.datetime_range(start, start + dt.timedelta(days=4000), every, eager=True).head(count)
    values = np.round(100 + 10 * np.sin(at * 2 * np.pi / 7) + at % 3, 3)
    return pl.DataFrame({"at": moments, "shop": [shop] * count, "sold": values})


def data(folder: Path, rows: pl.DataFrame, cleaning: Cleaning | None = None, **options: Any) -> Data:
    """Write the rows as Parquet; return the settings that read them."""
    folder.mkdir(parents=True, exist_ok=True)
    rows.write_parquet(folder / "sold.parquet")
    told = {"time": "at", "series": ["shop"], "horizon": 3} | options
    source = str(folder / "sold.parquet")
    return Data(
        modality="series", source=source, target="sold", task="forecast", options=told, cleaning=cleaning or Cleaning()
    )


def read(asked: Data) -> tuple[pl.DataFrame, dict[str, Any]]:
    """Return the table and the report of ingest."""
    out = Path(str(asked.source)).parent / "out" / "table.parquet"
    report = series.read(asked, out)
    return frames.scan(out).collect(), report


def split(asked: Data, shares: Iterable[float] = (0.6, 0.2, 0.2)) -> Path:
    """Ingest and split; return the folder of the parts."""
    folder = Path(str(asked.source)).parent
    series.read(asked, folder / "out" / "table.parquet")
    table = frames.scan(folder / "out" / "table.parquet")
    train, validation, test = shares
    settings = Split(method="time", by="at", parts=Parts(train=train, validation=validation, test=test))
    parts.write(table, series.split(table, asked, settings, seed=1), folder / "parts")
    return folder / "parts"


def cut(asked: Data, shares: Iterable[float] = (0.6, 0.2, 0.2)) -> tuple[Encoding, dict[str, Examples]]:
    """Go the whole way to the examples of each part."""
    there = split(asked, shares)
    learned = series.learn(frames.scan(there / "train.parquet"), asked)
    return learned, {name: models.examples("series", learned, there, name) for name in ("train", "validation", "test")}
