"""Great Expectations' SQL engine over a DuckDB view of one Parquet file.

Great Expectations 1.24 knows no DuckDB. Three things stand in the way, and each is dealt with here:

- it returns its connection before it fetches, so every statement gets a DuckDB cursor that outlives the connection;
- it only writes regular expressions for databases that it knows, so the dialect answers to "postgresql";
- DuckDB's `~` matches the whole string, so regular expressions become `regexp_matches`.

Drop this module when a native engine ships: `tests/validation/test_duckdb_engine.py` compares it with the pandas
engine. It imports SQLAlchemy, so import it inside functions only.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import duckdb_sqlalchemy
from pyarrow import parquet
from sqlalchemy import Table, TryCast, WithinGroup, event, func, select, text
from sqlalchemy.dialects import registry
from sqlalchemy.exc import DBAPIError

from syllabus import memory
from syllabus.errors import Unmet

# SQLAlchemy in part outlives the end of the interpreter, and so do these hooks that nothing here needs: DuckDB would
# complain of leaks on stderr, below every message to the user.
event.remove(Table, "before_create", duckdb_sqlalchemy._create_implicit_sequences)
event.remove(Table, "after_drop", duckdb_sqlalchemy._drop_implicit_sequences)
vars(TryCast)["_compiler_dispatcher"].specs.pop("duckdb")

VIEW = "examples"
"""The name under which SQL sees the table."""

# One thread: sums of floats come out the same in every run, and rows in the order of the file. At a million
# rows the second thread would save little: reading and hashing are a small part of a run.
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "threads": 1,
    "autoinstall_known_extensions": False,
    # The default is a folder in the project; DuckDB makes this one when memory is short, and removes it.
    "temp_directory": str(Path(tempfile.gettempdir()) / f"duckdb-{os.getpid()}"),
}


def connect(table: Path) -> duckdb.DuckDBPyConnection:
    """Open an empty in-memory database with `table` as the view `examples`.

    Raises:
        duckdb.Error: the file is missing or no Parquet.
    """
    database = duckdb.connect(config=_CONFIG | memory.of_database())
    # DuckDB takes `*`, `?` and `[` in a path for a pattern; in brackets they stand for themselves.
    literal = re.sub(r"([*?\[])", r"[\1]", str(table.absolute())).replace("'", "''")
    database.execute(f"CREATE VIEW {VIEW} AS FROM read_parquet('{literal}')")
    # A column of Parquet's type for "nothing yet" has a type that SQLAlchemy knows no name of.
    untyped = [
        f"{_quoted(name)}::VARCHAR AS {_quoted(name)}" for name, kind in _kinds(database).items() if kind == '"NULL"'
    ]
    if untyped:
        select = f"SELECT * REPLACE ({', '.join(untyped)})"
        database.execute(f"CREATE OR REPLACE VIEW {VIEW} AS {select} FROM read_parquet('{literal}')")
    return database


def columns(table: Path) -> dict[str, str]:
    """Return the table's columns with their DuckDB types, in order.

    Raises:
        Unmet: the file is missing or no Parquet, or two names differ in nothing but upper and lower case.
    """
    try:
        with connect(table) as database:
            found = _kinds(database)
    except duckdb.Error as error:
        raise Unmet(f"{table} cannot be read as Parquet: {str(error).splitlines()[0]}") from None
    # SQL takes `Age` and `age` for one name; DuckDB calls the second `age_1`, and nobody would find it.
    for name in parquet.read_schema(table).names:
        if name not in found:
            raise Unmet(f"{table} has two columns named {name} but for upper and lower case: rename one at ingest")
    return found


def _kinds(database: duckdb.DuckDBPyConnection) -> dict[str, str]:
    return {name: kind for name, kind, *_ in database.execute(f"DESCRIBE {VIEW}").fetchall()}


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@contextmanager
def unwrapped() -> Iterator[None]:
    """Raise DuckDB's own error where SQLAlchemy wraps it: it says what the system refused, such as a full disk."""
    try:
        yield
    except DBAPIError as error:
        raise error.orig or error from None


def count(engine: Any) -> int:
    """Return how many rows the table of an execution engine has."""
    with engine.engine.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(text(VIEW))).scalar_one())


def batch_definition(context: Any, table: Path) -> Any:
    """Make `table` known to a Great Expectations context and return the definition of its one batch."""
    registry.register("duckdb.view", __name__, "Dialect")
    source = context.data_sources.add_sql(
        "parquet", connection_string="duckdb+view://", kwargs={"connect_args": {"table": str(table)}}
    )
    context.add_store(
        "validation_results_store",
        {
            "module_name": "syllabus.validation.results_store",
            "class_name": "PlainResultsStore",
            "store_backend": {"class_name": "InMemoryStoreBackend"},
        },
    )
    return source.add_table_asset(VIEW, table_name=VIEW).add_batch_definition_whole_table("all rows")


class _Connection:
    """A DB-API connection that may be closed or returned while its cursors are still being read."""

    def __init__(self, database: duckdb.DuckDBPyConnection) -> None:
        self._database = database

    def cursor(self) -> duckdb.DuckDBPyConnection:
        return self._database.cursor()

    def commit(self) -> None:
        """Every statement commits by itself."""

    begin = rollback = commit

    def close(self) -> None:
        self._database.close()


class _Compiler(duckdb_sqlalchemy.DuckDBCompiler):  # type: ignore[misc]  # the package has no types
    def visit_custom_op_binary(self, element: Any, operator: Any, **kw: Any) -> str:
        negation = {"~": "", "!~": "NOT "}.get(operator.opstring)
        if negation is None:
            return str(super().visit_custom_op_binary(element, operator, **kw))
        text, pattern = self.process(element.left, **kw), self.process(element.right, **kw)
        return f"{negation}regexp_matches({text}, {pattern})"

    def visit_in_op_binary(self, binary: Any, _: Any, **kw: Any) -> str:
        return self._membership(binary, "IN", **kw)

    def visit_not_in_op_binary(self, binary: Any, _: Any, **kw: Any) -> str:
        return self._membership(binary, "NOT IN", **kw)

    def _membership(self, binary: Any, said: str, **kw: Any) -> str:
        """Look a text up in a list as in a table: DuckDB hashes a table, and goes through a list for every row."""
        texts = binary.right.value if getattr(binary.right, "expanding", False) else None
        column = getattr(binary.left, "name", None)
        if not texts or self.dialect.kinds.get(column) != "VARCHAR" or not all(isinstance(text, str) for text in texts):
            return f"({self._generate_generic_binary(binary, f' {said} ', **kw)})"
        value, listed = self.process(binary.left, **kw), self.process(binary.right, **kw)
        return f"({value} {said} (SELECT unnest(list_value{listed})))"

    def visit_withingroup(self, asked: Any, **kw: Any) -> str:
        """Take all quantiles of a column from one list of its values; asked singly, each would hold its own."""
        if asked.element.name != "percentile_disc":
            return str(super().visit_withingroup(asked, **kw))
        column = self.process(asked.order_by, **kw)
        together = [
            one.element.clauses
            for one in self.stack[-1]["selectable"].selected_columns
            if isinstance(one, WithinGroup)
            and one.element.name == "percentile_disc"
            and self.process(one.order_by, **kw) == column
        ]
        place = 1 + [ranks is asked.element.clauses for ranks in together].index(True)
        listed = ", ".join(self.process(ranks, **kw) for ranks in together)
        return f"(percentile_disc([{listed}]) WITHIN GROUP (ORDER BY {column}))[{place}]"


class Dialect(duckdb_sqlalchemy.Dialect):  # type: ignore[misc]  # the package has no types
    """DuckDB for SQLAlchemy, under PostgreSQL's name, with the view already there."""

    name = "postgresql"
    driver = "view"
    supports_statement_cache = False  # a list is compiled by what it holds
    statement_compiler = _Compiler
    kinds: Mapping[str, str] = {}

    def connect(self, *_: Any, table: str, **__: Any) -> _Connection:
        database = connect(Path(table))
        self.kinds = _kinds(database)
        return _Connection(database)
