"""Which pictures are equal, and which look alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syllabus.cleaning.sets import ALIKE, TARGET
from syllabus.frames import ROW
from syllabus.images import hashes
from syllabus.images.packing import PERCEPTUAL

if TYPE_CHECKING:
    import polars as pl

LOOK_ALIKE = "look_alike"
"""The rule by which near duplicates are dropped, and the kind of their flag."""


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
    answers = named.select(ROW, pl.col(target).alias(TARGET))
    told = known.select(ROW, "sha256").join(sets, on="sha256", how="left", maintain_order="left")
    return told.join(answers, on=ROW, how="left", maintain_order="left")
