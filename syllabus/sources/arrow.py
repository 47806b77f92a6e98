"""Arrow's own files, which are Feather's too."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from syllabus.sources import proof, typed

if TYPE_CHECKING:
    import polars as pl

    from syllabus.settings import Reading


def names(path: Path, reading: Reading) -> tuple[str, list[str]]:  # noqa: ARG001  # as every kind of file
    """Return the file and the names of its columns.

    Raises:
        Unmet: it is not a whole Arrow file.
    """
    return str(path), _opened(path).collect_schema().names()


def prove(files: Mapping[Path, str], reading: Reading) -> None:
    """Look at every cell of some files once.

    Raises:
        Unmet: one is damaged, or expands to more than the limit.
    """
    proof.prove(files, "Arrow", "scan_ipc", reading)


def scan(path: Path, reading: Reading, scratch: Path) -> pl.LazyFrame:  # noqa: ARG001
    """Open a file that was proven, lazily.

    Raises:
        Unmet: a column holds other than single values.
    """
    return typed.plain(str(path), _opened(path))


def _opened(path: Path) -> pl.LazyFrame:
    import polars as pl

    with typed.reading_of(path):
        frame = pl.scan_ipc(path, glob=False, hive_partitioning=False)
        frame.collect_schema()
    return frame
