"""A first look at a source: what its columns are, what is to be predicted, and how it must be read."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syllabus import cleaning, sources
from syllabus.errors import Unmet, nearest
from syllabus.frames import ROW
from syllabus.projects import dialect, leaks
from syllabus.projects.roles import Finding, asking, leaking, roles
from syllabus.projects.spelling import Spelling, spelling
from syllabus.projects.tasks import Task, task
from syllabus.settings import Cleaning, Reading
from syllabus.sources import local, text

if TYPE_CHECKING:
    import polars as pl

SAMPLE = 50_000
"""The most rows that are looked at, spread evenly over the source."""


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
    """

    rows: int
    reading: Mapping[str, Any]
    spelling: Spelling
    findings: list[Finding]
    target: str
    task: Task


def look(source: str, target: str | None) -> Look:
    """Look at a sample of a source.

    Raises:
        Unmet: it cannot be read, has no rows, or the target is not a column, or nothing to be learned; without a
            target, the columns are told.
    """
    import polars as pl

    reading = _reading(source)
    known = sources.columns(source, Reading.model_validate(reading))
    if target is None:
        raise Unmet(f"which column is to be predicted? Say --target COLUMN; the columns are: {', '.join(known)}")
    if target not in known:
        raise Unmet(f"--target {target} is not a column of {source}; {nearest(target, known)}")
    with tempfile.TemporaryDirectory() as scratch:
        raw = sources.opened(source, Path(scratch) / "raw", Reading.model_validate(reading))
        rows = int(raw.frame.select(pl.len()).collect(engine="streaming").item())
        if not rows:
            raise Unmet(f"{source}: there are no rows")
        sample = raw.frame.gather_every(-(-rows // SAMPLE)).collect(engine="streaming")
        how = spelling(sample.drop(ROW))
        typed = _typed(sample, how, infer=raw.written)
    asked = task(typed[target])
    found = leaking(roles(typed, target, how), leaks.suspects(typed, target, asked.kind))
    found = asking(found, leaks.afterwards(typed, target))
    return Look(rows, reading, how, found, target, asked)


def _reading(source: str) -> dict[str, Any]:
    if "://" in source:
        return {}
    first = next(iter(local.matching(source)))
    return dialect.dialect(first) if local.kind(first, str(first)) is text else {}


def _typed(sample: pl.DataFrame, how: Spelling, *, infer: bool) -> pl.DataFrame:
    """Return the sample as ingest will see it."""
    rules = Cleaning(missing=how.missing, numbers=dict(how.numbers), dates=dict(how.dates))
    changes = cleaning.changes(sample.lazy(), rules, infer=infer)
    return cleaning.apply(sample.lazy(), changes).collect().drop(ROW)
