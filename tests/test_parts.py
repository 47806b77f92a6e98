"""The parts hold the rows that were placed in them, and tell how classes and groups stand in each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from syllabus import parts, splitting
from syllabus.errors import Unmet
from syllabus.settings import Split
from syllabus.splitting import PARTS


def table(target: list[Any], **columns: Any) -> pl.LazyFrame:
    rows = pl.Series("row", range(1, len(target) + 1), dtype=pl.UInt64)
    return pl.LazyFrame([rows, pl.Series("y", target), *(pl.Series(name, held) for name, held in columns.items())])


def taken(frame: pl.LazyFrame, placed: pl.DataFrame) -> dict[str, pl.LazyFrame]:
    placed = placed.cast({"row": pl.UInt64})
    return {name: parts.part(frame, placed, name) for name in PARTS}


def test_the_report_tells_how_classes_and_groups_stand_in_each_part() -> None:
    frame = table(["a", "b"] * 50, sex=["f"] * 60 + ["m"] * 39 + [None], part=["mine"] * 100)
    placed = pl.DataFrame({"row": range(1, 101), "part": ["train"] * 60 + ["validation"] * 20 + ["test"] * 20})
    told = parts.report(taken(frame, placed), "y", ("sex",))
    assert told["rows"] == {"train": 60, "validation": 20, "test": 20}
    assert told["representation"]["y"]["a"] == {
        "train": {"rows": 30, "share": 0.5},
        "validation": {"rows": 10, "share": 0.5},
        "test": {"rows": 10, "share": 0.5},
    }
    assert told["representation"]["sex"] == {
        "f": {"train": {"rows": 60, "share": 1}, "validation": {"rows": 0, "share": 0}, "test": {"rows": 0, "share": 0}},
        "m": {"train": {"rows": 0, "share": 0}, "validation": {"rows": 20, "share": 1}, "test": {"rows": 19, "share": 0.95}},
        "(missing)": {"train": {"rows": 0, "share": 0}, "validation": {"rows": 0, "share": 0}, "test": {"rows": 1, "share": 0.05}},
    }  # fmt: skip
    assert told["test rows also in train"] == 0


def test_the_report_counts_test_rows_that_train_has_seen() -> None:
    frame = table(["a", "b"] * 6, x=[1, 2] * 6, z=[None] * 12)
    placed = pl.DataFrame({"row": range(1, 13), "part": ["train"] * 4 + ["validation"] * 4 + ["test"] * 4})
    assert parts.report(taken(frame, placed), "y", ())["test rows also in train"] == 4


def test_a_sensitive_column_that_is_not_there_is_told() -> None:
    frame = table(["a", "b"] * 50, sex=["f", "m"] * 50)
    placed = splitting.split(frame, "y", Split(method="random"), seed=0)
    with pytest.raises(Unmet, match=r"sensitive names sexx, which is not a column; did you mean sex\? Valid: sex, y"):
        parts.report(taken(frame, placed), "y", ("sexx",))


def test_a_part_holds_its_rows_in_their_order() -> None:
    frame = table(["a", "b"] * 500, part=["mine"] * 1000)
    placed = splitting.split(frame, "y", Split(method="random"), seed=0)
    held = [parts.part(frame, placed, name).collect() for name in PARTS]
    assert [rows.columns for rows in held] == [["row", "y", "part"]] * 3
    assert all(rows["row"].is_sorted() for rows in held)
    assert sorted(row for rows in held for row in rows["row"]) == list(range(1, 1001))


def test_parts_may_stand_in_any_order_and_leave_rows_out(tmp_path: Path) -> None:
    frame = table(["a", "b"] * 50)
    placed = splitting.split(frame, "y", Split(method="random"), seed=0)
    fewer = placed.reverse().filter(pl.col("row") % 7 != 0)
    written = parts.write(frame, fewer, tmp_path)
    for name, rows in written.items():
        held = rows.collect()
        assert held.columns == ["row", "y"]
        assert held["row"].to_list() == fewer.filter(pl.col("part") == name)["row"].sort().to_list()
