"""Drafts the expectation suite of a table, for a person to review: what the next batch should be like, and why.

Only what one batch shows is drafted, with slack for sampling and for drift. Whatever a person knows beyond it belongs
into the suite as well: the draft is where a review starts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syllabus import frames
from syllabus.drafting.roles import Column, Role, roles

if TYPE_CHECKING:
    import polars as pl

    from syllabus.drafting.expectations import Expectation

__all__ = ["Column", "Role", "draft", "roles"]

WIDE = 200
"""Of more columns than that, each gets its one most telling expectation: Great Expectations asks about ten a second."""


def draft(
    table: pl.LazyFrame | Path, columns: Sequence[Column] | None = None, *, name: str = "drafted"
) -> dict[str, Any]:
    """Return a suite as Great Expectations writes it, which `syllabus.validation` accepts.

    The suite holds on the table itself. Every expectation has a severity, and says in `meta.notes` why it is there and
    what was seen. One column is read at a time, several times; a lazy frame that computes much should be on disk first.

    Args:
        table: what ingest wrote: `row`, then the columns.
        columns: what each column is; those left out are drafted by their type. None: see `roles`.
        name: what the suite is called.
    """
    scanned = frames.scan(table) if isinstance(table, Path) else table
    known = list(columns) if columns is not None else roles(scanned)
    return {"name": name, "expectations": list(_expectations(scanned, known))}


def _expectations(table: pl.LazyFrame, columns: Sequence[Column]) -> Iterator[Expectation]:
    import polars as pl

    from syllabus.drafting import pairs
    from syllabus.drafting import table as whole
    from syllabus.drafting.columns import comparable, draft_column
    from syllabus.drafting.profile import values

    schema = table.collect_schema()
    names, said = schema.names(), {column.name: column for column in columns}
    rows = int(table.select(pl.len()).collect().item())
    others = [said.get(name) or Column(name, "leak") for name in names if name != frames.ROW]
    yield from whole.draft(table, names, rows)
    seen = {column.name: values(table, column.name, rows) for column in others}
    yield from whole.gaps(list(seen.values()))
    # The target first: it is what a reviewer looks for.
    for column in sorted(others, key=lambda column: not column.target):
        yield from draft_column(table, schema[column.name], column, seen[column.name], wide=len(others) > WIDE)
    yield from pairs.draft(table, comparable(others, schema), rows)
