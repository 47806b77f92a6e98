"""Columns that come with types: what a table here may hold of them, and how several files of them become one."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from syllabus.errors import Unmet

if TYPE_CHECKING:
    import polars as pl

_SINGLE = "a cell must be one text, number, boolean, date or time"


def plain(where: str, frame: pl.LazyFrame, held: str | None = None) -> pl.LazyFrame:
    """Return the table with its types narrowed to texts, numbers, booleans, dates and times.

    Args:
        where: the file, for messages.
        frame: its rows.
        held: a column that may hold bytes, such as pictures.

    Raises:
        Unmet: a column holds lists or records, or another one bytes.
    """
    import polars as pl

    narrowed: list[pl.Expr] = []
    for name, kind in frame.collect_schema().items():
        if name == held and kind == pl.Binary:
            narrowed.append(pl.col(name))
            continue
        if kind.is_nested() or kind in (pl.Binary, pl.Object):
            raise Unmet(f"{where}: column {name} holds {kind}; {_SINGLE}")
        narrowed.append(_plain(pl.col(name), kind))
    return frame.select(narrowed)


@contextmanager
def reading_of(path: Path) -> Iterator[None]:
    """Tell of a file that an engine cannot read.

    Raises:
        Unmet: in place of the engine's own error; polars panics at some damage.
    """
    import polars as pl

    try:
        with _quiet():
            yield
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError) as error:
        said = next(iter(str(error).splitlines()), type(error).__name__)
        raise Unmet(f"{path}: not a whole {_NAMES.get(path.suffix.lower(), path.suffix)} file: {said}") from None


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what Rust writes of a panic, a trace of its stack, from the user: the panic is told as an error besides."""
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


_NAMES = {".parquet": "Parquet", ".pq": "Parquet", ".arrow": "Arrow", ".feather": "Arrow", ".ipc": "Arrow"}


def joined(parts: Sequence[tuple[str, pl.LazyFrame]], *, mixed: bool = False) -> pl.LazyFrame:
    """Return the rows of several tables, one after the other, with the columns in the order of the first.

    Integers beside other numbers become such numbers, and a column that is null throughout takes any type.

    Args:
        parts: each with the name of its file.
        mixed: whether a column of several types becomes text, rather than being refused.

    Raises:
        Unmet: columns differ, or their types do; with the file, the column and both types.
    """
    import polars as pl

    first, frame = parts[0]
    kinds: dict[str, pl.DataType] = dict(frame.collect_schema())
    source = dict.fromkeys(kinds, first)
    for name, other in parts[1:]:
        schema = dict(other.collect_schema())
        _same_columns(first, kinds, name, schema)
        for column, kind in schema.items():
            common = _common(kinds[column], kind)
            if common is None and not mixed:
                raise Unmet(
                    f"{name}: column {column} holds {kind}, but {kinds[column]} in {source[column]}; "
                    f"give it one type in all files"
                )
            if common != kinds[column]:
                source[column] = name
            kinds[column] = pl.String() if common is None else common
    # What is null throughout holds texts that are missing.
    final = {column: pl.String() if kind == pl.Null else kind for column, kind in kinds.items()}
    return pl.concat([part.select(pl.col(column).cast(kind) for column, kind in final.items()) for _, part in parts])


def _same_columns(first: str, known: dict[str, pl.DataType], name: str, other: dict[str, pl.DataType]) -> None:
    lacking, further = [c for c in known if c not in other], [c for c in other if c not in known]
    if lacking or further:
        told = [
            f"{what} {', '.join(columns[:5])}{' …' if len(columns) > 5 else ''}"
            for what, columns in (("lacks", lacking), ("has besides", further))
            if columns
        ]
        raise Unmet(f"{name}: other columns than {first}: it {' and '.join(told)}")


def _common(one: pl.DataType, other: pl.DataType) -> pl.DataType | None:
    import polars as pl

    if one == other or other == pl.Null:
        return one
    if one == pl.Null:
        return other
    if one.is_integer() and other.is_integer():
        return pl.Int64() if pl.UInt64 not in (one, other) else None
    if one.is_numeric() and other.is_numeric():
        return pl.Float64()
    if one.is_temporal() and other.is_temporal() and pl.Time not in (one, other):
        zones = {getattr(kind, "time_zone", None) for kind in (one, other)}
        return pl.Datetime("us", *zones) if len(zones) == 1 else None
    return None


def _plain(column: pl.Expr, kind: pl.DataType) -> pl.Expr:
    import polars as pl

    if kind in (pl.Categorical, pl.Enum, pl.Int128, pl.UInt128):
        # The codes of categories differ from run to run, and no engine here counts beyond 64 bits.
        return column.cast(pl.String)
    if kind.is_decimal() or kind == pl.Float16:
        return column.cast(pl.Float64)
    if kind == pl.Duration:
        return column.dt.total_microseconds() / 1e6
    return column
