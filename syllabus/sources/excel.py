"""Excel workbooks, read by calamine."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syllabus.errors import Unmet, nearest
from syllabus.sources import expansion

if TYPE_CHECKING:
    import polars as pl

    from syllabus.settings import Reading

CELLS = 50_000_000
"""The most cells of a sheet: between its first and its last they all take memory, empty ones too."""
_PLACE = re.compile(rb'[ \t\n]r="([A-Z]{1,3})([0-9]{1,7})"')
_OVERLAP = 32


def names(path: Path, reading: Reading) -> tuple[str, list[str]]:
    """Return the file with its sheet, and the cells that name the columns.

    Raises:
        Unmet: it is no whole workbook, or it is not clear which sheet to read.
    """
    import polars as pl

    sheet, workbook = _sheet(path, reading)
    skipped = max(0, reading.header - 1)
    first = _load(path, workbook, sheet, skipped, n_rows=1, dtypes="string")
    where = f"{path}: sheet {sheet}, row {max(1, reading.header)}"
    if first.width == 0:
        raise Unmet(f"{path}: sheet {sheet} is empty")
    if not reading.header:
        return where, [f"column_{place}" for place in range(1, first.width + 1)]
    cells = first.select(pl.all().fill_null("").str.strip_chars()).row(0) if first.height else ()
    if not any(cells):
        raise Unmet(f"{where} names no columns; data.reading.header says which row does")
    return where, list(cells)


def scan(path: Path, reading: Reading, scratch: Path) -> pl.LazyFrame:  # noqa: ARG001  # as every kind of file
    """Return the rows of a sheet that are not empty; a column with cells of several types holds them as text.

    Raises:
        Unmet: what `names` refuses.
    """
    import polars as pl

    named = names(path, reading)[1]
    sheet, workbook = _sheet(path, reading)
    texts = _load(path, workbook, sheet, reading.header, dtypes="string")
    # A column without a cell has no type, which calamine would log.
    empty: dict[str | int, str] = {at: "string" for at, column in enumerate(texts) if column.null_count() == len(texts)}
    typed = _load(path, workbook, sheet, reading.header, dtypes=empty, schema_sample_rows=None)
    # Where a type does not fit a cell, calamine leaves it out.
    cells = [
        (text if text.null_count() < column.null_count() else _whole(column)).alias(name)
        for name, column, text in zip(named, typed, texts, strict=True)
    ]
    return pl.DataFrame(cells).lazy().filter(pl.any_horizontal(pl.all().is_not_null()))


def _load(path: Path, workbook: Any, sheet: str, skipped: int, **options: Any) -> pl.DataFrame:
    with _reading(f"{path}: sheet {sheet} cannot be read"):
        frame: pl.DataFrame = workbook.load_sheet(sheet, header_row=None, skip_rows=skipped, **options).to_polars()
    return frame


@contextmanager
def _reading(told: str) -> Iterator[None]:
    """Tell what calamine says, and what it panics at, which Python knows as a class that cannot be imported.

    Raises:
        Unmet: in place of both.
    """
    import fastexcel

    try:
        yield
    except BaseException as error:
        if not isinstance(error, fastexcel.FastExcelError) and type(error).__name__ != "PanicException":
            raise
        raise Unmet(f"{told}: {next(iter(str(error).splitlines()), type(error).__name__)}") from None


def _sheet(path: Path, reading: Reading) -> tuple[str, Any]:
    """Return the name of the sheet to read, and the workbook, after a look at how much it would take."""
    try:
        import fastexcel
    except ModuleNotFoundError:
        raise Unmet(f"{path}: Excel is read by an extra: pip install 'syllabus[excel]'") from None
    expansion.check_zip(path, reading.limit)
    _check_places(path)
    with _reading(f"{path}: not a whole Excel workbook"):
        workbook = fastexcel.read_excel(path)
    sheets = workbook.sheet_names
    if reading.sheet is not None and reading.sheet not in sheets:
        raise Unmet(f"{path}: data.reading.sheet: there is no sheet {reading.sheet}; {nearest(reading.sheet, sheets)}")
    if reading.sheet is None and len(sheets) != 1:
        raise Unmet(f"{path}: {len(sheets)} sheets; data.reading.sheet names one of {', '.join(sheets)}")
    return reading.sheet or sheets[0], workbook


def _check_places(path: Path) -> None:
    """Refuse a sheet whose last cell is so far out that all cells before it would fill the memory."""
    with zipfile.ZipFile(path) as archive:
        for member in archive.namelist():
            if member.startswith("xl/worksheets/") and member.endswith(".xml"):
                columns = rows = 0
                with archive.open(member) as stream:
                    tail = b""
                    while piece := stream.read(1 << 20):
                        for letters, row in _PLACE.findall(tail + piece):
                            columns, rows = max(columns, _number(letters)), max(rows, int(row))
                        tail = piece[-_OVERLAP:]
                if columns * rows > CELLS:
                    raise Unmet(f"{path}: a sheet of {rows:,} rows and {columns:,} columns; save it as CSV or Parquet")


def _number(letters: bytes) -> int:
    """Return the place of a column: 1 for A, 27 for AA."""
    number = 0
    for letter in letters:
        number = 26 * number + letter - ord("A") + 1
    return number


def _whole(column: pl.Series) -> pl.Series:
    """Return integers where all numbers are: a workbook knows no difference."""
    import polars as pl

    if column.dtype == pl.Float64 and bool((column.is_finite() & (column == column.floor())).all()):
        return column.cast(pl.Int64, strict=False) if bool((column.abs() < 2**53).all()) else column
    if column.dtype == pl.Datetime("ms") and bool((column.dt.time() == dt.time(0)).all()):
        return column.dt.date()
    return column
