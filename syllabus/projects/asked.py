"""What `--data`, `--table` and `--query` name: files, a folder, a URL, or a database whose URL is not written down."""

from __future__ import annotations

import re

from syllabus.errors import Unmet
from syllabus.settings import Database
from syllabus.sources import Source

DATABASE = "env:"
"""What stands before the environment variable that holds a database's URL."""


def source(data: str, table: str | None = None, query: str | None = None, schema: str | None = None) -> Source:
    """Return the source that a command line names.

    Args:
        data: a file, a folder, a pattern of files, a URL, or `env:VARIABLE` for a database.
        table: the table of a database.
        query: or the query.
        schema: the schema of the table, where it is not the usual one.

    Raises:
        Unmet: the words do not go together, or a URL with a password is given away.
    """
    if data.startswith(DATABASE):
        return _database(data.removeprefix(DATABASE), table, query, schema)
    if table is not None or query is not None or schema is not None:
        raise Unmet(
            "--table, --query and --schema ask a database: env:VARIABLE names the environment variable with its URL"
        )
    if scheme := re.match(r"([A-Za-z][\w+.-]*)://", data):
        _check_url(data, scheme[1].lower())
    return data


def _database(variable: str, table: str | None, query: str | None, schema: str | None) -> Database:
    if not re.fullmatch(r"[A-Za-z_]\w*", variable, re.ASCII):
        # What was written is not repeated: it may be the URL itself.
        raise Unmet("env:VARIABLE names an environment variable, such as env:LOANS_URL; the URL stands in it only")
    if (table is None) == (query is None):
        raise Unmet(f"env:{variable} goes with --table NAME or with --query SELECT, and not with both")
    if schema is not None and table is None:
        raise Unmet("--schema goes with --table")
    from syllabus.sources import sql

    asked = Database(url=variable, table=table, query=query, schema=schema)
    sql.check_place(asked)
    return asked


def _check_url(data: str, scheme: str) -> None:
    from syllabus.settings import SCHEMES

    if scheme not in SCHEMES:
        # What follows the scheme is not repeated: it may hold a password.
        raise Unmet(
            f"--data {scheme}://…: a database's URL stands in an environment variable only, and is named by "
            f"env:VARIABLE --table NAME; files are read over {', '.join(SCHEMES)}"
        )
    if "@" in data.split("/")[2]:
        raise Unmet(f"--data {scheme}://…: a URL here must hold no user or password: params.yaml is kept and shared")
