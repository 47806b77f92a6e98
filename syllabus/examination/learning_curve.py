"""What a learning curve says: whether validation turned up, and whether it was still falling at its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

FEWEST = 8
"""Points below which a curve has no last tenth to speak of."""


@dataclass(frozen=True)
class Shape:
    """The shape of a validation curve, its losses smoothed by a moving median.

    Args:
        points: how many there are.
        lowest: the iteration of the lowest loss.
        used: the iteration of the model that is examined.
        rise: how far the loss at `used` lies above the lowest, as a share of the whole fall, at most 10 times;
            0 before the lowest.
        late: how much of the whole fall the last tenth brought; 0 where the model does not stand there.
        stopped: whether training went on past the lowest and the model was taken from there.
    """

    points: int
    lowest: int
    used: int
    rise: float
    late: float
    stopped: bool


def shape(points: Sequence[tuple[int, float, float]], *, used: int | None = None, loss: float) -> Shape:
    """Describe the curve of a model.

    Args:
        points: iteration, loss on train, loss on validation; at least one.
        used: the iteration of the model that is examined.
        loss: that model's own loss on validation. Where `used` is None it tells whether the model was taken
            from the curve's best point or from its end.
    """
    iterations = np.array([point[0] for point in points])
    raw = np.array([point[2] for point in points], dtype=np.float64)
    smooth, noise = _smoothed(raw), _noise(raw)
    best = int(raw.argmin())
    place = _nearest(raw, best, loss) if used is None else int(abs(iterations - used).argmin())
    lowest = int(smooth.argmin())
    fall = max(raw[0] - smooth[lowest], 1e-12)
    rise = smooth[place] - smooth[lowest] if place > max(lowest, best) else 0.0
    tenth = max(1, len(raw) // 10)
    at_end = place >= len(raw) - tenth and len(raw) >= FEWEST
    late = smooth[-1 - tenth] - smooth[-1] if at_end else 0.0
    return Shape(
        len(raw),
        int(iterations[best]),
        int(iterations[place]),
        float(min(rise / fall, 10.0)) if rise > 3 * noise else 0.0,
        float(late / fall) if late > 3 * noise else 0.0,
        place == best < len(raw) - 1,
    )


def _smoothed(raw: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the moving median over a twentieth of the curve, at the ends over the half that there is."""
    reach = len(raw) // 40
    padded = np.pad(raw, reach, constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1)
    return np.asarray(np.nanmedian(windows, axis=1))


def _noise(raw: NDArray[np.float64]) -> float:
    """Return the deviation of the points from a smooth course, from second differences."""
    if len(raw) < FEWEST:
        return 0.0
    return float(np.median(abs(np.diff(raw, 2))) / 0.6745 / np.sqrt(6))


def _nearest(raw: NDArray[np.float64], best: int, loss: float) -> int:
    return best if abs(raw[best] - loss) <= abs(raw[-1] - loss) else len(raw) - 1
