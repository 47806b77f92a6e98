"""A first look at a source: what its columns are, what is to be predicted, and how it must be read."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syllabus import cleaning, sources
from syllabus.cleaning import merges
from syllabus.errors import Unmet, nearest
from syllabus.frames import ROW
from syllabus.projects import dialect, leaks
from syllabus.projects.roles import Finding, asking, leaking, roles, timeline
from syllabus.projects.spelling import Spelling, spelling
from syllabus.projects.tasks import Task, task
from syllabus.settings import Database, Kind, Reading
from syllabus.sources import Source, local, text

if TYPE_CHECKING:
    import polars as pl

SAMPLE = 50_000
"""The most rows that are looked at, spread evenly over the source."""
CELLS = 5_000_000
"""The most cells that are looked at: of a wide table fewer rows, but never less than `FEWEST`."""
FEWEST = 2_000


@dataclass(frozen=True)
class Glimpse:
    """A sample of a source, before it is known what is to be predicted.

    Args:
        rows: how many rows the source has.
        reading: what `data.reading` must say.
        spelling: how its texts are written.
        typed: the sample as ingest will see it, without the number of the row.
    """

    rows: int
    reading: Mapping[str, Any]
    spelling: Spelling
    typed: pl.DataFrame


@dataclass(frozen=True)
class Look:
    """What a source was taken for.

    Args:
        rows: how many it has.
        reading: what `data.reading` must say.
        spelling: how its texts are written.
        findings: of every column but the target.
        target: the column to predict.
        task: what that is.
        time: the column of dates by which the rows are in order, if there is one.
        merged: classes of the target that may be spellings of another one, by what each is written as: proposed only.
        typed: the sample as ingest will see it; none of a folder.
    """

    rows: int
    reading: Mapping[str, Any]
    spelling: Spelling
    findings: list[Finding]
    target: str
    task: Task
    time: str | None
    merged: Mapping[str, str]
    typed: pl.DataFrame | None = None


def look(source: Source, target: str, kind: Kind | None = None, held: str | None = None) -> Look:
    """Look at a sample of a source; `kind` is the task where a person says it, `held` a column of pictures.

    Raises:
        Unmet: it cannot be read, has no rows, or the target is not a column, or nothing to be learned.
    """
    seen = glimpse(source, target, target if kind == "regression" else None, held)
    asked = task(seen.typed[target], kind, seen.spelling.unsure.get(target, ""))
    found = roles(seen.typed, target, seen.spelling)
    merged = _spellings(seen.typed[target]) if asked.kind == "classification" else {}
    found = leaking(found, leaks.suspects(seen.typed, target, asked.kind, merged))
    found = asking(found, leaks.afterwards(seen.typed, target))
    if asked.kind == "classification":
        found = asking(found, leaks.marks(seen.typed, target, merged))
    ordered = timeline(seen.typed, found)
    return Look(seen.rows, seen.reading, seen.spelling, found, target, asked, ordered, merged, seen.typed)


def glimpse(source: Source, target: str | None = None, number: str | None = None, held: str | None = None) -> Glimpse:
    """Read a sample of a source; a target is looked for before the rows are read.

    `number` is a column that is known to be one of numbers, and `held` one of pictures, which is left out.

    Raises:
        Unmet: it cannot be read, has no rows, or the target is not a column.
    """
    import polars as pl

    reading = _reading(source)
    declared = Reading.model_validate(reading)
    known = sources.columns(source, declared)
    if target is not None and target not in known:
        raise Unmet(f"--target {target} is not a column of {source}; {nearest(target, known)}")
    if target is not None and target == held:
        raise Unmet(f"--target {target} is the column of pictures, which cannot be predicted; name another")
    with tempfile.TemporaryDirectory() as scratch:
        raw = sources.opened(source, Path(scratch) / "raw", declared, held)
        frame = raw.frame.drop(held or (), strict=False)
        rows = int(frame.select(pl.len()).collect(engine="streaming").item())
        if not rows:
            raise Unmet(f"{source}: there are no rows")
        most = min(SAMPLE, max(FEWEST, CELLS // len(known)))
        sample = frame.gather_every(-(-rows // most)).collect(engine="streaming")
        how = spelling(sample.drop(ROW), number)
        return Glimpse(rows, reading, how, _typed(sample, how, infer=raw.written))


def _spellings(target: pl.Series) -> dict[str, str]:
    """Return which classes may be another one, written in another way."""
    import polars as pl

    if target.dtype != pl.String:
        return {}
    counts = dict(target.drop_nulls().value_counts().iter_rows())
    found = merges.proposed(counts)
    # What would leave one class is no mending.
    return found if len(counts) - len(found) > 1 else {}


def _reading(source: Source) -> dict[str, Any]:
    if isinstance(source, Database) or "://" in str(source):
        return {}
    first = next(iter(local.matching(str(source))))
    return dialect.dialect(first) if local.kind(first, str(first)) is text else {}


def _typed(sample: pl.DataFrame, how: Spelling, *, infer: bool) -> pl.DataFrame:
    """Return the sample as ingest will see it."""
    changes = cleaning.changes(sample.lazy(), how.rules(), infer=infer)
    return cleaning.apply(sample.lazy(), changes).collect().drop(ROW)
