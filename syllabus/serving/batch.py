"""Rows of a source answered in a stream: piece by piece, so that a kill loses one piece, and no row comes twice.

Each piece is a file in a folder beside the output, written under another name and renamed. The next run with the same
package, source and settings goes on behind the last piece; at the end they become one file.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syllabus import frames
from syllabus.cleaning.asking import REASON
from syllabus.errors import Unmet, nearest
from syllabus.frames import ROW
from syllabus.progress import Progress
from syllabus.serving import answers
from syllabus.serving import rows as asking
from syllabus.serving.packages import fitting

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from syllabus.serving.packages import Package
    from syllabus.serving.rows import Rows
    from syllabus.sources import Source

PIECE = 50_000
FORMATS = (".csv", ".parquet")
NOVELTY, BEYOND, ABSTAINED = "novelty", "beyond", "abstained"
OWN = frozenset({answers.PREDICTED, answers.RANK, *answers.ENDS, NOVELTY, BEYOND, ABSTAINED, REASON, ROW})
_ABOUT = "about.json"


@dataclass(frozen=True)
class Done:
    """What came of it.

    Args:
        rows: how many were asked about.
        refused: how many of them could not be answered.
        beyond: how many hold what train has not.
        abstained: on how many the model was not sure enough.
        resumed: how many an earlier run had answered.
        out: the file of the answers.
        rejects: that of the rows that could not be answered; None where there are none.
    """

    rows: int
    refused: int
    beyond: int
    abstained: int
    resumed: int
    out: Path
    rejects: Path | None


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
    if out.suffix not in FORMATS:
        raise Unmet(f"{out}: answers are written as {' or '.join(FORMATS)}: give it such a name")
    if confidence is not None:
        answers.check_confidence(package)
    found, names = asking.columns(package, source)
    _check_columns(package, names, source, keep)
    pieces = out.with_name(f".{out.name}.pieces")
    scratch = out.with_name(f".{out.name}.scratch")
    try:
        given = found if found is not None else asking.table(package, source, scratch, names)
        keep = [*given.kept, *(name for name in keep if name not in given.kept)]
        settings = {"package": package.digest, "source": given.sha256, "keep": keep, "confidence": confidence}
        resumed = done = _resumed(pieces, settings)
        progress = Progress("predict", unit="row", total=given.total)
        for rows in _some(given, resumed, getattr(package.modality, "PIECE", PIECE)):
            _answered(package, rows, pieces, keep, confidence)
            done += len(rows)
            progress.at(done)
        counted = _joined(pieces, out, keep)
        shutil.rmtree(pieces)
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


def _resumed(pieces: Path, settings: dict[str, Any]) -> int:
    """Return how many rows an earlier run has answered; make the folder of pieces where there is none of the same."""
    about = pieces / _ABOUT
    try:
        same = json.loads(about.read_text(encoding="utf-8")) == json.loads(json.dumps(settings))
    except (OSError, ValueError):
        same = False
    if not same:
        shutil.rmtree(pieces, ignore_errors=True)
        pieces.mkdir(parents=True)
        frames.write_json(settings, about)
    return max((int(piece.stem) for piece in pieces.glob("*.parquet")), default=0)


def _answered(
    package: Package, rows: pl.DataFrame, pieces: Path, keep: Sequence[str], confidence: float | None
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
    with frames.replacing(pieces / f"{rows[ROW][-1]:012}.parquet") as partial:
        piece.write_parquet(partial)


def _told(package: Package, known: pl.DataFrame, beside: pl.DataFrame) -> tuple[NDArray[Any], dict[str, Any]]:
    """Return what the model answers, and the columns of the answers."""
    import polars as pl

    examples = package.model.examples(known.lazy())
    given = answers.given(package, examples)
    told = answers.columns(package, given, beside)
    if package.novelty is not None:
        told[NOVELTY] = package.novelty.share(examples)
        given_there = known.select(pl.col(name).is_not_null() for name in package.novelty.categories)
        beyond = package.novelty.beyond(examples, given_there.to_numpy())
        told[BEYOND] = [", ".join(names) or None for names in beyond]
    return given, told


def _kept(rows: pl.DataFrame, refused: pl.DataFrame, keep: Sequence[str]) -> pl.DataFrame:
    return rows.join(refused.select(ROW), on=ROW, how="semi", maintain_order="left").select(*keep)


def _joined(pieces: Path, out: Path, keep: Sequence[str]) -> tuple[int, int, int, Path | None]:
    """Write the pieces as one file, and those without an answer as another; return how many of which there are."""
    import polars as pl

    held = sorted(pieces.glob("*.parquet"))
    whole = pl.concat([pl.scan_parquet(piece) for piece in held], how="diagonal") if held else pl.LazyFrame({ROW: []})
    names = whole.collect_schema().names()
    wrong = pl.col(REASON).is_not_null() if REASON in names else pl.lit(value=False)
    counted = {
        "refused": wrong.sum(),
        "beyond": pl.col(BEYOND).is_not_null().sum() if BEYOND in names else pl.lit(0),
        "abstained": pl.col(ABSTAINED).sum() if ABSTAINED in names else pl.lit(0),
    }
    refused, beyond, abstained = whole.select(**counted).collect(engine="streaming").row(0)
    rejects = out.with_name(f"{out.stem}.rejects{out.suffix}")
    if refused:
        _write(whole.filter(wrong).select(ROW, *keep, REASON), rejects)
    else:
        rejects.unlink(missing_ok=True)
    _write(whole.filter(~wrong).drop(REASON, strict=False), out)
    return refused, beyond, abstained, rejects if refused else None


def _write(frame: pl.LazyFrame, path: Path) -> None:
    if path.suffix == ".parquet":
        frames.sink(frame, path)
        return
    with frames.replacing(path) as partial:
        frame.sink_csv(partial)
