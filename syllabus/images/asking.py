"""Pictures that a model is asked about: files, a row each, or a column of bytes in a table."""

from __future__ import annotations

import base64
import binascii
import hashlib
import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from glob import glob, has_magic
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syllabus import architectures, frames, modalities
from syllabus.cleaning.asking import REASON
from syllabus.errors import Unmet
from syllabus.frames import ROW
from syllabus.images import pictures
from syllabus.images.options import Options
from syllabus.images.packing import PIXELS
from syllabus.images.pictures import Dropped

if TYPE_CHECKING:
    import polars as pl

    from syllabus.cleaning.asking import Cell
    from syllabus.settings import Data
    from syllabus.sources import Source

FILE = "file"
"""The column of a file's name."""
PIECE = 64
"""So many pictures are held at a time: a photograph takes some megabytes."""
GREY = "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAAAAADhZOFXAAAAEElEQVR42mNsYIAAJgaKGAAmCACQtTEKkQAAAABJRU5ErkJggg=="
"""A grey picture of eight by eight pixels, as PNG in base64."""
ENDINGS = frozenset({".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".ppm", ".pgm"})


@dataclass(frozen=True, eq=False)
class Files:
    """Files of pictures, as rows.

    Args:
        named: the files, by the names that they get.
        picture: the column of their bytes.
    """

    named: Mapping[str, Path]
    picture: str
    kept: Sequence[str] = (FILE,)

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return [FILE, self.picture]

    @property
    def total(self) -> int:
        """How many rows there are."""
        return len(self.named)

    @cached_property
    def sha256(self) -> str:
        """The digest of all of them and of their names."""
        told = "".join(f"{name}\0{frames.sha256(path)}\n" for name, path in self.named.items())
        return hashlib.sha256(told.encode(errors="surrogateescape")).hexdigest()

    def between(self, start: int, stop: int) -> pl.DataFrame:
        """Return the rows from `start` to before `stop`, with `row` from 1."""
        import polars as pl

        some = list(self.named.items())[start:stop]
        rows = {
            ROW: range(start + 1, start + 1 + len(some)),
            FILE: [name.encode(errors="replace").decode() for name, _ in some],
            self.picture: [path.read_bytes() for _, path in some],
        }
        return pl.DataFrame(rows, schema={ROW: pl.UInt64, FILE: pl.String, self.picture: pl.Binary})


def requests(source: Source, data: Data) -> Files | None:
    """Return the pictures of a folder, of a pattern of files, or of one file; None where the source is a table.

    Raises:
        Unmet: there is no picture.
    """
    if not isinstance(source, str) or "://" in source:
        return None
    path, options = Path(source), modalities.options(data)
    if path.is_dir():
        named = {file.relative_to(path).as_posix(): file for file in sorted(path.rglob("*")) if _is_shown(file, path)}
        if not named:
            raise Unmet(f"{source}: the folder holds no file")
        return Files(named, options.picture)
    if path.suffix.lower() not in ENDINGS:
        return None
    # A file may have a name that reads like a pattern.
    found = sorted(glob(source, recursive=True)) if has_magic(source) and not path.exists() else [source]  # noqa: PTH207
    named = {name: Path(name) for name in found if Path(name).is_file()}
    if not named:
        raise Unmet(f"{source}: no such file, and no file matches")
    return Files(named, options.picture)


def held(data: Data) -> str:
    """Return the column of a table that holds bytes."""
    return str(modalities.options(data).picture)


def asks(data: Data, _: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the column that a request must have: that of the picture's bytes."""
    return [held(data)]


def asked(rows: pl.DataFrame, data: Data, _: Sequence[Mapping[str, Any]]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the pixels of the pictures that can be read, converted as train's were, and `row` and `reason` of others.

    Args:
        rows: `row` and the picture's bytes, or these in base64; a name of a file is none, since a request could name
            any.
        data: how train was read.
    """
    import polars as pl

    options: Options = modalities.options(data)
    cells = rows[options.picture]
    found: list[bytes | str]
    if cells.dtype not in (pl.Binary, pl.String, pl.Null):
        found = [f"{options.picture}: holds {cells.dtype}, and a picture is given by its bytes"] * len(rows)
    else:
        with pictures.pillow(), ThreadPoolExecutor(architectures.threads()) as pool:
            found = list(pool.map(lambda cell: _pixels(cell, options), cells.to_list()))
    known = pl.Series([isinstance(one, bytes) for one in found], dtype=pl.Boolean)
    numbers = rows[ROW]
    pixels = pl.Series(PIXELS, [one for one in found if isinstance(one, bytes)], dtype=pl.Binary)
    reasons = pl.Series(REASON, [one for one in found if isinstance(one, str)], dtype=pl.String)
    return pl.DataFrame([numbers.filter(known), pixels]), pl.DataFrame([numbers.filter(~known), reasons])


def example(_train: pl.LazyFrame, _learned: Any, data: Data) -> list[dict[str, Any]]:
    """Return a picture that nobody took."""
    return [{held(data): GREY}]


def types(data: Data, _: Sequence[Mapping[str, Any]]) -> dict[str, Cell]:
    """Return what the cells of the one column are: bytes of pictures."""
    return {held(data): "bytes"}


def needed(data: Data, _: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the column if a row without a picture is not answered."""
    return [held(data)] if modalities.options(data).missing == "drop" else []


def _pixels(cell: bytes | str | None, options: Options) -> bytes | str:
    """Return the pixels of a picture, or why it has none."""
    if isinstance(cell, str):
        try:
            cell = base64.b64decode(cell, validate=True)
        except (binascii.Error, ValueError):  # the latter of letters beyond ASCII
            return f"{options.picture}: a text that is no base64; a picture is given by its bytes, as text in base64"
    if cell is None and options.missing == "drop":
        return f"{options.picture}: no picture"
    if cell is not None and options.raw is not None and len(cell) != math.prod(options.raw):
        # Train was bare pixels; who asks may have a file.
        size, colours = options.shape[:2], "grey" if options.shape[2] == 1 else "rgb"
        options = options.model_copy(update={"raw": None, "size": size, "colours": colours})
    try:
        found = pictures.blank(options) if cell is None else pictures.opened(cell, options)
    except Dropped as dropped:
        return f"{options.picture}: {dropped.why}"
    return found.pixels.tobytes()


def _is_shown(file: Path, folder: Path) -> bool:
    return file.is_file() and not any(part.startswith(".") for part in file.relative_to(folder).parts)
