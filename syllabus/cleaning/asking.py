"""Rows that a model is asked about: cleaned cell by cell as ingest cleans, and why a row cannot be read.

What ingest counts and makes missing, a text where a number belongs, is here a row that is not answered: whoever asks
can mend it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Literal

from syllabus.cleaning.making import READING
from syllabus.cleaning.rules import Change, changes, layers
from syllabus.frames import ROW

if TYPE_CHECKING:
    import polars as pl

    from syllabus.settings import Cleaning, Type

Cell = Literal["integer", "number", "text", "boolean", "date", "datetime", "bytes", "name"]
"""What a cell of a request is: as `settings.cleaning.Type`, a picture's bytes, or a name, which may be a number."""
REASON = "reason"
"""The column that says why a row is not answered."""
_SHOWN = 80


def cells(
    rows: pl.DataFrame, cleaning: Cleaning, kinds: Mapping[str, Type], needed: Collection[str] = ()
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows that can be read, as ingest leaves such, and `row` and `reason` of the others.

    Args:
        rows: cells as they stand, with `row`.
        cleaning: what is declared.
        kinds: the columns that are read, and as what.
        needed: those of them of which none may be missing.
    """
    import polars as pl

    moments = [name for name in kinds if rows[name].dtype.is_temporal() and kinds[name] in ("integer", "number")]
    # A date has a number behind it, and is none.
    frame = rows.select(ROW, *kinds).with_columns(pl.col(moments).cast(pl.String))
    reasons: list[pl.Series] = []
    for layer in layers(changes(frame.lazy(), _narrowed(frame, cleaning, kinds), infer=False)):
        after = frame.with_columns(change.after.alias(change.column) for change in layer)
        reasons += [_unread(change, kinds, frame, after) for change in layer if change.rule in READING]
        frame = after
    reasons += [frame.select(_gap(name)).to_series() for name in needed]
    if not reasons:
        return frame, frame.select(ROW, pl.lit(None, pl.String).alias(REASON)).clear()
    told = pl.select(pl.coalesce(reasons).alias(REASON)).to_series()
    wrong = told.is_not_null()
    return frame.filter(~wrong), pl.DataFrame([rows[ROW], told]).filter(wrong)


def _narrowed(frame: pl.DataFrame, cleaning: Cleaning, kinds: Mapping[str, Type]) -> Cleaning:
    """Return the rules of the columns that are asked about; one that comes as a number is not read from a text."""
    import polars as pl

    texts = {name for name, held in frame.schema.items() if held == pl.String}
    told = {
        key: {name: rule for name, rule in getattr(cleaning, key).items() if name in texts}
        for key in ("relabel", "numbers", "dates")
    }
    told |= {
        key: {name: rule for name, rule in getattr(cleaning, key).items() if name in kinds}
        for key in ("missing_in", "limits")
    }
    read = {**told["numbers"], **told["dates"]}
    types = {name: cleaning.types.get(name, kind) for name, kind in kinds.items() if name not in read}
    return cleaning.model_copy(update=told | {"types": types})


def _unread(change: Change, kinds: Mapping[str, Type], before: pl.DataFrame, after: pl.DataFrame) -> pl.Series:
    """Return why a cell cannot be read; null where it can."""
    import polars as pl

    name = change.column
    lost = before[name].is_not_null() & after[name].is_null()
    value = before[name].cast(pl.String, strict=False).str.slice(0, _SHOWN)
    said = pl.format("{}: {} is no {}", pl.lit(name), value, pl.lit(kinds[name]))
    return pl.select(pl.when(lost).then(said)).to_series()


def _gap(name: str) -> pl.Expr:
    import polars as pl

    return pl.when(pl.col(name).is_null()).then(pl.lit(f"{name}: missing, and rows without it were not learned from"))
