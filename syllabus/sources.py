"""Opens raw files, and says in one sentence what is wrong with one that cannot be read."""

from __future__ import annotations

import csv
import glob
import itertools
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from syllabus.errors import Unmet, nearest
from syllabus.frames import ROW

if TYPE_CHECKING:
    import polars as pl

SEPARATORS = {".csv": ",", ".tsv": "\t"}
LONGEST = 4_000_000
"""The most bytes that a row of text may have."""
# The beginnings of formats that are often misnamed.
_FORMATS = {
    b"PAR1": "a Parquet file",
    b"PK\x03\x04": "a zip or Excel file",
    b"\xd0\xcf\x11\xe0": "an old Excel file",
    b"\x1f\x8b": "a gzip file",
    b"\x28\xb5\x2f\xfd": "a zstd file",
    b"%PDF": "a PDF",
    b"\xff\xfe": "UTF-16 text: save it as UTF-8",
    b"\xfe\xff": "UTF-16 text: save it as UTF-8",
}
# How Python marks bytes that are not UTF-8.
_ESCAPED = re.compile("[\udc80-\udcff]")


def columns(path: Path) -> list[str]:
    """Return the names of a source's columns, from its head alone.

    Raises:
        Unmet: it is missing, empty, binary or not UTF-8, or its columns cannot be told apart.
    """
    if path.is_dir():
        raise Unmet(f"{path}: is a folder; data.source names one file")
    if not path.is_file():
        raise Unmet(f"{path}: no such file; data.source names it")
    if path.stat().st_size == 0:
        raise Unmet(f"{path}: the file is empty")
    if path.suffix == ".parquet":
        where, names = str(path), _parquet(path).collect_schema().names()
    elif path.suffix in SEPARATORS:
        where, names = f"{path}:1", _header(path)
    else:
        raise Unmet(f"{path}: unknown kind of file; {nearest(path.suffix, [*SEPARATORS, '.parquet'])}")
    _check(where, names)
    return names


def scan(path: Path, parsed: Path) -> pl.LazyFrame:
    """Open a source lazily, its cells as they stand, with `row` (from 1) before its columns.

    Args:
        path: a Parquet file, or text with a header whose cells are separated by commas (`.csv`) or tabs (`.tsv`).
        parsed: where the cells of a text are kept as Parquet: it is parsed once, however often they are read.

    Raises:
        Unmet: what `columns` refuses, a line that is no row of the table, or a column of other than single values.
    """
    import polars as pl

    names = columns(path)
    if path.suffix in SEPARATORS:
        _parse(path, parsed, len(names))
        # An empty cell is an empty text, with quotes and without.
        cells = pl.scan_parquet(parsed, glob=False).slice(1).select(pl.col(pl.String).fill_null(""))
        frame = cells.rename({f"c{place}": name for place, name in enumerate(names)})
    else:
        frame = _parquet(path)
    return frame.with_row_index(ROW, offset=1).with_columns(pl.col(ROW).cast(pl.UInt64))


def _parse(path: Path, parsed: Path, width: int) -> None:
    """Keep the cells of a text as Parquet, in columns c0, c1, …; the first row is the header."""
    import duckdb

    with path.open("rb") as file:
        if any(b"\x00" in piece for piece in iter(lambda: file.read(1 << 20), b"")):
            _exhaust(_lines(path))
    separator = SEPARATORS[path.suffix]
    parsed.parent.mkdir(parents=True, exist_ok=True)
    # DuckDB takes the first line end for that of every row: it must not be within a name.
    if not any(end in name for name in next(_rows(path, None)) for end in "\r\n"):
        with suppress(duckdb.InvalidInputException):
            _copy(path, parsed, width, separator)
            return
    # Python's reader is slower, but takes lines that end in different ways, and knows what is not sound.
    tidy = parsed.with_suffix(".tidy")
    try:
        with tidy.open("w", encoding="utf-8", newline="") as file:
            rows = _rows(path, width)
            next(rows)
            writer = csv.writer(file, delimiter=separator, quoting=csv.QUOTE_ALL)
            writer.writerows(itertools.chain([range(width)], rows))
        _copy(tidy, parsed, width, separator)
    except duckdb.InvalidInputException as error:
        # All else Python's reader would have told.
        raise Unmet(f"{path}: a row of more than {LONGEST:,} bytes") from error
    finally:
        tidy.unlink(missing_ok=True)


def _copy(path: Path, parsed: Path, width: int, separator: str) -> None:
    """Parse a text with DuckDB: strict about quotes and the number of cells, and several threads at a time."""
    import duckdb

    kinds = ", ".join(f"c{place}: 'VARCHAR'" for place in range(width))
    target = str(parsed).replace("'", "''")
    threads = min(4, os.cpu_count() or 1)
    with duckdb.connect(config={"threads": threads, "temp_directory": str(parsed.parent / ".spilled")}) as connection:
        connection.execute(
            f"""COPY (FROM read_csv(?, columns={{{kinds}}}, delim='{separator}', quote='"', escape='"', header=false,
            auto_detect=false, strict_mode=true, null_padding=false, hive_partitioning=false, compression='none',
            max_line_size={LONGEST}, buffer_size={2 * LONGEST}))
            TO '{target}' (FORMAT parquet, COMPRESSION lz4, ROW_GROUP_SIZE 20000)""",
            [glob.escape(str(path))],
        )


def _header(path: Path) -> list[str]:
    """Return the cells of the first line, without the white space around them."""
    with path.open("rb") as file:
        start = file.read(8)
    for magic, what in _FORMATS.items():
        if start.startswith(magic):
            raise Unmet(f"{path}: named {path.suffix}, but it is {what}")
    names = [name.strip() for name in next(_rows(path, None), [])]
    if len(names) == 1 and (other := next((mark for mark in ";\t|," if mark in names[0]), None)):
        separated = {",": "commas", "\t": "tabs"}[SEPARATORS[path.suffix]]
        raise Unmet(f"{path}:1: one column, with {other!r} in its name; a {path.suffix} is separated by {separated}")
    return names


def _rows(path: Path, width: int | None) -> Iterator[list[str]]:
    """Yield the header and the rows of a text.

    Raises:
        Unmet: at the first line that is not UTF-8, breaks the rules of quotes or has not `width` cells.
    """
    default = csv.field_size_limit(LONGEST)
    reader = csv.reader(_lines(path), delimiter=SEPARATORS[path.suffix], strict=True, skipinitialspace=True)
    start = 1
    try:
        for cells in reader:
            # An empty line is no row, but where there is one column it is an empty cell.
            if cells or width == 1:
                if width is not None and len(cells or [""]) != width:
                    fields = f"{len(cells)} field{'s' * (len(cells) != 1)}"
                    raise Unmet(f"{path}:{start}: {fields}, but the header names {width} columns")
                yield cells or [""]
            start = reader.line_num + 1
    except csv.Error as error:
        raise Unmet(f"{path}:{start}: {next(told for said, told in _SAID.items() if said in str(error))}") from None
    finally:
        csv.field_size_limit(default)


# What Python's reader says, and what we say.
_SAID = {
    "unexpected end of data": "a quote opens in this row, and the file ends before it closes",
    "expected after": "in this row text follows a closing quote; write a quote inside of quotes twice",
    "field larger": f"in this row a field has more than {LONGEST:,} characters",
    "": "not a row of a table",
}


def _lines(path: Path) -> Iterator[str]:
    """Yield the lines of a text, whatever they end with.

    Raises:
        Unmet: at the first that is too long, or holds a NUL or a byte that is not UTF-8.
    """
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        for number, line in enumerate(iter(lambda: file.readline(LONGEST + 1), ""), 1):
            if "\x00" in line:
                place = len(line[: line.index("\x00")].encode("utf-8", "surrogateescape")) + 1
                raise Unmet(f"{path}:{number}: byte {place} is NUL: the file is binary or damaged")
            if not line.isascii() and (broken := _ESCAPED.search(line)):
                place = len(line[: broken.start()].encode("utf-8", "surrogateescape")) + 1
                found = f"byte 0x{ord(broken.group()) - 0xDC00:02x} at position {place}"
                raise Unmet(f"{path}:{number}: not UTF-8: {found}; if it is text, save it as UTF-8")
            if len(line) > LONGEST // 4 and len(line.encode()) > LONGEST:
                raise Unmet(f"{path}:{number}: a line of more than {LONGEST:,} bytes")
            yield line


def _exhaust(lines: Iterator[str]) -> None:
    for _ in lines:
        pass


def _check(where: str, names: list[str]) -> None:
    """Refuse names that cannot tell columns apart here, in SQL or in polars."""
    if not any(names):
        raise Unmet(f"{where}: the first line names no columns")
    places: dict[str, int] = {}
    for place, name in enumerate(names, 1):
        if not name:
            raise Unmet(f"{where}: column {place} has no name")
        if name == "*" or (name.startswith("^") and name.endswith("$")):
            raise Unmet(f"{where}: column {place} is named {name}, which stands for a pattern of names; rename it")
        if name.lower() == ROW:
            raise Unmet(f"{where}: column {place} is named {name}, which is Syllabus's own number of a row; rename it")
        if name.lower() in places:
            first = places[name.lower()]
            both = (
                f"are both named {name}"
                if names[first - 1] == name
                else f"({names[first - 1]}, {name}) differ in case only"
            )
            raise Unmet(f"{where}: columns {first} and {place} {both}; rename one")
        places[name.lower()] = place


def _parquet(path: Path) -> pl.LazyFrame:
    """Open a Parquet file, its types narrowed to texts, numbers, booleans, dates and times."""
    import polars as pl

    try:
        frame = pl.scan_parquet(path, glob=False, hive_partitioning=False)
        schema = frame.collect_schema()
    except pl.exceptions.PolarsError as error:
        raise Unmet(f"{path}: not a whole Parquet file: {str(error).splitlines()[0]}") from None
    plain: list[pl.Expr] = []
    for name, kind in schema.items():
        if kind.is_nested() or kind in (pl.Binary, pl.Object):
            raise Unmet(f"{path}: column {name} holds {kind}; a cell must be one text, number, boolean, date or time")
        plain.append(_plain(pl.col(name), kind))
    return frame.select(plain)


def _plain(column: pl.Expr, kind: pl.DataType) -> pl.Expr:
    import polars as pl

    if kind in (pl.Categorical, pl.Enum, pl.Null, pl.Int128, pl.UInt128):
        # The codes of categories differ from run to run, and no engine here counts beyond 64 bits.
        return column.cast(pl.String)
    if kind.is_decimal() or kind == pl.Float16:
        return column.cast(pl.Float64)
    if kind == pl.Duration:
        return column.dt.total_microseconds() / 1e6
    return column
