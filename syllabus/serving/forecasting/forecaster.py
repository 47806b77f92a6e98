"""What goes on from histories: each series' steps ahead, with the ends of its intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from syllabus.cleaning.asking import REASON
from syllabus.errors import Unmet
from syllabus.frames import ROW
from syllabus.series import asking
from syllabus.serving import answers
from syllabus.serving.graphs import Graphed
from syllabus.serving.packages import fitting
from syllabus.serving.pieces import BEYOND

if TYPE_CHECKING:
    import polars as pl

    from syllabus.examples import Examples
    from syllabus.serving.packages import Package

OWN = (answers.PREDICTED, *answers.ENDS, BEYOND, REASON, ROW)
"""What stands beside the series and the moments of an answer."""


@dataclass(frozen=True)
class Forecaster:
    """Goes on from the histories that a package is asked about.

    Args:
        package: that is asked.

    Raises:
        Unmet: its series or its moments have the name of a column of the answers.
    """

    package: Package

    def __post_init__(self) -> None:
        for name in (*self.series, self.time):
            if name in OWN:
                told = "is what a column of the answers is called; rename it in the data, and train anew"
                raise Unmet(f"{self.package.folder}: its column {name} {told}")

    @property
    def series(self) -> tuple[str, ...]:
        """The columns that name a series."""
        keys: tuple[str, ...] = self.package.model.encoding.options.series
        return keys

    @property
    def time(self) -> str:
        """The column of the moments."""
        return str(self.package.model.encoding.options.time)

    @property
    def horizon(self) -> int:
        """How many steps are forecast."""
        return int(self.package.model.encoding.options.horizon)

    @property
    def name(self) -> str:
        """What runs it."""
        return "onnxruntime" if isinstance(self.package.model, Graphed) else self.package.model.architecture

    @property
    def nothing(self) -> pl.DataFrame:
        """The forecasts of no series: the columns of `forecasts`; any type may name a series."""
        import polars as pl

        moments = asking.moments(pl.Series([], dtype=pl.Int64), self.package.model.encoding, self._held)
        named = dict.fromkeys(self.series, pl.Null)
        parts = [pl.DataFrame(schema={ROW: pl.UInt64, **named}), moments.alias(self.time).to_frame()]
        beyond = pl.DataFrame(schema={BEYOND: pl.String})
        return pl.concat([*parts, answers.none(self.package), beyond], how="horizontal")

    def histories(self, rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return the rows of series that can be gone on from, and what names the others, `row` and `reason`."""
        package = self.package
        with fitting(package.folder):
            found: tuple[pl.DataFrame, pl.DataFrame] = package.modality.histories(
                rows, package.data, package.signature, package.model.encoding
            )
        return found

    def forecasts(self, known: pl.DataFrame) -> pl.DataFrame:
        """Return `horizon` rows for each series, in the order of what names them.

        Columns: `row`, in which the last value of its series stands, what names the series, the moment, `predicted`,
        the ends of its interval where the package has such, and `beyond`: what of it train has not.

        Args:
            known: rows as `histories` leaves them.

        Raises:
            Unmet: the model gives no answers.
        """
        import polars as pl

        package, learned, horizon = self.package, self.package.model.encoding, self.horizon
        with fitting(package.folder):
            examples: Examples = package.modality.latest(known.lazy(), learned)
            given = answers.given(package, examples)
            unit = pl.DataFrame({answers.UNIT: examples.arrays["scale"][:, 1]})
            told = answers.columns(package, given, unit)
        assert examples.rows is not None
        origins = pl.DataFrame({ROW: examples.rows}).join(known, on=ROW, how="left", maintain_order="left")
        steps = np.asarray(examples.arrays["origin"])[:, None] + np.arange(1, horizon + 1)
        each = origins.select(ROW, *self.series, pl.Series(BEYOND, self._beyond(examples, origins), dtype=pl.String))
        whole = each.select(pl.all().repeat_by(horizon).explode())
        moments = asking.moments(pl.Series(steps.ravel(), dtype=pl.Int64), learned, self._held).alias(self.time)
        flat = {name: np.asarray(values).ravel() for name, values in told.items()}
        beside = [moments.to_frame(), pl.DataFrame(flat), whole.select(BEYOND)]
        return pl.concat([whole.drop(BEYOND), *beside], how="horizontal")

    @property
    def _held(self) -> str:
        """The type of the moments."""
        return next(str(one["type"]) for one in self.package.signature if one["name"] == self.time)

    def _beyond(self, examples: Examples, origins: pl.DataFrame) -> list[str | None]:
        """Return for each series the columns that hold what train has not."""
        new = np.asarray(examples.arrays["series"]) < 0
        static = np.asarray(examples.arrays["static"])
        found: list[str | None] = []
        for place, row in enumerate(origins.iter_rows(named=True)):
            names = list(self.series) if new[place] else []
            for at, column in enumerate(examples.columns["static"]):
                if column.categories is not None and static[place, at] < 0 and row[column.name] is not None:
                    names.append(column.name)
            found.append(", ".join(names) or None)
        return found
