"""What the keys about the source say of each other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from syllabus.errors import nearest
from syllabus.rules.raw import Finding, section
from syllabus.settings import SCHEMES


def broken(raw: Mapping[str, Any]) -> Iterator[Finding]:
    source, database = section(raw, "data").get("source"), section(raw, "data", "source")
    if isinstance(source, str) and (scheme := re.match(r"(\w[\w+.-]*)://", source)):
        # What follows the scheme is not repeated: it may hold a password.
        if scheme[1] not in SCHEMES:
            hint = "a database is named by `{table: …, url: ENVIRONMENT_VARIABLE}`"
            yield ("data", "source"), f"unknown scheme {scheme[1]}://; {nearest(scheme[1], SCHEMES)}; {hint}"
        elif "@" in source.split("/")[2]:
            yield ("data", "source"), "a URL here must hold no user or password: this file is kept and shared"
    if database:
        if ("query" in database) == ("table" in database):
            yield ("data", "source"), "names either a query or a table"
        for key, other in (("schema", "table"), ("parameters", "query")):
            if key in database and other not in database:
                yield ("data", "source", key), f"goes with {other}"
        if not re.fullmatch(r"[A-Za-z_]\w*", str(database.get("url", "URL"))):
            told = "must be the name of an environment variable; the URL itself stands in that variable only"
            yield ("data", "source", "url"), told
    yield from _reading(raw)


def _reading(raw: Mapping[str, Any]) -> Iterator[Finding]:
    yield from _of_other_kinds(raw)
    encoding = section(raw, "data", "reading").get("encoding", "utf-8")
    try:
        "".encode(str(encoding))
    except LookupError:
        yield ("data", "reading", "encoding"), f"unknown encoding {encoding}, such as utf-8, cp1252 or utf-16"
    quote = section(raw, "data", "reading").get("quote", '"')
    if section(raw, "data", "reading").get("delimiter") in (quote, "\n", "\r", "\0"):
        yield ("data", "reading", "delimiter"), "cannot separate cells: it surrounds them, or ends their row"
    freshness = section(raw, "data", "freshness")
    declared = isinstance(section(raw, "data").get("freshness"), Mapping)
    if declared and ("query" in freshness) == ("every" in freshness):
        yield ("data", "freshness"), "names either a query or a time"
    if "query" in freshness and not section(raw, "data", "source"):
        yield ("data", "freshness", "query"), "a query asks a database, and data.source names none"


def _of_other_kinds(raw: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield the keys that the kind of the source does not read, by its name."""
    source, reading = section(raw, "data").get("source"), section(raw, "data", "reading")
    if not isinstance(source, str):
        return
    name = source.partition("?")[0].lower() if "://" in source else source.lower()
    if "sheet" in reading and re.search(r"\.\w+$", name) and not name.endswith((".xlsx", ".xlsm")):
        yield ("data", "reading", "sheet"), f"names a sheet of a workbook, and {source} is none"
    for key in ("delimiter", "quote", "encoding"):
        if key in reading and name.endswith((".xlsx", ".xlsm", ".parquet", ".pq", ".arrow", ".feather", ".ipc")):
            yield ("data", "reading", key), f"says how a text is written, and {source} is none"
