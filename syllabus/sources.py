"""Opens raw files lazily, and says in one sentence what is wrong with one that cannot be read."""

from __future__ import annotations

import codecs
import csv
from pathlib import Path
from typing import TYPE_CHECKING

from syllabus.errors import Unmet, nearest
from syllabus.frames import ROW

if TYPE_CHECKING:
    import polars as pl

SEPARATORS = {".csv": ",", ".tsv": "\t"}
# Lone bytes that no text file holds, and the beginnings of formats that are often misnamed.
FORMATS = {
    b"PAR1": "a Parquet file",
    b"PK\x03\x04": "a zip or Excel file",
    b"\x1f\x8b": "a gzip file",
    b"\x28\xb5\x2f\xfd": "a zstd file",
}


def scan(path: Path) -> pl.LazyFrame:
    """Open a source lazily, all values as they stand, with `row` (from 1) before its columns.

    Raises:
        Unmet: it is missing, empty, binary, not UTF-8, without columns or rows, or names a column twice.
    """
    import polars as pl

    if not path.is_file():
        raise Unmet(f"{path}: no such file; data.source names it")
    if path.stat().st_size == 0:
        raise Unmet(f"{path}: the file is empty")
    if path.suffix == ".parquet":
        frame = _parquet(path)
    elif path.suffix in SEPARATORS:
        _check_columns(path, header(path))
        frame = pl.scan_csv(path, separator=SEPARATORS[path.suffix], infer_schema=False, new_columns=header(path))
    else:
        raise Unmet(f"{path}: unknown kind of file; {nearest(path.suffix, [*SEPARATORS, '.parquet'])}")
    if ROW in frame.collect_schema():
        raise Unmet(f"{path}: the column {ROW} is Syllabus's own number of a row; rename it in the file")
    return frame.with_row_index(ROW, offset=1).with_columns(pl.col(ROW).cast(pl.UInt64))


def header(path: Path) -> list[str]:
    """Return the names in the first line of a delimited file, without the white space around them."""
    with path.open("rb") as file:
        first = file.read(1 << 16)
    for magic, what in FORMATS.items():
        if first.startswith(magic):
            raise Unmet(f"{path}: named {path.suffix}, but it is {what}")
    if b"\x00" in first:
        raise Unmet(f"{path}: named {path.suffix}, but it is binary: byte {first.index(0) + 1} is NUL")
    try:
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(first)
    except UnicodeDecodeError:
        raise refusal(path) from None
    return [name.strip() for name in next(csv.reader(text.splitlines(), delimiter=SEPARATORS[path.suffix]), [])]


def refusal(path: Path) -> Unmet:
    """Say which line of a delimited file cannot be read, and why; called when reading it has failed."""
    columns = None
    decoder = codecs.getincrementaldecoder("utf-8")
    line = 0
    with path.open("rb") as file:
        for line, raw in enumerate(file, 1):
            try:
                decoder().decode(raw, final=True)
            except UnicodeDecodeError as error:
                found = f"byte 0x{raw[error.start]:02x} at position {error.start + 1}"
                return Unmet(f"{path}:{line}: not UTF-8: {found}; save the file as UTF-8")
            if b"\x00" in raw:
                return Unmet(f"{path}:{line}: byte {raw.index(0) + 1} is NUL: the file is binary or damaged")
    with path.open(encoding="utf-8-sig", newline="") as text:
        reader = csv.reader(text, delimiter=SEPARATORS[path.suffix])
        try:
            for fields in reader:
                columns = columns or len(fields)
                if len(fields) > columns:
                    return Unmet(f"{path}:{reader.line_num}: {len(fields)} fields, but the header names {columns}")
        except csv.Error as error:
            return Unmet(f"{path}:{reader.line_num}: {error}")
    return Unmet(f"{path}: cannot be read as a table; look at line {line} and its quotes")


def _check_columns(path: Path, names: list[str]) -> None:
    if not any(names):
        raise Unmet(f"{path}:1: the first line names no columns")
    for place, name in enumerate(names, 1):
        if not name:
            raise Unmet(f"{path}:1: column {place} has no name")
        if names.index(name) + 1 < place:
            raise Unmet(f"{path}:1: columns {names.index(name) + 1} and {place} are both named {name}")


def _parquet(path: Path) -> pl.LazyFrame:
    import polars as pl

    try:
        frame = pl.scan_parquet(path)
        frame.collect_schema()
    except (pl.exceptions.ComputeError, OSError) as error:
        raise Unmet(f"{path}: not a whole Parquet file: {str(error).splitlines()[0]}") from None
    return frame
