"""Text: cells between delimiters. DuckDB parses them; Python's reader finds the line to blame."""

from __future__ import annotations

import csv
import glob
import itertools
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syllabus import memory
from syllabus.errors import Unmet
from syllabus.sources import lines
from syllabus.sources.lines import LONGEST

if TYPE_CHECKING:
    import polars as pl

    from syllabus.settings import Reading

DELIMITERS = {".csv": ",", ".tsv": "\t", ".tab": "\t", ".psv": "|", ".txt": "", ".dat": "", ".data": ""}
"""How a text may end, and what then separates its cells; nothing where only the settings can say."""
_SEPARATED = {",": "commas", "\t": "tabs", "|": "|"}
_LIKELY = ";\t|,"
# What Python's reader says, and what we say.
_SAID = {
    "unexpected end of data": "a quote opens in this row, and the file ends before it closes",
    "expected after": "in this row text follows a closing quote; write a quote inside of quotes twice",
    "field larger": f"in this row a field has more than {LONGEST:,} characters",
    "": "not a row of a table",
}


def names(path: Path, reading: Reading) -> tuple[str, list[str]]:
    """Return where the names of the columns stand, and the names, without the white space around them.

    Raises:
        Unmet: it is no text, or its cells are separated in another way.
    """
    lines.check(path, reading)
    where, ending = f"{path}:{max(1, reading.header)}", _ending(path)
    delimiter = _delimiter(path, reading)
    first = next(_rows(path, reading, None), [])
    if not delimiter or (len(first) == 1 and reading.delimiter is None):
        other = next((mark for mark in _LIKELY if mark in "".join(first)), None)
        if not delimiter:
            seems = f"; here it seems to be {other!r}" if other else ""
            raise Unmet(f"{where}: data.reading.delimiter must say what separates the cells of a {ending}{seems}")
        if other:
            raise Unmet(
                f"{where}: one column, with {other!r} in its name; a {ending} is separated by {_SEPARATED[delimiter]}, "
                f"unless data.reading.delimiter says otherwise"
            )
    if not reading.header:
        return where, [f"column_{place}" for place in range(1, len(first) + 1)]
    return where, [name.strip() for name in first]


def scan(path: Path, reading: Reading, scratch: Path) -> pl.LazyFrame:
    """Open a text lazily, its cells as they stand; an empty cell is an empty text, with quotes and without.

    Args:
        path: the file.
        reading: its delimiter, quotes, encoding and header.
        scratch: a folder for the cells as Parquet: the text is parsed once, however often they are read.

    Raises:
        Unmet: a line is no row of the table.
    """
    import polars as pl

    named = names(path, reading)[1]
    cells = pl.scan_parquet(_parse(path, reading, len(named), scratch), glob=False)
    rows = cells.slice(1) if reading.header else cells
    return rows.select(pl.col(f"c{place}").fill_null("").alias(name) for place, name in enumerate(named))


def _parse(path: Path, reading: Reading, width: int, scratch: Path) -> Path:
    """Keep the cells of a text as Parquet, in columns c0, c1, …; the header is the first row."""
    import duckdb

    whole, parsed = lines.plain(path, reading, scratch), scratch / "parsed"
    # DuckDB takes the first line end for that of every row: it must not be within a name.
    if not any(end in name for name in next(_rows(path, reading, None), []) for end in "\r\n"):
        with suppress(duckdb.InvalidInputException, duckdb.NotImplementedException):
            _copy(whole, parsed, width, _delimiter(path, reading), reading.quote)
            return parsed
    # Python's reader is slower, but takes lines that end in different ways, and knows what is not sound.
    tidy = scratch / "tidy"
    try:
        with tidy.open("w", encoding="utf-8", newline="") as file:
            rows = _rows(path, reading, width)
            if reading.header:
                next(rows)
                rows = itertools.chain([[str(place) for place in range(width)]], rows)
            csv.writer(file, quoting=csv.QUOTE_ALL).writerows(rows)
        _copy(tidy, parsed, width, ",", '"')
    except (duckdb.InvalidInputException, duckdb.NotImplementedException) as error:
        # All else Python's reader would have told.
        raise Unmet(f"{path}: a row of more than {LONGEST:,} bytes") from error
    finally:
        tidy.unlink(missing_ok=True)
    return parsed


def _copy(path: Path, parsed: Path, width: int, delimiter: str, quote: str) -> None:
    """Parse a text with DuckDB: strict about quotes and the number of cells, and several threads at a time."""
    import duckdb

    kinds = ", ".join(f"c{place}: 'VARCHAR'" for place in range(width))
    target, separator, mark = (text.replace("'", "''") for text in (str(parsed), delimiter, quote))
    threads = min(4, os.cpu_count() or 1)
    spilled = str(parsed.parent / ".spilled")
    with duckdb.connect(config=memory.of_database() | {"threads": threads, "temp_directory": spilled}) as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.execute(
            f"""COPY (FROM read_csv(?, columns={{{kinds}}}, delim='{separator}', quote='{mark}', escape='{mark}',
            header=false, auto_detect=false, strict_mode=true, null_padding=false, hive_partitioning=false,
            compression='none', max_line_size={LONGEST}, buffer_size={2 * LONGEST}))
            TO '{target}' (FORMAT parquet, COMPRESSION lz4, ROW_GROUP_SIZE 20000)""",
            [glob.escape(str(path))],
        )


def _rows(path: Path, reading: Reading, width: int | None) -> Iterator[list[str]]:
    """Yield the header, if there is one, and the rows of a text.

    Raises:
        Unmet: at the first line that is not of the encoding, breaks the rules of quotes or has not `width` cells.
    """
    default = csv.field_size_limit(LONGEST)
    skipped = max(0, reading.header - 1)
    text = lines.lines(path, reading)
    reader = csv.reader(itertools.islice(text, skipped, None), **_dialect(path, reading))
    start = skipped + 1
    try:
        for cells in reader:
            # An empty line is no row, but where there is one column it is an empty cell.
            if cells or width == 1:
                if width is not None and len(cells or [""]) != width:
                    fields = f"{len(cells)} field{'s' * (len(cells) != 1)}"
                    named = "the header names" if reading.header else "the first row has"
                    raise Unmet(f"{path}:{start}: {fields}, but {named} {width} columns")
                yield cells or [""]
            start = skipped + reader.line_num + 1
    except csv.Error as error:
        raise Unmet(f"{path}:{start}: {next(told for said, told in _SAID.items() if said in str(error))}") from None
    finally:
        text.close()  # an error keeps this frame, and with it the file open
        csv.field_size_limit(default)


def _dialect(path: Path, reading: Reading) -> dict[str, Any]:
    usual = {"delimiter": _delimiter(path, reading) or ",", "strict": True, "skipinitialspace": True}
    return usual | ({"quotechar": reading.quote} if reading.quote else {"quotechar": None, "quoting": csv.QUOTE_NONE})


def _delimiter(path: Path, reading: Reading) -> str:
    return DELIMITERS[_ending(path)] if reading.delimiter is None else reading.delimiter


def _ending(path: Path) -> str:
    """Return how the name ends, less its compression."""
    return next(part.lower() for part in reversed(path.suffixes) if part.lower() in DELIMITERS)
