"""New rows as a model reads them, a piece at a time, and those that it cannot read."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from syllabus import frames, sources
from syllabus.errors import Unmet
from syllabus.monitoring import columns
from syllabus.serving.http import journal

if TYPE_CHECKING:
    import polars as pl

    from syllabus.serving.packages import Package
    from syllabus.sources import Source

PIECE = 50_000


@dataclass(frozen=True)
class Piece:
    """Some rows.

    Args:
        rows: cells as they stand, with `row`.
        known: those that can be read, as ingest would leave them.
        refused: `row` and `reason` of the others.
    """

    rows: pl.DataFrame
    known: pl.DataFrame
    refused: pl.DataFrame


@dataclass(frozen=True)
class Opened:
    """A source of new rows.

    Args:
        columns: those that it has.
        lacking: the columns that the model reads and it has not.
        masked: those that were left empty when the rows were logged.
        total: how many rows there are.
        pieces: the rows, in order.
    """

    columns: Sequence[str]
    lacking: Sequence[str]
    total: int
    pieces: Iterator[Piece]
    masked: Collection[str] = ()


def opened(package: Package, source: Source, scratch: Path) -> Opened:
    """Open new rows.

    Raises:
        Unmet: the source cannot be read, or has none of the columns that the model reads.
    """
    own = columns.load(package.model.modality)
    if hasattr(own, "opened"):
        found: Opened = own.opened(package, source, scratch)
        return found
    given = sources.columns(source, package.data.reading)
    lacking = [name for name in package.columns if name not in given]
    if len(lacking) == len(package.columns):
        raise Unmet(
            f"{source}: has none of the columns that the model reads, {', '.join(lacking)}; it has {', '.join(given)}"
        )
    raw = sources.opened(source, scratch, package.data.reading)
    total, masked = frames.count(raw.frame), journal.masked(raw.files) & set(package.columns)
    return Opened(given, lacking, total, _pieces(package, raw.frame, total, lacking), masked)


def _pieces(package: Package, frame: pl.LazyFrame, total: int, lacking: Sequence[str]) -> Iterator[Piece]:
    import polars as pl

    for start in range(0, total, PIECE):
        rows = frame.slice(start, PIECE).collect()
        # What is missing as a whole is missing in each row: the other columns are still looked at.
        filled = rows.with_columns(pl.lit(None, pl.String).alias(name) for name in lacking)
        known, refused = package.modality.asked(filled, package.data, package.signature)
        yield Piece(rows, known, refused)
