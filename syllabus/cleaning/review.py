"""What a person should look at in the cleaned table: counted, shown and proposed to be mended, with nothing changed.

A flag is a mapping: `kind`; `column`, None where it is about whole rows; `rows`, how many; `examples`, each with `rows`
and what they hold; `line`, what `data.cleaning` would say to mend it, or None; `off`, what it says to look no more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from syllabus.cleaning import merges, orders, outliers, proposals, units
from syllabus.cleaning.duplicates import alike, contradictory
from syllabus.frames import ROW

if TYPE_CHECKING:
    import polars as pl

    from syllabus.settings import Cleaning

SHOWN = 5
SAMPLE = 100_000
"""The rows, evenly from all over the table, from which is learned what is usual; all of them are then looked at."""
_LONGEST = 80


def flags(
    table: pl.LazyFrame, target: str, kinds: tuple[Sequence[str], Sequence[str], Sequence[str]], asked: Cleaning
) -> list[dict[str, Any]]:
    """Return everything suspected of the cleaned table.

    Args:
        table: as ingest leaves it.
        target: the column to predict.
        kinds: the columns learned from as numbers, as categories, and as free text.
        asked: what to look for.
    """
    import polars as pl

    numeric, categorical, free = kinds
    schema = table.collect_schema()
    told: list[dict[str, Any]] = []
    every = [name for name in schema if name not in (ROW, *asked.not_compared)]
    learned = [name for name in (*numeric, *categorical, *free) if name not in asked.not_compared]
    told += _of_rows(table, every, learned, target, asked)
    texts = [name for name in (target, *categorical) if schema[name] == pl.String]
    numbers = [name for name in (target, *numeric) if schema[name].is_numeric() or schema[name].is_temporal()]
    told += _of_texts(table, texts, asked)
    rows = table.select(pl.len()).collect().item()
    sample = table.select(outliers.plain(name, schema[name]) for name in numbers)
    drawn = sample.gather_every(max(1, rows // SAMPLE)).collect(engine="streaming") if numbers else pl.DataFrame()
    if "outliers" in asked.flags:
        told += [found | {"off": _off("outliers", asked)} for found in outliers.flags(table, drawn)]
    if "orders" in asked.flags:
        told += [found | {"off": _off("orders", asked)} for found in orders.flags(table, drawn)]
    return told


def _of_rows(
    table: pl.LazyFrame, compared: Sequence[str], learned: Sequence[str], target: str, asked: Cleaning
) -> Iterator[dict[str, Any]]:
    """Yield what rows that are alike tell: that one is in the table twice, or that its target is in doubt."""
    wanted = {
        kind: columns
        for kind, columns in (("near_duplicates", compared), ("contradictions", learned))
        if getattr(asked, kind) == "flag" and columns
    }
    found = dict(zip(wanted, alike(table, *wanted.values()), strict=True)) if wanted else {}
    for kind, alikes in found.items():
        sets = contradictory(table, alikes, target) if kind == "contradictions" else alikes
        if len(sets):
            # The first row of a set of near duplicates stays.
            rows = len(sets) if kind == "contradictions" else len(sets) - sets["first"].n_unique()
            shown = _sets(table, sets, [target] if kind == "contradictions" else compared)
            flag = _flag(kind, None, rows, shown, f"{kind}: drop", f"{kind}: keep")
            yield flag | {"sets": sets["first"].n_unique()}


def _sets(table: pl.LazyFrame, sets: pl.DataFrame, columns: Sequence[str]) -> list[dict[str, Any]]:
    """Return the first sets of rows, each with what its rows write differently."""
    first = sets["first"].unique().sort().head(SHOWN)
    few = sets.filter(sets["first"].is_in(first.implode())).select(ROW, "first")
    held = table.join(few.lazy(), on=ROW, how="inner").select(ROW, "first", *columns).collect(engine="streaming")
    shown = []
    for _, rows in held.sort("first", ROW).group_by("first", maintain_order=True):
        differing = [name for name in columns if rows[name].n_unique() > 1]
        written = [f"{name}: {' / '.join(map(_cut, rows[name].unique(maintain_order=True)))}" for name in differing]
        value = "; ".join(written[:3]) + (f" and {len(written) - 3} more" if len(written) > 3 else "")
        shown.append({"rows": rows[ROW].head(SHOWN).to_list(), "value": value or "equal in every column compared"})
    return shown


def _of_texts(table: pl.LazyFrame, columns: Sequence[str], asked: Cleaning) -> Iterator[dict[str, Any]]:
    """Yield the columns of texts with several spellings of one category, or several units."""
    import polars as pl

    if not {"merges", "units"} & {*asked.flags}:
        return
    for column in columns:
        # A column of names is told by its first rows: there is no need to count them all.
        head = table.select(pl.col(column).drop_nulls()).head(2 * merges.MOST).collect()[column]
        if head.n_unique() > merges.MOST:
            continue
        counted = table.group_by(column).agg(pl.len(), pl.col(ROW).min()).drop_nulls().collect(engine="streaming")
        counts = dict(zip(counted[column], counted["len"], strict=True))
        first = dict(zip(counted[column], counted[ROW], strict=True))
        if "units" in asked.flags and (factors := units.proposed(counts)):
            cells = {units.unit(value): value for value in sorted(counts, key=first.__getitem__, reverse=True)}
            shown = [{"rows": [first[cell]], "value": cell} for unit, cell in sorted(cells.items()) if unit in factors]
            line = proposals.factors(column, factors)
            yield _flag("units", column, sum(counts.values()), shown, line, _off("units", asked))
        elif "merges" in asked.flags and (merged := merges.proposed(counts)):
            shown = [
                {"rows": [first[value]], "value": value, "to": other, "count": counts[value], "of": counts[other]}
                for value, other in sorted(merged.items(), key=lambda pair: (-counts[pair[0]], pair))
            ]
            line = proposals.relabel(column, merged)
            yield _flag(
                "merges", column, sum(counts[value] for value in merged), shown[:20], line, _off("merges", asked)
            )


def _flag(
    kind: str, column: str | None, rows: int, examples: list[dict[str, Any]], line: str | None, off: str
) -> dict[str, Any]:
    return {"kind": kind, "column": column, "rows": rows, "examples": examples, "line": line, "off": off}


def _off(kind: str, asked: Cleaning) -> str:
    return f"flags: [{', '.join(name for name in asked.flags if name != kind)}]"


def _cut(value: Any) -> str:
    text = "(missing)" if value is None else str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
