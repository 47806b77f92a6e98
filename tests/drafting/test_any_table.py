"""Whatever a small table holds: its drafted suite is accepted, and holds on the very rows that it was drafted from."""

from __future__ import annotations

import json
import tempfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from drafting.conftest import numbered
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syllabus import drafting, validation
from syllabus.drafting import Column

KINDS: dict[str, tuple[Any, st.SearchStrategy[Any]]] = {
    "few": (pl.Int64, st.integers(-2, 5)),
    "int": (pl.Int64, st.integers(-(2**63), 2**63 - 1)),
    "float": (pl.Float64, st.floats()),
    "tame": (pl.Float64, st.floats(-1e6, 1e6)),
    "single": (pl.Float32, st.floats(width=32)),
    "text": (pl.String, st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)),
    "code": (pl.String, st.from_regex(r"[A-Z]{2}-[0-9]{1,3}", fullmatch=True)),
    "category": (pl.String, st.sampled_from(["a", "b", "it's", 'say "so"', "", "50%", "ß"])),
    "bool": (pl.Boolean, st.booleans()),
    "date": (pl.Date, st.dates(date(1, 1, 1), date(9999, 12, 31))),
    "moment": (pl.Datetime("us"), st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31))),
}
ROLES = ("numeric", "categorical", "text", "time", "identifier", "constant", "boolean", "group", "leak")


@st.composite
def tables(draw: st.DrawFn) -> tuple[pl.DataFrame, list[Column] | None]:
    rows = draw(st.integers(1, 60))
    kinds = draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=5))
    columns = {}
    for place, kind in enumerate(kinds):
        dtype, strategy = KINDS[kind]
        values = st.one_of(strategy, st.none()) if draw(st.booleans()) else strategy
        # Few distinct values, drawn again and again: what a table of many rows is like.
        pool = draw(st.lists(values, min_size=1, max_size=8))
        chosen = draw(st.lists(st.sampled_from(range(len(pool))), min_size=rows, max_size=rows))
        columns[f"{kind} {place}"] = pl.Series([pool[index] for index in chosen], dtype=dtype)
    frame = numbered(pl.DataFrame(columns))
    said = [Column(name, draw(st.sampled_from(ROLES)), draw(st.booleans())) for name in columns]
    return frame, draw(st.sampled_from([said, None]))


def check(table: tuple[pl.DataFrame, list[Column] | None]) -> None:
    frame, columns = table
    suite = drafting.draft(frame.lazy(), columns)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        frame.write_parquet(folder / "table.parquet")
        (folder / "suite.json").write_text(json.dumps(suite, allow_nan=False), encoding="utf-8")
        held = validation.validate(
            folder / "table.parquet", folder / "suite.json", folder / "docs", folder / "quarantine.parquet", name="any"
        )
    assert [(one.label, one.observed) for one in held.failed] == []


@settings(max_examples=10, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(tables())
def test_the_suite_holds_on_its_own_rows(table: tuple[pl.DataFrame, list[Column] | None]) -> None:
    check(table)


@pytest.mark.slow
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tables())
def test_the_suite_holds_on_its_own_rows_of_many_tables(table: tuple[pl.DataFrame, list[Column] | None]) -> None:
    check(table)
