"""Files on this machine: which ones a pattern means, what kind each is, and their rows as one table."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from syllabus.errors import Unmet, nearest
from syllabus.sources import excel, expansion, json_lines, names, text, typed
from syllabus.sources.columnar import ARROW, PARQUET, Columnar

if TYPE_CHECKING:
    import polars as pl

    from syllabus.settings import Reading

KINDS: dict[str, ModuleType | Columnar] = {
    **dict.fromkeys(text.DELIMITERS, text),
    **dict.fromkeys((".parquet", ".pq"), PARQUET),
    **dict.fromkeys((".jsonl", ".ndjson", ".json"), json_lines),
    **dict.fromkeys((".xlsx", ".xlsm"), excel),
    **dict.fromkeys((".arrow", ".feather", ".ipc"), ARROW),
}
"""What reads a file, by how its name ends."""
_COMPRESSED = (text, json_lines)


def matching(source: str) -> dict[Path, str]:
    """Return the files that a source names, in the order of their names, each with its name for messages.

    Raises:
        Unmet: there is none, one is a folder or empty or may not be read, or they are of several kinds.
    """
    # A file may have a name that reads like a pattern.
    if glob.has_magic(source) and not Path(source).exists():
        found = [path for path in _glob(source) if not path.is_dir()]
        if not found:
            raise Unmet(f"{source}: no file matches; data.source names one, or a pattern such as data/*.csv")
    else:
        found = [Path(source)]
    for path in found:
        _check(path)
        if kind(path, str(path)) is not kind(found[0], str(found[0])):
            raise Unmet(f"{source}: {found[0]} and {path} are of two kinds; a pattern must match one kind of file")
    return {path: str(path) for path in found}


def columns(files: Mapping[Path, str], reading: Reading) -> list[str]:
    """Return the names of the columns, from the head of the first file.

    Raises:
        Unmet: it cannot be read, or its columns cannot be told apart.
    """
    path, name = next(iter(files.items()))
    with _named(path, name):
        where, named = kind(path, name).names(path, reading)
        added = [] if reading.file_column is None else [reading.file_column]
        names.check(where, [*named, *added])
    return [*named, *added]


def scan(files: Mapping[Path, str], reading: Reading, scratch: Path, held: str | None = None) -> pl.LazyFrame:
    """Open the rows of all files lazily, one file after the other.

    Args:
        files: each with its name for messages and for `reading.file_column`.
        reading: how they are written.
        scratch: a folder for the cells of texts.
        held: a column that may hold bytes, in a kind of file that can.

    Raises:
        Unmet: a file cannot be read, or has other columns than the first.
    """
    import polars as pl

    reader = kind(*next(iter(files.items())))
    if isinstance(reader, Columnar):
        reader.prove(files, reading)
    parts = []
    for number, (path, name) in enumerate(files.items()):
        columns({path: name}, reading)
        (place := scratch / f"{number:05}").mkdir(parents=True, exist_ok=True)
        with _named(path, name):
            bytes_too = {"held": held} if isinstance(reader, Columnar) else {}
            frame = reader.scan(path, reading, place, **bytes_too)
        if reading.file_column is not None:
            frame = frame.with_columns(pl.lit(name).alias(reading.file_column))
        parts.append((name, frame))
    return typed.joined(parts)


def kind(path: Path, name: str) -> ModuleType | Columnar:
    """Return what reads a file, which goes by `name`.

    Raises:
        Unmet: nothing does, by its name.
    """
    inner = path.with_suffix("") if expansion.compression(path) else path
    found = KINDS.get(inner.suffix.lower())
    if found is None or (inner != path and found not in _COMPRESSED):
        known = [*KINDS, *(f".csv{ending}" for ending in expansion.COMPRESSIONS)]
        raise Unmet(f"{name}: unknown kind of file; {nearest(path.suffix, known)}")
    return found


@contextmanager
def _named(path: Path, name: str) -> Iterator[None]:
    """Have errors call a file by the name by which the user knows it."""
    try:
        yield
    except Unmet as error:
        raise Unmet(str(error).replace(str(path), name)) from None


def _glob(pattern: str) -> list[Path]:
    # Path.glob takes no absolute pattern.
    return sorted(map(Path, glob.glob(pattern, recursive=True)))  # noqa: PTH207  # absolute ones, too


def _check(path: Path) -> None:
    if path.is_dir():
        raise Unmet(f"{path}: is a folder; data.source names a file, or a pattern such as {path}/*.csv")
    if not path.is_file():
        raise Unmet(f"{path}: no such file; data.source names it")
    if not os.access(path, os.R_OK):
        raise Unmet(f"{path}: there is no permission to read it")
    if path.stat().st_size == 0:
        raise Unmet(f"{path}: the file is empty")
