"""What `--data`, `--table` and `--query` name: files, a URL, or a database whose URL stands in the environment."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from syllabus import modalities
from syllabus.errors import Unmet
from syllabus.settings import Database
from syllabus.sources import Source, local

DATABASE = "env:"
"""What stands before the environment variable that holds a database's URL."""
_IMAGES = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".webp", ".dcm")
_TEXTS = (".txt", ".md", ".html", ".htm", ".pdf", ".docx", ".eml", ".rst", ".tex")
_SOUNDS = (".wav", ".mp3", ".flac", ".ogg", ".mp4", ".avi", ".mov")


def source(data: str, table: str | None = None, query: str | None = None, schema: str | None = None) -> Source:
    """Return the source that a command line names.

    Args:
        data: a file, a pattern of files, a URL, or `env:VARIABLE` for a database.
        table: the table of a database.
        query: or the query.
        schema: the schema of the table, where it is not the usual one.

    Raises:
        Unmet: the words do not go together, a URL with a password is given away, or it is a folder.
    """
    if data.startswith(DATABASE):
        return _database(data.removeprefix(DATABASE), table, query, schema)
    if table is not None or query is not None or schema is not None:
        raise Unmet(
            "--table, --query and --schema ask a database: --data env:VARIABLE names the environment variable with its "
            "URL"
        )
    if scheme := re.match(r"([A-Za-z][\w+.-]*)://", data):
        _check_url(data, scheme[1].lower())
    elif Path(data).is_dir():
        raise Unmet(_folder(Path(data)))
    return data


def _database(variable: str, table: str | None, query: str | None, schema: str | None) -> Database:
    if not re.fullmatch(r"[A-Za-z_]\w*", variable, re.ASCII):
        # What was written is not repeated: it may be the URL itself.
        raise Unmet(
            "--data env:VARIABLE names an environment variable, such as env:LOANS_URL; the URL stands in it only"
        )
    if (table is None) == (query is None):
        raise Unmet(f"--data env:{variable} goes with --table NAME or with --query SELECT, and not with both")
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
            f"--data env:VARIABLE --table NAME; files are read over {', '.join(SCHEMES)}"
        )
    if "@" in data.split("/")[2]:
        raise Unmet(f"--data {scheme}://…: a URL here must hold no user or password: params.yaml is kept and shared")


def _folder(folder: Path) -> str:
    """Return the sentence that says what can be done with a folder."""
    endings = Counter(path.suffix.lower() for path in sorted(folder.rglob("*"))[:10_000] if path.is_file())
    tables = next((ending for ending, _ in endings.most_common() if ending in local.KINDS and ending != ".txt"), None)
    known = ", ".join(modalities.names())
    if tables is not None:
        deep = "" if any(path.suffix.lower() == tables for path in folder.iterdir()) else "**/"
        return f"{folder}: is a folder; several files are one table by a pattern: --data '{folder}/{deep}*{tables}'"
    for named, kinds in (("images", _IMAGES), ("texts", _TEXTS), ("recordings", _SOUNDS)):
        if several := sum(endings[kind] for kind in kinds):
            return (
                f"{folder}: is a folder of {named} ({several:,} of them), and the modalities that exist are: {known}; "
                f"what is learned from is a table, a row an example, such as --data '{folder}/*.csv'"
            )
    return f"{folder}: is a folder without a table; --data names a file, or a pattern such as '{folder}/*.csv'"
