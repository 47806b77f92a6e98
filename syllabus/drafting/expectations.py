"""How an expectation of a draft is written down, and numbers that a person can read."""

from __future__ import annotations

import math
from typing import Any, Literal

Severity = Literal["critical", "warning", "info"]
Expectation = dict[str, Any]


def expectation(
    kind: str, severity: Severity, notes: str, *, description: str = "", quarantine: bool = True, **kwargs: Any
) -> Expectation:
    """Return one expectation as a suite has it.

    Args:
        kind: its type without the leading `expect_`.
        severity: `critical` where the model would be worthless or a lie.
        notes: why it is there, with the figures seen.
        description: what it says, for SQL that does not speak for itself.
        quarantine: whether rows that fail it are kept out of learning; else it asks about the table alone.
        kwargs: what Great Expectations takes.
    """
    name = kind if kind.endswith("_expectation") else f"expect_{kind}"
    told = {"description": description} if description else {}
    kept = {} if quarantine else {"quarantine": False}
    return {"type": name, "severity": severity, "kwargs": kwargs, **told, "meta": {"notes": notes, **kept}}


def between(low: Any, high: Any, *, scale: float) -> tuple[Any, Any]:
    """Round a range outwards to what is a thousandth of its scale, so that it can be read.

    >>> between(0.123456, 98.76543, scale=98.6), between(17, 90, scale=73), between(2013, 2013, scale=0)
    ((0.1, 98.8), (17, 90), (2013, 2013))
    """
    step = 10.0 ** (math.floor(math.log10(scale)) - 2) if scale > 0 and math.isfinite(scale) else 0.0
    return _rounded(low, step, math.floor), _rounded(high, step, math.ceil)


def _rounded(number: Any, step: float, towards: Any) -> Any:
    if number is None or isinstance(number, int):
        return number
    if not step or not math.isfinite(number) or abs(number) / step > 1e15:
        return number
    digits = max(0, -math.floor(math.log10(step)))
    return round(towards(number / step) * step, digits)


def figure(number: Any) -> str:
    """Write a number shortly.

    >>> figure(1234567), figure(0.123456), figure(12.0)
    ('1,234,567', '0.1235', '12')
    """
    if isinstance(number, bool):
        return str(number).lower()
    if isinstance(number, float):
        return f"{int(number):,}" if number.is_integer() and abs(number) < 1e15 else f"{number:.4g}"
    return f"{number:,}" if isinstance(number, int) else str(number)


def percent(share: float) -> str:
    """Write a share in percent, a few rows of many not as none.

    >>> percent(0.25), percent(0.00003), percent(1.0)
    ('25 %', '< 0.01 %', '100 %')
    """
    if 0 < share < 0.0001:
        return "< 0.01 %"
    return f"{100 * share:.2f}".rstrip("0").rstrip(".") + " %"


def share_down(share: float) -> float:
    """Round a share that must be reached downwards, to four digits.

    >>> share_down(0.98765)
    0.9876
    """
    return math.floor(share * 10_000) / 10_000
