"""What pictures look like, by a sample of them: their size and colours, and what `data.options` must say of that."""

from __future__ import annotations

import math
import os
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from syllabus import sources
from syllabus.drafting import Column
from syllabus.errors import Unmet
from syllabus.images import pictures
from syllabus.images.options import Options
from syllabus.images.pictures import Dropped
from syllabus.projects.draft import Beside, Row
from syllabus.projects.surveys import Pictures, Table
from syllabus.settings import Reading

SAMPLE = 100
"""So many pictures are looked at, spread evenly over all."""
SIDE = 64
"""Pictures of several sizes are brought to this height and width, and so are larger ones."""
EFFORT = 120_000_000
"""Pixels, times how often they are gone through: as many as cost a small network some two minutes on two cores."""
EPOCHS = (8, 40)
COLUMNS = [
    Column("pixels", "unasked"),
    Column("width", "numeric"),
    Column("height", "numeric"),
    Column("channels", "categorical"),
    Column("mode", "categorical"),
    Column("format", "categorical"),
    Column("bytes", "numeric"),
    Column("brightness", "numeric"),
    Column("contrast", "numeric"),
    Column("sha256", "identifier"),
    Column("perceptual", "unasked"),
    Column("alike", "unasked"),
]
"""What each column is that ingest adds."""


@dataclass(frozen=True)
class Sample:
    """Some pictures.

    Args:
        count: how many were looked at.
        sizes: height and width of each that can be read.
        modes: how often each kind of colours occurs.
        raw: height, width and channels, where they are bare pixels.
        broken: why the first that cannot be read cannot.
    """

    count: int
    sizes: Sequence[tuple[int, int]]
    modes: Counter[str]
    raw: tuple[int, int, int] | None
    broken: str

    @property
    def size(self) -> tuple[int, int]:
        """The height and width to which all are brought."""
        if len(set(self.sizes)) == 1 and max(self.sizes[0]) <= 1.5 * SIDE:
            return self.sizes[0]
        return SIDE, SIDE

    @property
    def grey(self) -> bool:
        """Whether no picture has colours."""
        return set(self.modes) <= {"1", "L", "LA", "I", "I;16", "F"}

    @property
    def evidence(self) -> str:
        """What was seen, in words."""
        heights, widths = zip(*self.sizes, strict=True)
        one = len(set(self.sizes)) == 1
        size = f"{heights[0]} × {widths[0]}" if one else (
            f"{min(heights)} to {max(heights)} high, {min(widths)} to {max(widths)} wide, usually "
            f"{median(heights):.0f} × {median(widths):.0f}"
        )  # fmt: skip
        told = ", bare pixels" if self.raw else ""
        return f"{size}, {'grey' if self.grey else 'in colours'}{told}"

    def options(self) -> dict[str, Any]:
        """Return what the template says of the pictures."""
        return {"raw": self.raw, "size": None if self.raw else self.size, "grey": self.grey and not self.raw}

    def epochs(self, count: int) -> int:
        """Return how often a network may go through so many pictures without taking long."""
        pixels = max(1, count) * math.prod(self.size)
        return int(min(EPOCHS[1], max(EPOCHS[0], EFFORT / pixels)))

    def hints(self, what: str) -> list[tuple[str, str]]:
        """Return what a person should look at."""
        lost = self.count - len(self.sizes)
        return [(what, f"{lost} of {self.count} pictures that were looked at cannot be read: {self.broken}")] * bool(
            lost
        )


def sample(held: Sequence[Path | bytes]) -> Sample:
    """Look at some of the pictures.

    Raises:
        Unmet: none of them can be read, or Pillow is missing.
    """
    chosen = held[:: max(1, math.ceil(len(held) / SAMPLE))]
    raw = _raw(chosen)
    options = Options.model_validate({"raw": raw})
    sizes, modes, broken = [], Counter[str](), ""
    with pictures.pillow():
        for one in chosen:
            try:
                facts = pictures.opened(one, options).facts()
            except Dropped as dropped:
                broken = broken or f"{dropped.what}: {dropped.why}"
                continue
            sizes.append((int(facts["height"]), int(facts["width"])))
            modes[str(facts["mode"])] += 1
    if not sizes:
        raise Unmet(f"none of {len(chosen)} pictures that were looked at can be read: {broken or 'there is none'}")
    return Sample(len(chosen), sizes, modes, raw, broken)


def row(what: str, seen: Sample) -> Row:
    """Return the line of the pictures."""
    height, width = seen.size
    return (what, "image", seen.evidence, f"decoded, {height} × {width} {'grey values' if seen.grey else 'pixels'}")


def column(table: Table) -> Pictures:
    """Return the column of pictures.

    Raises:
        Unmet: there is none.
    """
    if table.pictures is None:
        raise Unmet(
            f"{table.source}: no column holds pictures, as bytes or as names of files that lie beside the table: name "
            f"it with --image COLUMN, or a folder with a folder for each class with --data"
        )
    return table.pictures


def cells(table: Table, reading: Reading) -> list[Path | bytes]:
    """Return some of the pictures of a table."""
    import polars as pl

    held = column(table)
    with tempfile.TemporaryDirectory() as scratch:
        raw = sources.opened(table.source, Path(scratch) / "raw", reading, held.column)
        count = int(raw.frame.select(pl.len()).collect(engine="streaming").item())
        every = raw.frame.select(held.column).gather_every(max(1, math.ceil(count / SAMPLE)))
        some = every.collect(engine="streaming")[held.column].drop_nulls().to_list()
    return some if held.folder is None else [held.folder / name for name in some]


def beside(table: Table, reading: Reading) -> Beside | None:
    """Return the files that a table names; none where it holds the pictures itself."""
    held = column(table)
    if held.folder is None:
        return None
    with tempfile.TemporaryDirectory() as scratch:
        rows = sources.scan(table.source, Path(scratch) / "raw", reading)
        names = rows.select(held.column).drop_nulls().unique().collect()[held.column]
    rooted = held.folder == Path("/")
    # What is followed must be no larger than it needs to be.
    folder = Path(os.path.commonpath([str(Path(name).parent) for name in names])) if rooted else held.folder
    return Beside(folder, tuple(sorted(names)))


def _raw(held: Sequence[Path | bytes]) -> tuple[int, int, int] | None:
    """Return the shape of bare pixels: cells of one length that no format begins, which make up a square."""
    cells = [one for one in held if isinstance(one, bytes)]
    lengths = {len(one) for one in cells}
    if len(cells) < len(held) or len(lengths) != 1:
        return None
    length = lengths.pop()
    for channels in (1, 3):
        side = math.isqrt(length // channels)
        if side > 1 and side * side * channels == length and not _of_a_format(cells[0]):
            return side, side, channels
    return None


def _of_a_format(cell: bytes) -> bool:
    with pictures.pillow():
        try:
            pictures.opened(cell, Options())
        except Dropped:
            return False
    return True
