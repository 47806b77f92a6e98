"""Rows of a source answered in a stream: piece by piece, so that a kill loses one piece, and no row comes twice."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syllabus.cleaning.asking import REASON
from syllabus.errors import Unmet, nearest
from syllabus.frames import ROW
from syllabus.progress import Progress
from syllabus.serving import answers, outputs, pieces
from syllabus.serving import rows as asking
from syllabus.serving.packages import fitting
from syllabus.serving.pieces import ABSTAINED, BEYOND, NOVELTY, TOLD

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from syllabus.serving.packages import Package
    from syllabus.serving.rows import Rows
    from syllabus.sources import Source

PIECE = 50_000
OWN = TOLD | {REASON, ROW}


@dataclass(frozen=True)
class Done:
    """What came of it.

    Args:
        rows: how many were asked about, or series.
        refused: how many of them could not be answered.
        beyond: how many hold what train has not.
        abstained: on how many the model was not sure enough.
        resumed: how many an earlier run had answered.
        out: the file of the answers.
        rejects: that of what could not be answered; None where there is nothing.
        unit: what was asked about, rows or series.
    """

    rows: int
    refused: int
    beyond: int
    abstained: int
    resumed: int
    out: Path
    rejects: Path | None
    unit: str = "rows"


def predict(
    package: Package, source: Source, out: Path, *, keep: Sequence[str] = (), confidence: float | None = None
) -> Done:
    """Answer every row of a source and write the answers to `out`, as `.parquet` or `.csv`.

    Columns: `row`, from 1 as in the source, those of `keep`, the answers, `novelty`: the share of known rows that are
    as unusual, `beyond`: columns that hold what train has not, and `abstained`, where a confidence is asked for: then
    nothing is predicted. Rows that cannot be answered stand in a file of their own, with the reason.

    Args:
        package: what answers.
        source: a file, a pattern of files, a URL or a database; of a model of pictures also a folder of them.
        out: the file to write.
        keep: columns of the source to be written beside the answers.
        confidence: the probability of the likeliest class below which the model abstains.

    Raises:
        Unmet: the source cannot be read or lacks a column, or the package or `out` cannot be used so.
    """
    with outputs.alone(package, source, out):
        return _predict(package, source, out, keep, confidence)


def _predict(package: Package, source: Source, out: Path, keep: Sequence[str], confidence: float | None) -> Done:
    if confidence is not None:
        answers.check_confidence(package)
    found, names = asking.columns(package, source)
    _check_columns(package, names, source, keep)
    folder = pieces.folder(out)
    scratch = out.with_name(f".{out.name}.scratch")
    try:
        given = found if found is not None else asking.table(package, source, scratch, names)
        keep = [*given.kept, *(name for name in keep if name not in given.kept)]
        settings = {"package": package.digest, "source": given.sha256, "keep": keep, "confidence": confidence}
        resumed = done = pieces.resumed(folder, settings)
        progress = Progress("predict", unit="row", total=given.total)
        for rows in _some(given, resumed, getattr(package.modality, "PIECE", PIECE)):
            _answered(package, rows, folder, keep, confidence)
            done += len(rows)
            progress.at(done)
        nothing = _nothing(package, given, keep, confidence)
        counted = pieces.joined(folder, out, keep, nothing, rows=given.total)
        shutil.rmtree(folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return Done(given.total, *counted[:3], resumed, out, counted[3])


def _check_columns(package: Package, given: Sequence[str], source: Source, keep: Sequence[str]) -> None:
    for name in package.columns:
        if name not in given:
            raise Unmet(f"{source}: has no column {name}, which the model reads; {nearest(name, given)}")
    for name in keep:
        if name not in given:
            raise Unmet(f"--keep {name}: is not a column of {source}; {nearest(name, given)}")
        if name in OWN or name.startswith(answers.PROBABILITY):
            raise Unmet(f"--keep {name}: is what a column of the answers is called; rename it in {source}")


def _some(given: Rows, done: int, piece: int) -> Iterator[pl.DataFrame]:
    """Yield the rows behind those that are done, some at a time; polars would read ahead of whoever takes them."""
    for start in range(done, given.total, piece):
        yield given.between(start, min(start + piece, given.total))


def _answered(
    package: Package, rows: pl.DataFrame, folder: Path, keep: Sequence[str], confidence: float | None
) -> None:
    """Write the piece of some rows, named after the last: the answers, and the reason where there is none."""
    import polars as pl

    with fitting(package.folder):
        known, refused = package.modality.asked(rows, package.data, package.signature)
    beside = rows.join(known.select(ROW), on=ROW, how="semi", maintain_order="left")
    parts = [refused.select(ROW, *_kept(rows, refused, keep), REASON)] if len(refused) else []
    if len(known):
        with fitting(package.folder):
            given, told = _told(package, known, beside)
        made = pl.DataFrame(told, schema_overrides={BEYOND: pl.String} if BEYOND in told else None)
        if confidence is not None:
            unsure = pl.Series(ABSTAINED, answers.doubted(given, confidence))
            made = made.with_columns(pl.when(~unsure).then(answers.PREDICTED).alias(answers.PREDICTED), unsure)
        parts.append(pl.concat([beside.select(ROW, *keep), made], how="horizontal"))
    piece = pl.concat(parts, how="diagonal").sort(ROW)
    pieces.write(piece, folder, rows[ROW][-1])


def _nothing(package: Package, given: Rows, keep: Sequence[str], confidence: float | None) -> pl.DataFrame:
    """Return the answers to no rows: the columns that answers to some have."""
    import polars as pl

    more: dict[str, Any] = {NOVELTY: pl.Float64} if package.novelty is not None else {}
    if more or hasattr(package.modality, "beyond"):
        more[BEYOND] = pl.String
    if confidence is not None:
        more[ABSTAINED] = pl.Boolean
    parts = [given.between(0, 0).select(ROW, *keep), answers.none(package), pl.DataFrame(schema=more)]
    return pl.concat(parts, how="horizontal")


def _told(package: Package, known: pl.DataFrame, beside: pl.DataFrame) -> tuple[NDArray[Any], dict[str, Any]]:
    """Return what the model answers, and the columns of the answers."""
    import polars as pl

    examples = package.model.examples(known.lazy())
    given = answers.given(package, examples)
    told = answers.columns(package, given, beside)
    if package.novelty is not None:
        told[NOVELTY] = package.novelty.share(examples)
        given_there = known.select(pl.col(name).is_not_null() for name in package.novelty.categories)
        told[BEYOND] = _named(package.novelty.beyond(examples, given_there.to_numpy()))
    elif hasattr(package.modality, "beyond"):
        told[BEYOND] = _named(package.modality.beyond(known, package.model.encoding))
    return given, told


def _named(beyond: Sequence[Sequence[str]]) -> list[str | None]:
    return [", ".join(names) or None for names in beyond]


def _kept(rows: pl.DataFrame, refused: pl.DataFrame, keep: Sequence[str]) -> pl.DataFrame:
    return rows.join(refused.select(ROW), on=ROW, how="semi", maintain_order="left").select(*keep)
