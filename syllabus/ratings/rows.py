"""The rows of ratings: what is left out, what is refused, what becomes one, and which are a user's last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from syllabus import frames, targets
from syllabus.errors import Unmet
from syllabus.frames import ROW
from syllabus.ratings.options import CLICKS, Options
from syllabus.splitting import PARTS

if TYPE_CHECKING:
    import polars as pl

    from syllabus.settings import Data

EXAMPLES = 3


def text(column: str) -> pl.Expr:
    """Return the name of a user or an item as a text; a number and its text are the same."""
    import polars as pl

    return pl.col(column).cast(pl.String).fill_null("")


def kept(table: pl.LazyFrame, data: Data, options: Options) -> tuple[pl.LazyFrame, list[dict[str, Any]]]:
    """Return the rows that are learned from, one for a user and an item, and what was left out or joined.

    Raises:
        Unmet: a rating is no number, is out of its range, or stands twice; or nothing is left to learn from.
    """
    import polars as pl

    changes: list[dict[str, Any]] = []
    clicks = options.feedback == "clicks"
    needed = [options.user, options.item, *([] if clicks else [data.target])]
    if options.time is not None and options.hold == "last":
        needed.append(options.time)
    if data.cleaning.drop_rows:
        table = _less(table, "drop_rows", None, pl.col(ROW).is_in(data.cleaning.drop_rows), changes)
    for name in needed:
        of = {options.user: "no user", options.item: "no item", data.target: "target"}
        rule = of.get(name, "no time")
        table = _less(table, rule, name, pl.col(name).is_null(), changes)
    if not table.select(pl.len()).collect().item():
        raise Unmet(f"{data.source}: no rating is left to learn from: none has {', '.join(needed)}")
    if not clicks:
        _check_values(table, data, options)
    table = _joined(table, data, options, changes)
    for role in ("user", "item"):
        name = getattr(options, role)
        if table.select(text(name).n_unique()).collect().item() < 2:
            raise Unmet(f"{data.source}: there is one {role} in the column {name}: nothing can be learned of others")
    return table, changes


def told(table: pl.LazyFrame, options: Options) -> dict[str, Any]:
    """Return how many users and items there are, how full their table is, and how many have one rating."""
    found: dict[str, Any] = {}
    for role in ("user", "item"):
        counts = table.group_by(text(getattr(options, role))).len().collect()["len"].to_numpy()
        found[role] = {
            "count": len(counts),
            "with one": int((counts == 1).sum()),
            "median": float(np.median(counts)),
            "most": int(counts.max()),
        }
        found["rows"] = int(counts.sum())
    found["share"] = found["rows"] / (found["user"]["count"] * found["item"]["count"])
    return found


def last(table: pl.LazyFrame, options: Options) -> pl.DataFrame:
    """Return columns `row` and `part`: of each user with three ratings the last is test, the one before validation.

    Users with fewer are learned from and not examined: of a user with one rating nothing would be known.

    Raises:
        Unmet: no user has three.
    """
    import polars as pl

    assert options.time is not None
    ordered = table.select(ROW, text(options.user).alias("user"), pl.col(options.time).alias("time")).collect()
    from_last = ordered.sort("time", ROW).with_columns(
        (pl.len() - 1 - pl.int_range(pl.len())).over("user").alias("back"), pl.len().over("user").alias("all")
    )
    part = (
        pl.when((pl.col("all") < 3) | (pl.col("back") > 1))
        .then(pl.lit("train"))
        .when(pl.col("back") == 1)
        .then(pl.lit("validation"))
        .otherwise(pl.lit("test"))
    )
    placed = from_last.select(ROW, part.cast(pl.Enum(PARTS)).alias("part")).sort(ROW)
    if placed["part"].n_unique() < len(PARTS):
        raise Unmet(
            f"data.options.hold: last: no user in {options.user} has three ratings, one to learn from, one for "
            f"validation and one for test: hold rows"
        )
    return placed


def _less(
    table: pl.LazyFrame, rule: str, column: str | None, where: pl.Expr, changes: list[dict[str, Any]]
) -> pl.LazyFrame:
    """Return the table without such rows, and tell of them."""
    gone = table.filter(where).select(ROW).collect(engine="streaming")[ROW].sort()
    if gone.is_empty():
        return table
    first = [{ROW: number} for number in gone.head(EXAMPLES)]
    undo = "take the row out of `drop_rows`" if rule == "drop_rows" else None
    changes.append({"rule": rule, "column": column, "rows": len(gone), "examples": first, "undo": undo})
    return frames.without(table, gone)


def _check_values(table: pl.LazyFrame, data: Data, options: Options) -> None:
    import polars as pl

    targets.check(table, data)
    value = pl.col(data.target).cast(pl.Float64)
    if options.liked is not None and not table.select((value >= options.liked).any()).collect().item():
        raise Unmet(f"{data.source}: no {data.target} comes up to data.options.liked, {options.liked:g}: lower it")
    if options.range is None:
        return
    low, high = options.range
    odd = table.filter((value < low) | (value > high)).select(ROW, data.target)
    if len(first := odd.head(1).collect()):
        many = int(odd.select(pl.len()).collect().item())
        more = f", and {many - 1} more" if many > 1 else ""
        raise Unmet(
            f"{data.source}: {data.target} is {first.item(0, 1)} in row {first.item(0, 0)}{more}, and "
            f"data.options.range is {low:g} to {high:g}: correct it, or let data.cleaning.limits make it missing: "
            f"{{{data.target}: [{low:g}, {high:g}]}}"
        )


def _joined(table: pl.LazyFrame, data: Data, options: Options, changes: list[dict[str, Any]]) -> pl.LazyFrame:
    """Return one row for a user and an item: the last of several, with what the options make of their values."""
    import polars as pl

    clicks, pair = options.feedback == "clicks", [text(options.user).alias(" u"), text(options.item).alias(" i")]
    order = [options.time, ROW] if options.time else [ROW]
    known = table.select(ROW, *pair, *([options.time] if options.time else [])).collect().sort(order, nulls_last=False)
    sets = known.group_by(" u", " i", maintain_order=True).agg(pl.col(ROW), pl.len().alias(" many"))
    several = sets.filter(pl.col(" many") > 1)
    kept = sets.select(pl.col(ROW).list.last().alias(ROW), pl.col(" many"))
    if len(several):
        rows = several[ROW].explode().sort()
        if not clicks and options.duplicates == "refuse":
            one = several.row(0, named=True)
            raise Unmet(
                f"{data.source}: {options.user} {one[' u']} rates {options.item} {one[' i']} in rows "
                f"{one[ROW][0]} and {one[ROW][1]}, and {len(several)} pairs stand more than once: say in "
                f"data.options.duplicates whether the last or the mean counts"
            )
        first = [{ROW: number} for number in several[ROW].list.first().head(EXAMPLES)]
        gone = len(rows) - len(several)
        changes.append({"rule": "same pair", "column": options.item, "rows": gone, "examples": first, "undo": None})
    result = frames.without(table, known.join(kept, on=ROW, how="anti")[ROW]) if len(several) else table
    if clicks:
        counted = kept.select(ROW, pl.col(" many").cast(pl.Int64).alias(CLICKS)).sort(ROW)
        return frames.beside(result, counted[CLICKS])
    if options.duplicates == "mean" and len(several):
        values = table.select(ROW, pl.col(data.target).cast(pl.Float64)).collect()
        means = (
            known.join(values, on=ROW, how="left", maintain_order="left")
            .group_by(" u", " i", maintain_order=True)
            .agg(pl.col(data.target).mean())
        )
        mean = pl.concat([kept, means.select(data.target)], how="horizontal").sort(ROW)[data.target]
        return frames.beside(result.drop(data.target), mean)
    return result
