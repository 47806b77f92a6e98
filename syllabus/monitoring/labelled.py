"""The rows whose label is known, what came of them, and how well the model did there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from syllabus.cleaning import asking
from syllabus.examples import Examples
from syllabus.frames import ROW
from syllabus.monitoring import columns, performance
from syllabus.monitoring.reference import labels as coded
from syllabus.monitoring.reference import of_target
from syllabus.monitoring.tally import Tally

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from syllabus.monitoring.groups import Groups
    from syllabus.monitoring.performance import Deciding
    from syllabus.serving.packages import Package
    from syllabus.settings import Type

KEY = " key"
"""A name that no column of a source has: a source's are stripped."""


@dataclass
class Labelled:
    """The rows whose label is known, with what the model answered.

    Args:
        package: what answered.
        target: the column.
        groups: the slices whose columns are there.
        tally: of the target; None where it is no plain column.
        truth: what tells the target of examples, where the rows are it; None where a column does.
        keys: by what `held` is joined.
        held: the labels, by key; None where they stand in the batch.
        rows: how many rows have a label that can be read.
        unread: how many have one that cannot, such as a text where a number belongs.
        strange: rows of a class that train did not have, by its name.
    """

    package: Package
    target: str
    groups: Sequence[Groups]
    tally: Tally | None
    truth: Callable[[Examples], NDArray[Any]] | None = None
    keys: tuple[str, ...] = ()
    held: pl.DataFrame | None = None
    rows: int = 0
    unread: int = 0
    strange: dict[str, int] = field(default_factory=dict)
    _given: list[NDArray[Any]] = field(default_factory=list)
    _target: list[NDArray[Any]] = field(default_factory=list)
    _beside: list[pl.DataFrame] = field(default_factory=list)
    _arrays: list[dict[str, NDArray[Any]]] = field(default_factory=list)

    @property
    def kept(self) -> int:
        """How many rows stand for them in metrics."""
        return sum(map(len, self._target))

    def add(
        self, rows: pl.DataFrame, numbers: pl.Series, given: NDArray[Any], examples: Examples, kept: NDArray[np.bool_]
    ) -> None:
        """Take some rows.

        Args:
            rows: cells as they stand.
            numbers: `(n,)`, the rows among them that were answered.
            given: `(n, …)`, the answers.
            examples: what they are answers to.
            kept: `(n,)`, which of them stand for all where there are many.
        """
        whole = self._joined(rows).join(numbers.to_frame(), on=ROW, how="right", maintain_order="right")
        if self.truth is not None:
            codes, able = self.truth(examples), np.ones(len(whole), dtype=bool)
            self.rows += len(whole)
        else:
            codes, able = self._codes(whole, kept)
        able = able & kept
        self._given.append(given[able])
        self._target.append(codes[able])
        self._beside.append(whole.filter(able))
        names = getattr(columns.load(self.package.model.modality), "ARRAYS", ())
        self._arrays.append({name: examples.arrays[name][able] for name in names})

    def measured(self, deciding: Deciding, metric: str, fewest: int) -> dict[str, Any] | None:
        """Return what `performance.measure` says of them; None where there are none."""
        import polars as pl

        if not self.kept:
            return None
        own, task = columns.load(self.package.model.modality), self.package.model.encoding.task
        frame, given, target = pl.concat(self._beside), np.concatenate(self._given), np.concatenate(self._target)
        arrays = {name: np.concatenate([some[name] for some in self._arrays]) for name in self._arrays[0]}
        if hasattr(own, "counted"):
            last = own.counted(arrays)
            frame, given, target = frame.filter(last), given[last], target[last]
            arrays = {name: held[last] for name, held in arrays.items()}
        examples = Examples(task, arrays or {"rows": np.empty((len(target), 0))}, target)
        answers = deciding.answers(given, examples, frame, columns.judge(self.package.model.modality))
        codes = [one.codes(frame[one.column]) for one in self.groups]
        return performance.measure(
            answers, metric, self.groups, codes, fewest=fewest, together=hasattr(own, "together")
        )

    def _codes(self, whole: pl.DataFrame, kept: NDArray[np.bool_]) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        """Return the targets, `(n,)`, and which of them the model can know; and count them."""
        import polars as pl

        task = self.package.model.encoding.task
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
        return codes, able

    def _joined(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return `row`, the target and the columns of slices, cleaned as ingest would."""
        if self.held is not None:
            own = rows.drop(self.target, strict=False).with_columns(named(self.keys))
            rows = own.join(self.held, on=KEY, how="left", maintain_order="left")
        numeric = self.package.model.encoding.task.kind != "classification"
        kinds: dict[str, Type] = {one.column: one.kind for one in self.groups}
        across = (self.package.threshold or {}).get("across")
        if across and across not in kinds:
            kinds[across] = "text"
        if self.truth is None:
            kinds[self.target] = "number" if numeric else "text"
        found = rows.select(ROW)
        # Each by itself: an unreadable cell of one must not cost the others.
        for name, kind in kinds.items():
            read, refused = asking.cells(rows, self.package.data.cleaning, {name: kind})
            self.unread += len(refused) if name == self.target else 0
            found = found.join(read, on=ROW, how="left", maintain_order="left")
        return found


def named(keys: Sequence[str]) -> pl.Expr:
    """Return the keys as one text; a whole number is the same where gaps beside it have made it a float."""
    import polars as pl

    each = (pl.col(key).cast(pl.String).str.replace(r"^(-?\d+)\.0+$", "${1}") for key in keys)
    return pl.concat_str(each, separator=", ").alias(KEY)
