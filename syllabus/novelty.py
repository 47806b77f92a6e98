"""How unusual a row is beside those of train: each number and category by how much of train lies as far out.

The tails of the columns' own distributions, put together, as ECOD does (Li et al. 2022, "ECOD: Unsupervised outlier
detection using empirical cumulative distribution functions"); validation says how unusual known rows are, so that a
score is a share: of so many known rows is one as unusual. Columns are looked at one by one: a row whose parts do not
go together may be usual in each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from syllabus import frames

if TYPE_CHECKING:
    from syllabus.examples import Examples

    Floats = NDArray[np.float64]

FILE = "novelty.json"
READS = frozenset({"numeric", "categorical"})
KNOTS = 1000
"""So many numbers stand for a column's, evenly by rank, and so many scores for those of validation."""


@dataclass(frozen=True, eq=False)
class Novelty:
    """What is usual.

    Args:
        numbers: for each number its values in train, sorted and thinned.
        gaps: for each, the share of train that lacks it.
        shares: for each category, the share of train that has each code, and last that which has none.
        rows: how many rows train has.
        known: the scores of validation, sorted and thinned.
        names: of the columns, numbers first; empty for one of several that a column became.
    """

    numbers: Sequence[Floats]
    gaps: Sequence[float]
    shares: Sequence[Floats]
    rows: int
    known: Floats
    names: Sequence[str]

    def share(self, examples: Examples) -> Floats:
        """Return `(n,)`: the share of known rows that are as unusual as each, or more; 0 beyond all of them."""
        scores = np.concatenate([self.scores(some) for some in examples.batches()])
        found: Floats = (len(self.known) - np.searchsorted(self.known, scores, side="left")) / len(self.known)
        return found

    def beyond(self, examples: Examples, told: NDArray[np.bool_]) -> list[tuple[str, ...]]:
        """Return for each row the columns that hold what train has not: a number out of its range, a new category.

        Args:
            examples: the rows.
            told: `(n, c)`, which categories the rows tell: a missing one and a new one have the same code.
        """
        found: list[tuple[str, ...]] = []
        for some in examples.batches():
            begun = len(found)
            out = self._beyond(some, told[begun:][: len(some["numeric"])])
            found += [()] * len(out)
            # Few rows have any, and each that is looked at costs more than all of them together.
            for row in np.flatnonzero(out.any(axis=1)):
                found[begun + row] = tuple(name for name, hit in zip(self.names, out[row], strict=True) if hit and name)
        return found

    @property
    def categories(self) -> Sequence[str]:
        """The names of the columns of categories."""
        return self.names[len(self.numbers) :]

    def scores(self, arrays: Mapping[str, NDArray[Any]]) -> Floats:
        """Return `(n,)`: how unusual rows are, in nats."""
        numeric, codes = arrays["numeric"], arrays["categorical"]
        parts = [self._tail(column, values) for column, values in enumerate(numeric.T)]
        parts += [self._rarity(column, values) for column, values in enumerate(codes.T)]
        return -np.sum([np.log(part) for part in parts], axis=0) if parts else np.zeros(len(numeric))

    def _tail(self, column: int, values: Floats) -> Floats:
        """Return the share of train that lies as far out, on the side where a value lies."""
        held, least = self.numbers[column], 1 / (self.rows + 1)
        below = np.searchsorted(held, values, side="right") / max(len(held), 1)
        above = 1 - np.searchsorted(held, values, side="left") / max(len(held), 1)
        share = np.clip(2 * np.minimum(below, above), least, 1.0)
        return np.where(np.isnan(values), max(self.gaps[column], least), share)

    def _rarity(self, column: int, codes: NDArray[np.int32]) -> Floats:
        """Return the share of train whose category is as seldom, or more."""
        shares, least = self.shares[column], 1 / (self.rows + 1)
        rarity = np.array([shares[shares <= one].sum() for one in shares])
        found: Floats = np.clip(rarity[np.where((codes < 0) | (codes >= len(shares)), -1, codes)], least, 1.0)
        return found

    def _beyond(self, arrays: Mapping[str, NDArray[Any]], told: NDArray[np.bool_]) -> NDArray[np.bool_]:
        numeric, codes = arrays["numeric"], arrays["categorical"]
        found = np.zeros((len(numeric), numeric.shape[1] + codes.shape[1]), dtype=bool)
        for at, (held, values) in enumerate(zip(self.numbers, numeric.T, strict=True)):
            low, high = (held[0], held[-1]) if len(held) else (np.inf, -np.inf)
            found[:, at] = (values < low) | (values > high)
        for at, (shares, values) in enumerate(zip(self.shares, codes.T, strict=True)):
            new = np.where(values < 0, told[:, at] | (shares[-1] == 0), shares[values] == 0)
            found[:, len(self.numbers) + at] = new
        return found

    def save(self, path: Path) -> None:
        """Write the numbers as JSON."""
        several = {name: [held.tolist() for held in getattr(self, name)] for name in ("numbers", "shares")}
        told = {"gaps": list(self.gaps), "rows": self.rows, "known": self.known.tolist(), "names": list(self.names)}
        frames.write_json(several | told, path)


def load(path: Path) -> Novelty:
    """Read what `Novelty.save` wrote."""
    plain: dict[str, Any] = frames.read_json(path)
    numbers, shares = ([np.array(held, dtype=np.float64) for held in plain[name]] for name in ("numbers", "shares"))
    return Novelty(numbers, plain["gaps"], shares, plain["rows"], np.array(plain["known"]), plain["names"])


def learn(train: Examples, validation: Examples) -> Novelty | None:
    """Learn what is usual from train, and from validation how unusual known rows are; None where nothing tells."""
    if not set(train.arrays) >= READS or not len(train) or not len(validation):
        return None
    numeric, codes = train.arrays["numeric"], train.arrays["categorical"]
    known = [np.sort(column[~np.isnan(column)]) for column in numeric.T]
    sizes = [len(one.categories or ()) for one in train.columns["categorical"]]
    counts = [
        np.bincount(np.where(column < 0, size, column), minlength=size + 1)
        for size, column in zip(sizes, codes.T, strict=True)
    ]
    # One of several numbers that a text or a date became says nothing by being a little beyond all others.
    names = ["" if one.source else one.name for group in ("numeric", "categorical") for one in train.columns[group]]
    learned = Novelty(
        numbers=[_thinned(held) for held in known],
        gaps=[float(np.isnan(column).mean()) for column in numeric.T],
        shares=[count / len(train) for count in counts],
        rows=len(train),
        known=np.empty(0),
        names=names,
    )
    scores = np.concatenate([learned.scores(some) for some in validation.batches()])
    return Novelty(**vars(learned) | {"known": _thinned(np.sort(scores))})


def _thinned(held: Floats) -> Floats:
    """Return some of sorted numbers, evenly by rank, the first and the last among them."""
    if len(held) <= KNOTS:
        return held
    return held[np.linspace(0, len(held) - 1, KNOTS).round().astype(np.int64)]
