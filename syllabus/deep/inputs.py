"""Columns of a table as a network reads them: numbers by their place in train, gaps beside, categories as codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from syllabus.batches import Arrays
from syllabus.examples import Examples

Floats = NDArray[np.float64]

POINTS = 256
"""A number's place in train is told between so many quantiles."""
SAMPLE = 200_000
"""Of more rows, so many tell the quantiles."""


@dataclass(frozen=True, eq=False)
class Inputs:
    """What is learned of the columns from train.

    A number becomes the normal deviate of its place among train's (a quantile transform): a network then reads all
    columns on one scale, and an outlier is no further away than the largest value.

    Args:
        numbers: `(d,) int64`, the numeric columns that vary.
        gaps: `(g,) int64`, the numeric columns in which train has gaps.
        values: `(d, POINTS)`, quantiles in rising order, the last repeated where a column has fewer.
        places: `(d, POINTS)`, the normal deviate of each.
        categories: how many each categorical column has.
    """

    numbers: NDArray[np.int64]
    gaps: NDArray[np.int64]
    values: Floats
    places: Floats
    categories: tuple[int, ...]

    @property
    def width(self) -> int:
        """How many numbers a row becomes: places, gaps, then codes."""
        return len(self.numbers) + len(self.gaps) + len(self.categories)

    def rows(self, arrays: Arrays) -> torch.Tensor:
        """Return `(n, width) float32`; codes count from 0, which is none of the categories."""
        numeric, codes = arrays["numeric"], arrays["categorical"]
        told = np.zeros((len(numeric), self.width), np.float32)
        for at, column in enumerate(self.numbers):
            given = numeric[:, column]
            found = np.interp(given, self.values[at], self.places[at])
            told[:, at] = np.where(np.isnan(given), 0.0, found)
        first = len(self.numbers) + len(self.gaps)
        told[:, len(self.numbers) : first] = np.isnan(numeric[:, self.gaps])
        told[:, first:] = codes + 1  # exact: a table has far fewer categories than a float32 has whole numbers
        return torch.from_numpy(told)

    def edges(self, most: int) -> list[torch.Tensor]:
        """Return for each number the edges of at most so many ranges that hold about as many rows of train each."""
        found = []
        for row in self.places:
            wanted = np.linspace(0, len(row) - 1, most + 1).round().astype(int)
            edges = np.unique(row[wanted].astype(np.float32))
            # One range is a straight line, which the embedding has anyway, and warns of.
            found.append(torch.from_numpy(np.insert(edges, 1, edges.mean()) if len(edges) == 2 else edges))
        return found

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return all but the categories, as safetensors hold it."""
        return {"numbers": self.numbers, "gaps": self.gaps, "values": self.values, "places": self.places}


def inputs(arrays: Mapping[str, NDArray[np.generic]], categories: Sequence[int]) -> Inputs:
    """Return the inputs that wrote `arrays`."""
    return Inputs(**{name: np.array(held) for name, held in arrays.items()}, categories=tuple(categories))


def learn(train: Examples) -> Inputs:
    """Learn the quantiles and the gaps of train."""
    numeric = train.arrays["numeric"]
    few = np.linspace(0, len(numeric) - 1, min(len(numeric), SAMPLE)).astype(int)
    numbers, gaps, values, places = [], [], [], []
    for column in range(numeric.shape[1]):
        missing = np.isnan(numeric[:, column])
        if 0 < missing.sum() < len(missing):
            gaps.append(column)
        given = numeric[few, column]
        found = _quantiles(given[~np.isnan(given)])
        if found is not None:
            numbers.append(column)
            values.append(found[0])
            places.append(found[1])
    return Inputs(
        np.array(numbers, dtype=np.int64),
        np.array(gaps, dtype=np.int64),
        np.array(values, dtype=np.float64).reshape(-1, POINTS),
        np.array(places, dtype=np.float64).reshape(-1, POINTS),
        tuple(len(column.categories or ()) for column in train.columns.get("categorical", ())),
    )


def _quantiles(known: Floats) -> tuple[Floats, Floats] | None:
    """Return different quantiles and the normal deviate of the middle of each one's rows; None where all are equal."""
    if not len(known) or known.min() == known.max():
        return None
    ordered = np.sort(known)
    # The values themselves, not means of two: what lies between could be beyond the largest number.
    values = np.unique(ordered[np.linspace(0, len(ordered) - 1, POINTS).round().astype(int)])
    ranks = (np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right")) / 2
    shares = torch.from_numpy((ranks / len(ordered)).clip(1 / POINTS, 1 - 1 / POINTS))
    places = torch.special.ndtri(shares).numpy()
    spread = POINTS - len(values)
    return np.pad(values, (0, spread), mode="edge"), np.pad(places, (0, spread), mode="edge")
