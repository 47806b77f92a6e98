"""Texts become a table: each made plain, and beside it what a suite can check."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syllabus.cleaning.sets import ALIKE
from syllabus.documents import likeness, plain, told
from syllabus.documents.listing import TEXT, Listing
from syllabus.documents.options import Options
from syllabus.errors import Unmet
from syllabus.frames import ROW
from syllabus.progress import Progress

if TYPE_CHECKING:
    import polars as pl

MADE = ("letters", "words", "lines", "language", "certainty", "sha256", ALIKE)
"""The columns that ingest adds beside the text."""
EXAMPLES, SHOWN = 3, 200
UNDONE = {
    "cut": "`options: {most_letters: …}`",
    "html": "`options: {html: never}`",
    "quotes": "`options: {quotes: keep}`",
    "unicode": "`options: {unicode: keep}`",
    "empty": "`options: {empty: keep}`",
}
"""What `data` says where a text is not to be changed, or not to be dropped, so."""


@dataclass
class Packed:
    """What came of packing.

    Args:
        files: Parquet files in order, with `row`, `text` and the columns of `MADE`.
        counts: for each rule, how many texts were changed or dropped by it.
        examples: of these.
    """

    files: list[Path] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def note(self, rule: str, rows: pl.Series, before: pl.Series | None = None, after: pl.Series | None = None) -> None:
        """Count the rows that a rule changed or dropped, and keep the first ones as examples."""
        if not len(rows):
            return
        self.counts[rule] += len(rows)
        shown = self.examples.setdefault(rule, [])
        for at in range(min(len(rows), EXAMPLES - len(shown))):
            sides = {"before": before, "after": after}
            held = {name: (side[at] or "")[:SHOWN] for name, side in sides.items() if side is not None}
            shown.append({ROW: rows[at]} | held)

    def changes(self) -> Iterator[dict[str, Any]]:
        """Yield the changes as ingest reports them."""
        for rule, count in sorted(self.counts.items()):
            undo = UNDONE.get(rule)
            yield {"rule": rule, "column": TEXT, "rows": count, "examples": self.examples[rule], "undo": undo}


def pack(listing: Listing, options: Options, wanted: pl.Series, folder: Path) -> Packed:
    """Write the texts of the wanted rows under `folder`, some at a time.

    Raises:
        Unmet: nothing is left of any, a file cannot be read where the options refuse that, or a package is missing.
    """
    import polars as pl

    folder.mkdir(parents=True)
    packed, sets = Packed(), likeness.Sets(options.alike)
    progress, done = Progress("read texts", unit="text", total=listing.total), 0
    for some in listing.texts:
        done += len(some)
        few = some.filter(pl.col(ROW).is_in(wanted.implode()))
        unread = few.filter(pl.col(TEXT).is_null())[ROW]
        if len(unread) and options.unreadable == "refuse":
            raise Unmet(
                f"row {unread[0]}: the file is not in the encoding that data.reading.encoding says; mend it, or let "
                f"data.options: {{unreadable: drop}} drop and count such rows"
            )
        packed.note("undecoded", unread)
        kept = _plain(few.drop_nulls(TEXT), options, packed)
        if len(kept):
            packed.files.append(folder / f"{done:012}.parquet")
            _told(kept, sets).write_parquet(packed.files[-1], compression="lz4")
        progress.at(done)
    if not packed.files:
        raise Unmet("no text can be learned from: nothing is left of any")
    return packed


def _plain(frame: pl.DataFrame, options: Options, packed: Packed) -> pl.DataFrame:
    """Return the rows with their texts made plain, less those of which nothing is left."""
    import polars as pl

    before = frame[TEXT]
    for rule, after in plain.steps(before, options):
        # White space alone is no change that anybody would look at.
        if rule != "spaces":
            hit = before != after
            packed.note(rule, frame[ROW].filter(hit), before.filter(hit), after.filter(hit))
        before = after
    frame = frame.with_columns(before.alias(TEXT))
    if options.empty == "keep":
        return frame
    empty = pl.col(TEXT) == ""
    packed.note("empty", frame.filter(empty)[ROW])
    return frame.filter(~empty)


def _told(frame: pl.DataFrame, sets: likeness.Sets) -> pl.DataFrame:
    """Return the rows with the columns of `MADE`."""
    import polars as pl

    digests = [hashlib.sha256(text.encode()).hexdigest() for text in frame[TEXT]]
    pairs = likeness.shingles(frame[TEXT])
    first = [sets.first(*one) for one in zip(frame[ROW], digests, pairs, strict=True)]
    facts = [told.facts(frame[TEXT]), pl.DataFrame({"sha256": digests, ALIKE: pl.Series(first, dtype=pl.UInt64)})]
    return pl.concat([frame, *facts], how="horizontal")


def table(packed: Packed) -> pl.LazyFrame:
    """Return the texts that were packed."""
    import polars as pl

    return pl.scan_parquet(packed.files)
