"""What a linear model reads of examples: scaled numbers, one indicator a category, and the weights of texts' words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from syllabus.examples import Examples

    Floats = NDArray[np.float64]

HARMONICS = 3
"""Waves in a period: with three, every day of a week may stand for itself."""
LARGEST = 1e100
"""Numbers beyond it count as it: their square must be a number, too."""


@dataclass(frozen=True, eq=False)
class Inputs:
    """Examples as the regression reads them: `d` columns, of which a row's indicators all but one a column are zero.

    Args:
        numbers: `(p, n)`, the dense columns, which come first.
        places: `(c, n) int64`, for each categorical column which of the `i` indicators is one; `i` for none.
        indicators: how many there are, i.
        terms: `(n, d - p - i)`, the weights of words, which come last; None where there are none.
    """

    numbers: Floats
    places: NDArray[np.int64]
    indicators: int
    terms: csr_array | None = None

    @property
    def width(self) -> int:
        """How many columns there are, d."""
        return len(self.numbers) + self.indicators + (0 if self.terms is None else int(self.terms.shape[1]))

    def scores(self, weights: Floats, intercepts: Floats) -> Floats:
        """Return `(k, n)` scores for weights `(k, d)`."""
        dense, words = len(self.numbers), len(self.numbers) + self.indicators
        found = np.tile(intercepts[:, None], self.numbers.shape[1])
        # Column by column, because a sum over an axis goes another way when fewer rows are asked for.
        for column, number in enumerate(self.numbers):
            found += weights[:, column, None] * number
        for row, table in zip(found, np.pad(weights[:, dense:words], ((0, 0), (0, 1))), strict=True):
            for place in self.places:
                row += table.take(place)
        # Sparse products go through a row's terms in their order.
        return found if self.terms is None else found + (self.terms @ weights[:, words:].T).T

    def slopes(self, residuals: Floats) -> Floats:
        """Return `(k, d)`: for `(k, n)` residuals, their products with the columns."""
        places, count = self.places.ravel(), self.indicators + 1
        counted = [np.bincount(places, np.tile(row, len(self.places)), count)[:-1] for row in residuals]
        # No BLAS: its sums depend on the number of threads.
        told = [] if self.terms is None else [(self.terms.T @ residuals.T).T]
        slopes: Floats = np.hstack([np.einsum("kn,pn->kp", residuals, self.numbers), counted, *told])
        return slopes


@dataclass(frozen=True, eq=False)
class Terms:
    """How the words of texts are read, learned from train.

    Args:
        words: `(1,) int64`, how many there are; one that train has not has no column.
        scale: `(1,)`, what weights are multiplied by: their mean square in a text is then about that of scaled numbers,
            and one penalty fits both.
        kept: `(p,) int64`, the numbers that are read beside them: not those that only sum them up.
    """

    words: NDArray[np.int64]
    scale: Floats
    kept: NDArray[np.int64]

    def weights(self, examples: Examples) -> csr_array:
        """Return the scaled weights, `(n, words)`."""
        from scipy.sparse import csr_array

        codes, weights = examples.arrays["terms"], examples.arrays["weights"]
        known = (codes >= 0) & (codes < self.words[0])
        starts = np.concatenate([[0], np.cumsum(known.sum(axis=1))])
        held = weights[known].astype(np.float64) * self.scale[0]
        return csr_array((held, codes[known], starts), shape=(len(codes), int(self.words[0])))


@dataclass(frozen=True, eq=False)
class Design:
    """How examples become inputs, learned from train.

    Args:
        medians: `(p,)`, what stands in for missing numbers.
        quantiles: `(q, p)`, train's quantiles for ranks; `(0, p)` for scaled numbers.
        centre: `(p,)` and `scale`: `(p,)`, of the numbers as transformed.
        sizes: `(c,)`, how many categories each categorical column has.
        gaps: `(g,) int64`, which numbers train misses at times.
        cyclic: `(y,) int64`, which numbers begin anew after their period; a circle stands beside them.
        periods: `(y,)`.
        terms: how the words of texts are read; None where there are none.
    """

    medians: Floats
    quantiles: Floats
    centre: Floats
    scale: Floats
    sizes: NDArray[np.int64]
    gaps: NDArray[np.int64]
    cyclic: NDArray[np.int64]
    periods: Floats
    terms: Terms | None = None

    def inputs(self, examples: Examples) -> Inputs:
        """Return the numbers, where they go round, whether each was missing, and one indicator a category."""
        numeric = _finite(_read(examples, self.terms))
        numbers = (self._transformed(numeric) - self.centre) / self.scale
        dense = np.ascontiguousarray(np.hstack([numbers, *self._circles(numeric), np.isnan(numeric[:, self.gaps])]).T)
        codes = examples.arrays["categorical"].T.astype(np.int64)
        starts, indicators = np.cumsum(self.sizes) - self.sizes, int(self.sizes.sum())
        places = np.where(codes < 0, indicators, codes + starts[:, None])
        return Inputs(dense, places, indicators, None if self.terms is None else self.terms.weights(examples))

    def _circles(self, numeric: Floats) -> list[Floats]:
        """Return where a number stands in its period, as sines and cosines: the end lies beside the beginning."""
        angles = 2 * np.pi * numeric[:, self.cyclic] / self.periods
        return [np.nan_to_num(turn(step * angles)) for step in range(1, HARMONICS + 1) for turn in (np.sin, np.cos)]

    def _transformed(self, numeric: Floats) -> Floats:
        filled = np.where(np.isnan(numeric), self.medians, numeric)
        if not len(self.quantiles):
            return filled
        ranks = np.linspace(0, 1, len(self.quantiles))
        columns = [np.interp(filled[:, p], self.quantiles[:, p], ranks) for p in range(filled.shape[1])]
        return np.column_stack(columns) if columns else filled


def learn_design(train: Examples, numbers: str) -> Design:
    """Learn the design from train."""
    terms = _learn_terms(train)
    numeric = _finite(_read(train, terms))
    known = ~np.isnan(numeric).all(axis=0)
    medians = np.zeros(numeric.shape[1])
    medians[known] = np.nanmedian(numeric[:, known], axis=0)
    filled = np.where(np.isnan(numeric), medians, numeric)
    quantiles = np.quantile(filled, np.linspace(0, 1, 101), axis=0) if numbers == "ranked" else filled[:0]
    sizes = np.array([len(column.categories or ()) for column in train.columns["categorical"]], dtype=np.int64)
    gaps = np.flatnonzero(np.isnan(numeric).any(axis=0))
    named = list(train.columns.get("numeric", ()))
    named = named if terms is None else [named[place] for place in terms.kept]
    cyclic = [place for place, column in enumerate(named) if column.period]
    periods = np.array([named[place].period for place in cyclic], dtype=np.float64)
    rest = (sizes, gaps, np.array(cyclic, dtype=np.int64), periods, terms)
    zero, one = np.zeros(numeric.shape[1]), np.ones(numeric.shape[1])
    transformed = Design(medians, quantiles, zero, one, *rest)._transformed(numeric)
    deviation = transformed.std(axis=0)
    return Design(medians, quantiles, transformed.mean(axis=0), np.where(deviation > 0, deviation, 1.0), *rest)


def _learn_terms(train: Examples) -> Terms | None:
    if "terms" not in train.arrays:
        return None
    codes = train.arrays["terms"]
    kept = [place for place, column in enumerate(train.columns["numeric"]) if not column.sums]
    scale = np.sqrt(max(1.0, float((codes >= 0).sum(axis=1).mean())))
    return Terms(np.array([codes.max(initial=-1) + 1], np.int64), np.array([scale]), np.array(kept, np.int64))


def _read(examples: Examples, terms: Terms | None) -> Floats:
    """Return the numbers that are read."""
    numeric = examples.arrays["numeric"]
    return numeric if terms is None else numeric[:, terms.kept]


def _finite(numeric: Floats) -> Floats:
    """Return the numbers, NaN where one is missing or infinite, bounded so that they can be squared."""
    return np.where(np.isfinite(numeric), numeric.clip(-LARGEST, LARGEST), np.nan)
