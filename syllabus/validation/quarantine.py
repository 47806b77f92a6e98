# ruff: noqa: S608  # what goes into the SQL is ours: names are quoted, texts escaped, the rest are numbers
"""The rows that fail an expectation: counted, shown and written by DuckDB, never collected in Python."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from syllabus import frames
from syllabus.errors import Unmet
from syllabus.validation import failing
from syllabus.validation.suite import columns_of

REASONS = "reasons"
"""The column of the quarantine table that lists, as text, the expectations that a row fails."""

_ROW = f'"{frames.ROW}"'
_SHOWN_ROWS, _SHOWN_VALUES, _SHOWN_LENGTH = 5, 10, 200
_AS_THEY_ARE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UBIGINT", "FLOAT", "DOUBLE", "BOOLEAN")


@dataclass(frozen=True)
class Failure:
    """The rows that fail one expectation.

    Args:
        examples: the first of them: the row's number and its values in the expectation's columns.
        values: the most frequent failing values, each with how often it occurs as `rows`.
    """

    examples: tuple[dict[str, Any], ...]
    values: tuple[dict[str, Any], ...]


class Quarantine:
    """The rows of a table that fail an expectation, while the checkpoint's database is open.

    A missing value fails no expectation but one about missing values. Where `mostly` lets an expectation pass,
    the rows that fail it are here all the same. Of duplicates, every one is. What fails an expectation of
    severity `info`, or one whose `meta` says `quarantine: false`, is shown, but not here.

    Args:
        engine: the checkpoint's execution engine, with the table loaded as the view `examples`.
        columns: the table's columns with their DuckDB types.

    Raises:
        Unmet: the table has a column named `reasons`.
    """

    def __init__(self, engine: Any, columns: Mapping[str, str]) -> None:
        if REASONS in columns:
            raise Unmet(f"the table has a column {REASONS}, as the quarantine table will have: rename it at ingest")
        self._engine, self._columns = engine, columns
        self._query(f"CREATE TABLE failing (place INTEGER, {_ROW} UBIGINT)")

    def add(self, place: int, result: Any) -> Failure | None:
        """Take in the rows that fail the expectation at `place`; None where it does not speak of single rows."""
        import sqlalchemy as sa

        query = failing.rows(self._engine, result)
        if query is None:
            return None
        table = sa.table("failing", sa.column("place"), sa.column(frames.ROW))
        selected = sa.select(sa.literal(place), query.subquery().c[frames.ROW])
        with self._engine.engine.connect() as connection:
            connection.execute(table.insert().from_select(["place", frames.ROW], selected))
        config = result.expectation_config
        about = [name for name in dict.fromkeys(columns_of(config.type, config.kwargs)) if name != frames.ROW]
        source = f"examples SEMI JOIN (FROM failing WHERE place = {place}) AS failing USING ({_ROW})"
        shown = self._shown(about)
        first = f"SELECT {', '.join([_ROW, *shown])} FROM {source} ORDER BY {_ROW} LIMIT {_SHOWN_ROWS}"
        order = ", ".join(str(2 + index) for index in range(len(about)))
        often = f"SELECT count(*), {', '.join(shown)} FROM {source} GROUP BY {order} ORDER BY 1 DESC, {order}"
        failure = Failure(
            examples=_named([frames.ROW, *about], self._query(first)),
            values=_named(["rows", *about], self._query(f"{often} LIMIT {_SHOWN_VALUES}")) if about else (),
        )
        if config.severity == "info" or (config.meta or {}).get("quarantine") is False:
            self._query(f"DELETE FROM failing WHERE place = {place}")
        return failure

    def lines(self, result: Any) -> tuple[dict[str, Any], ...]:
        """Return what an SQL expectation selects where that is no row of the table: the columns with gaps, say."""
        found = failing.lines(self._engine, result)
        return _named(found[0], [tuple(line.values()) for line in found]) if found else ()

    def count(self) -> int:
        """Return how many rows fail an expectation."""
        return int(self._query(f"SELECT count(DISTINCT {_ROW}) FROM failing")[0][0])

    def examples(self, limit: int = 20) -> tuple[dict[str, Any], ...]:
        """Return the first rows that fail, whole, with the places of the expectations as `reasons`."""
        told = f"""
            SELECT {_ROW}, list(place ORDER BY place) AS {REASONS} FROM failing
            GROUP BY {_ROW} ORDER BY {_ROW} LIMIT {limit}
        """
        shown = ", ".join([REASONS, *self._shown(self._columns)])
        query = f"SELECT {shown} FROM examples JOIN ({told}) AS told USING ({_ROW}) ORDER BY {_ROW}"
        return _named([REASONS, *self._columns], self._query(query))

    def write(self, path: Path, reasons: Sequence[str]) -> None:
        """Write the rows in the order of their numbers: the number, `reasons` and the other columns.

        The table has the same columns when no row fails.

        Args:
            path: a Parquet file.
            reasons: what to write for each expectation, in the order of the suite.
        """
        listed = ", ".join(f"({place}, {_literal(reason)})" for place, reason in enumerate(reasons))
        query = f"""
            WITH said(place, reason) AS (VALUES {listed}), told AS (
                SELECT {_ROW}, list(reason ORDER BY place) AS {REASONS}
                FROM failing JOIN said USING (place) GROUP BY {_ROW}
            )
            SELECT examples.{_ROW}, {REASONS}, examples.* EXCLUDE ({_ROW})
            FROM examples JOIN told USING ({_ROW}) ORDER BY examples.{_ROW}
        """
        with frames.replacing(path) as partial:
            self._query(f"COPY ({query}) TO {_literal(str(partial))} (FORMAT parquet, COMPRESSION zstd)")

    def _query(self, query: str) -> list[tuple[Any, ...]]:
        with self._engine.engine.connect() as connection:
            result = connection.exec_driver_sql(query)
            return [tuple(line) for line in result.all()] if result.returns_rows else []

    def _shown(self, names: Iterable[str]) -> list[str]:
        """Return SQL for what a person or a JSON report can take of each column."""
        return [_presentable(f"examples.{_name(name)}", self._columns[name]) for name in names]


def _presentable(column: str, kind: str) -> str:
    if kind in _AS_THEY_ARE:
        return column
    if kind == "BLOB":
        return f"octet_length({column}) || ' bytes'"
    return f"left(CAST({column} AS VARCHAR), {_SHOWN_LENGTH})"


def _named(names: Iterable[str], lines: Iterable[tuple[Any, ...]]) -> tuple[dict[str, Any], ...]:
    """Return the lines as objects that JSON can take: it has no NaN and no infinity."""
    named = [dict(zip(names, line, strict=True)) for line in lines]
    for line in named:
        for name, value in line.items():
            if isinstance(value, float) and not math.isfinite(value):
                line[name] = str(value)
    return tuple(named)


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
