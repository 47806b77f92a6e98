"""The signs of underfitting, overfitting and a leak, each a function, and what to try when it is seen.

Gains are in nats or variances, see `gains`. Unseen rows are those of validation and test together.

=============  ========  =====================================================================================
sign           verdict   seen when
=============  ========  =====================================================================================
level moved    shifted   answers on validation or on test lie to one side of the truth, by more than `MOVED` of
                         their usual distance and not so on train, beyond noise
memorised      overfit   the gain on train is `MUCH` of the prior's loss, and on unseen rows less than `KEPT` of
                         it is left, beyond noise, or less than half, no more than noise. Where a curve shows
                         that training stopped at its best point: only when clearly nothing is left
turned up      overfit   the model stands past the lowest validation loss of its curve, by more than `RISE` of
                         the curve's whole fall
tuned away     overfit   the gain on test is lower than that on validation by more than `DROP` of it, far beyond
                         noise: the choice was fitted to validation
hardly better  underfit  the gain on unseen rows is less than `LITTLE` of the prior's loss, or noise
outdone        underfit  another candidate loses less on validation than this model does there and even on
                         train, by more than `OUTDONE` of the prior's loss, beyond noise
still falling  underfit  the model stands at the end of its curve, whose last tenth brought more than `FALLING`
                         of the whole fall
too good       leak      the gain on `ENOUGH` unseen rows or more is over `PERFECT` of the prior's loss. It changes no
                         verdict, because some targets are that plain: a person must see why this one is
=============  ========  =====================================================================================

A gap between train and unseen rows is no sign by itself: boosted trees fit train better than anything else, and
what they learned still holds. Where much of it does not, the advice says so, not the verdict. A forest of fully
grown trees does memorise, by design, and on noisy data it is called overfit although pruning might not improve it.
"Hardly better" cannot tell a model that is too simple from columns that say nothing: the advice names both.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from syllabus.examination import blocks
from syllabus.examination.learning_curve import FEWEST

if TYPE_CHECKING:
    from syllabus.examination.answers import Answers, Loss
    from syllabus.examination.gains import Gain
    from syllabus.examination.learning_curve import Shape

MUCH = 0.1
KEPT = 0.25
RISE = 0.1
DROP = 0.25
LITTLE = 0.02
OUTDONE = 0.05
FALLING = 0.03
MOVED = 0.5
PERFECT, ENOUGH = 0.97, 50

ADVICE = {
    "level moved": (
        "rows that are as new as those that will be asked about",
        "columns that carry the level, such as the last value known, or the change from it as the target",
    ),
    "memorised": ("more data", "a smaller or more regularised model"),
    "turned up": ("stop earlier", "a smaller learning rate", "a more regularised model"),
    "tuned away": ("fewer trials", "a larger validation part, or cross-validation"),
    "hardly better": ("columns that say more of the target", "a larger or less regularised model"),
    "outdone": ("a larger or less regularised model", "the candidate that does better"),
    "still falling": ("more iterations", "a larger learning rate", "a larger or less regularised model"),
    "too good": ("look whether a column is known only after the target is, or says the same in other words",),
}


@dataclass(frozen=True)
class Sign:
    """One line of evidence.

    Args:
        name: as in the table.
        speaks_for: the verdict that it supports, or a leak, which is none.
        seen: whether it was seen.
        says: the numbers in a sentence.
    """

    name: str
    speaks_for: Literal["shifted", "overfit", "underfit", "leak"]
    seen: bool
    says: str


def level_moved(parts: Mapping[str, Answers]) -> Sign:
    """Look for answers that lie to one side of the truth on validation or on test, as they do not on train."""
    found = [_moved(parts["train"], part, name) for name, part in parts.items() if name != "train" and len(part)]
    share, says = max(found)
    return Sign("level moved", "shifted", share > MOVED, says)


def _moved(train: Answers, unseen: Answers, part: str) -> tuple[float, str]:
    """Return by which share of their usual distance answers have moved to one side, 0 within noise, and a sentence."""
    before, after = train.excess, unseen.excess
    moved, usual = after.mean(axis=0) - before.mean(axis=0), np.sqrt((after**2).mean(axis=0))
    error = np.hypot(blocks.error(before, train), blocks.error(after, unseen))
    shares = np.where(np.abs(moved) > 3 * error, np.abs(moved) / np.maximum(usual, 1e-300), 0.0)
    most = int(shares.argmax())
    side = "above" if moved[most] > 0 else "below"
    what = "answers lie {} the truth" if len(shares) == 1 else "the probability of a class lies {} its share"
    says = f"on {part} {what.format(side)} by {shares[most]:.0%} of the usual distance, set against train"
    return float(shares[most]), says if shares[most] else f"on {part} answers lie to no side of the truth, beyond noise"


def memorised(gains: Mapping[str, Gain], curve: Shape | None, loss: Loss) -> Sign:
    """Look for what was learned on train and does not hold."""
    train, unseen, left = gains["train"], gains["unseen"], kept(gains)
    clear = _beyond_noise(train.fall - unseen.fall, train.error, unseen.error)
    if curve is not None and curve.stopped:
        lost = clear and left < 0
    else:
        lost = (clear and left < KEPT) or (left < 0.5 and not _beyond_noise(unseen.fall, unseen.error))
    says = (
        f"of a gain of {train.fall:.3f} {loss.unit} on train, {unseen.fall:.3f} ({left:.0%}) is left on unseen rows, "
        f"with a standard error of {unseen.error:.3f}"
    )
    return Sign("memorised", "overfit", train.share > MUCH and lost, says)


def turned_up(curve: Shape | None) -> Sign | None:
    """Look for a validation loss that rose before the model was taken."""
    if curve is None:
        return None
    above = f", {curve.rise:.0%} of the whole fall above it" if curve.rise > 0 else ""
    says = f"validation is best at iteration {curve.lowest}, the model is that of iteration {curve.used}{above}"
    return Sign("turned up", "overfit", curve.rise > RISE, says)


def tuned_away(gains: Mapping[str, Gain], loss: Loss) -> Sign | None:
    """Look for a choice that fits validation and not test."""
    if "test" not in gains or "validation" not in gains:
        return None
    before, after = gains["validation"], gains["test"]
    lost = before.fall - after.fall
    seen = lost > DROP * before.fall > 0 and _beyond_noise(lost, before.error, after.error, times=3)
    says = f"the gain is {before.fall:.3f} {loss.unit} on validation and {after.fall:.3f} on test"
    return Sign("tuned away", "overfit", seen, says)


def hardly_better(gains: Mapping[str, Gain], loss: Loss) -> Sign:
    """Look for a model that says little more than the prior."""
    unseen = gains["unseen"]
    seen = unseen.share < LITTLE or not _beyond_noise(unseen.fall, unseen.error)
    says = (
        f"on unseen rows the {loss.name} is {unseen.fall:.3f} {loss.unit} below the {loss.prior}'s, {unseen.share:.1%} "
        f"of it, "
        f"with a standard error of {unseen.error:.3f}"
    )
    return Sign("hardly better", "underfit", seen, says)


def outdone(parts: Mapping[str, Answers], prior: Sequence[float], rivals: Mapping[str, Answers]) -> Sign | None:
    """Look for another candidate that shows how much more there was to learn."""
    if not rivals or not len(parts["validation"]):
        return None
    theirs = {name: part.losses(prior) for name, part in rivals.items()}
    best = min(theirs, key=lambda name: (theirs[name].mean(), name))
    ours, on_train = parts["validation"].losses(prior), parts["train"].losses(prior).mean()
    lead = ours - theirs[best]
    enough = OUTDONE * parts["validation"].prior_losses(prior).mean()
    seen = bool(min(lead.mean(), on_train - theirs[best].mean()) > enough)
    says = (
        f"{best} loses {theirs[best].mean():.3f} {parts['train'].LOSS.unit} on validation, "
        f"this model {ours.mean():.3f} there and {on_train:.3f} on train"
    )
    beyond = _beyond_noise(float(lead.mean()), float(blocks.error(lead, parts["validation"])))
    return Sign("outdone", "underfit", seen and beyond, says)


def still_falling(curve: Shape | None) -> Sign | None:
    """Look for a curve that was cut before its end."""
    if curve is None or curve.points < FEWEST:
        return None
    says = f"the last tenth of {curve.points} points brought {curve.late:.1%} of the whole fall on validation"
    return Sign("still falling", "underfit", curve.late > FALLING, says)


def too_good(gains: Mapping[str, Gain], loss: Loss) -> Sign:
    """Look for a model that is hardly ever wrong on rows that it has not seen."""
    unseen = gains["unseen"]
    says = f"on unseen rows the {loss.name} is {unseen.share:.1%} below the {loss.prior}'s"
    return Sign("too good", "leak", unseen.n >= ENOUGH and unseen.share > PERFECT, says)


def kept(gains: Mapping[str, Gain]) -> float:
    """Return the share of the gain on train that holds on unseen rows; 1 where train has none."""
    return gains["unseen"].fall / gains["train"].fall if gains["train"].fall > 0 else 1.0


def _beyond_noise(value: float, *errors: float, times: float = 2.0) -> bool:
    return value > times * math.hypot(*errors)
