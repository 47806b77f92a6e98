"""A paired test: by how much two models differ on the same rows, and whether chance alone could do that.

Both are measured on the same bootstrap resamples of the rows, so what makes a resample easy or hard is easy or hard for
both, and falls out of the difference (Efron and Tibshirani 1993, chapter 16).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from syllabus.errors import Unmet
from syllabus.examination import blocks, intervals, metrics
from syllabus.examination.metrics import Measured

if TYPE_CHECKING:
    from syllabus.examination.answers import Answers


@dataclass(frozen=True)
class Difference:
    """A metric of two models on the same rows.

    Args:
        metric: its name.
        first, second: the models' values with their intervals.
        difference: second less first.
        low, high: its 95 % interval; None where too few resamples have a value.
        p: how often chance alone, were there no difference, would make one so large; None likewise.
        better: which one is, where the interval holds no nought.
    """

    metric: str
    first: Measured
    second: Measured
    difference: float
    low: float | None
    high: float | None
    p: float | None
    better: str | None


def differences(
    first: Answers,
    second: Answers,
    names: Sequence[str] | None = None,
    *,
    resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> list[Difference]:
    """Return the difference in each metric that both have, in all of the task where none is named.

    Args:
        first: what a model answered on n examples.
        second: what another answered on the same, in the same order.
        names: the metrics.
        resamples: of the rows; fewer where there are hundreds of classes.
        level: of the intervals.
        seed: of the resamples.

    Raises:
        Unmet: the examples or the classes are not the same.
    """
    if not _alike(first, second):
        raise Unmet("they answer about other examples, or know other classes")
    measured = [intervals.measure(one, names, level=level, seed=seed) for one in (first, second)]
    both = [name for name, one in measured[0].items() if one.value is not None and measured[1][name].value is not None]
    if not both:
        return []
    # The same seed draws the same rows for answers of the same shape.
    drawn = [intervals.deviations(one, both, resamples=resamples, seed=seed) for one in (first, second)]
    found = []
    for name in both:
        one, other = measured[0][name], measured[1][name]
        assert one.value is not None
        assert other.value is not None
        difference, spread = other.value - one.value, drawn[1][name] - drawn[0][name]
        known = spread[np.isfinite(spread)]
        if len(known) < 0.9 * len(spread):
            found.append(Difference(name, one, other, difference, None, None, None, None))
            continue
        low, high = (difference + float(edge) for edge in np.quantile(known, [(1 - level) / 2, (1 + level) / 2]))
        p = float((1 + (np.abs(known) >= abs(difference) - 1e-12).sum()) / (1 + len(known)))
        found.append(Difference(name, one, other, difference, low, high, p, _better(name, low, high)))
    return found


def _better(name: str, low: float, high: float) -> str | None:
    if low <= 0 <= high:
        return None
    return "second" if (low > 0) == (metrics.get(name).better == "higher") else "first"


def _alike(first: Answers, second: Answers) -> bool:
    """Say whether resamples of both draw the same rows."""
    shapes = [(one.TASK, len(one), one.numbers, one.questions, getattr(one, "classes", ())) for one in (first, second)]
    codes = [blocks.of(one) for one in (first, second)]
    if shapes[0] != shapes[1] or (codes[0] is None) != (codes[1] is None):
        return False
    together = codes[0] is None or np.array_equal(codes[0], np.asarray(codes[1]))
    return together and np.allclose(first.target, second.target, equal_nan=True)
