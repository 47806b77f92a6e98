"""Where texts come from: columns of a table, or a folder with a folder for each class."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from syllabus import cleaning, sources
from syllabus.documents.options import Options
from syllabus.errors import Unmet, nearest
from syllabus.frames import ROW
from syllabus.sources import folders

if TYPE_CHECKING:
    import polars as pl

    from syllabus.settings import Data

TEXT = "text"
"""The column of the texts, in what ingest writes."""
WHERE = "data.options"
"""Where the options stand in `params.yaml`, which messages name."""
FILES, ROWS = 64, 2000
"""So many are read at a time."""


@dataclass(frozen=True)
class Listing:
    """The texts of a source.

    Args:
        rows: a line a text: `row`, from 1, the target and whatever else the source says of it.
        changes: what cleaning changed in the table.
        total: how many rows the source has.
        size: how much it holds.
        sha256: the digest of all of it.
        texts: yields frames of `row` and `text`; missing where a file cannot be read.
    """

    rows: pl.LazyFrame
    changes: list[dict[str, Any]]
    total: int
    size: int
    sha256: str
    texts: Iterator[pl.DataFrame]


def columns(data: Data, options: Options) -> list[str]:
    """Return the names of the columns that the source gives, but for those of the texts.

    Raises:
        Unmet: the source cannot be read, or has no such column, or a text is the target.
    """
    if folders.is_folder(data):
        return folders.columns(data)
    return beside(sources.columns(data.source, data.reading), data, options)


def beside(known: list[str], data: Data, options: Options, where: str = WHERE) -> list[str]:
    """Return which of a table's columns are none of the texts.

    Raises:
        Unmet: a text is not among them, or is the target.
    """
    for name in options.columns:
        if name not in known:
            raise Unmet(f"{where}.columns: {name} is not a column of {data.source}; {nearest(name, known)}")
        if name == data.target:
            raise Unmet(f"{where}.columns: {name} is the target, which would tell itself: name another column")
    return [name for name in known if name not in options.columns]


def opened(data: Data, options: Options, scratch: Path) -> Listing:
    """List the texts of the source.

    Raises:
        Unmet: it cannot be read, or holds none.
    """
    if folders.is_folder(data):
        held = folders.opened(data)
        found = cleaning.changes(held.rows, data.cleaning, infer=False)
        rows, changed = cleaning.make(held.rows, found, scratch / "cleaned")
        return Listing(rows, changed, len(held.files), held.size, held.sha256, _files(held.files, data, options))
    source = sources.opened(data.source, scratch, data.reading)
    return of_rows(source, data, options, scratch)


class Rows(Protocol):
    """A table that is open."""

    @property
    def frame(self) -> pl.LazyFrame:
        """Its cells as they stand, with `row` before its columns."""

    @property
    def written(self) -> bool:
        """Whether every cell is a text."""

    @property
    def bytes(self) -> int:
        """How much it holds."""

    @property
    def sha256(self) -> str:
        """Its digest."""


def of_rows(source: Rows, data: Data, options: Options, scratch: Path, where: str = WHERE) -> Listing:
    """List the texts of a table that is open.

    Raises:
        Unmet: a column of texts holds something else.
    """
    import polars as pl

    schema = source.frame.collect_schema()
    for name in options.columns:
        if name in schema and schema[name] != pl.String:
            raise Unmet(f"{where}.columns: column {name} of {data.source} holds {schema[name]}, and no text")
    # A text that looks like a number, 2002 say, is a text here.
    asked = data.cleaning.model_copy(update={"types": dict.fromkeys(options.columns, "text") | data.cleaning.types})
    found = cleaning.changes(source.frame, asked, infer=source.written)
    rows, changed = cleaning.make(source.frame, found, scratch / "cleaned")
    total = int(rows.select(pl.len()).collect().item())
    named = [pl.col(name) for name in options.columns] or [pl.lit("")]
    some = pl.concat_str(named, separator="\n", ignore_nulls=True)
    cells = rows.select(ROW, some.fill_null("").alias(TEXT))
    texts = cells.collect_batches(maintain_order=True, chunk_size=ROWS, lazy=True)
    return Listing(rows.drop(*options.columns), changed, total, source.bytes, source.sha256, iter(texts))


def _files(files: list[Path], data: Data, options: Options) -> Iterator[pl.DataFrame]:
    import polars as pl

    for start in range(0, len(files), FILES):
        some = [_read(path, data.reading.encoding, options.most_letters) for path in files[start : start + FILES]]
        rows = pl.int_range(start + 1, start + len(some) + 1, dtype=pl.UInt64, eager=True)
        yield pl.DataFrame({ROW: rows, TEXT: pl.Series(some, dtype=pl.String)})


def _read(path: Path, encoding: str, letters: int) -> str | None:
    """Return the beginning of a file, with more letters than are wanted where it has them; None where it is no text."""
    with path.open("rb") as file:
        held = file.read(8 * letters + 8)
    if encoding.lower().replace("-", "") in ("utf8", "u8"):
        held, encoding = held.removeprefix(codecs.BOM_UTF8), "utf-8"
    try:
        # What stands at the end may be half a letter.
        return codecs.getincrementaldecoder(encoding)().decode(held, final=path.stat().st_size <= len(held))
    except (UnicodeError, LookupError):
        return None
