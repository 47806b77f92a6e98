"""Scales: where a value stands on an axis, in percent of its length, and which ticks the axis has."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """An axis from `low` to `high`.

    Args:
        low: the value at its start.
        high: the value at its end.
        ticks: the values that are named.
        log: whether equal lengths are equal ratios.
    """

    low: float
    high: float
    ticks: tuple[float, ...]
    log: bool = False

    def at(self, value: float) -> float:
        """Return the place of a value in percent from the start; one beyond an end stands at that end."""
        low, high, value = (math.log(max(x, 1e-300)) if self.log else x for x in (self.low, self.high, value))
        return round(min(max(100 * (value - low) / (high - low), 0.0), 100.0), 2)

    def down(self, value: float) -> float:
        """Return the place in percent from the end: SVG counts from the top."""
        return round(100 - self.at(value), 2)

    def holds(self, value: float) -> bool:
        """Whether the value is on the axis."""
        return self.low <= value <= self.high

    def percent(self, tick: float) -> str:
        """Write a tick that is a share."""
        return f"{100 * tick:.0f} %" if all(round(t, 2) == t for t in self.ticks) else f"{100 * tick:.1f} %"

    def label(self, tick: float) -> str:
        """Write a tick, all of a scale with as many decimals as keep them apart."""
        if self.log:
            return f"{tick:g}"
        step = self.ticks[1] - self.ticks[0] if len(self.ticks) > 1 else 1.0
        digits = next((n for n in range(7) if all(abs(round(t, n) - t) < step / 100 for t in self.ticks)), None)
        if digits is None:
            return f"{tick:.3g}".replace("-", "−")
        return f"{tick:,.{digits}f}".replace("-", "−")


UNIT = Scale(0.0, 1.0, (0.0, 0.25, 0.5, 0.75, 1.0))
"""Shares and probabilities."""
SMALL_UNIT = Scale(0.0, 1.0, (0.0, 0.5, 1.0))
"""The same in a narrow cell."""


def linear(values: Iterable[float | None], *, most: int = 5, within: tuple[float, float] | None = None) -> Scale:
    """Return a scale that has all the values, with round ends and at most so many ticks.

    Args:
        values: what is to be shown; None is passed over.
        most: the number of ticks.
        within: what the ends may not pass.
    """
    low, high = _ends(values)
    step = _step(high - low, most)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    if within:
        first, last = max(first, math.ceil(within[0] / step)), min(last, math.floor(within[1] / step))
    ticks = tuple(_times(n, step) for n in range(first, last + 1))
    return Scale(min(ticks[0], low), max(ticks[-1], high), ticks)


def exact(values: Iterable[float | None], *, most: int = 5) -> Scale:
    """Return a scale that ends with the values: for time and iterations."""
    low, high = _ends(values)
    step = _step(high - low, most)
    step = next(whole for whole in (1.0, 5.0 if step == 2.5 else step) if whole >= step)
    ticks = [_times(n, step) for n in range(math.ceil(low / step), math.floor(high / step) + 1)]
    return Scale(low, high, tuple(ticks))


def logarithmic(values: Iterable[float | None], *, most: int = 5) -> Scale:
    """Return a scale of ratios; its ticks are powers of ten."""
    low, high = _ends(values)
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    every = max(1, math.ceil((last - first) / (most - 1)))
    return Scale(10.0**first, 10.0**last, tuple(10.0**n for n in range(first, last + 1, every)), log=True)


def _times(n: int, step: float) -> float:
    """Return n steps without the noise of binary fractions."""
    return float(f"{n * step:.12g}")


def _ends(values: Iterable[float | None]) -> tuple[float, float]:
    known = [float(value) for value in values if value is not None]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    if high - low > 1e-12:
        return low, high
    room = abs(low) * 0.05 or 0.5
    return low - room, high + room


def _step(span: float, most: int) -> float:
    """Return the smallest of 1, 2, 2.5, 5 times a power of ten that gives at most so many ticks."""
    power = 10.0 ** math.floor(math.log10(span / most))
    return next(power * n for n in (1, 2, 2.5, 5, 10, 20) if span / (power * n) <= most - 1)
