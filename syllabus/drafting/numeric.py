"""What is expected of a column of numbers: a range that nothing leaves, quantiles that stay where they are."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from syllabus.drafting import slack
from syllabus.drafting.expectations import Expectation, between, expectation, figure, percent, share_down
from syllabus.drafting.profile import Numbers

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
_FEWEST_ROWS = 20


def draft(name: str, numbers: Numbers, *, ranges: bool = True) -> Iterator[Expectation]:
    """Yield the expectations of a column of numbers.

    Args:
        name: the column.
        numbers: its values.
        ranges: whether to expect a range beside the quantiles.
    """
    if not len(numbers.ordered):
        return
    if ranges:
        yield _range(name, numbers)
    yield from _quantiles(name, numbers)


def limits(numbers: Numbers) -> tuple[Any, Any]:
    """Return what no value should be below or above.

    Half the way from the median to the extreme is added to each side, so that a long tail gets more room than a short one.
    A column that never falls below zero stays there, and one that ends at exactly 1 or 100 is taken for a share.
    """
    least, median, largest = numbers.at(0), numbers.at(0.5), numbers.at(1)
    low, high = least - (median - least) / 2, largest + (largest - median) / 2
    if least >= 0 > low:
        low = 0
    if largest in (1, 100) and least >= 0:
        high = largest
    if numbers.whole and all(math.isfinite(end) and abs(end) < 2**53 for end in (low, high)):
        low, high = math.floor(low), math.ceil(high)
    low, high = between(low, high, scale=float(high - low))
    # Where integers are beyond what a float holds, rounding may cut off what was seen.
    return min(low, least), max(high, largest)


def _range(name: str, numbers: Numbers) -> Expectation:
    low, high = limits(numbers)
    beyond = min(1.0, slack.stray(numbers.count) + numbers.infinite)
    seen = f"Seen: {figure(numbers.at(0))} to {figure(numbers.at(1))}, median {figure(numbers.at(0.5))}."
    infinite = f" {percent(numbers.infinite)} are infinite or no number." if numbers.infinite else ""
    return expectation(
        "column_values_to_be_between",
        "warning",
        f"{seen}{infinite} Half the way from the median to each end is added; {percent(beyond)} of the rows may lie beyond, "
        "and go to quarantine.",
        column=name,
        min_value=low,
        max_value=high,
        mostly=share_down(1 - beyond),
    )


def _quantiles(name: str, numbers: Numbers) -> Iterator[Expectation]:
    commonest = _commonest(numbers)
    condition: dict[str, Any] = {}
    about = "every value"
    if commonest is not None:
        numbers = numbers.without(commonest)
        # Great Expectations' own way to say it in JSON.
        where = {"type": "comparison", "column": {"name": name}, "operator": "!=", "parameter": commonest}
        condition, about = {"row_condition": where}, f"the values other than {figure(commonest)}"
    if len(numbers.ordered) < _FEWEST_ROWS or numbers.infinite:
        return
    low, high = limits(numbers)
    allowed = [_allowed(numbers, p, low, high) for p in QUANTILES]
    middle = ", ".join(figure(numbers.at(p)) for p in (0.05, 0.5, 0.95))
    yield expectation(
        "column_quantile_values_to_be_between",
        "warning",
        f"Of {about} seen ({numbers.count:,}), the 5 %, 50 % and 95 % quantiles are {middle}. Sampling and a drift of "
        f"ranks are allowed for; another unit or a shifted decimal point is not.",
        column=name,
        quantile_ranges={"quantiles": list(QUANTILES), "value_ranges": allowed},
        **condition,
    )


def _allowed(numbers: Numbers, p: float, low: Any, high: Any) -> list[Any]:
    """Return between which values the quantile `p` may lie; the limits where sampling may reach the extremes."""
    rows = numbers.count
    below, above = slack.ranks(p, rows)
    # A tenth of the middle half, for values so close together that ranks move by a trifle.
    room = (numbers.at(0.75) - numbers.at(0.25)) / 10
    least = low if below * rows < 2 else numbers.at(below) - room
    most = high if (1 - above) * rows < 2 else numbers.at(above) + room
    if numbers.whole and abs(least) < 2**53 and abs(most) < 2**53:
        least, most = math.floor(least), math.ceil(most)
    return list(between(max(least, low), min(most, high), scale=float(high - low)))


def _commonest(numbers: Numbers) -> Any:
    """Return the value that at least every second row has, such as 0, or None: it would hide all the others."""
    median = numbers.at(0.5)
    same = (numbers.ordered == median).mean()
    return median if same >= 0.4 else None
