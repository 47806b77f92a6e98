"""What the keys about monitoring say of each other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from syllabus.rules.raw import Finding, section

_VARIABLE = r"[A-Za-z_]\w*"


def broken(raw: Mapping[str, Any]) -> Iterator[Finding]:
    asked = section(raw, "monitoring")
    # Where settings name a user and an item, these two say to which row a label belongs.
    paired = "key" not in asked and {"user", "item"} <= set(section(raw, "data", "options"))
    if ("labels" in asked) != ("key" in asked) and not paired:
        there, lacking = ("labels", "key") if "labels" in asked else ("key", "labels")
        told = f"goes with monitoring.{lacking}: labels are joined to rows by the column that `key` names"
        yield ("monitoring", there), told
    if not re.fullmatch(_VARIABLE, str(asked.get("webhook", "URL")), re.ASCII):
        # What was written is not repeated: it may be the URL itself, which may hold a secret.
        told = "must be the name of an environment variable; the URL itself stands in that variable only"
        yield ("monitoring", "webhook"), told
    for key in ("source", "labels"):
        yield from _address(asked, key)


def _address(asked: Mapping[str, Any], key: str) -> Iterator[Finding]:
    """Yield what is wrong with where rows or labels are."""
    database, written = section(asked, key), asked.get(key)
    if isinstance(written, str) and "://" in written and "@" in written.split("/")[2]:
        yield ("monitoring", key), "a URL here must hold no user or password: this file is kept and shared"
    if not database:
        return
    if ("query" in database) == ("table" in database):
        yield ("monitoring", key), "names either a query or a table"
    if not re.fullmatch(_VARIABLE, str(database.get("url", "URL")), re.ASCII):
        told = "must be the name of an environment variable; the URL itself stands in that variable only"
        yield ("monitoring", key, "url"), told
