"""Of rows of a picture, a text and columns are watched what is watched of each alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from syllabus import modalities, sources
from syllabus.documents.listing import TEXT
from syllabus.errors import Unmet
from syllabus.frames import ROW
from syllabus.images import listing, packing
from syllabus.images.packing import PIXELS
from syllabus.mixed.options import IMAGE, Options
from syllabus.monitoring.columns import images, tables, text

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from syllabus.images.listing import Listing
    from syllabus.monitoring.reading import Opened, Piece
    from syllabus.serving.packages import Package
    from syllabus.settings import Data
    from syllabus.sources import Source

PICTURE, WORDS = " of the picture", " of the text"
"""What follows on the names of what is watched of each."""


def watched(table: pl.LazyFrame, signature: Sequence[Mapping[str, Any]]) -> pl.LazyFrame:
    """Return the plain columns of the rows."""
    import polars as pl

    beside = [one for one in signature if one["name"] not in (PIXELS, TEXT)]
    seen = images.watched(table, ()).rename(lambda name: f"{name}{PICTURE}")
    heard = text.watched(table, ()).rename(lambda name: f"{name}{WORDS}")
    return pl.concat([seen, heard, tables.watched(table, beside)], how="horizontal")


def made_of(name: str, data: Data) -> Sequence[str]:
    """Return the columns of a table of which a watched one tells."""
    options: Options = modalities.options(data)
    if name.endswith(PICTURE):
        return [options.image.picture]
    return options.text.columns if name.endswith(WORDS) else tables.made_of(name, data)


def opened(package: Package, source: Source, scratch: Path) -> Opened:
    """Open new rows: their pictures are packed, and then rows are read some at a time.

    Raises:
        Unmet: the source cannot be read, has none of the columns that the model reads, or no picture of it can be read.
    """
    from syllabus.monitoring.reading import Opened
    from syllabus.serving.http import journal

    data = package.data.model_copy(update={"source": source})
    options: Options = modalities.options(data)
    given = sources.columns(source, data.reading)
    lacking = [name for name in package.columns if name not in given]
    if options.image.picture in lacking:
        raise Unmet(f"{source}: has no column {options.image.picture} of pictures; it has {', '.join(given)}")
    held = listing.opened(data, options.image, scratch / "listed", IMAGE)
    known = [*(name for name in given if name != options.image.picture), *(name for name in packing.MADE)]
    files = sources.opened(source, scratch / "files", data.reading, options.image.picture).files
    masked = journal.masked(files) & set(package.columns)
    pieces = _pieces(package, held, options, scratch / "packed", lacking)
    return Opened([name for name in known if name != PIXELS], lacking, held.total, pieces, masked)


def _pieces(package: Package, held: Listing, options: Options, folder: Path, lacking: Sequence[str]) -> Iterator[Piece]:
    """Yield the rows of which every part can be read, and why the others cannot; the first reason counts."""
    import polars as pl

    from syllabus.modalities import tables as listed
    from syllabus.modalities import text as said
    from syllabus.monitoring.reading import Piece

    beside = [one for one in package.signature if one["name"] not in (PIXELS, TEXT)]
    own = options.text.model_dump(mode="json")
    data = package.data.model_copy(update={"modality": "text", "options": own})
    for rows, unseen in images.packed(held, options.image, folder):
        filled = rows.with_columns(pl.lit(None, pl.String).alias(name) for name in lacking)
        known, refused = listed.asked(filled, package.data, beside)
        texts = known.select(ROW, pl.lit("").alias(TEXT))
        if options.text.columns:
            texts, unsaid = said.asked(filled, data, ())
            refused = pl.concat([refused, unsaid.filter(~pl.col(ROW).is_in(refused[ROW].implode()))])
        seen = rows.select(ROW, *packing.MADE)
        for part in (texts, seen):
            known = known.join(part, on=ROW, how="inner", maintain_order="left")
        yield Piece(rows, known, pl.concat([unseen, refused]).sort(ROW))
