"""Rows that say the same are found however few are held in memory, and rows are left out without a join."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syllabus import cleaning, frames, memory
from syllabus.cleaning import duplicates

CELLS = st.lists(st.tuples(st.sampled_from(["a", "A ", "b", None]), st.sampled_from([0, 1, None])), max_size=30)


def table(rows: list[tuple[Any, Any]]) -> pl.LazyFrame:
    frame = pl.LazyFrame({"x": [x for x, _ in rows], "y": [y for _, y in rows]}, schema={"x": pl.String, "y": pl.Int64})
    return frame.with_row_index("row", offset=1).with_columns(pl.col("row").cast(pl.UInt64))


def plainly(rows: list[tuple[Any, Any]]) -> dict[int, int]:
    """Return, for each row that is alike to another, the first of its set."""
    keys = [(x and x.strip().lower(), y) for x, y in rows]
    return {place + 1: keys.index(key) + 1 for place, key in enumerate(keys) if keys.count(key) > 1}


@pytest.mark.parametrize("held", [1, 4, 1000])
def test_however_few_rows_are_held(held: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicates, "HELD", held)

    @given(CELLS)
    @settings(max_examples=25, deadline=None)
    def found(rows: list[tuple[Any, Any]]) -> None:
        (sets,) = cleaning.alike(table(rows), ["x", "y"])
        assert dict(sets.iter_rows()) == plainly(rows)
        again = [place + 1 for place, row in enumerate(rows) if row in rows[:place]]
        assert cleaning.repeated(table(rows)).to_list() == again

    found()


@given(st.sets(st.integers(1, 40)))
@settings(max_examples=25, deadline=None)
def test_rows_are_left_out_in_the_order_of_the_others(gone: set[int]) -> None:
    frame = table([("a", n) for n in range(30)]).reverse()
    left = frames.without(frame, pl.Series(sorted(gone), dtype=pl.UInt64)).collect()
    assert left.columns == ["row", "x", "y"]
    assert left["row"].to_list() == [row for row in range(30, 0, -1) if row not in gone]


def test_a_declared_limit_bounds_what_is_held() -> None:
    try:
        assert (memory.rows(100, 2_000_000), memory.of_database()) == (2_000_000, {})
        memory.declare(800_000_000)
        assert memory.rows(100, 2_000_000) == 1_000_000
        assert memory.of_database() == {"memory_limit": "450000000B"}
    finally:
        memory.declare(None)
