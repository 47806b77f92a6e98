"""The series of a source forecast in a stream: some at a time, so that a kill loses some, and none comes twice."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from syllabus.cleaning.asking import REASON, cells
from syllabus.errors import Unmet, nearest
from syllabus.frames import ROW
from syllabus.progress import Progress
from syllabus.series.histories import SERIES
from syllabus.serving import outputs, pieces
from syllabus.serving import rows as asking
from syllabus.serving.batch import Done
from syllabus.serving.forecasting.forecaster import Forecaster

if TYPE_CHECKING:
    import polars as pl

    from syllabus.serving.packages import Package
    from syllabus.serving.rows import Table
    from syllabus.sources import Source

PIECE = 100_000
"""Series of so many rows are held at a time; one that is longer stands for itself."""
ROWS = " rows"
"""A name that no column of a source has: a source's are stripped."""


@dataclass(frozen=True, eq=False)
class Several:
    """The series of a table.

    Args:
        table: its rows.
        package: that says what names a series.
        keys: the columns that do.
    """

    table: Table
    package: Package
    keys: Sequence[str]

    @cached_property
    def listed(self) -> pl.DataFrame:
        """What names each series as it stands, the number of the series that is meant, and how many rows say so.

        Several spellings may mean one; rows that do not say of which series they are stand together.
        """
        import polars as pl

        frame, keys = self.table.raw.frame, list(self.keys)
        if not keys:
            counted = frame.select(pl.lit(0).alias(SERIES), pl.len().alias(ROWS)).collect()
            return counted.filter(pl.col(ROWS) > 0)
        each = frame.group_by(keys).agg(pl.col(ROW).min(), pl.len().alias(ROWS))
        spelled = each.collect(engine="streaming").sort(ROW)
        kinds = self.package.modality.types(self.package.data, self.package.signature)
        read, _ = cells(spelled, self.package.data.cleaning, {key: kinds[key] for key in keys}, keys)
        # As forecasts are ordered, so that pieces of any size make the same file.
        meant = read.select(keys).unique().sort(pl.col(keys).cast(pl.String))
        meant = meant.with_columns(pl.int_range(1, pl.len() + 1).alias(SERIES))
        named = read.join(meant, on=keys).select(ROW, SERIES)
        return spelled.join(named, on=ROW, how="left").with_columns(pl.col(SERIES).fill_null(0)).sort(SERIES, ROW)

    @cached_property
    def ends(self) -> list[int]:
        """How many series there are at the end of each piece."""
        import polars as pl

        each = self.listed.group_by(SERIES).agg(pl.col(ROWS).sum()).sort(SERIES)
        ends, held = [], 0
        for place, rows in enumerate(each[ROWS]):
            if held and held + rows > PIECE:
                ends.append(place)
                held = 0
            held += rows
        return [*ends, len(each)] if len(each) else []

    @property
    def total(self) -> int:
        """How many there are."""
        return self.ends[-1] if self.ends else 0

    @property
    def asked(self) -> int:
        """How many are asked about; a row that does not say of which series it is stands for itself."""
        unnamed = int(self.listed.filter(self.listed[SERIES] == 0)[ROWS].sum()) if self.keys else 0
        return self.total + max(unnamed - 1, 0)

    def some(self, done: int) -> Iterator[tuple[int, pl.DataFrame]]:
        """Yield the rows of the series behind those that are done, and how many are done then."""
        import polars as pl

        numbers = self.listed[SERIES].unique().sort()
        for end in self.ends:
            if end <= done:
                continue
            chosen = self.listed.filter(pl.col(SERIES).is_in(numbers[done:end].implode()))
            frame = self.table.raw.frame
            if len(chosen) < len(self.listed):
                frame = frame.join(chosen.lazy().select(self.keys), on=list(self.keys), how="semi", nulls_equal=True)
            done = end
            yield end, frame.collect(engine="streaming").sort(ROW)


def predict(package: Package, source: Source, out: Path, *, keep: Sequence[str] = ()) -> Done:
    """Forecast every series of a source and write the forecasts to `out`, as `.parquet` or `.csv`.

    Columns: as `Forecaster.forecasts` returns them. Series that cannot be gone on from stand in a file of their own,
    with the reason.

    Args:
        package: what answers.
        source: a file, a pattern of files, a URL or a database: of each series its last rows, and those of the steps
            ahead where something of them is known.
        out: the file to write.
        keep: must be empty: the rows of a forecast are none of the source.

    Raises:
        Unmet: the source cannot be read or lacks a column, or the package or `out` cannot be used so.
    """
    if keep:
        raise Unmet(f"--keep {keep[0]}: the rows of a forecast are none of {source}; leave it out")
    with outputs.alone(package, source, out):
        return _predict(package, source, out)


def _predict(package: Package, source: Source, out: Path) -> Done:
    forecaster = Forecaster(package)
    _, names = asking.columns(package, source)
    for name in package.columns:
        if name not in names:
            raise Unmet(f"{source}: has no column {name}, which the model reads; {nearest(name, names)}")
    folder, scratch = pieces.folder(out), out.with_name(f".{out.name}.scratch")
    try:
        several = Several(asking.table(package, source, scratch, names), package, forecaster.series)
        settings = {"package": package.digest, "source": several.table.sha256, "rows": PIECE}
        resumed = pieces.resumed(folder, settings)
        progress = Progress("predict", unit="series", total=several.total)
        for done, rows in several.some(resumed):
            pieces.write(_answered(forecaster, rows), folder, done)
            progress.at(done)
        pieces.check_whole(folder, several.ends)
        refused, beyond, _, rejects = pieces.joined(folder, out, list(forecaster.series), forecaster.nothing)
        shutil.rmtree(folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return Done(several.asked, refused, beyond // forecaster.horizon, 0, resumed, out, rejects, "series")


def _answered(forecaster: Forecaster, rows: pl.DataFrame) -> pl.DataFrame:
    import polars as pl

    known, refused = forecaster.histories(rows)
    parts = [refused.select(ROW, *forecaster.series, REASON)] if len(refused) else []
    if len(known):
        parts.append(forecaster.forecasts(known))
    return pl.concat(parts, how="diagonal")
