"""Small pictures of a column: what train held beside what the batch holds, as bars in percent of the picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from syllabus.monitoring import sentences
from syllabus.monitoring.distributions import Categories, Numbers
from syllabus.monitoring.tally import Tally

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

CELLS = 24
"""So many bars show numbers."""
FEW = 20
"""Numbers of so few values, or fewer, have a bar each."""
SHOWN = 7
"""So many categories have a bar of their own."""
TAIL = 0.005
"""A share of each end that the axis may leave out."""


@dataclass(frozen=True)
class Pair:
    """Two bars that stand together.

    Args:
        name: what they are of.
        before, now: their shares of the rows with a value.
        strange: whether train has none of it.
    """

    name: str
    before: float
    now: float
    strange: bool = False


@dataclass(frozen=True)
class Picture:
    """A column's bars.

    Args:
        pairs: from left to right, or from top to bottom where they are of categories.
        upright: whether they are of numbers, which have an axis.
        low, high: the ends of that axis, as text.
    """

    pairs: Sequence[Pair]
    upright: bool
    low: str = ""
    high: str = ""

    @property
    def most(self) -> float:
        """The largest share."""
        return max([max(pair.before, pair.now) for pair in self.pairs] or [0.0]) or 1.0


def of(tally: Tally) -> Picture:
    """Return the picture of a column."""
    if isinstance(tally.of, Categories):
        return _of_categories(tally.of, tally)
    values = len(tally.of.counts) - 2
    # Of a few rows each may have a number of its own: bars of one row each show nothing.
    few = values <= FEW and (values <= 1 or tally.of.known > 2 * values)
    return _of_few(tally.of, tally) if few else _of_numbers(tally.of, tally)


def _of_categories(of: Categories, tally: Tally) -> Picture:
    known, seen = max(of.known, 1), max(tally.known, 1)
    place = sorted(range(len(of.values)), key=lambda at: -max(of.counts[at] / known, tally.counts[at] / seen))
    shown = SHOWN + (len(place) == SHOWN + 1)
    pairs = [Pair(sentences.cut(of.values[at]), of.counts[at] / known, tally.counts[at] / seen) for at in place[:shown]]
    rest = place[shown:]
    if rest or of.others:
        before = (of.counts[rest].sum() + of.others) / known
        now = tally.counts[rest].sum() / seen + (tally.unlisted / seen if of.others else 0.0)
        pairs.append(Pair(f"({len(rest)} others)" if not of.others else "(others)", float(before), float(now)))
    if tally.unlisted and not of.others:
        first = max(tally.new, key=lambda value: tally.new[value])
        more = f" and {len(tally.new) - 1} more" if len(tally.new) > 1 else ""
        pairs.append(Pair(f"{sentences.cut(first)}{more}, new", 0.0, tally.unlisted / seen, strange=True))
    return Picture(pairs, upright=False)


def _of_few(of: Numbers, tally: Tally) -> Picture:
    known, seen = max(of.known, 1), max(tally.known, 1)
    names = ["below", *(f"{end:g}" for end in of.ends[1:]), "beyond"]
    pairs = [
        Pair(name, before / known, now / seen, strange=not before)
        for name, before, now in zip(names, of.counts, tally.counts, strict=True)
        if name not in ("below", "beyond") or now
    ]
    return Picture(pairs, upright=True, low=pairs[0].name if pairs else "", high=pairs[-1].name if pairs else "")


def _of_numbers(of: Numbers, tally: Tally) -> Picture:
    known = np.repeat(of.ends[1:], of.counts[1:-1]) if of.known < 10_000 else _drawn(of)
    both = [held for held in (known, tally.sample) if len(held)]
    low = min(float(np.quantile(held, TAIL)) for held in both)
    high = max(float(np.quantile(held, 1 - TAIL)) for held in both)
    edges = np.linspace(low, high if high > low else low + 1, CELLS + 1)
    before = _smooth(of, edges)
    now = np.histogram(np.clip(tally.sample, edges[0], edges[-1]), edges)[0] / max(len(tally.sample), 1)
    pairs = [
        Pair(
            f"{_written(of, left)} to {_written(of, right)}",
            float(b),
            float(n),
            strange=right < of.ends[0] or left > of.ends[-1],
        )
        for left, right, b, n in zip(edges, edges[1:], before, now, strict=False)
    ]
    return Picture(pairs, upright=True, low=_written(of, edges[0]), high=_written(of, edges[-1]))


def _drawn(of: Numbers) -> Floats:
    """Return numbers that lie as the reference does."""
    shares = np.cumsum(of.counts[1:-1]) / of.known
    places = np.searchsorted(shares, np.linspace(0, 1 - 1e-9, 1000), side="left").clip(max=len(shares) - 1)
    drawn: Floats = of.ends[1:][places]
    return drawn


def _smooth(of: Numbers, edges: Floats) -> Floats:
    """Return the share of the reference between the edges, as if a bin's rows were spread over it evenly."""
    below = np.interp(edges, of.ends, np.r_[0, np.cumsum(of.counts[1:-1])] / max(of.known, 1))
    below[0], below[-1] = 0.0, 1.0
    return np.diff(below)


def _written(of: Numbers, value: float) -> str:
    if of.moves:
        return datetime.fromtimestamp(float(value), UTC).date().isoformat()
    return sentences.short(float(value))
