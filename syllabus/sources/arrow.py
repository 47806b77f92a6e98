"""Arrow's own files, which are Feather's too."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from syllabus.sources import typed

if TYPE_CHECKING:
    import polars as pl

    from syllabus.settings import Reading


def names(path: Path, reading: Reading) -> tuple[str, list[str]]:  # noqa: ARG001  # as every kind of file
    """Return the file and the names of its columns.

    Raises:
        Unmet: it is not a whole Arrow file.
    """
    return str(path), _opened(path).collect_schema().names()


def scan(path: Path, reading: Reading, scratch: Path) -> pl.LazyFrame:  # noqa: ARG001
    """Open an Arrow file lazily, after one look at every cell.

    Raises:
        Unmet: it is damaged, holds other than single values, or expands to more than the limit.
    """
    import polars as pl

    frame = _opened(path)
    with typed.reading_of(path):
        rows = frame.select(pl.len()).collect().item()
    return typed.whole(path, typed.plain(str(path), frame), rows, reading)


def _opened(path: Path) -> pl.LazyFrame:
    import polars as pl

    with typed.reading_of(path):
        frame = pl.scan_ipc(path, glob=False, hive_partitioning=False)
        frame.collect_schema()
    return frame
