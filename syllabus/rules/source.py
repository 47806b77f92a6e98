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
