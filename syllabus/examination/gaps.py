"""How far apart groups are in a rate: the gaps that fairness is judged by.

The names and definitions are fairlearn's. A gap comes with the two groups that decide it and the 95 % bounds
of the difference or ratio of just these two, put together from their Wilson intervals (Newcombe, 1998;
Donner and Zou, 2012). A lower bound below nought, or an upper bound above a ratio of one, says that chance
alone may have made the gap.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from syllabus.examination.calibration import wilson

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Rate:
    """A rate in each of m groups.

    Args:
        values: `(m,) float`, NaN in a group without anything behind it.
        behind: `(m,) int`, the examples that it is the share of.
    """

    values: NDArray[np.float64]
    behind: NDArray[np.int64]

    @cached_property
    def bounds(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The bounds of the 95 % interval in each group."""
        return wilson(np.round(np.nan_to_num(self.values) * self.behind), self.behind)


Rates = dict[str, Rate]


@dataclass(frozen=True)
class Gap:
    """How far apart the groups of an attribute are.

    Args:
        value: a difference, or a ratio of at most one; None where it does not exist.
        low: the lower bound.
        high: the upper bound.
        rate: the rate that the groups differ in.
        between: the groups with the lowest and with the highest rate; None where it is 0 in all.
        of: the class that is asked about.
        ratio: whether the lower value is the wider gap.
        reason: what could not be compared, and why.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    rate: str | None = None
    between: tuple[str, str] | None = None
    of: str | None = None
    ratio: bool = False
    reason: str | None = None

    @property
    def width(self) -> float:
        """What gaps of one name are ordered by."""
        if self.value is None:
            return float("-inf")
        return -self.value if self.ratio else self.value


def widest(several: Sequence[Gap]) -> Gap:
    """Return the widest gap, with the reasons why others have no value."""
    gap = max(several, key=lambda one: one.width)
    reasons = list(dict.fromkeys(one.reason for one in several if one.reason))
    more = [f"and {len(reasons) - 3} more"] if len(reasons) > 3 else []
    return replace(gap, reason="; ".join([*reasons[:3], *more]) or None)


def difference(names: Sequence[str], rates: Rates, groups: Sequence[str], asked: str, least: int) -> Gap:
    """Return the largest difference between two groups with `least` examples behind the rate."""
    return widest([_between(name, rates, groups, asked, least) for name in names])


def ratio(name: str, rates: Rates, groups: Sequence[str], asked: str, least: int) -> Gap:
    """Return the lowest rate as a share of the highest."""
    return _between(name, rates, groups, asked, least, ratio=True)


GAPS: dict[str, Callable[[Rates, Sequence[str], str, int], Gap]] = {
    "demographic_parity_difference": partial(difference, ["selection_rate"]),
    "demographic_parity_ratio": partial(ratio, "selection_rate"),
    "equalized_odds_difference": partial(difference, ["true_positive_rate", "false_positive_rate"]),
    "equal_opportunity_difference": partial(difference, ["true_positive_rate"]),
    "accuracy_difference": partial(difference, ["accuracy"]),
}
NAMES = tuple(GAPS)


def _between(name: str, rates: Rates, groups: Sequence[str], asked: str, least: int, *, ratio: bool = False) -> Gap:
    rate = rates[name]
    large = np.flatnonzero(rate.behind >= least)
    if len(large) < 2:
        examples = {"true_positive_rate": "positives", "false_positive_rate": "negatives"}.get(name, "examples")
        reason = f"fewer than two groups have {least} {examples} of {asked!r}"
        return Gap(None, rate=name, of=asked, ratio=ratio, reason=reason)
    known = rate.values[large]
    pair = large[[known.argmin(), known.argmax()]]
    found: dict[str, Any] = {"rate": name, "between": (groups[pair[0]], groups[pair[1]]), "of": asked, "ratio": ratio}
    if not known.any() and name != "false_positive_rate":
        # Fair to all is also a model that never decides for anyone: say so beside the gap of nought.
        found |= {"reason": f"the {name.replace('_', ' ')} of {asked!r} is 0 in every group", "between": None}
    a, b = (float(value) for value in rate.values[pair])
    low, high = (bound[pair] for bound in rate.bounds)
    if not ratio:
        below = float(np.hypot(b - low[1], high[0] - a))
        above = float(np.hypot(high[1] - b, a - low[0]))
        return Gap(b - a, b - a - below, min(1.0, b - a + above), **found)
    return Gap(a / b, *_ratio_bounds(a, b, low, high), **found) if b > 0 else Gap(None, **found)


def _ratio_bounds(
    a: float, b: float, low: NDArray[np.float64], high: NDArray[np.float64]
) -> tuple[float, float | None]:
    product = a * b

    def root(bound_a: float, bound_b: float) -> float:
        inside = product**2 - bound_a * bound_b * (2 * a - bound_a) * (2 * b - bound_b)
        return float(np.sqrt(max(0.0, inside)))

    least = (product - root(low[0], high[1])) / (high[1] * (2 * b - high[1]))
    if low[1] == 0:
        return float(least), None
    return float(least), float((product + root(high[0], low[1])) / (low[1] * (2 * b - low[1])))
