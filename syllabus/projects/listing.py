"""The lines of a table's columns: every one, or of a wide table those to look at."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from syllabus.projects.draft import Row
from syllabus.projects.roles import Finding

LISTED = 60
"""A table of more columns is summed up by role."""
_EACH = 5
_LOOKED_AT = ("leak", "group", "date", "text")


def rows(found: Sequence[Finding]) -> list[Row]:
    """Return a row for each column; of a wide table for those to look at, and one for the rest of each role."""
    if len(found) <= LISTED:
        return [(one.column, one.role, one.evidence, one.action) for one in found]
    rows: list[Row] = []
    first = [one for one in found if one.role in _LOOKED_AT or one.hint][:LISTED]
    rows += [(one.column, one.role, one.evidence, one.action) for one in first]
    rest = sorted((one for one in found if one not in first), key=lambda one: one.role)
    for role, ones in groupby(rest, key=lambda one: one.role):
        held = list(ones)
        named = ", ".join(one.column for one in held[:_EACH]) + (", …" if len(held) > _EACH else "")
        many = "1 column" if len(held) == 1 else f"{len(held):,} columns"
        rows.append((named, role, many, held[0].action))
    return rows
