"""Documents that stand in a corpus more than once, exactly or nearly: dropped as declared or flagged, never torn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from syllabus import cleaning
from syllabus.corpora import alike
from syllabus.corpora.packing import ALIKE, KINDS, Packed
from syllabus.errors import Unmet
from syllabus.frames import ROW

if TYPE_CHECKING:
    import polars as pl

    from syllabus.settings import Cleaning

SHOWN = 5


def left_out(known: pl.DataFrame, packed: Packed, asked: Cleaning, threshold: float) -> tuple[pl.DataFrame, list[Any]]:
    """Return the rows that stay, columns `row` and `alike`, and the changes that say which go.

    Args:
        known: `row` and `sha256` of every document.
        packed: their sketches, by row.
        asked: what is declared.
        threshold: how much near duplicates share.
    """
    import polars as pl

    changes: list[dict[str, Any]] = []

    def drop(rule: str, rows: pl.Series) -> None:
        nonlocal known
        gone = rows.filter(~rows.is_in(asked.keep_rows)).to_list()
        if gone:
            shown = gone[: cleaning.EXAMPLES]
            named = "near_duplicates" if rule == "say_the_same" else rule
            undo = cleaning.undo(named, None, shown, more=len(gone) > len(shown))
            examples = [{ROW: row} for row in shown]
            changes.append({"rule": rule, "column": None, "rows": len(gone), "examples": examples, "undo": undo})
            known = known.filter(~pl.col(ROW).is_in(gone))

    drop("drop_rows", known.filter(pl.col(ROW).is_in(asked.drop_rows))[ROW])
    if asked.duplicates == "drop":
        drop("duplicates", known.filter(~pl.col("sha256").is_first_distinct())[ROW])
    first = alike.first((packed.sketches[row] for row in known[ROW]), threshold)
    known = known.with_columns(known[ROW].gather(first).alias(ALIKE))
    if asked.near_duplicates == "drop":
        drop("say_the_same", known.filter(pl.col(ROW) != pl.col(ALIKE))[ROW])
        # A first one may have gone by its number; the earliest that is left stands for its set.
        known = known.with_columns(pl.col(ROW).min().over(ALIKE).alias(ALIKE))
    return known.select(ROW, ALIKE), changes


def flags(kept: pl.DataFrame, packed: Packed, asked: Cleaning) -> list[dict[str, Any]]:
    """Return what a person should look at: documents that nearly agree, and what is personal and was left as it is."""
    import polars as pl

    told = []
    near = kept.filter(pl.len().over(ALIKE) > 1)
    if asked.near_duplicates == "flag" and len(near):
        groups = [group[ROW].to_list() for _, group in near.group_by(ALIKE, maintain_order=True)]
        shown = [{"rows": rows[:SHOWN], "value": f"{len(rows)} documents"} for rows in groups[:SHOWN]]
        told.append(
            _flag(
                "say_the_same",
                None,
                len(near) - len(groups),
                shown,
                "near_duplicates: drop",
                "near_duplicates: keep",
                len(groups),
            )
        )
    for kind in KINDS:
        if (rows := packed.told.get(kind)) and kind not in packed.masked and kind not in packed.dropped:
            shown = [{"rows": rows[:SHOWN], "value": f"{packed.counts[kind]} in all"}]
            line, off = ("options: {personal: {" + f"{kind}: {treated}" + "}}" for treated in ("mask", "keep"))
            told.append(_flag("personal", f"{kind}s", len(rows), shown, line, off, 1))
    return told


def _flag(kind: str, column: str | None, rows: int, shown: list[Any], line: str, off: str, sets: int) -> dict[str, Any]:
    return {
        "kind": kind,
        "column": column,
        "rows": rows,
        "examples": shown,
        "line": line,
        "off": off,
        "sets": sets,
    }


def check_apart(table: pl.LazyFrame, placed: pl.DataFrame) -> None:
    """Refuse parts that share a text.

    Raises:
        Unmet: documents that say the same, or nearly, stand in two parts.
    """
    import polars as pl

    sets = table.select(ROW, ALIKE).collect(engine="streaming").join(placed, on=ROW, how="inner").sort(ROW)
    torn = sets.filter(pl.col("part").n_unique().over(ALIKE) > 1)
    if len(torn):
        first = torn.filter(pl.col(ALIKE) == torn[ALIKE][0]).unique("part", keep="first", maintain_order=True)
        (one, its), (other, theirs) = first.select(ROW, "part").rows()[:2]
        raise Unmet(
            f"rows {one} and {other} say the same, or nearly, and would stand in {its} and {theirs}, as would "
            f"{len(torn) - 2} more: let data.cleaning: {{near_duplicates: drop}} keep the first of each, or split by "
            f"chance (split.method: random), which keeps such documents together"
        )
