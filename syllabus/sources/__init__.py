"""Opens raw sources, and says in one sentence what is wrong with one that cannot be read.

A source is a file, a pattern of files, a URL, or a table or query of a database. What is not a file here is brought
into a folder first, so that everything is read in one way: `text`, `json_lines`, `columnar` and `excel` each give
the names of a file's columns and its rows.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from syllabus import frames
from syllabus.errors import Unmet, shown
from syllabus.frames import ROW
from syllabus.settings import Database, Reading
from syllabus.sources import local, text

if TYPE_CHECKING:
    import polars as pl

Source = str | Path | Database
USUAL = Reading()


@dataclass(frozen=True, eq=False)
class Raw:
    """A source that is open.

    Args:
        frame: its cells as they stand, lazily, with `row` (from 1) before its columns.
        files: what they are read from, in order.
        written: whether every cell is a text, which does not say itself what type it is of.
    """

    frame: pl.LazyFrame
    files: tuple[Path, ...]
    written: bool

    @property
    def bytes(self) -> int:
        """How much the files hold."""
        return sum(path.stat().st_size for path in self.files)

    @property
    def sha256(self) -> str:
        """The digest of the file, or of the digests of several."""
        digests = [frames.sha256(path) for path in self.files]
        return digests[0] if len(digests) == 1 else hashlib.sha256("\n".join(digests).encode()).hexdigest()


@contextmanager
def _one_line() -> Iterator[None]:
    """Write signs that break a line or steer a terminal as escapes: a column may have any name."""
    try:
        yield
    except Unmet as error:
        raise Unmet(shown(str(error))) from None


@_one_line()
def columns(source: Source, reading: Reading = USUAL) -> list[str]:
    """Return the names of a source's columns, from its head where it is a file.

    Raises:
        Unmet: it cannot be read, or its columns cannot be told apart.
    """
    if isinstance(source, Database):
        from syllabus.sources import sql

        return sql.columns(source)
    if "://" in str(source):
        with tempfile.TemporaryDirectory() as scratch:
            return local.columns(_files(source, reading, Path(scratch)), reading)
    return local.columns(local.matching(str(source)), reading)


@_one_line()
def opened(source: Source, scratch: Path, reading: Reading = USUAL, held: str | None = None) -> Raw:
    """Open a source lazily.

    Args:
        source: see the module.
        scratch: a folder for what is brought from elsewhere and for the cells of texts, which are parsed once, however
            often they are read. It is made, must be the source's own, and is the caller's to remove.
        reading: how the source is written, where its name does not say so.
        held: a column that may hold bytes, such as pictures.

    Raises:
        Unmet: what `columns` refuses, a line that is no row of the table, a damaged file, a column of other than single
            values, files that do not fit together, or more than the declared limit.
    """
    import polars as pl

    scratch.mkdir(parents=True, exist_ok=True)
    if isinstance(source, Database):
        from syllabus.sources import sql

        files, frame = sql.scan(source, reading, scratch)
        written = False
    else:
        known = _files(source, reading, scratch)
        files, frame = list(known), local.scan(known, reading, scratch, held)
        written = local.kind(files[0], str(source)) is text
    frame = frame.with_row_index(ROW, offset=1).with_columns(pl.col(ROW).cast(pl.UInt64))
    return Raw(frame, tuple(files), written)


def scan(source: Source, scratch: Path, reading: Reading = USUAL) -> pl.LazyFrame:
    """Open a source lazily, as `opened` does, for its rows alone."""
    return opened(source, scratch, reading).frame


def _files(source: str | Path, reading: Reading, scratch: Path) -> dict[Path, str]:
    """Return the files of a source on this machine with their names; what lies elsewhere is brought into `scratch`."""
    if "://" in str(source):
        from syllabus.sources import remote

        return remote.fetch(str(source), scratch / "fetched", reading)
    return local.matching(str(source))
