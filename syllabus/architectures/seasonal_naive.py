"""The seasonal naive forecast: what was a season ago comes again, as uncertain as it has been on train."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from syllabus import architectures
from syllabus.batches import Arrays
from syllabus.examples import Examples
from syllabus.losses import loss

if TYPE_CHECKING:
    from optuna.trial import BaseTrial

    Floats = NDArray[np.float64]

READS = frozenset({"past", "naive", "scale"})
TASKS = frozenset({"forecast"})
SEARCH: dict[str, Any] = {}
SIDE_BY_SIDE = True
_FILE = "apart.json"


class Params(architectures.Params):
    """Of how many seasons it is made."""

    seasons: int = Field(default=1, ge=1, le=100)
    """The mean of so many seasons, as many as are looked back at, is forecast; 1 is the seasonal naive forecast."""


def space(trial: BaseTrial) -> dict[str, Any]:
    """Choose how many seasons are averaged."""
    return {"seasons": trial.suggest_int("seasons", 1, 8)}


@dataclass(frozen=True)
class Fitted:
    """How far quantiles lie from the forecast, `(h, q)`, in deviations of each example."""

    seasons: int
    season: int
    apart: Floats

    def predict(self, examples: Examples) -> Floats:
        """Return quantiles `(n, h, q)`."""
        parts = [self._some(arrays) for arrays in examples.batches()]
        return np.concatenate(parts)

    def _some(self, arrays: Arrays) -> Floats:
        middle = averaged(arrays, self.seasons, self.season)
        quantiles: Floats = middle[:, :, None] + arrays["scale"][:, 1, None, None] * self.apart
        return quantiles

    def save(self, directory: Path) -> None:
        """Write the numbers as JSON, and their checksum."""
        told = {"seasons": self.seasons, "season": self.season, "apart": self.apart.tolist()}
        architectures.write((json.dumps(told) + "\n").encode(), directory / _FILE)


def fit(params: Params, train: Examples, validation: Examples, *, seed: int, report: architectures.Report) -> Fitted:
    """Learn on train how far values lie from the forecast, for each step ahead."""
    from syllabus.examination.forecasts import spread

    middle = np.concatenate([averaged(some, params.seasons, train.task.season) for some in train.batches()])
    apart = spread(train.labels, middle, train.arrays["scale"][:, 1], train.task.quantiles)
    fitted = Fitted(params.seasons, train.task.season, apart)
    report(1, loss(fitted.predict(train), train), loss(fitted.predict(validation), validation))
    return fitted


def load(directory: Path) -> Fitted:
    """Read what `save` wrote."""
    told = json.loads(architectures.read(directory / _FILE))
    return Fitted(told["seasons"], told["season"], np.array(told["apart"]))


def averaged(arrays: Arrays, seasons: int, season: int) -> Floats:
    """Return `(n, h)`: the mean of the values one season before, two before, and so on, of those that there are."""
    naive = np.asarray(arrays["naive"], np.float64)
    if seasons == 1:
        return naive
    past = np.asarray(arrays["past"])[:, :, 0]
    lead = np.arange(1, naive.shape[1] + 1)
    first = past.shape[1] - 1 + lead - season * -(-lead // season)
    total, count = naive.copy(), np.ones_like(naive)
    for back in range(1, seasons):
        places = first - back * season
        values = np.where(places >= 0, past[:, places.clip(0)], np.nan)
        total, count = total + np.nan_to_num(values), count + ~np.isnan(values)
    mean: Floats = total / count
    return mean
