"""What a model has learned: how much lower its loss is than that of the prior of train, in nats or in variances.

Model and prior answer the same rows, so that the noise of a gain is small and known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from syllabus.examination import blocks, metrics

if TYPE_CHECKING:
    from syllabus.examination.answers import Answers


@dataclass(frozen=True)
class Gain:
    """What a model gained over the prior on one part.

    Args:
        n: rows.
        fall: the mean fall of the loss.
        error: its standard error.
        share: of the prior's loss.
        primary: the primary metric's value; None where the part has none.
    """

    n: int
    fall: float
    error: float
    share: float
    primary: float | None


def measure(part: Answers, prior: Sequence[float], primary: str) -> Gain:
    """Return the gain on a part of at least one row."""
    before = part.prior_losses(prior)
    saved = before - part.losses(prior)
    fall, error = float(saved.mean()), float(blocks.error(saved, part))
    value = metrics.measure(part, [primary])[primary].value
    return Gain(len(part), fall, error, fall / float(before.mean()) if before.any() else 0.0, value)
