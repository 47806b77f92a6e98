"""Counts of runs of bytes, the honest rival of networks: interpolated modified Kneser-Ney (Chen and Goodman 1999).

What comes next is told by how often it came after the last few bytes; how much is left for what never did, by after how
many different ones it came when one byte less is looked back at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from syllabus import architectures
from syllabus.examples import Examples
from syllabus.losses import loss

if TYPE_CHECKING:
    from optuna.trial import BaseTrial

    Floats = NDArray[np.float64]
    Keys = NDArray[np.uint64]

READS = frozenset({"bytes"})
TASKS = frozenset({"language"})
SEARCH: dict[str, Any] = {}
SIDE_BY_SIDE = True
_FILE = "counts.safetensors"
END = 0
SYMBOLS = 257
BITS = 9
"""A symbol takes so many bits of a key: runs of seven fit into one of 64."""
MOST = 7
AT_A_TIME = 2048
_TINY = 1e-12


class Params(architectures.Params):
    """How far it looks back."""

    order: int = Field(default=6, ge=1, le=MOST)
    """The bytes of the longest runs that are counted; the best order up to this is kept, by validation."""


def space(trial: BaseTrial) -> dict[str, Any]:
    """Choose how far it looks back at the most."""
    return {"order": trial.suggest_int("order", 3, MOST)}


@dataclass(frozen=True)
class Level:
    """The runs of one length, sorted, with what they say of their last symbol.

    Args:
        keys: of each run; those with the same symbols before the last stand together.
        shares: `(m,)`: its count less the discount, by the count of all with the same symbols before.
        before: the distinct symbols before the last, as keys, sorted.
        starts: `(k + 1,)`: where the runs of each begin.
        left: `(k,)`: what is left for the level below.
    """

    keys: Keys
    shares: Floats
    before: Keys
    starts: NDArray[np.int64]
    left: Floats

    @classmethod
    def of(cls, keys: Keys, counts: NDArray[np.int64]) -> Level:
        """Make a level of distinct, sorted runs and how often each is there."""
        discounts = _discounts(counts)[np.minimum(counts, 3)]
        before, starts = np.unique(keys >> BITS, return_index=True)
        totals = np.add.reduceat(counts, starts)
        shares = (counts - discounts) / np.repeat(totals, np.diff(np.r_[starts, len(keys)]))
        left = np.add.reduceat(discounts, starts) / totals
        return cls(keys, shares, before, np.r_[starts, len(keys)], left)

    def mixed(self, below: Floats, before: Keys) -> Floats:
        """Return how likely each symbol is, `(b, 257)`, after some symbols, given what the level below says."""
        places = np.searchsorted(self.before, before).clip(max=len(self.before) - 1)
        known = self.before[places] == before
        found = below * np.where(known, self.left[places], 1.0)[:, None]
        rows = np.flatnonzero(known)
        begin, end = self.starts[places[rows]], self.starts[places[rows] + 1]
        sizes = end - begin
        runs = np.repeat(begin - np.r_[0, sizes.cumsum()[:-1]], sizes) + np.arange(sizes.sum())
        # A run stands once in a level, so that no cell is added to twice.
        found[np.repeat(rows, sizes), (self.keys[runs] & np.uint64(2**BITS - 1)).astype(np.int64)] += self.shares[runs]
        return found


@dataclass(frozen=True)
class Fitted:
    """Counts of runs, of one symbol first."""

    levels: tuple[Level, ...]

    def predict(self, examples: Examples) -> NDArray[np.float64]:
        """Return for each document its nats, its symbols and how many were held for the likeliest: `(n, 3)`."""
        found, row = np.zeros((len(examples), 3)), 0
        for arrays in examples.batches():
            for codes in arrays["bytes"]:
                found[row] = self._costs(np.r_[codes, END])
                row += 1
        return found

    def _costs(self, symbols: NDArray[np.int64]) -> tuple[float, int, int]:
        nats, right = 0.0, 0
        for start in range(0, len(symbols), AT_A_TIME):
            # Before a document stands an end; further back there is nothing but more of them.
            first = max(0, start - MOST + 1)
            padded = np.r_[np.zeros(MOST - 1 - (start - first), np.int64), symbols[first : start + AT_A_TIME]]
            asked = symbols[start : start + AT_A_TIME]
            likely = self.likely(_keys(padded[:-1], MOST - 1))
            nats -= float(np.log(likely[np.arange(len(asked)), asked]).sum())
            right += int((likely.argmax(axis=1) == asked).sum())
        return nats, len(symbols), right

    def likely(self, before: Keys) -> Floats:
        """Return how likely each symbol is, `(b, 257)`, after the six symbols whose keys `(b,)` are given."""
        found = np.full((len(before), SYMBOLS), 1 / SYMBOLS)
        for back, level in enumerate(self.levels):
            found = level.mixed(found, before & np.uint64((1 << (BITS * back)) - 1))
        likely: Floats = np.maximum(found, _TINY)
        return likely

    def continued(self, codes: NDArray[np.int32], choose: Callable[[Floats], int]) -> Iterator[int]:
        """Yield the codes that follow, each taken by `choose` from how likely all are, until a document ends."""
        read = [*([END] * (MOST - 1)), *codes.tolist()]
        while True:
            code = choose(np.log(self.likely(_keys(np.array(read[1 - MOST :]), MOST - 1))[0]))
            if code == END:
                return
            yield code
            read.append(code)

    def save(self, directory: Path) -> None:
        """Write the levels as safetensors, and the checksum."""
        from safetensors.numpy import save

        told = {f"{name}.{at}": held for at, level in enumerate(self.levels) for name, held in vars(level).items()}
        architectures.write(save(told), directory / _FILE)


def fit(params: Params, train: Examples, validation: Examples, *, seed: int, report: architectures.Report) -> Fitted:
    """Count runs of one length after another; the order that validation likes best is kept."""
    few = _few(train, validation, seed)
    best, lowest = Fitted(()), np.inf
    # The lower levels count after how many different symbols a run came; only the highest counts how often it came.
    below: tuple[Level, ...] = ()
    runs = _counted(train, 1)
    for order in range(1, params.order + 1):
        fitted = Fitted((*below, Level.of(*runs)))
        on_validation = loss(fitted.predict(validation), validation)
        report(order, loss(fitted.predict(few), few), on_validation)
        if on_validation < lowest:
            best, lowest = fitted, on_validation
        if order < params.order:
            runs = _counted(train, order + 1)
            kept, different = np.unique(runs[0] & np.uint64((1 << (BITS * order)) - 1), return_counts=True)
            below = (*below, Level.of(kept, different))
    return best


def load(directory: Path) -> Fitted:
    """Read what `save` wrote."""
    from safetensors.numpy import load as parse

    held = parse(architectures.read(directory / _FILE))
    names = ("keys", "shares", "before", "starts", "left")
    return Fitted(tuple(Level(*(held[f"{name}.{at}"] for name in names)) for at in range(len(held) // len(names))))


def _keys(symbols: NDArray[np.int64], length: int) -> Keys:
    """Return the key of each run of so many symbols, the first of them in the highest bits."""
    found = np.zeros(len(symbols) - length + 1, np.uint64)
    for at in range(length):
        found = (found << np.uint64(BITS)) | symbols[at : at + len(found)].astype(np.uint64)
    return found


def _counted(train: Examples, length: int) -> tuple[Keys, NDArray[np.int64]]:
    """Return the distinct runs of so many symbols in all documents, sorted, and how often each is there."""
    begin = np.zeros(length - 1, np.int64)
    keys = [_keys(np.r_[begin, codes, END], length) for arrays in train.batches() for codes in arrays["bytes"]]
    return np.unique(np.concatenate(keys), return_counts=True)


def _discounts(counts: NDArray[np.int64]) -> Floats:
    """Return what is taken from a run that came never, once, twice, or three times and more (equation 26)."""
    one, two, three, four = (float((counts == times).sum()) for times in (1, 2, 3, 4))
    if not (one and two and three):
        return np.array([0.0, 0.5, 0.5, 0.5])
    share = one / (one + 2 * two)
    taken = np.array([0.0, 1 - 2 * share * two / one, 2 - 3 * share * three / two, 3 - 4 * share * four / three])
    return taken.clip(0.0, [0.0, 1.0, 2.0, 3.0])


def _few(train: Examples, validation: Examples, seed: int) -> Examples:
    """Return as much of train as there is to validate on."""
    order = np.random.default_rng(seed).permutation(len(train))
    sizes = train.labels.sum(axis=1)[order]
    chosen = np.sort(order[: int(np.searchsorted(sizes.cumsum(), validation.labels.sum())) + 1])
    return Examples(train.task, {"bytes": train.arrays["bytes"][chosen]}, train.labels[chosen], train.columns)
