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
"""Of more columns than that, only so many are asked about one by one: Great Expectations asks about ten a second, and
nobody reviews a thousand."""
_CELLS = 20_000_000
"""How many cells are in memory at once: what a column is asked needs several looks at it."""


def draft(
    table: pl.LazyFrame | Path, columns: Sequence[Column] | None = None, *, name: str = "drafted"
) -> dict[str, Any]:
    """Return a suite as Great Expectations writes it, which `syllabus.validation` accepts.

    The suite holds on the table itself. Every expectation has a severity, and says in `meta.notes` why it is there and
    what was seen. A few columns are read at a time, twice; a lazy frame that computes much should be on disk first.

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
    seen = {column.name: values(piece, column.name, rows) for piece, column in _pieces(table, others, rows)}
    yield from whole.gaps(list(seen.values()))
    wide = len(others) > WIDE
    drafted = {
        column.name: list(draft_column(piece, schema[column.name], column, seen[column.name], wide=wide))
        for piece, column in _pieces(table, others, rows)
    }
    # The target first: it is what a reviewer looks for.
    asked = [drafted[column.name] for column in sorted(others, key=lambda column: not column.target)]
    yield from columns_told(asked) if wide else (one for ones in asked for one in ones)
    yield from pairs.draft(table, comparable(others, schema), rows)


def columns_told(drafted: Sequence[Sequence[Expectation]]) -> Iterator[Expectation]:
    """Yield the most telling expectations of a wide table, about `WIDE` of them; the last one says what is left out.

    The first column's, the target's, are all kept, and whatever is critical. The rest is shared out among the kinds of
    question, so that each kind is asked of some columns, evenly from the first to the last.

    Args:
        drafted: what is asked of each column, the target first.
    """
    first, rest = list(drafted[0]), [one for ones in drafted[1:] for one in ones]
    # The most severe first, then kind by kind in turn, every kind's columns spread evenly.
    kinds: dict[str, list[int]] = {}
    for place, one in enumerate(rest):
        kinds.setdefault("" if one["severity"] == "critical" else one["type"], []).append(place)
    kept = set(kinds.pop("", [])[:WIDE])
    room = WIDE - len(kept)
    for number, places in enumerate(sorted(kinds.values(), key=len)):
        share = room // (len(kinds) - number)
        step = max(1.0, len(places) / share) if share else float("inf")
        chosen = {places[int(place * step)] for place in range(share) if place * step < len(places)}
        room -= len(chosen)
        kept |= chosen
    told = [*first, *(one for place, one in enumerate(rest) if place in kept)]
    if told and (left := len(rest) - len(kept)):
        told[-1]["meta"]["notes"] += (
            f" Of {len(drafted):,} columns {left:,} more such questions are left out, so that a person can review "
            "these: what is asked of the whole table, its columns and their gaps, holds for those too."
        )
    yield from told


def _pieces(table: pl.LazyFrame, columns: Sequence[Column], rows: int) -> Iterator[tuple[pl.LazyFrame, Column]]:
    """Yield each column by itself, many read at a time: to find one of thousands in a file takes longer than a read."""
    several = max(1, _CELLS // max(1, rows))
    for start in range(0, len(columns), several):
        held = columns[start : start + several]
        if several == 1:
            yield table, held[0]
            continue
        piece = table.select(column.name for column in held).collect(engine="streaming")
        yield from ((piece.select(column.name).lazy(), column) for column in held)
