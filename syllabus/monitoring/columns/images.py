"""Of a picture are watched its brightness and contrast, and the size and kind of its file.

Pictures are packed as ingest packs them: from a table that holds them, from a folder with a folder for each class, or
from a folder of pictures whose classes nobody knows yet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syllabus import modalities
from syllabus.cleaning.asking import REASON
from syllabus.errors import Unmet
from syllabus.frames import ROW
from syllabus.images import listing, packing, pictures
from syllabus.images.listing import Listing
from syllabus.images.options import Options
from syllabus.images.pictures import Dropped
from syllabus.sources.folders import PATH

if TYPE_CHECKING:
    import polars as pl

    from syllabus.monitoring.reading import Opened
    from syllabus.serving.packages import Package
    from syllabus.settings import Data
    from syllabus.sources import Source

PIECE = 1_000
"""Pictures that are held at a time."""
WHY = {
    "unreadable": "is no whole picture",
    "too_large": "has more pixels than is allowed",
}


def watched(table: pl.LazyFrame, _: Sequence[Mapping[str, Any]]) -> pl.LazyFrame:
    """Return the plain columns of the pictures."""
    import polars as pl

    numbers = (pl.col(name).cast(pl.Float64) for name in ("brightness", "contrast", "width", "height", "bytes"))
    return table.select(*numbers, *(pl.col(name).cast(pl.String) for name in ("channels", "format")))


def made_of(_: str, data: Data) -> Sequence[str]:
    """Return the column of the pictures, where a table holds them."""
    return [modalities.options(data).picture]


def opened(package: Package, source: Source, scratch: Path) -> Opened:
    """Open new pictures: all of them are packed, and then read some at a time.

    Raises:
        Unmet: the source cannot be read, or no picture of it.
    """
    from syllabus.monitoring.reading import Opened, Piece

    data = package.data.model_copy(update={"source": source})
    options = modalities.options(data)
    held = _listed(data, options, scratch / "listed")
    given = [name for name in (*held.rows.collect_schema().names(), *packing.MADE) if name not in (ROW, packing.PIXELS)]
    pieces = (Piece(known, known, refused) for known, refused in packed(held, options, scratch / "packed"))
    return Opened(given, [], held.total, pieces)


def packed(held: Listing, options: Options, folder: Path) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """Yield some rows with their pictures, and `row` and `reason` of those whose picture cannot be read."""
    import polars as pl

    # One that is broken is counted, even where ingest would refuse all for it.
    asked = options.model_copy(update={"broken": "drop"})
    every = frozenset(range(1, held.total + 1))
    made = packing.pack(replace(held, pictures=_bare(held.pictures, options)), asked, every, folder)
    refused = {row: rule for rule, rows in made.dropped.items() for row in rows}
    for start in range(0, held.total, PIECE):
        rows = held.rows.slice(start, PIECE).collect()
        numbers = rows[ROW]
        here = packing.table(made).filter(pl.col(ROW).is_between(numbers[0], numbers[-1])).collect()
        wrong = [(row, f"pictures: one {WHY.get(refused[row], refused[row])}") for row in numbers if row in refused]
        schema = {ROW: pl.UInt64, REASON: pl.String}
        known = rows.join(here, on=ROW, how="inner", maintain_order="left")
        yield known, pl.DataFrame(wrong, schema=schema, orient="row")


def _bare(held: Iterator[tuple[int, Any]], options: Options) -> Iterator[tuple[int, Any]]:
    """Yield pictures; where train was bare pixels, who asked may have sent a file, which becomes such."""
    if options.raw is None:
        yield from held
        return
    height, width, channels = options.raw
    colours = "grey" if channels == 1 else "rgb"
    filed = options.model_copy(update={"raw": None, "size": (height, width), "colours": colours})
    for row, picture in held:
        told = picture
        if isinstance(picture, bytes) and len(picture) != height * width * channels:
            # One that cannot be read is no picture in either form.
            with suppress(Dropped):
                told = pictures.opened(picture, filed).pixels.tobytes()
        yield row, told


def _listed(data: Data, options: Any, scratch: Path) -> Listing:
    """Return the pictures of a source; the class of one in a folder is the folder's name, where there are several."""
    import polars as pl

    folder = Path(str(data.source))
    if not folder.is_dir() or any(one.is_dir() and not one.name.startswith(".") for one in folder.iterdir()):
        scratch.mkdir(parents=True)
        return listing.opened(data, options, scratch)
    files = sorted(one for one in folder.iterdir() if one.is_file() and not one.name.startswith("."))
    if not files:
        raise Unmet(f"{folder}: has no pictures: there is nothing to look at")
    rows = pl.LazyFrame(
        {ROW: range(1, len(files) + 1), PATH: [one.name for one in files]}, schema_overrides={ROW: pl.UInt64}
    )
    return Listing(rows, False, len(files), sum(one.stat().st_size for one in files), "", iter(enumerate(files, 1)))
