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

    Half the way from the median to the extreme is added to each side: a long tail gets more room than a short one.
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
        f"{seen}{infinite} Half the way from the median to each end is added; {percent(beyond)} of the rows may lie "
        "beyond, and go to quarantine.",
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
    allowed = {p: ends for p in QUANTILES if (ends := _allowed(numbers, p)) != [None, None]}
    middle = ", ".join(figure(numbers.at(p)) for p in (0.05, 0.5, 0.95))
    yield expectation(
        "column_quantile_values_to_be_between",
        "warning",
        f"Of {about} seen ({numbers.count:,}), the 5 %, 50 % and 95 % quantiles are {middle}. Sampling and a drift of "
        "ranks are allowed for; another unit or a shifted decimal point is not.",
        column=name,
        quantile_ranges={"quantiles": list(allowed), "value_ranges": list(allowed.values())},
        **condition,
    )


def _allowed(numbers: Numbers, p: float) -> list[Any]:
    """Return between which values the quantile `p` may lie, None where sampling leaves that open.

    Where the rows are so few that a middle quantile may come out at an extreme, what lies three times as far from the
    median as the extreme is allowed: less than a decimal point.
    """
    rows, median, inner = numbers.count, numbers.at(0.5), 0.05 < p < 0.95
    below, above = slack.ranks(p, rows)
    # A tenth of the middle half, for values so close together that ranks move by a trifle.
    room = (numbers.at(0.75) - numbers.at(0.25)) / 10
    ends: list[Any] = [numbers.at(below) - room, numbers.at(above) + room]
    if below * rows < 2:
        ends[0] = median - 3 * (median - numbers.at(0)) if inner else None
    if (1 - above) * rows < 2:
        ends[1] = median + 3 * (numbers.at(1) - median) if inner else None
    if numbers.at(0) >= 0 and ends[0] is not None:
        ends[0] = max(ends[0], 0)
    if numbers.whole and all(end is None or abs(end) < 2**53 for end in ends):
        ends = [
            end if end is None else rounded(end) for end, rounded in zip(ends, (math.floor, math.ceil), strict=True)
        ]
    scale = float(numbers.at(0.95) - numbers.at(0.05)) or float(numbers.at(1) - numbers.at(0))
    return list(between(*ends, scale=scale))


def _commonest(numbers: Numbers) -> Any:
    """Return the value that at least every second row has, such as 0, or None: it would hide all the others."""
    median = numbers.at(0.5)
    same = (numbers.ordered == median).mean()
    return median if same >= 0.4 else None
