"""Whether a source has changed: a small state that differs when, and only when, it has."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, cast

from syllabus import frames
from syllabus.errors import Unmet
from syllabus.settings import Data, Database, Freshness, Reading
from syllabus.sources import local

_CHANGED = re.compile(r"updat|modif|chang|edited|last_?(seen|touch)|touched|synced|loaded|inserted", re.IGNORECASE)
_PERIODS = {"hour": "%Y-%m-%dT%H", "day": "%Y-%m-%d", "week": "%G-W%V", "month": "%Y-%m"}


def state(data: Data, now: dt.datetime) -> dict[str, Any]:
    """Return what to compare, under `by`, the way in which it was decided: query, every, server or content.

    Args:
        data: the source, and how it says that it has changed.
        now: the time, with its zone.

    Raises:
        Unmet: the source cannot be asked.
    """
    declared = data.freshness
    if isinstance(declared, Freshness) and declared.every is not None:
        return {"by": "every", "every": declared.every, "period": period(declared.every, now)}
    if isinstance(declared, Freshness):
        return {"by": "query", "query": declared.query, "answer": _answer(cast(Database, data.source), declared)}
    if isinstance(data.source, Database):
        return {"by": "content", "sha256": _rows(data.source)}
    if "://" in data.source:
        return _remote(data.source, data.reading)
    return {"by": "content", "files": {str(path): frames.sha256(path) for path in local.matching(data.source)}}


def proposed(source: Database, dates: Sequence[str]) -> str | None:
    """Return a query whose answer is likely to change with a table: its newest time and its number of rows."""
    named = [name for name in dates if _CHANGED.search(name)]
    if source.table is None or not named:
        return None
    quoted = [part.replace('"', '""') for part in (source.schema_, source.table) if part is not None]
    column = named[0].replace('"', '""')
    return f'select max("{column}"), count(*) from ' + ".".join(f'"{part}"' for part in quoted)  # noqa: S608  # quoted


def told(found: dict[str, Any]) -> str:
    """Return the sentence that says how it was decided."""
    match found["by"]:
        case "every":
            return f"by the schedule, new once every {found['every']}: {found['period']} (UTC)"
        case "query":
            return f"by the query {found['query']!r}: it answers {found['answer']}"
        case "server":
            return f"by what the server says of the file: {found['version']}"
    return "by the content, read as a whole"


def period(every: str, now: dt.datetime) -> str:
    """Return the hour, day, week or month of a time, in UTC.

    >>> period("week", dt.datetime(2026, 11, 22, 23, tzinfo=dt.UTC))
    '2026-W47'
    """
    return now.astimezone(dt.UTC).strftime(_PERIODS[every])


def _answer(source: Database, declared: Freshness) -> list[list[str | None]]:
    """Return the rows of the query, as texts."""
    from syllabus.sources import sql

    asked = source.model_copy(update={"query": declared.query, "table": None, "schema_": None})
    with closing(sql.batches(asked, values=1000)) as found:
        _, rows = next(found)
    if len(rows) > 100:
        raise Unmet("data.freshness.query answers many rows; write one that sums the data up, such as select max(…)")
    return [[None if value is None else str(value) for value in row] for row in rows]


def _rows(source: Database) -> str:
    from syllabus.sources import sql

    digest = hashlib.sha256()
    for names, rows in sql.batches(source):
        digest.update(repr(names).encode())
        for row in rows:
            digest.update(repr(row).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _remote(url: str, reading: Reading) -> dict[str, Any]:
    from syllabus.sources import remote

    if version := remote.version(url, reading):
        return {"by": "server", "version": version}
    with tempfile.TemporaryDirectory() as folder:
        files = remote.fetch(url, Path(folder), reading)
        return {"by": "content", "files": {name: frames.sha256(path) for path, name in files.items()}}
