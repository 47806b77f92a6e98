"""Of series are watched the steps that have no row, the values, and how these change over a season; and the forecasts.

The rows of all series are held at once: a step says something only beside those before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from syllabus import frames, models, sources
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
    from syllabus.settings import Examination
    from syllabus.sources import Raw, Source

DECIDES = "relative_mase"
"""By which metric it is judged whether forecasts have become worse: a stretch such as a holiday season is hard for
every forecast, and test may not hold one."""
LOGGED = frozenset({"asked at", "model", "version", "predicted"})
"""By these columns the log of a service is known; a row of it that has `predicted` is a forecast."""
OURS = LOGGED | {"low", "high", "beyond"}


def learn(model: Model, parts: Path, asked: Examination, deciding: Deciding) -> Reference:
    """Learn what new rows are held against: the plain columns of train, and how well test was forecast."""
    from syllabus.monitoring.reference import Reference

    train, test = (frames.scan(parts / f"{part}.parquet").collect() for part in ("train", "test"))
    examples = models.examples(model.modality, model.encoding, parts, "test")
    answers = forecast.answered(model.answers(examples), examples).within(deciding.intervals)
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
        performance=performance.measure(answers, DECIDES, cut, [one.codes(rows[one.column]) for one in cut]),
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
    from syllabus.monitoring import truth
    from syllabus.monitoring.batch import Batch, refuse
    from syllabus.serving.http import journal

    if labels.source is not None:
        raise Unmet("labels: what came of a forecast stands in the rows of its series; leave labels and key out")
    given = sources.columns(source, package.data.reading)
    lacking = [name for name in package.columns if name not in given]
    if len(lacking) == len(package.columns):
        told = f"{', '.join(lacking)}; it has {', '.join(given)}"
        raise Unmet(f"{source}: has none of the columns that the model reads, {told}")
    raw = sources.opened(source, scratch, package.data.reading)
    rows, masked = _rows(raw, given), journal.masked(raw.files) & set(package.columns)
    if rows.is_empty():
        raise Unmet(f"{source}: has no rows: there is nothing to look at")
    columns = [name for name in given if name not in OURS] if _is_log(given) else given
    batch = Batch(str(source), columns, lacking, masked, rows=len(rows))
    batch.levels = package.columns
    batch.tallies = {name: Tally(one) for name, one in reference.columns.items() if _made_of(name) not in masked}
    if not set(package.modality.needed(package.data, package.signature)) <= set(given) - masked:
        return batch
    known, refused = _placed(package, rows, lacking, logged=_is_log(given))
    refuse(batch, refused, package.columns)
    if len(known):
        for name, (column, _) in stretches.plain(known, package.model.encoding).items():
            if name in batch.tallies:
                kept = np.arange(len(column)) % (1 + len(column) // sample) == 0
                batch.tallies[name].add(column, kept)
        if not lacking and not masked:
            batch.labelled = truth.of(package, known, reference.groups, sample)
        if clean is not None:
            frames.sink(known.lazy(), clean)
    return batch


def _is_log(given: Sequence[str]) -> bool:
    return set(given) >= LOGGED


def _made_of(name: str) -> str:
    """Return the column of a source that a watched column is made of."""
    return name.partition(stretches.CHANGE)[0]


def _rows(raw: Raw, given: Sequence[str]) -> pl.DataFrame:
    import polars as pl

    return (raw.frame.filter(pl.col("predicted").is_null()) if _is_log(given) else raw.frame).collect()


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
