"""Pictures become a table: the pixels of each, all of one shape, and beside them what a suite can check."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syllabus import architectures
from syllabus.errors import Unmet
from syllabus.frames import ROW
from syllabus.images import hashes, pictures
from syllabus.images.listing import AT_A_TIME, Listing
from syllabus.images.options import Options
from syllabus.images.pictures import Dropped
from syllabus.progress import Progress

if TYPE_CHECKING:
    import polars as pl

PIXELS = "pixels"
"""The column of the packed pictures: bare bytes, row by row and channel by channel. They take no decoder and are the
same bytes whatever its version; Parquet compresses them."""
PERCEPTUAL = "perceptual"
MADE = {
    PIXELS: "Binary",
    "width": "UInt32",
    "height": "UInt32",
    "channels": "UInt8",
    "mode": "String",
    "format": "String",
    "bytes": "UInt64",
    "brightness": "Float64",
    "contrast": "Float64",
    "sha256": "String",
    PERCEPTUAL: "String",
}
"""The columns that packing adds. Width, height, channels, mode, format and bytes are those of the file; the rest is of
the pixels."""
EXAMPLES = 3
UNDONE = {
    "animated": "`options: {animated: drop}` drops such rows",
    "cmyk": "`options: {cmyk: drop}` drops such rows",
    "deep": "`options: {deep: drop}` drops such rows",
    "transparent": "`options: {transparent: drop}` drops such rows",
    "mode": "`options: {colours: …}`",
    "no_picture": "`options: {missing: drop}` drops such rows",
    "size": "`options: {size: …}`",
}
"""What `data` says where a picture is not to be converted so."""
KEPT = {
    "animated": "`options: {animated: first}`",
    "cmyk": "`options: {cmyk: convert}`",
    "deep": "`options: {deep: convert}`",
    "transparent": "`options: {transparent: convert}`",
    "too_large": "`options: {most_pixels: …}`",
}
"""What it says where one is not to be dropped; nothing keeps what cannot be read."""


@dataclass
class Packed:
    """What came of packing.

    Args:
        files: Parquet files in order, with `row` and the columns of `MADE`.
        changed: for each rule, how many pictures were changed by it.
        dropped: for each rule, the rows that were dropped.
        examples: of both.
    """

    files: list[Path] = field(default_factory=list)
    changed: Counter[str] = field(default_factory=Counter)
    dropped: dict[str, list[int]] = field(default_factory=dict)
    examples: dict[tuple[str, bool], list[dict[str, Any]]] = field(default_factory=dict)

    def note(self, row: int, rule: str, before: str, after: str, *, gone: bool) -> None:
        """Count a change, and keep the first ones as examples."""
        if gone:
            self.dropped.setdefault(rule, []).append(row)
        else:
            self.changed[rule] += 1
        shown = self.examples.setdefault((rule, gone), [])
        if len(shown) < EXAMPLES:
            shown.append({ROW: row, "before": before, "after": after})

    def changes(self) -> Iterator[dict[str, Any]]:
        """Yield the changes as ingest reports them."""
        counts = {(rule, True): len(rows) for rule, rows in self.dropped.items()}
        for (rule, gone), rows in sorted((counts | {(rule, False): n for rule, n in self.changed.items()}).items()):
            undo = (KEPT if gone else UNDONE).get(rule)
            told = {"rule": rule, "column": PIXELS, "rows": rows, "examples": self.examples[rule, gone], "undo": undo}
            yield told


def pack(listing: Listing, options: Options, wanted: frozenset[int], folder: Path) -> Packed:
    """Write the pictures of the wanted rows under `folder`, some at a time.

    Raises:
        Unmet: none can be read, or one cannot where the options refuse that.
    """
    import polars as pl

    folder.mkdir(parents=True)
    packed, progress = Packed(), Progress("read pictures", unit="picture", total=listing.total)
    done = 0
    with pictures.pillow(), ThreadPoolExecutor(architectures.threads()) as pool:
        for some in iter(lambda: list(islice(listing.pictures, AT_A_TIME)), []):
            few = [(row, held) for row, held in some if row in wanted]
            read = pool.map(lambda one: _read(one, options), [held for _, held in few])
            kept = []
            for (row, _), found in zip(few, read, strict=True):
                if isinstance(found, Dropped):
                    _refuse(row, found, options)
                    packed.note(row, found.rule, found.what, found.why, gone=True)
                    continue
                line, changes = found
                kept.append({ROW: row} | line)
                for rule, (before, after) in changes.items():
                    packed.note(row, rule, before, after, gone=False)
            if kept:
                packed.files.append(folder / f"{done:012}.parquet")
                schema: Any = {ROW: pl.UInt64} | {name: getattr(pl, kind) for name, kind in MADE.items()}
                pl.DataFrame(kept, schema=schema).write_parquet(packed.files[-1], compression="lz4")
            done += len(some)
            progress.at(done)
    if not packed.files:
        example = next((shown[0] for shown in packed.examples.values()), None)
        why = f"the first is {example['before']}: {example['after']}" if example else "no row has one"
        raise Unmet(f"no picture can be learned from: {why}")
    return packed


def _read(held: bytes | Path | None, options: Options) -> tuple[dict[str, Any], dict[str, tuple[str, str]]] | Dropped:
    """Return what stands in the table of a picture, and how it was changed; or why it is dropped."""
    if held is None and options.missing == "drop":
        return Dropped("unreadable", "(missing)", "the row has no picture")
    try:
        found = pictures.blank(options) if held is None else pictures.opened(held, options)
    except Dropped as dropped:
        return dropped
    line = {PIXELS: found.pixels.tobytes(), PERCEPTUAL: hashes.perceptual(found.pixels)}
    return found.facts() | line, found.changes


def _refuse(row: int, dropped: Dropped, options: Options) -> None:
    if options.broken == "refuse" and dropped.rule in ("unreadable", "too_large"):
        raise Unmet(
            f"row {row}: {dropped.what} is no picture that can be learned from: {dropped.why}; mend it, or let "
            f"`broken: drop` in the options of pictures drop and count such rows"
        )


def table(packed: Packed) -> pl.LazyFrame:
    """Return the pictures that were packed."""
    import polars as pl

    return pl.scan_parquet(packed.files)
