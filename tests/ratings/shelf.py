"""A small shelf: readers of three tastes who rate books, for tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from syllabus.settings import Data


def rows(readers: int = 30, books: int = 24, seed: int = 3) -> list[dict[str, Any]]:
    """Return ratings from 1 to 5, higher where taste and book go together, on days in no order."""
    random = np.random.default_rng(seed)
    return [
        {
            "reader": f"r{reader}",
            "book": book,
            "day": int(random.integers(0, 1000)),
            "stars": int(np.clip(round(2 + 2 * (reader % 3 == book % 3) + random.normal(scale=0.6)), 1, 5)),
        }
        for reader in range(readers)
        for book in random.permutation(books)[: 8 + reader % 5].tolist()
    ]


def data(folder: Path, held: list[dict[str, Any]], target: str = "stars", **options: Any) -> Data:
    """Write ratings as CSV; return how they are read."""
    folder.mkdir(parents=True, exist_ok=True)
    pl.DataFrame(held).write_csv(folder / "shelf.csv")
    named = {"user": "reader", "item": "book", **options}
    return Data(modality="ratings", source=str(folder / "shelf.csv"), target=target, task="rating", options=named)
