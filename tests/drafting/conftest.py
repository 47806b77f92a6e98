"""Tables, the suites drafted from them, and what validation says of another batch."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from syllabus import drafting, validation
from syllabus.validation.deferred import import_great_expectations

Hold = Callable[[dict[str, Any], pl.DataFrame], validation.Validation]


@pytest.fixture(scope="session", autouse=True)
def great_expectations() -> None:
    import_great_expectations()


def numbered(frame: pl.DataFrame) -> pl.DataFrame:
    """Put the number of the row first, as ingest does."""
    return frame.select(pl.int_range(1, pl.len() + 1, dtype=pl.UInt64).alias("row"), pl.exclude("row"))


def people(rows: int, seed: int) -> pl.DataFrame:
    """Draw people with a key, a date, skewed and zero-inflated numbers, categories, codes, texts and holes."""
    generator = np.random.default_rng(seed)
    first = np.datetime64("2020-01-01") + generator.integers(0, 900, rows)
    words = np.array(["late", "parcel", "broken", "asks", "again", "thanks", "refund"])
    frame = pl.DataFrame(
        {
            "key": [f"C-{number:06}" for number in generator.permutation(900_000)[:rows]],
            "height": generator.normal(172, 9, rows),
            "income": generator.lognormal(10, 0.8, rows),
            "gain": np.where(generator.random(rows) < 0.9, 0.0, generator.lognormal(8, 1, rows)),
            "children": generator.poisson(1.2, rows),
            "town": generator.choice(["Ulm", "Bonn", "Kiel"], rows, p=[0.5, 0.3, 0.2]),
            "member": generator.random(rows) < 0.3,
            "first": first,
            "last": first + generator.integers(0, 700, rows),
            "mail": [f"{name}{number}@example.org" for number, name in enumerate(generator.choice(words, rows))],
            "note": [" ".join(generator.choice(words, size)) for size in generator.integers(1, 20, rows)],
            "churned": generator.choice(["no", "yes"], rows, p=[0.8, 0.2]),
        }
    )
    holes = pl.Series(generator.random(rows) < 0.1)
    return numbered(frame.with_columns(pl.when(~holes).then("height").alias("height")))


@pytest.fixture(scope="session")
def suite() -> dict[str, Any]:
    """The suite drafted from a thousand people."""
    table = people(1000, seed=1).lazy()
    return drafting.draft(table, drafting.roles(table, "churned"))


@pytest.fixture
def hold(tmp_path: Path) -> Hold:
    """Return a function that holds a batch to a suite through `syllabus.validation`."""

    def held(suite: dict[str, Any], frame: pl.DataFrame) -> validation.Validation:
        frame.write_parquet(tmp_path / "table.parquet")
        (tmp_path / "suite.json").write_text(json.dumps(suite, ensure_ascii=False, allow_nan=False), encoding="utf-8")
        return validation.validate(
            tmp_path / "table.parquet",
            tmp_path / "suite.json",
            tmp_path / "docs",
            tmp_path / "quarantine.parquet",
            name="batch",
        )

    return held
