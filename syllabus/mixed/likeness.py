"""Which rows are the same, and which are alike in the picture, in the text or in both."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from syllabus.cleaning.sets import ALIKE, TARGET, joined
from syllabus.documents.listing import TEXT
from syllabus.frames import ROW
from syllabus.sources.folders import PATH

if TYPE_CHECKING:
    import polars as pl

    from syllabus.settings import Data


def likeness(
    look: pl.DataFrame, said: pl.LazyFrame, rows: pl.LazyFrame, data: Data, together: tuple[str, ...]
) -> pl.DataFrame:
    """Return a line for each example that has both: `row`, `sha256`, `target`, `alike` and `twin`.

    Args:
        look: the same of the pictures, and their `contrast`.
        said: the texts as they are packed.
        rows: the columns beside them.
        data: says which of these are learned from.
        together: what is alike in any of these is joined.
    """
    import polars as pl

    spoken = said.select(ROW, TEXT, pl.col("sha256").alias("said"), pl.col(ALIKE).alias("says")).collect()
    known = look.rename({ALIKE: "looks"}).join(spoken, on=ROW, maintain_order="left")
    names = [name for name, role in data.columns.items() if role == "ignore"]
    learned = pl.exclude(ROW, data.target, PATH, *names).cast(pl.String).fill_null("\0")
    beside = rows.select(ROW, pl.concat_str(pl.lit(""), learned, separator="\x1f").alias("beside"))
    known = known.join(beside.collect(engine="streaming"), on=ROW, how="left", maintain_order="left")
    whole = known.select(pl.concat_str("sha256", "said", "beside", separator="\x1f"))
    digests = [hashlib.sha256(one.encode()).hexdigest() for one in whole.to_series()]
    # Blank pictures have nothing in common, nor have empty texts.
    shows = pl.when(pl.col("contrast") == 0).then(ROW).otherwise("looks").alias("image")
    says = pl.when(pl.col(TEXT) == "").then(ROW).otherwise("says").alias("text")
    either = joined(known.select(ROW, shows, says), *together)
    twin = pl.col(ROW).min().over("looks", "says").alias("twin")
    return known.select(ROW, TARGET, twin).with_columns(pl.Series("sha256", digests), either)
