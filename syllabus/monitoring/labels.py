"""Where the target of new rows is found: in the batch itself, or in a source of its own that is joined by a key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from syllabus import modalities, sources
from syllabus.errors import Unmet, nearest, shown
from syllabus.monitoring import columns
from syllabus.monitoring.labelled import KEY, Labelled, named
from syllabus.monitoring.tally import Tally

if TYPE_CHECKING:
    import polars as pl

    from syllabus.monitoring.reference import Reference
    from syllabus.serving.packages import Package
    from syllabus.sources import Source


@dataclass(frozen=True)
class Labels:
    """Where the target of new rows may be found.

    Args:
        source: of labels; None where they can only stand in the batch.
        key: the column by which they are joined; without it those that say what a row is about, where its modality has
            such, as a user and an item.
    """

    source: Source | None = None
    key: str | None = None

    def keys(self, package: Package) -> tuple[str, ...]:
        """Return the columns by which they are joined; none where that is not known."""
        return (self.key,) if self.key is not None else columns.keys(package.data)

    def check(self, package: Package, given: Sequence[str], batch: Source) -> None:
        """Look whether labels and rows can be joined.

        Raises:
            Unmet: there is no key, or the batch has no such column.
        """
        keys = self.keys(package)
        if self.key is not None if self.source is None else not keys:
            raise Unmet("labels go with a key: the column by which they and the rows belong together; give both")
        for name in keys if self.source is not None else ():
            if name not in given:
                raise Unmet(f"{batch}: has no column {name} to join labels by; {nearest(name, given)}")

    def opened(self, package: Package, reference: Reference, given: Sequence[str], scratch: Path) -> Labelled | None:
        """Return what takes rows with labels; None where there are no labels.

        Raises:
            Unmet: the labels cannot be read, or a key stands there twice.
        """
        target, task = modalities.target(package.data), package.model.encoding.task
        truth = columns.truth(package.model.modality, task, given)
        if truth is not None and self.source is not None:
            raise Unmet(f"{self.source}: new rows of {package.model.modality} are their own labels: leave these out")
        held = None if self.source is None else self._read(package, target, scratch / "labels")
        if held is None and truth is None and target not in given:
            return None
        there = {*given, *([target] if held is not None else [])}
        groups = [one for one in reference.groups if one.column in there]
        tally = Tally(reference.target) if reference.target else None
        return Labelled(package, target, groups, tally, truth, self.keys(package), held)

    def _read(self, package: Package, target: str, scratch: Path) -> pl.DataFrame:
        assert self.source is not None
        keys, there = self.keys(package), sources.columns(self.source, package.data.reading)
        for name in (*keys, target):
            if name not in there:
                raise Unmet(f"{self.source}: labels have no column {name}; {nearest(name, there)}")
        frame = sources.scan(self.source, scratch, package.data.reading)
        held = frame.select(named(keys), target).collect().drop_nulls()
        if twice := held.filter(held[KEY].is_duplicated())[KEY].to_list():
            times = twice.count(twice[0])
            raise Unmet(f"{self.source}: {', '.join(keys)} {shown(twice[0])} has {times} labels; a row has one")
        return held
