"""Pictures or texts that stand in a table more than once, exactly or nearly: dropped as declared, or flagged.

Those with one `sha256` are equal, those with one `alike` are nearly that.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from syllabus.cleaning.making import EXAMPLES
from syllabus.cleaning.undoing import undo
from syllabus.frames import ROW

if TYPE_CHECKING:
    import polars as pl

    from syllabus.settings import Cleaning

ALIKE = "alike"
"""The column that holds the first row of those that are alike: a split keeps them in one part."""
TARGET = "target"
SHOWN = 5


def first(kept: pl.DataFrame) -> pl.Series:
    """Return for each kept row the first kept one that is like it."""
    import polars as pl

    return kept.select(pl.col(ROW).min().over(ALIKE).alias(ALIKE))[ALIKE]


@dataclass
class Leaving:
    """The rows that ingest leaves out, by rule.

    Args:
        asked: what is declared.
        near: the rule by which near duplicates are dropped.
    """

    asked: Cleaning
    near: str = "near_duplicates"
    rows: set[int] = field(default_factory=set)
    changes: list[dict[str, Any]] = field(default_factory=list)

    def as_declared(self, named: pl.DataFrame, target: str) -> None:
        """Leave out the rows that `drop_rows` names, and those without a target."""
        import polars as pl

        named_here = named.filter(pl.col(ROW).is_in(self.asked.drop_rows))[ROW]
        self._drop("drop_rows", None, named_here.to_list())
        self._drop("target", target, named.filter(pl.col(target).is_null())[ROW].to_list(), kept=False)

    def repeated(self, likeness: pl.DataFrame) -> None:
        """Leave out what repeats another one, where that is declared."""
        import polars as pl

        if self.asked.duplicates == "drop":
            again = likeness.filter(~pl.struct("sha256", TARGET).is_first_distinct())
            self._drop("duplicates", None, again[ROW].to_list())
        left = likeness.filter(~pl.col(ROW).is_in(self.rows))
        if self.asked.contradictions == "drop":
            self._drop("contradictions", None, contradictory(left)[ROW].to_list())
            left = left.filter(~pl.col(ROW).is_in(self.rows))
        if self.asked.near_duplicates == "drop":
            self._drop(self.near, None, left.filter(pl.col(ROW) != first(left))[ROW].to_list())

    def _drop(self, rule: str, column: str | None, rows: Iterable[int], *, kept: bool = True) -> None:
        gone = [row for row in rows if row not in self.rows and not (kept and row in self.asked.keep_rows)]
        if not gone:
            return
        self.rows.update(gone)
        shown = gone[:EXAMPLES]
        named = "near_duplicates" if rule == self.near else rule
        undone = undo(named, column, shown, more=len(gone) > len(shown))
        examples = [{ROW: row} for row in shown]
        self.changes.append({"rule": rule, "column": column, "rows": len(gone), "examples": examples, "undo": undone})


def contradictory(likeness: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of those that are equal whose targets differ."""
    import polars as pl

    return likeness.filter(pl.col(TARGET).n_unique().over("sha256") > 1)


def flags(
    table: pl.LazyFrame, target: str, asked: Cleaning, *, many: str, near: str = "near_duplicates"
) -> list[dict[str, Any]]:
    """Return what a person should look at in the table that is left; see `cleaning.flags`.

    Args:
        table: with `sha256` and `alike`.
        target: the column to predict.
        asked: what is declared.
        many: what the examples are called.
        near: the kind of flag of near duplicates.
    """
    import polars as pl

    left = table.select(ROW, "sha256", ALIKE, pl.col(target).cast(pl.String).alias(TARGET)).collect(engine="streaming")
    told = []
    several = left.filter(pl.len().over(ALIKE) > 1)
    if asked.near_duplicates == "flag" and len(several):
        again = int((several[ROW] != several[ALIKE]).sum())
        told.append(_flag(near, "near_duplicates", again, several, ALIKE, many))
    other = contradictory(left)
    if asked.contradictions == "flag" and len(other):
        told.append(_flag("contradictions", "contradictions", len(other), other, "sha256", many))
    return told


def _flag(kind: str, key: str, rows: int, several: pl.DataFrame, by: str, many: str) -> dict[str, Any]:
    shown = []
    for _, group in several.group_by(by, maintain_order=True):
        labels = ", ".join(dict.fromkeys(map(str, group[TARGET])))
        shown.append({"rows": group[ROW].head(SHOWN).to_list(), "value": f"{len(group)} {many}: {labels}"})
        if len(shown) == SHOWN:
            break
    sets = several[by].n_unique()
    flag = {"kind": kind, "column": None, "rows": rows, "examples": shown, "line": f"{key}: drop"}
    return flag | {"off": f"{key}: keep", "sets": sets}


def joined(known: pl.DataFrame, *by: str) -> pl.Series:
    """Return for each row the first one that it is joined to, by steps, through equal values of any of some columns."""
    import polars as pl

    found = known.select(*by, pl.col(ROW).alias(ALIKE))
    while True:
        nearer = found
        for name in by:
            nearer = nearer.with_columns(pl.col(ALIKE).min().over(name))
        if nearer[ALIKE].equals(found[ALIKE]):
            return found[ALIKE]
        found = nearer
