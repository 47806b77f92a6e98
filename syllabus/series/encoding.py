"""What is learned of series from train: their level, what the seasonal naive forecast errs, and static categories."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from syllabus import modalities
from syllabus.errors import Unmet
from syllabus.examples import Column, Task, task_of
from syllabus.frames import ROW
from syllabus.series import grid as grids
from syllabus.series import moments
from syllabus.series.grid import Grid
from syllabus.series.moments import STEP
from syllabus.series.options import Options

if TYPE_CHECKING:
    import polars as pl

    from syllabus.settings import Data

Floats = NDArray[np.float64]
Key = tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Encoding:
    """What was learned from train.

    Args:
        target: the column of the values.
        task: what is predicted.
        options: as declared, with what was inferred.
        grid: where moments stand.
        series: the values that name each of the m series of train.
        levels: `(m, 2)`: mean and deviation of each, on the scale that is learned.
        errors: `(m,)`: the mean absolute error of the seasonal naive forecast on train, on the target's own scale; NaN
            where a series is shorter than a season.
        categories: of static columns of texts.
    """

    target: str
    task: Task
    options: Options
    grid: Grid
    series: tuple[Key, ...]
    levels: Floats
    errors: Floats
    categories: Mapping[str, tuple[str, ...]]

    def plain(self) -> dict[str, Any]:
        """Return what JSON can hold; `encoding` reads it, with the arrays."""
        return {
            "target": self.target,
            **self.task.plain(),
            "options": self.options.model_dump(mode="json"),
            "grid": asdict(self.grid),
            "series": [list(key) for key in self.series],
            "categories": {name: list(held) for name, held in self.categories.items()},
            "roles": self.options.columns | dict.fromkeys(moments.MADE, "made"),
        }

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the numbers of each series."""
        return {"levels": self.levels, "errors": self.errors}

    @property
    def back(self) -> int:
        """How many steps are looked back at."""
        assert self.options.context is not None
        return self.options.context

    @property
    def known(self) -> tuple[Column, ...]:
        """What is known ahead."""
        named = tuple(Column(name) for name in self.options.known)
        return (*named, *grids.columns(self.options.calendar or ()))

    @property
    def static(self) -> tuple[Column, ...]:
        """What never changes within a series."""
        return tuple(Column(name, self.categories.get(name)) for name in self.options.static)


def encoding(plain: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Encoding:
    """Return the encoding that wrote these."""
    return Encoding(
        plain["target"],
        task_of(plain),
        Options.model_validate_json(json.dumps(plain["options"])),
        Grid(**plain["grid"]),
        tuple(map(tuple, plain["series"])),
        np.asarray(arrays["levels"]),
        np.asarray(arrays["errors"]),
        {name: tuple(held) for name, held in plain["categories"].items()},
    )


def learn(train: pl.LazyFrame, data: Data) -> Encoding:
    """Learn of train.

    Raises:
        Unmet: what is looked back at is shorter than a season.
    """
    import polars as pl

    asked: Options = modalities.options(data)
    keys = list(asked.series)
    few = train.select(ROW, *keys, asked.time, STEP, moments.FREQUENCY, data.target, *asked.static).collect()
    grid = _grid(few, asked)
    season = asked.season or grid.season
    context = asked.context or 2 * max(season, asked.horizon)
    if context < season:
        raise Unmet(f"data.options.context: {context} steps do not hold a season of {season}: make it {season} or more")
    usual = asked.calendar if asked.calendar is not None else grids.USUAL[grid.parts[1]]
    told = {"frequency": grid.frequency, "season": season, "context": context, "calendar": usual}
    task = Task("forecast", transform=data.target_transform, quantiles=asked.quantiles, season=season)
    value = pl.col(data.target).cast(pl.Float64)
    values = few.select(*(pl.col(key).cast(pl.String).fill_null("") for key in keys), STEP, value.alias("value"))
    found = [(key, *_numbers(part, task, asked)) for key, part in _series(values.drop_nulls("value"), keys)]
    categories = {
        name: tuple(few[name].drop_nulls().unique().sort().to_list())
        for name in asked.static
        if few.schema[name] == pl.String
    }
    levels = np.array([level for _, level, _ in found]).reshape(-1, 2)
    errors = np.array([error for *_, error in found])
    return Encoding(
        data.target,
        task,
        asked.model_copy(update=told),
        grid,
        tuple(key for key, *_ in found),
        levels,
        errors,
        categories,
    )


def _grid(train: pl.DataFrame, asked: Options) -> Grid:
    """Return the grid on which ingest has placed these rows."""
    frequency = str(train[moments.FREQUENCY][0])
    at = grids.instants(
        train[asked.time], train.select(asked.series), train[ROW], asked.timezone,
        passing=Grid(frequency).passing,
    )  # fmt: skip
    grid = grids.declared(frequency, at, asked.timezone)
    return grid if (grid.steps(at) == train[STEP]).all() else grids.declared(frequency, at.head(0), asked.timezone)


def _series(values: pl.DataFrame, keys: list[str]) -> list[tuple[Key, pl.DataFrame]]:
    """Return the values of each series in order, by what names it."""
    ordered = values.sort([*keys, STEP])
    if not keys:
        return [((), ordered)]
    return [(tuple(map(str, key)), part) for key, part in ordered.group_by(keys, maintain_order=True)]


def _numbers(part: pl.DataFrame, task: Task, asked: Options) -> tuple[tuple[float, float], float]:
    """Return mean and deviation of a series, and the mean absolute error of its seasonal naive forecast."""
    values, steps = part["value"].to_numpy(), part[STEP].to_numpy()
    grown = task.learned(values)
    at = np.searchsorted(steps, steps - task.season)
    there = steps[at.clip(max=len(steps) - 1)] == steps - task.season
    errors = abs(values - values[at.clip(max=len(steps) - 1)])[there]
    if asked.gaps == "zero" and len(errors):
        full = np.zeros(steps[-1] - steps[0] + 1)
        full[steps - steps[0]] = values
        errors = abs(full[task.season :] - full[: -task.season])
    # A series that never varies over a season has no error to be set against.
    error = float(errors.mean()) if len(errors) and errors.any() else float("nan")
    return (float(grown.mean()), float(grown.std())), error
