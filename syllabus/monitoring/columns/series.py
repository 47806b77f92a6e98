"""Of series are watched the steps that have no row, the values, and how these change over a season; and the forecasts.

The rows of all series are held at once: a step says something only beside those before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from syllabus import frames, modalities, models, sources
from syllabus.cleaning.asking import REASON, cells
from syllabus.errors import Unmet
from syllabus.examination import forecast
from syllabus.frames import ROW
from syllabus.monitoring import groups, performance, stretches
from syllabus.monitoring.tally import Tally
from syllabus.series import histories, moments
from syllabus.series.histories import SERIES
from syllabus.series.moments import STEP

if TYPE_CHECKING:
    import polars as pl

    from syllabus.models import Model
    from syllabus.monitoring.batch import Batch
    from syllabus.monitoring.labels import Labels
    from syllabus.monitoring.performance import Deciding
    from syllabus.monitoring.reference import Reference
    from syllabus.serving.packages import Package
    from syllabus.settings import Data, Examination
    from syllabus.sources import Source

DECIDES = "relative_mase"
"""By which metric it is judged whether forecasts have become worse: a stretch such as a holiday season is hard for
every forecast, and test may not hold one."""


def made_of(name: str, data: Data) -> list[str]:
    """Return the column whose change over a season it is, or that of its own name."""
    known = dict.fromkeys([data.target, *modalities.options(data).columns])
    return [one for one in known if name == one or name.startswith(f"{one}{stretches.CHANGE}")][-1:]


def learn(model: Model, parts: Path, asked: Examination, deciding: Deciding) -> Reference:
    """Learn what new rows are held against: the plain columns of train, and how well test was forecast."""
    from syllabus.monitoring.reference import Reference

    train, test = (frames.scan(parts / f"{part}.parquet").collect() for part in ("train", "test"))
    examples = models.examples(model.modality, model.encoding, parts, "test")
    found = forecast.answered(model.answers(examples), examples).within(deciding.intervals)
    cut = [groups.of(train[name]) for name in dict.fromkeys(asked.slices) if name in train.columns]
    rows = test.join(_numbers(examples.rows), on=ROW, how="right", maintain_order="right")
    return Reference(
        rows=len(train),
        source=[name for name in train.columns if name != ROW],
        columns=stretches.of(train, model.encoding),
        predictions={},
        target=None,
        tested=len(examples),
        unusual=None,
        metric=DECIDES,
        groups=cut,
        performance=performance.measure(found, DECIDES, cut, [one.codes(rows[one.column]) for one in cut]),
    )


def _numbers(rows: Any) -> pl.DataFrame:
    """Return the numbers of rows as a table."""
    import polars as pl

    return pl.DataFrame({ROW: rows})


def count(
    package: Package,
    reference: Reference,
    source: Source,
    scratch: Path,
    *,
    labels: Labels,
    sample: int,
    clean: Path | None = None,
) -> Batch:
    """Go through new rows, and count them; as `batch.count`."""
    import polars as pl

    from syllabus.monitoring import columns, truth
    from syllabus.monitoring.batch import Batch, refuse
    from syllabus.serving import answers
    from syllabus.serving.http import journal

    if labels.source is not None:
        raise Unmet("labels: what came of a forecast stands in the rows of its series; leave labels and key out")
    given = sources.columns(source, package.data.reading)
    lacking = [name for name in package.columns if name not in given]
    if len(lacking) == len(package.columns):
        told = f"{', '.join(lacking)}; it has {', '.join(given)}"
        raise Unmet(f"{source}: has none of the columns that the model reads, {told}")
    raw = sources.opened(source, scratch, package.data.reading)
    logged = {journal.TIME, answers.PREDICTED} <= journal.ours(given)
    # In the log of a service a row with a prediction is a forecast, and was not asked.
    rows = (raw.frame.filter(pl.col(answers.PREDICTED).is_null()) if logged else raw.frame).collect()
    if rows.is_empty():
        raise Unmet(f"{source}: has no rows: there is nothing to look at")
    masked = journal.masked(raw.files) & set(package.columns)
    batch = Batch(str(source), given, lacking, masked, rows=len(rows), levels=package.columns)
    of = {name: columns.made_of(name, package.data) for name in reference.columns}
    gone = {*lacking, *masked}
    batch.tallies = {name: Tally(one) for name, one in reference.columns.items() if gone.isdisjoint(of[name])}
    batch.measured = {name for name in of if name not in batch.levels}
    if not gone.isdisjoint(package.modality.needed(package.data, package.signature)):
        return batch
    known, refused = _placed(package, rows, lacking, logged=logged)
    refuse(batch, refused, package.columns)
    if len(known):
        for name, (column, _) in stretches.plain(known, package.model.encoding).items():
            if name in batch.tallies:
                kept = np.arange(len(column)) % (1 + len(column) // sample) == 0
                batch.tallies[name].add(column, kept)
        if not gone:
            batch.labelled = truth.of(package, known, reference.groups, sample)
        if clean is not None:
            frames.sink(known.lazy(), clean)
    return batch


def _placed(
    package: Package, rows: pl.DataFrame, lacking: Sequence[str], *, logged: bool
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return a row for each step of a series, with `step`, and `row` and `reason` of those that cannot be read.

    In a log a step comes again with each request: the last value that was told of it is what it is.
    """
    import polars as pl

    data, learned = package.data, package.model.encoding
    filled = rows.with_columns(pl.lit(None, pl.String).alias(name) for name in lacking)
    kinds, needed = (getattr(package.modality, name)(data, package.signature) for name in ("types", "needed"))
    known, unread = cells(filled, data.cleaning, kinds, needed)
    keys = list(learned.options.series)
    number = pl.struct(keys).rank("dense") if keys and len(known) else pl.lit(0, pl.UInt32)
    placed = histories.on_grid(known.with_columns(number.alias(SERIES)), learned)
    wrong = pl.concat([one.select(ROW, REASON) for one in histories.unread_rows(placed, data, learned)])
    wrong = wrong.unique(ROW, keep="first", maintain_order=True)
    names = [name for name in known.columns if name not in (ROW, *keys)]
    kept = placed.join(wrong, on=ROW, how="anti").select(*known.columns, STEP)
    if logged or learned.options.duplicates == "refuse":
        last = [pl.col(name).drop_nulls().last() for name in names]
        one = kept.group_by([*keys, STEP], maintain_order=True).agg(pl.col(ROW).last(), *last)
    else:
        one = moments.merged(kept.lazy(), learned.options, learned.target).collect()
    return one.sort(ROW), pl.concat([unread, wrong]).sort(ROW)
