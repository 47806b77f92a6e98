"""Of a picture are watched its brightness and contrast, and the size and kind of its file.

Pictures are packed as ingest packs them: from a table that holds them, from a folder with a folder for each class, or
from a folder of pictures whose classes nobody knows yet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syllabus import modalities
from syllabus.cleaning.asking import REASON
from syllabus.errors import Unmet
from syllabus.frames import ROW
from syllabus.images import listing, packing
from syllabus.images.listing import Listing
from syllabus.sources.folders import PATH

if TYPE_CHECKING:
    import polars as pl

    from syllabus.monitoring.reading import Opened, Piece
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


def opened(package: Package, source: Source, scratch: Path) -> Opened:
    """Open new pictures: all of them are packed, and then read some at a time.

    Raises:
        Unmet: the source cannot be read, or no picture of it.
    """
    from syllabus.monitoring.reading import Opened

    data = package.data.model_copy(update={"source": source})
    options = modalities.options(data)
    held = _listed(data, options, scratch / "listed")
    packed = packing.pack(held, options, frozenset(range(1, held.total + 1)), scratch / "packed")
    refused = {row: rule for rule, rows in packed.dropped.items() for row in rows}
    given = [name for name in (*held.rows.collect_schema().names(), *packing.MADE) if name not in (ROW, packing.PIXELS)]
    return Opened(given, [], held.total, _pieces(held, packing.table(packed), refused))


def _pieces(held: Listing, pictures: pl.LazyFrame, refused: Mapping[int, str]) -> Iterator[Piece]:
    import polars as pl

    from syllabus.monitoring.reading import Piece

    for start in range(0, held.total, PIECE):
        rows = held.rows.slice(start, PIECE).collect()
        numbers = rows[ROW]
        here = pictures.filter(pl.col(ROW).is_between(numbers[0], numbers[-1])).collect()
        known = rows.join(here, on=ROW, how="inner", maintain_order="left")
        wrong = [(row, f"pictures: one {WHY.get(refused[row], refused[row])}") for row in numbers if row in refused]
        schema = {ROW: pl.UInt64, REASON: pl.String}
        yield Piece(known, known, pl.DataFrame(wrong, schema=schema, orient="row"))


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
