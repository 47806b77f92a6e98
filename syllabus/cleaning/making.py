"""The cleaning made: a table written with every change, each counted and shown by examples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syllabus import written
from syllabus.cleaning.inference import totals
from syllabus.cleaning.rules import Change, layers
from syllabus.cleaning.undoing import undo
from syllabus.errors import Unmet
from syllabus.frames import GROUP, ROW

if TYPE_CHECKING:
    import polars as pl

EXAMPLES = 3
READING = {"number": "numbers", "date": "dates", "type": "types"}
"""The rules that read texts as something, and the keys that declare them."""
_SHOWN = 200
_NEAR = 1000
# Names that no column of a source has.
_AFTER, _MARKS = "\0after ", "\0marks "


def make(frame: pl.LazyFrame, found: list[Change], path: Path) -> tuple[pl.LazyFrame, list[dict[str, Any]]]:
    """Write the table with every change made, in one pass; return it, and what was changed.

    Texts are read once, whatever is counted afterwards: a mark beside each column says which of its changes a row saw.

    Args:
        frame: the raw table; its rows are numbered from 1.
        found: the changes.
        path: a scratch file for the table, with what counts the changes.

    Raises:
        Unmet: a declared type fits no value of its column.
    """
    import polars as pl

    marked, bits = _marked(frame, found)
    marked.sink_parquet(path, compression="lz4", row_group_size=GROUP, maintain_order=True, engine="streaming")
    table = pl.scan_parquet(path, glob=False)
    saw = {change: (pl.col(f"{_MARKS}{change.column}") & bit) > 0 for change, bit in bits.items()}
    rows = totals(table, {change: hit.sum() for change, hit in saw.items()})
    made = [change for change in saw if rows[change]]
    first = pl.collect_all([table.filter(saw[one]).select(ROW).head(EXAMPLES) for one in made], engine="streaming")
    examples = _examples(frame, found, {one: few[ROW].to_list() for one, few in zip(made, first, strict=True)})
    _check(table, made, rows, examples)
    told = [
        {
            "rule": change.rule,
            "column": change.column,
            "rows": rows[change],
            "examples": examples[change],
            "undo": undo(change.rule, change.column),
        }
        for change in made
    ]
    return table.select(frame.collect_schema().names()), told


def _marked(frame: pl.LazyFrame, found: list[Change]) -> tuple[pl.LazyFrame, dict[Change, int]]:
    """Return the table with every change made, marks beside its columns, and the bit that each counted change sets."""
    import polars as pl

    bits: dict[Change, int] = {}
    before: set[str] = set()
    for depth, layer in enumerate(layers(found)):
        frame = frame.with_columns(change.after.alias(f"{_AFTER}{change.column}") for change in layer)
        marks = []
        for change in layer:
            if change.counted:
                bits[change] = 1 << depth
                name = f"{_MARKS}{change.column}"
                hit = change.changed(pl.col(change.column), pl.col(f"{_AFTER}{change.column}"))
                mark = hit.fill_null(False).cast(pl.UInt16) * bits[change]
                marks.append((pl.col(name) | mark if name in before else mark).alias(name))
        before |= {f"{_MARKS}{change.column}" for change in layer if change.counted}
        frame = frame.with_columns(marks).drop(change.column for change in layer)
        frame = frame.rename({f"{_AFTER}{change.column}": change.column for change in layer})
    return frame, {change: bits[change] for change in found if change in bits}


def _examples(
    frame: pl.LazyFrame, found: list[Change], rows: Mapping[Change, list[int]]
) -> dict[Change, list[dict[str, Any]]]:
    """Return, for each change, some of the rows with the value before and after it."""
    import polars as pl

    told: dict[Change, list[dict[str, Any]]] = {change: [] for change in rows}
    if not rows:
        return told
    few = pl.concat(pl.collect_all(list(_slices(frame, sorted({row for some in rows.values() for row in some})))))
    for layer in layers(found):
        after = few.with_columns(change.after.alias(change.column) for change in layer)
        for change in layer:
            if change in rows:
                at = few[ROW].is_in(rows[change])
                sides = {"before": few, "after": after}
                held = [few[ROW].filter(at)] + [
                    _shown(side[change.column].filter(at), change).alias(name) for name, side in sides.items()
                ]
                told[change] = pl.DataFrame(held).to_dicts()
        few = after
    return told


def _shown(values: pl.Series, change: Change) -> pl.Series:
    """Return values as texts of some length; a time beyond the calendar has no text but its count."""
    import polars as pl

    known = values.to_physical() if change.rule == "calendar" else values
    return known.cast(pl.String).str.slice(0, _SHOWN)


def _slices(frame: pl.LazyFrame, rows: list[int]) -> Iterator[pl.LazyFrame]:
    """Yield the rows of these numbers; what lies between far ones is not read."""
    import polars as pl

    start = 0
    for place, row in enumerate(rows, 1):
        if place == len(rows) or rows[place] - row > _NEAR:
            near = frame.slice(rows[start] - 1, row - rows[start] + 1)
            yield near.filter(pl.col(ROW).is_in(rows[start:place]))
            start = place


def _check(
    table: pl.LazyFrame,
    made: list[Change],
    rows: Mapping[Change, int],
    examples: Mapping[Change, list[dict[str, Any]]],
) -> None:
    """Refuse a declaration by which every value would be lost: it is wrong, and not the data.

    Raises:
        Unmet: there is one.
    """
    import polars as pl

    reading = [change for change in made if change.rule in READING]
    left = totals(table, {change: pl.col(change.column).count() for change in reading})
    for change in reading:
        after = made[made.index(change) + 1 :]
        if not left[change] and not any(rows[other] for other in after if other.column == change.column):
            example = examples[change][0]
            how = written.HOW if change.rule == "type" else "correct that line, or look whether the source has changed"
            raise Unmet(
                f"data.cleaning.{READING[change.rule]}: no value of column {change.column} can be read as declared; "
                f"row {example[ROW]} holds {example['before']!r}; {how}"
            )
