"""A small table held to a few expectations, the way the stage does it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from syllabus import validation
from syllabus.validation.deferred import import_great_expectations

Hold = Callable[..., validation.Validation]


@pytest.fixture(scope="session", autouse=True)
def great_expectations() -> None:
    """Import Great Expectations once, as the product does: plainly imported, it warns."""
    import_great_expectations()


@pytest.fixture
def hold(tmp_path: Path) -> Hold:
    """Return a function that holds columns to expectations; what it writes stands in `tmp_path`."""

    def held(columns: dict[str, Any] | pl.DataFrame, *expectations: dict[str, Any], name: str = "people") -> Any:
        frame = pl.DataFrame(columns)
        if "row" not in frame.columns:
            frame = frame.with_row_index("row", offset=1).with_columns(pl.col("row").cast(pl.UInt64))
        frame.write_parquet(tmp_path / "table.parquet")
        suite = {"name": "suite", "expectations": list(expectations)}
        (tmp_path / "suite.json").write_text(json.dumps(suite, indent=1), encoding="utf-8")
        return validation.validate(
            tmp_path / "table.parquet",
            tmp_path / "suite.json",
            tmp_path / "docs",
            tmp_path / "quarantine.parquet",
            name=name,
        )

    return held
