"""Bootstrap percentile intervals of metrics: how far a value could lie elsewhere with other examples.

Rows are drawn with replacement as often as there are rows. A metric that chance alone makes larger, such as the
calibration error, grows once more by resampling: as far as the resamples lie above the value, the truth lies
below it, so their deviations are turned around (the "basic" bootstrap of Davison and Hinkley, 1997). Such an
interval holds the truth less often than the level says: of a calibrated model about half the time.

The work has a bound, whatever the size of the data. A part of more than `ROWS` rows is resampled in random
subsets: the deviations from a subset's own value, shrunk by the square root of how much smaller it is, stand
for the deviations of the whole (Politis, Romano and Wolf, 1999, "Subsampling").
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from syllabus.examination import blocks, metrics
from syllabus.examination.answers import examiner
from syllabus.examination.calibration import wilson
from syllabus.examination.metrics import Measured

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from syllabus.examination.answers import Answers

ROWS = 20_000
"""The largest part, rows times classes asked about, that is resampled as a whole."""
SUBSETS = 5
_CELLS = 1_000_000
"""How many numbers are held at a time: few enough to stay near the processor."""
_WORK = 500_000_000
"""How many numbers are drawn at the most: with hundreds of classes there are fewer resamples than asked."""


def measure(
    answers: Answers,
    names: Iterable[str] | None = None,
    *,
    resamples: int = 500,
    level: float = 0.95,
    seed: int = 0,
) -> dict[str, Measured]:
    """Return the metrics, all of the task where none is named, with intervals.

    There are no bounds where every tenth resample has no value. A share that no resample changes gets Wilson's.
    """
    measured = metrics.measure(answers, names)
    known = {name: one.value for name, one in measured.items() if one.value is not None}
    if not known or not resamples:
        return measured
    spread = deviations(answers, known, resamples=resamples, seed=seed)
    for name, value in known.items():
        drawn = spread[name][np.isfinite(spread[name])]
        if len(drawn) < 0.9 * len(spread[name]):
            measured[name] = Measured(value, reason="too few examples of a class for an interval")
            continue
        low, high = (float(edge) for edge in np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2]))
        if metrics.METRICS[name].inflated:
            low, high = -high, -low
        least, most = metrics.METRICS[name].bounds
        if low == high and (least, most) == (0.0, 1.0):
            low, high = _unvaried(answers, name, value)
        measured[name] = Measured(value, max(least, value + min(low, 0.0)), min(most, value + max(high, 0.0)))
    return measured


def _unvaried(answers: Answers, name: str, value: float) -> tuple[float, float]:
    """Return how far a share may lie off where no resample differs, such as one without any error.

    Resampling knows only what was seen. Wilson's interval of as many rows as the share is about knows that few rows
    without an error still leave room for some: of the rarest class, or of all where every row counts alike.
    """
    every = name in ("accuracy", "coverage")
    rows = len(answers) if every else int(np.unique(answers.target, return_counts=True)[1].min())
    low, high = wilson(np.array([value * rows]), np.array([rows]))
    return float(low[0]) - value, float(high[0]) - value


def deviations(answers: Answers, names: Iterable[str], *, resamples: int, seed: int) -> dict[str, NDArray[np.float64]]:
    """Return for each metric `(resamples,)`: how far each resample lies from the value of all rows."""
    wanted, rng = list(names), np.random.default_rng(seed)
    found: dict[str, list[NDArray[np.float64]]] = {name: [] for name in wanted}
    asked, weighted = answers.questions, examiner(answers.TASK).weighted
    subsets = list(_subsets(len(answers), max(ROWS // asked, ROWS // 4), rng))
    resamples = min(resamples, max(100, _WORK // (len(subsets[0]) * asked)))
    for i, rows in enumerate(subsets):
        part = answers if len(subsets) == 1 else answers.rows(rows)
        shrink = np.sqrt(len(part) / len(answers))
        own = weighted(part, wanted, np.ones((1, len(part))))
        share = resamples // len(subsets) + (i < resamples % len(subsets))
        codes = blocks.of(part)
        for weights in draws(len(part), share, rng, width=answers.numbers, blocks=codes):
            for name, value in weighted(part, wanted, weights).items():
                found[name].append((value - own[name]) * shrink)
    return {name: np.concatenate(parts) for name, parts in found.items()}


def draws(
    n: int,
    resamples: int,
    rng: np.random.Generator,
    width: int = 1,
    blocks: NDArray[np.int64] | None = None,
) -> Iterator[NDArray[np.float64]]:
    """Yield `(b, n)` weights, how often each row was drawn, until there are `resamples` rows of them.

    What is made of a resample has `width` numbers. Rows of one of the `blocks`, `(n,)`, are drawn together.
    """
    if blocks is not None:
        for weights in draws(int(blocks.max()) + 1, resamples, rng, max(n, width)):
            yield weights[:, blocks]
        return
    chunk = max(1, _CELLS // max(n, width))
    for start in range(0, resamples, chunk):
        b = min(chunk, resamples - start)
        cells = rng.integers(0, n, size=(b, n)) + np.arange(b)[:, None] * n
        yield np.bincount(cells.ravel(), minlength=b * n).reshape(b, n).astype(np.float64)


def _subsets(n: int, most: int, rng: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    if n <= most:
        yield np.arange(n)
        return
    order = rng.permutation(n)
    for i in range(min(SUBSETS, n // most)):
        yield np.sort(order[i * most : (i + 1) * most])
