"""The verdict on the fit: shifted, overfit, underfit or good, with the evidence and what to try.

Every sign of `signs` is looked for. That unseen rows are of another world decides before overfitting, and that before
underfitting; a model that shows no sign has a good fit. A sign of a leak decides nothing: it is said beside the
verdict, with what to look for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from syllabus.errors import Unmet
from syllabus.examination import gains as gaining
from syllabus.examination import plain, signs
from syllabus.examination.answers import together
from syllabus.examination.gains import Gain
from syllabus.examination.learning_curve import Shape, shape
from syllabus.examination.signs import Sign

if TYPE_CHECKING:
    from syllabus.examination.answers import Answers, Loss


FEW = 200
"""With fewer unseen rows the verdict says how few they are."""
HELD = 0.75
"""A good fit of which less holds on unseen rows is told what might make more of it hold."""


@dataclass(frozen=True)
class Fit:
    """The verdict.

    Args:
        verdict: shifted, underfit, overfit or good.
        why: the numbers that decided, in a sentence.
        advice: what to try.
        signs: every sign that could be looked for, seen or not.
        parts: the gain on each part, and on the `unseen` ones together.
        curve: the shape of the learning curve; None without one.
        loss: what gains are counted in.
    """

    verdict: Literal["shifted", "underfit", "overfit", "good"]
    why: str
    advice: tuple[str, ...]
    signs: tuple[Sign, ...]
    parts: dict[str, Gain]
    curve: Shape | None
    loss: Loss

    def report(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        report: dict[str, Any] = plain(self) | {"loss": self.loss._asdict()}
        return report


def judge(
    parts: Mapping[str, Answers],
    prior: Sequence[float],
    *,
    primary: str = "roc_auc",
    curve: Sequence[tuple[int, float, float]] = (),
    used: int | None = None,
    rivals: Mapping[str, Answers] | None = None,
    watched: Answers | None = None,
) -> Fit:
    """Judge the fit of one model.

    Args:
        parts: its answers on `train`, `validation` and, where it was examined there, `test`.
        prior: the share of each class in train, or mean and variance of its target.
        primary: the metric that is shown beside the loss.
        curve: iteration, loss on train, loss on validation, in order; empty where there is none.
        used: the iteration of the model; found by its validation loss where it is not given.
        rivals: the other candidates' answers on validation.
        watched: its answers on the rows that the curve is about, where `validation` is other rows.

    Raises:
        Unmet: there is nothing to compare.
    """
    unseen = together([part for name, part in parts.items() if name != "train"])
    if not len(parts["train"]) or not len(unseen):
        raise Unmet("The fit cannot be judged: train, or validation and test together, have no examples")
    gains = {name: gaining.measure(part, prior, primary) for name, part in parts.items() if len(part)}
    gains["unseen"] = gaining.measure(unseen, prior, primary)
    loss, drawn = unseen.LOSS, None
    followed = parts["validation"] if watched is None else watched
    if curve and len(followed):
        drawn = shape(curve, used=used, loss=followed.loss)
    possible = (
        signs.level_moved(parts),
        signs.memorised(gains, drawn, loss),
        signs.turned_up(drawn),
        signs.tuned_away(gains, loss),
        signs.hardly_better(gains, loss),
        signs.outdone(parts, prior, rivals or {}),
        signs.still_falling(drawn),
        signs.too_good(gains, loss),
    )
    few = f"; only {len(unseen)} unseen rows say so" if len(unseen) < FEW else ""
    looked_for = tuple(sign for sign in possible if sign is not None)
    leaking = [sign for sign in looked_for if sign.seen and sign.speaks_for == "leak"]
    verdicts: tuple[Literal["shifted", "overfit", "underfit"], ...] = ("shifted", "overfit", "underfit")
    for verdict in verdicts:
        deciding = [sign for sign in looked_for if sign.seen and sign.speaks_for == verdict]
        if deciding:
            why = "; ".join(sign.says for sign in deciding)
            return Fit(verdict, why + few, _advice([*leaking, *deciding]), looked_for, gains, drawn, loss)
    wider = ("more data", "a more regularised model") if signs.kept(gains) < HELD else ()
    beyond = "; so good that a column may give the target away" if leaking else ""
    return Fit("good", _holds(gains, loss) + few + beyond, (*_advice(leaking), *wider), looked_for, gains, drawn, loss)


def _advice(seen: Sequence[Sign]) -> tuple[str, ...]:
    """Return what to try, each thing once."""
    return tuple(dict.fromkeys(one for sign in seen for one in signs.ADVICE[sign.name]))


def _holds(gains: Mapping[str, Gain], loss: Loss) -> str:
    return (
        f"the {loss.name} is {gains['train'].share:.0%} below the {loss.prior}'s on train and "
        f"{gains['unseen'].share:.0%} on unseen rows: {min(signs.kept(gains), 1.0):.0%} of the gain holds"
    )
