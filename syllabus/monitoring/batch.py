"""New rows, gone through in a stream and counted as the reference counts: no more than a piece of them is in memory."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from syllabus import frames
from syllabus.cleaning.asking import REASON
from syllabus.errors import Unmet
from syllabus.frames import ROW
from syllabus.monitoring import columns, reading
from syllabus.monitoring.columns import Known
from syllabus.monitoring.labelled import Labelled
from syllabus.monitoring.labels import Labels
from syllabus.monitoring.reference import unusual, watched_answers
from syllabus.monitoring.tally import Tally
from syllabus.progress import Progress

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from syllabus.monitoring.reading import Piece
    from syllabus.monitoring.reference import Reference
    from syllabus.monitoring.truth import Truth
    from syllabus.serving.packages import Package
    from syllabus.sources import Source


@dataclass
class Batch:
    """What was seen of new rows.

    Args:
        source: what they were read from.
        columns: those that the source has.
        lacking: the columns that the model reads and the source has not.
        masked: those that were left empty on purpose when the rows were logged.
        rows: how many there are.
        unread: how many of them cannot be read, by the column that says why, with the first reason.
        measured: those of the watched columns that are made of others, such as the length of a text.
        tallies: of the watched columns.
        predictions: of what the model answered; empty where it could not be asked.
        unusual: how many rows are unusual; None where nobody can tell.
        together: what rows go with each other, by a number; none where each stands for itself.
        labelled: the rows whose label is known, and what came of them.
        levels: columns that go up and down by themselves: that their values have drifted is told, and no alarm.
    """

    source: str
    columns: Sequence[str]
    lacking: Sequence[str]
    masked: Collection[str] = ()
    rows: int = 0
    unread: dict[str, tuple[int, str]] = field(default_factory=dict)
    measured: Collection[str] = ()
    tallies: dict[str, Tally] = field(default_factory=dict)
    predictions: dict[str, Tally] = field(default_factory=dict)
    unusual: int | None = None
    together: set[int] = field(default_factory=set)
    labelled: Labelled | Truth | None = None
    levels: Sequence[str] = ()

    @property
    def refused(self) -> int:
        """How many rows cannot be read."""
        return sum(rows for rows, _ in self.unread.values())

    @property
    def evidence(self) -> float:
        """How many independent pieces there are for a row that can be read."""
        return len(self.together) / max(self.read, 1) if self.together else 1.0

    @property
    def read(self) -> int:
        """How many rows can."""
        return self.rows - self.refused


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
    """Go through new rows, and count them.

    Args:
        package: the model that is in use.
        reference: its own.
        source: the rows.
        scratch: a folder for what is brought or made on the way; it is removed.
        labels: where the target of the rows may be found.
        sample: how many rows stand for all in metrics and pictures.
        clean: where to write the rows that can be read, as ingest would leave them; None where nobody asks.

    Raises:
        Unmet: the source cannot be read, has no rows, or none of the columns that the model reads.
    """
    own = columns.load(package.model.modality)
    try:
        if hasattr(own, "count"):
            whole: Batch = own.count(package, reference, source, scratch, labels=labels, sample=sample, clean=clean)
            return whole
        opened = reading.opened(package, source, scratch)
        labels.check(package, opened.columns, source)
        if not opened.total:
            raise Unmet(f"{source}: has no rows: there is nothing to look at")
        batch = Batch(str(source), opened.columns, opened.lacking, opened.masked, rows=opened.total)
        gone = {*opened.lacking, *opened.masked}
        made_of = {name: columns.made_of(name, package.data) for name in reference.columns}
        batch.tallies = {name: Tally(reference.columns[name]) for name in made_of if gone.isdisjoint(made_of[name])}
        batch.measured = {name for name, several in made_of.items() if list(several) != [name]}
        if not gone:
            batch.predictions = {name: Tally(one) for name, one in reference.predictions.items()}
            batch.unusual = None if reference.unusual is None or package.novelty is None else 0
            batch.labelled = labels.opened(package, reference, opened.columns, scratch)
        seen = Known(package.model.encoding, reference.held)
        pieces, done = scratch / "clean", 0
        rng, progress = np.random.default_rng(0), Progress("monitor", unit="row", total=opened.total)
        for piece in opened.pieces:
            _count(package, batch, piece, rng.random(len(piece.rows)) < sample / opened.total, seen)
            if clean is not None and len(piece.known):
                pieces.mkdir(exist_ok=True)
                piece.known.write_parquet(pieces / f"{done:012}.parquet")
            done += len(piece.known) + len(piece.refused)
            progress.at(done)
        if clean is not None and pieces.exists():
            frames.sink(_together(pieces), clean)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return batch


def _together(pieces: Path) -> pl.LazyFrame:
    import polars as pl

    return pl.scan_parquet(sorted(pieces.glob("*.parquet")))


def _count(package: Package, batch: Batch, piece: Piece, chosen: NDArray[np.bool_], seen: Known) -> None:
    """Count some rows; those that are chosen stand for all in metrics and pictures."""
    known = piece.known
    refuse(batch, piece.refused, package.columns)
    kept = np.isin(known[ROW].to_numpy(), piece.rows[ROW].to_numpy()[chosen])
    modality = package.model.modality
    batch.together.update(columns.together(modality, known.lazy(), seen))
    watched = columns.watched(modality, known.lazy(), package.signature, seen).collect()
    for name, tally in batch.tallies.items():
        tally.add(watched[name], kept)
    if not batch.predictions or not len(known):
        return
    examples = package.model.examples(known.lazy())
    given = package.model.answers(examples)
    for answered in watched_answers(modality, given, examples):
        batch.predictions[answered.name].add(answered, kept)
    if batch.unusual is not None and package.novelty is not None:
        batch.unusual += unusual(package.novelty, examples)
    if isinstance(batch.labelled, Labelled):
        batch.labelled.add(piece.rows, known[ROW], given, examples, kept)


def refuse(batch: Batch, refused: pl.DataFrame, names: Sequence[str]) -> None:
    """Count rows by the column that says why they cannot be read; one that was masked is no reason."""
    for reason in refused[REASON]:
        # The name of a column may hold what follows on it.
        column = max((name for name in names if reason.startswith(f"{name}: ")), key=len, default=None)
        column = column or reason.partition(": ")[0]
        if column not in batch.masked:
            rows, first = batch.unread.get(column, (0, reason))
            batch.unread[column] = (rows + 1, first)
