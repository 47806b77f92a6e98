"""The validate stage, as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from raw import project, refused, run

SUITE = {
    "name": "suite",
    "expectations": [
        {
            "type": "expect_column_values_to_be_between",
            "severity": "warning",
            "kwargs": {"column": "age", "min_value": 0, "max_value": 120},
        }
    ],
}


@pytest.fixture
def ingested(tmp_path: Path) -> Path:
    """Return a project whose every row fails an expectation."""
    rows = range(40_000)
    project(tmp_path, "age,buys\n", validation={"suite": "suite.json"})
    (tmp_path / "suite.json").write_text(json.dumps(SUITE))
    (tmp_path / "ingested").mkdir()
    table = pl.DataFrame({"row": rows, "age": [-1 - row for row in rows], "code": [row * 7919 % 65537 for row in rows]})
    table.with_columns(pl.col("row").cast(pl.UInt64)).write_parquet(tmp_path / "ingested/table.parquet")
    return tmp_path


def test_a_full_disk_is_told(ingested: Path) -> None:
    """The quarantine, which DuckDB writes, is the first that does not fit."""
    told = refused(ingested, "validate", "ingested", "validated", shell="ulimit -f 60")
    assert told.endswith("File too large; what was there before is untouched")


def test_a_refusal_names_the_page_where_it_stands(ingested: Path) -> None:
    suite = json.dumps(SUITE).replace("warning", "critical")
    (ingested / "suite.json").write_text(suite)
    found = run(ingested, "validate", "ingested", "other place/validated")
    assert found.returncode == 1
    assert found.stderr.endswith("Open other place/validated/docs/index.html\n")
    assert (ingested / "other place/validated/docs/index.html").is_file()
