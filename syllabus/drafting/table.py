# ruff: noqa: S608  # what goes into the SQL is ours: names are quoted, the rest are numbers
"""What is expected of the table as a whole: its columns, its rows, and that none of them is there twice."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import polars as pl

from syllabus.drafting import slack
from syllabus.drafting.expectations import Expectation, Severity, expectation, figure, percent
from syllabus.drafting.profile import Values
from syllabus.frames import ROW

_FILLED = 30
_REPEATS = 0.2


def draft(table: pl.LazyFrame, names: Sequence[str], rows: int) -> Iterator[Expectation]:
    """Yield the expectations about columns, number of rows and repeated rows.

    Args:
        table: the rows.
        names: the table's columns, `row` first.
        rows: how many rows there are.
    """
    yield expectation(
        "table_columns_to_match_set",
        "critical",
        f"Seen: {len(names) - 1} columns, and {ROW}, the number that ingest gives. One that is new, lost or renamed "
        "means another source.",
        column_set=list(names),
        exact_match=True,
    )
    fewest, most = math.floor(rows * slack.FEWEST), math.ceil(rows * slack.MOST)
    yield expectation(
        "table_row_count_to_be_between",
        "critical",
        f"Seen: {figure(rows)} rows. With less than two thirds of them, a part was lost on the way; the other limits "
        "here count on as many, too.",
        min_value=fewest,
    )
    yield expectation(
        "table_row_count_to_be_between",
        "warning",
        f"Seen: {figure(rows)} rows. Half as many again is growth to look at: twice as many may be the same rows "
        "twice.",
        max_value=most,
    )
    yield expectation(
        "column_values_to_be_unique",
        "critical",
        "Quarantine and split name an example by this number: twice the same would put one row into two parts.",
        column=ROW,
    )
    yield from _repeats(table, names, rows)


def gaps(values: Sequence[Values]) -> Iterator[Expectation]:
    """Yield that no column is empty but those of which little was seen, and that those without gaps stay so.

    Each is one question about all columns, whose answer names the columns.
    """
    seen = [one for one in values if one.present >= _FILLED and sayable(one.name)]
    if len(seen) < len(values) and not all(sayable(one.name) for one in values):
        return
    if seen:
        yield _share_of_gaps(
            values,
            seen,
            1.0,
            "critical",
            f"Seen: values in {figure(len(seen))} of {figure(len(values))} columns. One that has gone empty was lost "
            "on the way, and a model would learn from nothing.",
            "No column is empty",
        )
    full = [one for one in seen if not one.missing]
    allowed = slack.most(0.0, max((one.rows for one in full), default=1), tolerated=0.02)
    if full and allowed < 1:
        yield _share_of_gaps(
            values,
            full,
            allowed,
            "warning",
            f"Seen: {figure(len(full))} of {figure(len(values))} columns have a value in every row. Gaps mean that a "
            "source has dried up.",
            f"Columns without gaps stay so, {percent(allowed)} of the rows at most",
        )


def sayable(name: str) -> bool:
    """Return whether a name may stand in SQL here: some signs mean something to SQLAlchemy or to Great Expectations."""
    return not any(sign in name for sign in ":{}%\\")


def _share_of_gaps(
    values: Sequence[Values], asked: Sequence[Values], allowed: float, severity: Severity, notes: str, said: str
) -> Expectation:
    names = {one.name for one in asked}
    left_out = [one.name for one in values if one.name not in names]
    listed = ", ".join('"' + name.replace('"', '""') + '"' for name in (ROW, *left_out))
    except_for = f", but for {figure(len(left_out))} that had some when this was drafted" if left_out else ""
    above = ">= 1" if allowed >= 1 else f"> {allowed:.4f}"
    return expectation(
        "unexpected_rows_expectation",
        severity,
        notes,
        description=f"{said}{except_for}.",
        unexpected_rows_query=(
            'SELECT name AS "column", round(100 * gaps, 1) AS missing FROM (UNPIVOT (SELECT '
            f"1 - count(COLUMNS(* EXCLUDE ({listed}))) / count(*) FROM {{batch}}) ON COLUMNS(*) "
            f"INTO NAME name VALUE gaps) WHERE gaps {above}"
        ),
    )


def _repeats(table: pl.LazyFrame, names: Sequence[str], rows: int) -> Iterator[Expectation]:
    others = [name for name in names if name != ROW]
    if not others or rows < 2:
        return
    # A digest a row: rows themselves may be long. In many millions two digests may meet by chance, a few rows of all.
    digests = table.select(pl.struct(others).hash().alias("digest")).select(pl.col("digest").n_unique())
    share = 1 - digests.collect(engine="streaming").item() / rows
    if share > _REPEATS:
        return
    # Where rows repeat by nature, twice as many rows repeat twice as often.
    allowed = math.ceil(1000 * slack.most(2 * share, rows, tolerated=0.03)) / 1000
    if allowed >= 0.4:
        return
    yield expectation(
        "unexpected_rows_expectation",
        "critical",
        f"Seen: {percent(share)} of {figure(rows)} rows repeat another one in every column but {ROW}. A batch "
        "delivered twice puts the same example into train and into test, and every figure lies.",
        description=f"At most {percent(allowed)} of the rows repeat another one.",
        unexpected_rows_query=(
            f"SELECT repeats FROM (SELECT 1 - count(DISTINCT hash(*COLUMNS(* EXCLUDE ({ROW})))) / count(*) AS repeats "
            f"FROM {{batch}}) WHERE repeats > {allowed}"
        ),
    )
