"""Where pictures come from: a folder with a folder for each class, or a table that holds them or their paths."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syllabus import sources
from syllabus.errors import Unmet, nearest
from syllabus.frames import ROW
from syllabus.images.options import Options
from syllabus.sources import folders
from syllabus.sources.folders import PATH

if TYPE_CHECKING:
    import polars as pl

    from syllabus.settings import Data

AT_A_TIME = 256
WHERE = "data.options"
"""Where the options stand in `params.yaml`, which messages name."""


@dataclass(frozen=True)
class Listing:
    """The pictures of a source.

    Args:
        rows: a line a picture: `row`, from 1, the target and whatever else the source says of it; no picture.
        written: whether every cell of them is a text.
        total: how many there are.
        size: how much the source holds.
        sha256: the digest of all of it.
        pictures: yields the number of each row and its picture, as bytes or as a file; None where there is none.
    """

    rows: pl.LazyFrame
    written: bool
    total: int
    size: int
    sha256: str
    pictures: Iterator[tuple[int, bytes | Path | None]]


def columns(data: Data, options: Options, where: str = WHERE) -> list[str]:
    """Return the names of the columns that the source gives, but for the picture's.

    Raises:
        Unmet: the source cannot be read, or has no such column, or it is the target.
    """
    if folders.is_folder(data):
        return folders.columns(data)
    known = sources.columns(data.source, data.reading)
    if options.picture not in known:
        raise Unmet(
            f"{where}.picture: {options.picture} is not a column of {data.source}; {nearest(options.picture, known)}"
        )
    if options.picture == data.target:
        raise Unmet(f"{where}.picture: {options.picture} is the target, which would tell itself: name another column")
    return [*([PATH] if options.folder else []), *(name for name in known if name != options.picture)]


def opened(data: Data, options: Options, scratch: Path, where: str = WHERE) -> Listing:
    """List the pictures of the source.

    Raises:
        Unmet: it cannot be read, or holds no picture.
    """
    return _of_folder(data) if folders.is_folder(data) else _of_table(data, options, scratch, where)


def _of_folder(data: Data) -> Listing:
    held = folders.opened(data)
    pictures: Iterator[tuple[int, Any]] = enumerate(held.files, 1)
    return Listing(held.rows, False, len(held.files), held.size, held.sha256, pictures)


def _of_table(data: Data, options: Options, scratch: Path, where: str) -> Listing:
    import polars as pl

    source = sources.opened(data.source, scratch, data.reading, held=options.picture)
    schema = source.frame.collect_schema()
    if options.picture not in schema:
        columns(data, options, where)
    holds_bytes = schema[options.picture] == pl.Binary
    if not holds_bytes and (schema[options.picture] != pl.String or options.folder is None):
        raise Unmet(
            f"{where}: column {options.picture} of {data.source} holds {schema[options.picture]}, and a picture "
            f"is given as bytes, or as its path under {where}.folder"
        )
    side = pl.all().exclude(options.picture)
    rows = source.frame.select(side)
    if not holds_bytes:
        if PATH in schema and options.picture != PATH:
            raise Unmet(f"{data.source}: has a column {PATH} beside {options.picture}; rename one")
        rows = source.frame.select(ROW, pl.col(options.picture).alias(PATH), side.exclude(ROW))
    total = int(source.frame.select(pl.len()).collect().item())
    cells = source.frame.select(ROW, options.picture)
    folder = None if holds_bytes else Path(str(options.folder))
    if folder is not None and not folder.is_dir():
        raise Unmet(f"{where}.folder: there is no folder {folder}")
    return Listing(rows, source.written, total, source.bytes, source.sha256, _pictures(cells, options.picture, folder))


def _pictures(cells: pl.LazyFrame, column: str, folder: Path | None) -> Iterator[tuple[int, bytes | Path | None]]:
    for some in cells.collect_batches(maintain_order=True, chunk_size=AT_A_TIME, lazy=True):
        for row, held in zip(some[ROW].to_list(), some[column].to_list(), strict=True):
            yield row, held if folder is None or held is None else _under(folder, held)


def _under(folder: Path, name: str) -> Path:
    """Return the file of this name in the folder; what would lie outside of it is a name that no file has."""
    path = Path(os.path.normpath(folder / name))
    inside = path.is_relative_to(os.path.normpath(folder))
    return path if inside else folder / "(outside the folder)" / path.name
