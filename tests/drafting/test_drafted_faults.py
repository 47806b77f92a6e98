"""Each fault of a second batch fails the expectation that a person would look for; several faults share a batch."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from drafting.conftest import Hold, numbered, people

from benchmarks import asking
from syllabus.errors import Unmet

BATCH = people(1000, seed=2)


def rows(every: int, changed: pl.Expr, name: str) -> pl.Expr:
    """Change a column in every nth row."""
    return pl.when(pl.col("row") % every == 0).then(changed).otherwise(name).alias(name)


UNITS = BATCH.with_columns(pl.col("height") / 2.54, pl.col("income") * 1000, pl.col("gain") * 10)
POINTS = BATCH.with_columns(rows(20, pl.col("height") * 10, "height"), rows(5, pl.col("income") * 10, "income"))
SWAPPED = BATCH.with_columns(
    pl.col("height").alias("income"), pl.col("income").alias("height"), last="first", first="last"
)
VALUES = BATCH.with_columns(
    rows(10, pl.lit("Rom"), "town"),
    rows(20, pl.lit("No"), "churned"),
    rows(5, pl.lit(None, pl.Float64), "income"),
    rows(5, pl.lit(""), "note"),
    rows(20, pl.col("first").dt.offset_by("200y"), "first"),
    pl.col("key").str.replace("-", ""),
)
BALANCE = BATCH.with_columns(rows(4, pl.lit("yes"), "churned"), pl.lit(None, pl.Float64).alias("income"))

QUANTILES, RANGE = "expect_column_quantile_values_to_be_between", "expect_column_values_to_be_between"
REPEATS = "of the rows repeat another one"
FAULTS: dict[str, tuple[pl.DataFrame, list[str]]] = {
    "other units": (UNITS, [f"{QUANTILES}(height)", f"{QUANTILES}(income)", f"{QUANTILES}(gain)"]),
    "shifted points in a few rows": (POINTS, [f"{RANGE}(height)", f"{RANGE}(income)"]),
    "swapped columns": (
        SWAPPED,
        [f"{QUANTILES}(income)", "expect_column_pair_values_a_to_be_greater_than_b(last, first)"],
    ),
    "new values, holes, cut texts, odd dates, another form": (
        VALUES,
        [
            "expect_column_values_to_be_in_set(town)",
            "expect_column_values_to_be_in_set(churned)",
            "Columns without gaps stay so",
            "expect_column_value_lengths_to_be_between(note)",
            f"{RANGE}(first)",
            "expect_column_values_to_match_regex(key)",
        ],
    ),
    "another balance, an empty column": (
        BALANCE,
        ["expect_column_kl_divergence_to_be_less_than(churned)", "No column is empty"],
    ),
    "half of the rows": (BATCH.head(500), ["Must have greater than or equal to 666 rows"]),
    "all rows twice": (
        numbered(pl.concat([BATCH, BATCH])),
        ["expect_column_values_to_be_unique(key)", "Must have less than or equal to 1500 rows", REPEATS],
    ),
    "half of them twice": (numbered(pl.concat([BATCH.head(500)] * 2)), [REPEATS]),
    "a column more": (BATCH.with_columns(pl.lit(1).alias("new")), ["expect_table_columns_to_match_set"]),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_fails_its_expectations(hold: Hold, suite: dict[str, Any], fault: str) -> None:
    frame, expected = FAULTS[fault]
    held = hold(suite, frame)

    said = [f"{check.label} {check.sentence} {check.type}" for check in held.failed]
    assert [one for one in expected if not any(one in line for line in said)] == [], said
    # What would make the model worthless or a lie stops the run; another unit is for a person to judge.
    assert held.success == (fault in ("other units", "shifted points in a few rows", "swapped columns"))
    # The benchmark asks in its own, faster way; its answers are the same.
    found = {place: check.severity for place, check in enumerate(held.checks) if not check.success}
    assert asking.failed(suite, frame) == found


def test_numbers_that_became_text_are_refused(hold: Hold, suite: dict[str, Any]) -> None:
    frame = BATCH.with_columns(pl.col("income").cast(pl.String).str.replace(".", ",", literal=True))

    with pytest.raises(
        Unmet,
        match=r"the column income holds texts, where expectations\.\d+ and 1 more expect numbers: correct the data",
    ):
        hold(suite, frame)
    assert asking.failed(suite, frame) == {asking.REFUSED: "critical"}


def test_a_lost_column_is_refused_by_name(hold: Hold, suite: dict[str, Any]) -> None:
    with pytest.raises(Unmet, match="no column 'income'"):
        hold(suite, BATCH.drop("income"))
