"""Where pictures come from: a folder with a folder for each class, or a table that holds them or their paths."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syllabus import frames, sources
from syllabus.errors import Unmet, nearest
from syllabus.frames import ROW
from syllabus.images.options import Options

if TYPE_CHECKING:
    import polars as pl

    from syllabus.settings import Data

PATH = "path"
"""The column of a picture's path, where it has one."""
AT_A_TIME = 256


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


def columns(data: Data, options: Options) -> list[str]:
    """Return the names of the columns that the source gives, but for the picture's.

    Raises:
        Unmet: the source cannot be read, or has no such column.
    """
    if _is_folder(data):
        _classes(data)
        return [PATH, data.target]
    known = sources.columns(data.source, data.reading)
    if options.picture not in known:
        raise Unmet(
            f"data.options.picture: {options.picture} is not a column of {data.source}; "
            f"{nearest(options.picture, known)}"
        )
    return [*([PATH] if options.folder else []), *(name for name in known if name != options.picture)]


def opened(data: Data, options: Options, scratch: Path) -> Listing:
    """List the pictures of the source.

    Raises:
        Unmet: it cannot be read, or holds no picture.
    """
    return _of_folder(data) if _is_folder(data) else _of_table(data, options, scratch)


def _is_folder(data: Data) -> bool:
    return isinstance(data.source, str) and Path(data.source).is_dir()


def _classes(data: Data) -> list[Path]:
    """Return the folders of the classes.

    Raises:
        Unmet: there are not two, or pictures lie beside them.
    """
    folder = Path(str(data.source))
    found = sorted(one for one in folder.iterdir() if not one.name.startswith("."))
    beside = [one.name for one in found if not one.is_dir()]
    classes = [one for one in found if one.is_dir()]
    if len(classes) < 2:
        lying = f" and files such as {beside[0]}" if beside else ""
        held = f"{len(classes)} folder{'s' * (len(classes) != 1)}{lying}"
        raise Unmet(f"{folder}: a folder of pictures holds a folder for each class, at least two; it holds {held}")
    return classes


def _of_folder(data: Data) -> Listing:
    import polars as pl

    folder = Path(str(data.source))
    files, labels = [], []
    for one in _classes(data):
        for path in sorted(path for path in one.rglob("*") if path.is_file() and not path.name.startswith(".")):
            files.append(path)
            labels.append(one.name)
    if not files:
        raise Unmet(f"{folder}: its folders hold no file")
    names = [path.relative_to(folder).as_posix() for path in files]
    rows = pl.DataFrame({PATH: names, data.target: labels}).with_row_index(ROW, offset=1)
    digest = hashlib.sha256()
    for name, path in zip(names, files, strict=True):
        digest.update(f"{name}\0{frames.sha256(path)}\n".encode())
    size = sum(path.stat().st_size for path in files)
    pictures: Iterator[tuple[int, Any]] = enumerate(files, 1)
    return Listing(
        rows.with_columns(pl.col(ROW).cast(pl.UInt64)).lazy(), False, len(files), size, digest.hexdigest(), pictures
    )


def _of_table(data: Data, options: Options, scratch: Path) -> Listing:
    import polars as pl

    source = sources.opened(data.source, scratch, data.reading, held=options.picture)
    schema = source.frame.collect_schema()
    if options.picture not in schema:
        columns(data, options)
    holds_bytes = schema[options.picture] == pl.Binary
    if not holds_bytes and (schema[options.picture] != pl.String or options.folder is None):
        raise Unmet(
            f"data.options: column {options.picture} of {data.source} holds {schema[options.picture]}, and a picture "
            f"is given as bytes, or as its path under data.options.folder"
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
        raise Unmet(f"data.options.folder: there is no folder {folder}")
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
