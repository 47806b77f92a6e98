"""The target of new rows: in the batch itself, or in a source of its own that is joined by a key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from syllabus import sources
from syllabus.cleaning import asking
from syllabus.errors import Unmet, nearest
from syllabus.frames import ROW
from syllabus.monitoring import performance
from syllabus.monitoring.distributions import Tally
from syllabus.monitoring.reference import labels as coded
from syllabus.monitoring.reference import of_target

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from syllabus.monitoring.groups import Groups
    from syllabus.monitoring.performance import Deciding
    from syllabus.monitoring.reference import Reference
    from syllabus.serving.packages import Package
    from syllabus.settings import Type
    from syllabus.sources import Source

_KEY = " key"
"""A name that no column of a source has: a source's are stripped."""


@dataclass(frozen=True)
class Labels:
    """Where the target of new rows may be found.

    Args:
        source: of labels; None where they can only stand in the batch.
        key: the column by which they are joined.
    """

    source: Source | None = None
    key: str | None = None

    def check(self, given: Sequence[str], batch: Source) -> None:
        """Look whether labels and rows can be joined.

        Raises:
            Unmet: there is no key, or the batch has no such column.
        """
        if (self.source is None) != (self.key is None):
            raise Unmet("labels go with a key: the column by which they and the rows belong together; give both")
        if self.key is not None and self.key not in given:
            raise Unmet(f"{batch}: has no column {self.key} to join labels by; {nearest(self.key, given)}")

    def opened(self, package: Package, reference: Reference, given: Sequence[str], scratch: Path) -> Labelled | None:
        """Return what takes rows with labels; None where there are no labels.

        Raises:
            Unmet: the labels cannot be read, or a key stands there twice.
        """
        target = package.model.encoding.target
        held = None if self.source is None else self._read(package, target, scratch / "labels")
        if held is None and target not in given:
            return None
        groups = [one for one in reference.groups if one.column in given]
        return Labelled(package, target, groups, Tally(reference.target) if reference.target else None, self.key, held)

    def _read(self, package: Package, target: str, scratch: Path) -> pl.DataFrame:

        assert self.source is not None
        assert self.key is not None
        there = sources.columns(self.source, package.data.reading)
        for name in (self.key, target):
            if name not in there:
                raise Unmet(f"{self.source}: labels have no column {name}; {nearest(name, there)}")
        frame = sources.scan(self.source, scratch, package.data.reading)
        held = frame.select(_named(self.key), target).collect().drop_nulls()
        if twice := held.filter(held[_KEY].is_duplicated())[_KEY].to_list():
            times = twice.count(twice[0])
            raise Unmet(f"{self.source}: {self.key} {twice[0]} has {times} labels; a row has one")
        return held


@dataclass
class Labelled:
    """The rows whose label is known, with what the model answered.

    Args:
        package: what answered.
        target: the column.
        groups: the slices whose columns are there.
        tally: of the target.
        key: by what `held` is joined.
        held: the labels, by key; None where they stand in the batch.
        rows: how many rows have a label that can be read.
        unread: how many have one that cannot, such as a text where a number belongs.
        strange: rows of a class that train did not have, by its name.
    """

    package: Package
    target: str
    groups: Sequence[Groups]
    tally: Tally | None
    key: str | None = None
    held: pl.DataFrame | None = None
    rows: int = 0
    unread: int = 0
    strange: dict[str, int] = field(default_factory=dict)
    _given: list[NDArray[Any]] = field(default_factory=list)
    _target: list[NDArray[Any]] = field(default_factory=list)
    _beside: list[pl.DataFrame] = field(default_factory=list)

    @property
    def kept(self) -> int:
        """How many rows stand for them in metrics."""
        return sum(map(len, self._target))

    def add(self, rows: pl.DataFrame, numbers: pl.Series, given: NDArray[Any], kept: NDArray[np.bool_]) -> None:
        """Take some rows.

        Args:
            rows: cells as they stand.
            numbers: `(n,)`, the rows among them that were answered.
            given: `(n, …)`, the answers.
            kept: `(n,)`, which of them stand for all where there are many.
        """
        import polars as pl

        task = self.package.model.encoding.task
        whole = self._joined(rows).join(numbers.to_frame(), on=ROW, how="right", maintain_order="right")
        known = whole[self.target].is_not_null()
        frame = whole.select(of_target(self.target, task)).to_series().filter(known)
        if self.tally is not None:
            self.tally.add(frame, kept[known.to_numpy()])
        self.rows += len(frame)
        codes = coded(whole, self.target, task)
        able = known.to_numpy() if task.kind != "classification" else codes >= 0
        strange = whole.filter(known & ~pl.Series(able))[self.target].cast(pl.String)
        for value, times in strange.value_counts().iter_rows():
            self.strange[value] = self.strange.get(value, 0) + times
        able &= kept
        self._given.append(given[able])
        self._target.append(codes[able])
        self._beside.append(whole.drop(self.target).filter(pl.Series(able)))

    def measured(self, deciding: Deciding, metric: str) -> dict[str, Any] | None:
        """Return what `performance.measure` says of them; None where there are none."""
        import polars as pl

        if not self.kept:
            return None
        task, frame = self.package.model.encoding.task, pl.concat(self._beside)
        given, target = np.concatenate(self._given), np.concatenate(self._target)
        answers = deciding.answers(task, given, target, frame)
        return performance.measure(answers, metric, self.groups, [one.codes(frame[one.column]) for one in self.groups])

    def _joined(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return `row`, the target and the columns of slices, cleaned as ingest would."""
        if self.held is not None:
            own = rows.drop(self.target, strict=False).with_columns(_named(str(self.key)))
            rows = own.join(self.held, on=_KEY, how="left", maintain_order="left")
        regression = self.package.model.encoding.task.kind != "classification"
        kinds: dict[str, Type] = {one.column: one.kind for one in self.groups}
        across = (self.package.threshold or {}).get("across")
        if across and across not in kinds:
            kinds[across] = "text"
        found = rows.select(ROW)
        # Each by itself: an unreadable cell of one must not cost the others.
        for name, kind in (kinds | {self.target: "number" if regression else "text"}).items():
            read, refused = asking.cells(rows, self.package.data.cleaning, {name: kind})
            self.unread += len(refused) if name == self.target else 0
            found = found.join(read, on=ROW, how="left", maintain_order="left")
        return found


def _named(key: str) -> pl.Expr:
    """Return the key as a text; a whole number is the same where gaps beside it have made it a float."""
    import polars as pl

    return pl.col(key).cast(pl.String).str.replace(r"^(-?\d+)\.0+$", "${1}").alias(_KEY)
