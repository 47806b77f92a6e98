"""Pictures that stand in a table more than once, exactly or nearly: dropped as declared, or flagged."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from syllabus import cleaning
from syllabus.frames import ROW
from syllabus.images import hashes
from syllabus.images.packing import PERCEPTUAL

if TYPE_CHECKING:
    import polars as pl

    from syllabus.settings import Cleaning

ALIKE = "alike"
"""The column that holds the first row of those that look alike: a split keeps them in one part."""
_TARGET = "target"
SHOWN = 5


def found(pictures: pl.LazyFrame, named: pl.DataFrame, target: str, within: int) -> pl.DataFrame:
    """Return a line for each picture: `row`, `sha256`, `target`, and `alike`, the first row that looks like it.

    Args:
        pictures: as they are packed.
        named: rows and their targets.
        target: the column of these.
        within: in how many bits the hashes of two that are alike may differ.
    """
    import polars as pl

    known = pictures.select(ROW, "sha256", PERCEPTUAL, "brightness", "contrast").collect(engine="streaming")
    # Of equal pixels one is compared: a thousand blank pictures are one set.
    once = known.unique("sha256", keep="first", maintain_order=True)
    first = hashes.alike(once[PERCEPTUAL].to_list(), once.select("brightness", "contrast").to_numpy(), within)
    sets = once.select("sha256", once[ROW].gather(first).alias(ALIKE))
    answers = named.select(ROW, pl.col(target).alias(_TARGET))
    told = known.select(ROW, "sha256").join(sets, on="sha256", how="left", maintain_order="left")
    return told.join(answers, on=ROW, how="left", maintain_order="left")


def first(kept: pl.DataFrame) -> pl.Series:
    """Return for each kept picture the first kept one that looks like it."""
    import polars as pl

    return kept.select(pl.col(ROW).min().over(ALIKE).alias(ALIKE))[ALIKE]


@dataclass
class Leaving:
    """The rows that ingest leaves out, by rule.

    Args:
        asked: what is declared.
    """

    asked: Cleaning
    rows: set[int] = field(default_factory=set)
    changes: list[dict[str, Any]] = field(default_factory=list)

    def as_declared(self, named: pl.DataFrame, target: str) -> None:
        """Leave out the rows that `drop_rows` names, and those without a target."""
        import polars as pl

        named_here = named.filter(pl.col(ROW).is_in(self.asked.drop_rows))[ROW]
        self._drop("drop_rows", None, named_here.to_list())
        self._drop("target", target, named.filter(pl.col(target).is_null())[ROW].to_list(), kept=False)

    def repeated(self, likeness: pl.DataFrame) -> None:
        """Leave out pictures that repeat another one, where that is declared."""
        import polars as pl

        if self.asked.duplicates == "drop":
            again = likeness.filter(~pl.struct("sha256", _TARGET).is_first_distinct())
            self._drop("duplicates", None, again[ROW].to_list())
        left = likeness.filter(~pl.col(ROW).is_in(self.rows))
        if self.asked.contradictions == "drop":
            self._drop("contradictions", None, contradictory(left)[ROW].to_list())
            left = left.filter(~pl.col(ROW).is_in(self.rows))
        if self.asked.near_duplicates == "drop":
            self._drop("look_alike", None, left.filter(pl.col(ROW) != first(left))[ROW].to_list())

    def _drop(self, rule: str, column: str | None, rows: Iterable[int], *, kept: bool = True) -> None:
        gone = [row for row in rows if row not in self.rows and not (kept and row in self.asked.keep_rows)]
        if not gone:
            return
        self.rows.update(gone)
        shown = gone[: cleaning.EXAMPLES]
        named = "near_duplicates" if rule == "look_alike" else rule
        undo = cleaning.undo(named, column, shown, more=len(gone) > len(shown))
        examples = [{ROW: row} for row in shown]
        self.changes.append({"rule": rule, "column": column, "rows": len(gone), "examples": examples, "undo": undo})


def contradictory(likeness: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of those with equal pixels whose targets differ."""
    import polars as pl

    return likeness.filter(pl.col(_TARGET).n_unique().over("sha256") > 1)


def flags(table: pl.LazyFrame, target: str, asked: Cleaning) -> list[dict[str, Any]]:
    """Return what a person should look at in the table that is left; see `cleaning.flags`."""
    import polars as pl

    left = table.select(ROW, "sha256", ALIKE, pl.col(target).cast(pl.String).alias(_TARGET)).collect(engine="streaming")
    told = []
    near = left.filter(pl.len().over(ALIKE) > 1)
    if asked.near_duplicates == "flag" and len(near):
        again = int((near[ROW] != near[ALIKE]).sum())
        told.append(_flag("look_alike", "near_duplicates", again, near, ALIKE))
    other = contradictory(left)
    if asked.contradictions == "flag" and len(other):
        told.append(_flag("contradictions", "contradictions", len(other), other, "sha256"))
    return told


def _flag(kind: str, key: str, rows: int, several: pl.DataFrame, by: str) -> dict[str, Any]:
    shown = []
    for _, group in several.group_by(by, maintain_order=True):
        labels = ", ".join(dict.fromkeys(map(str, group[_TARGET])))
        shown.append({"rows": group[ROW].head(SHOWN).to_list(), "value": f"{len(group)} pictures: {labels}"})
        if len(shown) == SHOWN:
            break
    sets = several[by].n_unique()
    flag = {"kind": kind, "column": None, "rows": rows, "examples": shown, "line": f"{key}: drop"}
    return flag | {"off": f"{key}: keep", "sets": sets}
