"""Databases: a table or a query, streamed through SQLAlchemy into Parquet."""

from __future__ import annotations

import os
import warnings
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syllabus.errors import Unmet, nearest
from syllabus.sources import cells, expansion, names, secrets, typed

if TYPE_CHECKING:
    import polars as pl
    from sqlalchemy import URL, Connection, CursorResult, Engine, Select, TextClause

    from syllabus.settings import Database, Reading

VALUES = 1_000_000
"""How many values are held at once; the rest of the table stays in the database, or is on disk already."""
_EMBEDDED = ("sqlite", "duckdb")


def columns(source: Database) -> list[str]:
    """Return the names of the columns.

    Raises:
        Unmet: the database refuses, or the columns cannot be told apart.
    """
    with closing(batches(source, values=1)) as found:
        named, _ = next(found)
    names.check(str(source), named)
    return named


def check_place(source: Database) -> None:
    """Refuse a database whose file is named from where the command runs: the project asks from another folder.

    Raises:
        Unmet: it is so, or the URL is not set or cannot be read.
    """
    url = _url(source)
    if url.get_backend_name() in _EMBEDDED and not Path(str(url.database)).is_absolute():
        raise Unmet(
            f"{source.url} names a file from the folder that a command runs in: write the whole path, after four "
            f"slashes, such as {url.get_backend_name()}:////home/ann/loans.db"
        )


def scan(source: Database, reading: Reading, scratch: Path) -> tuple[list[Path], pl.LazyFrame]:
    """Bring the rows into `scratch`; return the files and the rows, lazily. What has several types becomes text.

    Raises:
        Unmet: the database refuses, or a value is a list, a record or bytes.
    """
    import polars as pl

    files: list[Path] = []
    parts: list[tuple[str, pl.LazyFrame]] = []
    held = 0
    for named, rows in batches(source):
        if not parts:
            names.check(str(source), named)
        frame = typed.plain(str(source), cells.frame(named, rows).lazy())
        files.append(scratch / f"{len(files):05}.parquet")
        frame.sink_parquet(files[-1], compression="lz4")
        parts.append((str(source), pl.scan_parquet(files[-1], glob=False)))
        held += files[-1].stat().st_size
        if held > (most := reading.limit or expansion.DOWNLOAD):
            raise expansion.too_large(str(source), most, reading.limit)
    return files, typed.joined(parts, mixed=True)


def batches(
    source: Database, *, values: int = VALUES
) -> Generator[tuple[list[str], list[tuple[Any, ...]]], None, None]:
    """Yield the names of the columns with some of the rows, at least once, and about so many values at once.

    Raises:
        Unmet: the URL is not set, or the database refuses; nothing of the URL is said.
    """
    import sqlalchemy as sa

    url = _url(source)
    with warnings.catch_warnings():
        # A column of a type that SQLAlchemy does not know is read as its driver gives it.
        warnings.simplefilter("ignore", sa.exc.SAWarning)
        try:
            with _engine(source, url).connect() as connection:
                connection = connection.execution_options(postgresql_readonly=True)
                if url.get_backend_name() == "sqlite":
                    connection.exec_driver_sql("PRAGMA query_only = ON")
                asked = _statement(source, connection).execution_options(stream_results=True)
                with connection.execute(asked, dict(source.parameters)) as found:
                    yield from _pieces(source, found, values)
        except Unmet:
            raise
        except Exception as error:  # A driver may raise anything, and its traceback would tell what the URL holds.
            raise Unmet(f"data.source: {source}: {secrets.masked(_said(error), url)}") from None


def _pieces(
    source: Database, found: CursorResult[Any], values: int
) -> Iterator[tuple[list[str], list[tuple[Any, ...]]]]:
    if not found.returns_rows:
        raise Unmet(f"data.source: {source} returns no rows; write one select")
    named = list(found.keys())
    rows = found.fetchmany(most := max(1, values // max(1, len(named))))
    yield named, [tuple(row) for row in rows]
    while rows := found.fetchmany(most):
        yield named, [tuple(row) for row in rows]


def _url(source: Database) -> URL:
    """Return the database's URL, from the environment."""
    import sqlalchemy as sa

    text = os.environ.get(source.url)
    if not text:
        raise Unmet(
            f"data.source.url names the environment variable {source.url}, which is not set; "
            f"it holds the database's URL, such as postgresql+psycopg://user:password@host/name"
        )
    try:
        url = sa.make_url(text)
    except (sa.exc.ArgumentError, ValueError):
        raise Unmet(f"{source.url} is no URL that SQLAlchemy reads, such as sqlite:///data/loans.db") from None
    if url.drivername in ("postgresql", "postgres"):
        url = url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() in _EMBEDDED and not (url.database and Path(url.database).is_file()):
        # These would make an empty database.
        raise Unmet(f"the database file that {source.url} names is not there")
    return url


def _engine(source: Database, url: URL) -> Engine:
    import sqlalchemy as sa

    options = {"connect_args": {"read_only": True}} if url.get_backend_name() == "duckdb" else {}
    try:
        return sa.create_engine(url, poolclass=sa.pool.NullPool, hide_parameters=True, **options)
    except sa.exc.NoSuchModuleError:
        raise Unmet(f"{source.url}: SQLAlchemy knows no database {url.drivername}; is its dialect installed?") from None
    except ModuleNotFoundError as error:
        extra = "; pip install 'syllabus[postgres]'" if url.get_backend_name() == "postgresql" else ""
        raise Unmet(f"{source.url}: needs the driver {error.name}, which is not installed{extra}") from None


def _statement(source: Database, connection: Connection) -> TextClause | Select[Any]:
    """Return what is asked; SQLAlchemy quotes the names, and the driver binds the values."""
    import sqlalchemy as sa

    if source.query is not None:
        return sa.text(source.query)
    assert source.table is not None  # by `rules`
    try:
        table = sa.Table(
            source.table, sa.MetaData(), schema=source.schema_, autoload_with=connection, resolve_fks=False
        )
    except sa.exc.NoSuchTableError:
        raise Unmet(f"data.source: there is no {source}; {_tables(source, connection)}") from None
    # Without their types, SQLAlchemy hands out the values as the driver gives them.
    plain: list[sa.ColumnElement[Any]] = [sa.column(column.name) for column in table.columns]
    return sa.select(*plain).select_from(table).order_by(*(sa.column(key.name) for key in table.primary_key.columns))


def _tables(source: Database, connection: Connection) -> str:
    import sqlalchemy as sa

    inspector = sa.inspect(connection)
    known = [*inspector.get_table_names(source.schema_), *inspector.get_view_names(source.schema_)]
    return nearest(str(source.table), known)


def _said(error: Exception) -> str:
    """Return the first line of what the driver said, without SQLAlchemy's additions."""
    told = getattr(error, "orig", None) or error
    first = next((line.strip() for line in str(told).splitlines() if line.strip()), type(told).__name__)
    return first.partition(" (Background on")[0]
