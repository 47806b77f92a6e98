"""The verdict on the fit: underfit, overfit or good, with the evidence and what to try.

What a model has learned is its **gain**: by how many nats its log loss is lower than that of the prior of train,
row by row, so that the noise of a gain is small and known. Unseen rows are the test part where it is given,
validation otherwise. These signs are looked for, in this order:

=================  ========  ================================================================================
sign               verdict   seen when
=================  ========  ================================================================================
memorised          overfit   of a gain on train, less than `KEPT` is left on unseen rows, beyond noise; where
                             a curve shows that training stopped at its best point, when nothing is left
turned up          overfit   the model stands past the lowest validation loss of its curve, by more than
                             `RISE` of the curve's whole fall
tuned away         overfit   the gain on test is lower than that on validation by more than `DROP` of it,
                             beyond noise: the choice was fitted to validation
hardly better      underfit  the gain on unseen rows is less than `LITTLE` of the prior's loss, or noise
outdone            underfit  another candidate loses less on validation than this model does there and even
                             on train, by more than `OUTDONE` of the prior's loss, beyond noise
still falling      underfit  the model stands at the end of its curve, whose last tenth brought more than
                             `FALLING` of the whole fall
=================  ========  ================================================================================

A gap between train and unseen rows is no sign by itself: boosted trees fit train better than anything else,
and what they learned still holds. A probability counts as at least `FLOOR`, or one certain error would
outweigh all the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from syllabus.examination import metrics, plain
from syllabus.examination.curve import Shape, shape

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from syllabus.examination.predictions import Predictions

KEPT = 0.4
RISE = 0.1
DROP = 0.25
LITTLE = 0.02
OUTDONE = 0.05
FALLING = 0.02
FLOOR = 1e-3
BEYOND_NOISE = 2.0
"""Standard errors."""

Verdict = Literal["underfit", "overfit", "good"]

ADVICE = {
    "memorised": ("more data", "a smaller or more regularised model"),
    "turned up": ("stop earlier", "a smaller learning rate", "a more regularised model"),
    "tuned away": ("fewer trials", "a larger validation part, or cross-validation"),
    "hardly better": ("columns that say more of the target", "a larger or less regularised model"),
    "outdone": ("a larger or less regularised model", "the candidate that does better"),
    "still falling": ("more iterations", "a larger learning rate", "a larger or less regularised model"),
}


@dataclass(frozen=True)
class Sign:
    """One line of evidence.

    Args:
        name: as in the table.
        speaks_for: the verdict that it supports.
        seen: whether it was seen.
        says: the numbers in a sentence.
    """

    name: str
    speaks_for: Verdict
    seen: bool
    says: str


@dataclass(frozen=True)
class Gain:
    """What a model gained over the prior on one part.

    Args:
        n: rows.
        nats: the mean fall of the log loss.
        error: its standard error.
        share: of the prior's loss.
        primary: the primary metric's value; None where the part has none.
    """

    n: int
    nats: float
    error: float
    share: float
    primary: float | None


@dataclass(frozen=True)
class Fit:
    """The verdict.

    Args:
        verdict: underfit, overfit or good.
        why: the numbers that decided, in a sentence.
        advice: what to try.
        signs: every sign that could be looked for, seen or not.
        parts: the gain on each part.
        curve: the shape of the learning curve; None without one.
    """

    verdict: Verdict
    why: str
    advice: tuple[str, ...]
    signs: tuple[Sign, ...]
    parts: dict[str, Gain]
    curve: Shape | None

    def report(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        report: dict[str, Any] = plain(self)
        return report


def judge(
    parts: Mapping[str, Predictions],
    prior: Sequence[float],
    *,
    primary: str = "roc_auc",
    curve: Sequence[tuple[int, float, float]] = (),
    used: int | None = None,
    rivals: Mapping[str, Predictions] | None = None,
) -> Fit:
    """Judge the fit of one model.

    Args:
        parts: its answers on `train`, `validation` and, where it was examined there, `test`.
        prior: the share of each class in train.
        primary: the metric that is shown beside the log loss.
        curve: iteration, loss on train, loss on validation, in order; empty where there is none.
        used: the iteration of the model; found by its validation loss where it is not given.
        rivals: the other candidates' answers on validation.
    """
    gains = {name: _gain(part, prior, primary) for name, part in parts.items()}
    drawn = None
    if curve:
        # The curve's own loss has a floor too, of whatever height: the nearest of its points is meant.
        drawn = shape(curve, used=used, loss=float(_losses(parts["validation"], 1e-6).mean()))
    signs = (
        *_memorised(gains, drawn),
        *_turned_up(drawn),
        *_tuned_away(gains),
        *_hardly_better(gains),
        *_outdone(parts, prior, rivals or {}),
        *_still_falling(drawn),
    )
    seen = [sign for sign in signs if sign.seen]
    verdict: Verdict = min((sign.speaks_for for sign in seen), default="good", key=("overfit", "underfit").index)
    deciding = [sign for sign in seen if sign.speaks_for == verdict]
    advice = dict.fromkeys(one for sign in deciding for one in ADVICE[sign.name])
    why = "; ".join(sign.says for sign in deciding) or _holds(gains)
    return Fit(verdict, why, tuple(advice), signs, gains, drawn)


def _losses(part: Predictions, floor: float = FLOOR) -> NDArray[np.float64]:
    given = part.probabilities[np.arange(len(part)), part.target]
    losses: NDArray[np.float64] = -np.log(given.clip(floor, None))
    return losses


def _gain(part: Predictions, prior: Sequence[float], primary: str) -> Gain:
    before = -np.log(np.array(prior).clip(FLOOR, None))[part.target]
    saved = before - _losses(part)
    error = float(saved.std() / np.sqrt(max(1, len(saved))))
    nats = float(saved.mean())
    value = metrics.measure(part, [primary])[primary].value
    return Gain(len(part), nats, error, nats / float(before.mean()), value)


def _unseen(gains: Mapping[str, Gain]) -> tuple[str, Gain]:
    name = "test" if "test" in gains else "validation"
    return name, gains[name]


def _beyond_noise(value: float, *errors: float) -> bool:
    return value > BEYOND_NOISE * float(np.hypot.reduce(errors))


def _memorised(gains: Mapping[str, Gain], curve: Shape | None) -> Iterator[Sign]:
    train, (name, unseen) = gains["train"], _unseen(gains)
    kept = unseen.nats / train.nats if train.nats > 0 else 1.0
    least = 0.0 if curve is not None and curve.stopped else KEPT
    clear = _beyond_noise(train.nats - unseen.nats, train.error, unseen.error)
    seen = train.share > LITTLE and kept < least and clear
    says = f"of a gain of {train.nats:.3f} nats on train, {unseen.nats:.3f} ({kept:.0%}) is left on {name}"
    yield Sign("memorised", "overfit", seen, says)


def _turned_up(curve: Shape | None) -> Iterator[Sign]:
    if curve is None:
        return
    says = f"the loss on validation is lowest at {curve.lowest} of {curve.points} points, the model stands at {curve.used}"
    if curve.rise > 0:
        says += f", {curve.rise:.0%} of the whole fall above it"
    yield Sign("turned up", "overfit", curve.rise > RISE, says)


def _tuned_away(gains: Mapping[str, Gain]) -> Iterator[Sign]:
    if "test" not in gains or "validation" not in gains:
        return
    before, after = gains["validation"], gains["test"]
    lost = before.nats - after.nats
    seen = lost > DROP * before.nats > 0 and _beyond_noise(lost, before.error, after.error)
    says = f"the gain is {before.nats:.3f} nats on validation and {after.nats:.3f} on test"
    yield Sign("tuned away", "overfit", seen, says)


def _hardly_better(gains: Mapping[str, Gain]) -> Iterator[Sign]:
    name, unseen = _unseen(gains)
    seen = unseen.share < LITTLE or not _beyond_noise(unseen.nats, unseen.error)
    says = (
        f"on {name} the log loss is {unseen.nats:.3f} nats below the prior's, {unseen.share:.1%} of it, "
        f"with a standard error of {unseen.error:.3f}"
    )
    yield Sign("hardly better", "underfit", seen, says)


def _outdone(
    parts: Mapping[str, Predictions], prior: Sequence[float], rivals: Mapping[str, Predictions]
) -> Iterator[Sign]:
    if not rivals:
        return
    ours, on_train = _losses(parts["validation"]), _losses(parts["train"])
    losses = {name: _losses(part) for name, part in rivals.items()}
    best = min(losses, key=lambda name: (losses[name].mean(), name))
    lead = ours - losses[best]
    error = float(lead.std() / np.sqrt(len(lead)))
    enough = OUTDONE * float(-np.log(np.array(prior).clip(FLOOR, None))[parts["validation"].target].mean())
    by, by_train = float(lead.mean()), float(on_train.mean() - losses[best].mean())
    seen = min(by, by_train) > enough and _beyond_noise(by, error)
    says = (
        f"{best} loses {losses[best].mean():.3f} nats on validation, this model {ours.mean():.3f} there and "
        f"{on_train.mean():.3f} on train"
    )
    yield Sign("outdone", "underfit", seen, says)


def _still_falling(curve: Shape | None) -> Iterator[Sign]:
    if curve is None or curve.points < 8:
        return
    says = f"the last tenth of {curve.points} points brought {curve.late:.1%} of the whole fall on validation"
    yield Sign("still falling", "underfit", curve.late > FALLING, says)


def _holds(gains: Mapping[str, Gain]) -> str:
    train, (name, unseen) = gains["train"], _unseen(gains)
    return (
        f"the log loss is {train.share:.0%} below the prior's on train and {unseen.share:.0%} on {name}, "
        f"{unseen.nats / train.nats if train.nats > 0 else 1:.0%} of the gain"
    )
