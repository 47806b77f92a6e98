"""The threshold of two classes: what each would give on validation, and the one that is chosen there.

A threshold stands halfway between two probabilities that occur, so that another machine's last digits decide the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from syllabus.examination.predictions import Predictions
    from syllabus.settings import Threshold

    Floats = NDArray[np.float64]

SCALE = 1000
"""A cost is told for so many rows."""


@dataclass(frozen=True, eq=False)
class Choice:
    """A threshold, by what it was chosen, and what every other would have given on the same rows.

    Args:
        threshold: from this probability on the positive class is decided.
        by: what was asked, such as `{"recall": 0.8}`; None where the number was declared.
        reached: whether any threshold gives what was asked.
        rows: how many rows it was chosen on.
        curve: for each threshold its precision, recall and, where errors have a cost, their cost for `SCALE` rows.
        groups: the thresholds of groups that have their own.
        across: the column of the groups.
    """

    threshold: float
    by: dict[str, Any] | None
    reached: bool
    rows: int
    curve: dict[str, Floats]
    groups: Mapping[str, float] = field(default_factory=dict)
    across: str | None = None

    @property
    def says(self) -> str:
        """By what it was chosen, in words."""
        if self.by is None:
            return "declared"
        ((kind, value),) = self.by.items()
        if kind == "cost":
            costs = value["false_positive"], value["false_negative"]
            return f"chosen for the least cost, a false positive at {costs[0]:g} and a missed one at {costs[1]:g}"
        return f"chosen for the best {value}" if kind == "metric" else f"chosen for a {kind} of {value:g}"

    def plain(self) -> dict[str, Any]:
        """Return what JSON can hold, less the curve."""
        plain = {name: getattr(self, name) for name in ("threshold", "by", "reached", "rows", "across", "groups")}
        return plain | {"says": self.says}


def choose(predictions: Predictions, asked: float | Threshold) -> Choice:
    """Choose the threshold on these rows, or take the one that is declared, and tell of all others.

    Where none reaches the recall or the precision that is asked, it is the one that comes nearest.
    """
    curve = _curve(predictions)
    if isinstance(asked, float | int):
        return Choice(float(asked), None, True, len(predictions), curve)
    by = asked.model_dump(exclude_none=True)
    precision, recall = curve["precision"], curve["recall"]
    reached = True
    if asked.recall is not None:
        # From the highest threshold down recall never falls: the first that reaches it.
        reached = bool((recall >= asked.recall).any())
        place = int(np.argmax(recall >= asked.recall)) if reached else int(np.nanargmax(np.nan_to_num(recall)))
    elif asked.precision is not None:
        enough = precision >= asked.precision
        reached = bool(enough.any())
        place = int(np.flatnonzero(enough)[-1]) if reached else int(np.argmax(np.nan_to_num(precision)))
    elif asked.cost is not None:
        return Choice(_cheapest(predictions, curve), by, True, len(predictions), curve)
    else:
        place = int(np.argmax(np.nan_to_num(curve[str(asked.metric)])))
    return Choice(float(curve["threshold"][place]), by, reached, len(predictions), curve)


def cost(wrong_positives: Floats, missed: Floats, n: Floats | int, costs: tuple[float, float]) -> Floats:
    """Return what errors cost for `SCALE` rows: `costs` of a false positive and of a false negative."""
    total: Floats = SCALE * (wrong_positives * costs[0] + missed * costs[1]) / n
    return total


def _cheapest(predictions: Predictions, curve: dict[str, Floats]) -> float:
    """Return the threshold that the costs imply, or another where it is clearly cheaper on these rows.

    True probabilities are worth a decision from the share on that a false positive has of both costs (Elkan 2001). The
    cheapest of many thresholds on few positives is mostly chance, so it must be cheaper by two standard errors, with
    one more of the dearer errors in them: that none was seen between two thresholds does not mean that none comes.
    """
    assert predictions.costs is not None
    false_positive, false_negative = predictions.costs
    implied = false_positive / (false_positive + false_negative)
    cheapest = float(curve["threshold"][int(np.argmin(curve["cost"]))])
    hit = predictions.target == predictions.positive
    given = predictions.probabilities[:, predictions.positive]

    def costs(threshold: float) -> Floats:
        return np.where(given >= threshold, np.where(hit, 0.0, false_positive), np.where(hit, false_negative, 0.0))

    saved = costs(implied) - costs(cheapest)
    error = np.sqrt((saved**2).sum() + max(predictions.costs) ** 2)
    return cheapest if saved.sum() > 2 * error else implied


def _curve(predictions: Predictions) -> dict[str, Floats]:
    """Return every threshold from the highest, at which nobody is decided positive, down."""
    assert predictions.positive is not None
    given = predictions.probabilities[:, predictions.positive]
    hit = predictions.target == predictions.positive
    order = np.argsort(-given, kind="stable")
    last = np.flatnonzero(np.r_[np.diff(given[order]) != 0, True])
    scores = given[order][last]
    found = np.r_[0.0, hit[order].cumsum()[last]]
    decided = np.r_[0.0, last + 1.0]
    between = np.r_[(1 + scores[0]) / 2, (scores[:-1] + scores[1:]) / 2, scores[-1] / 2]
    n, positives, wrong = len(hit), float(hit.sum()), decided - found
    with np.errstate(divide="ignore", invalid="ignore"):
        recall, spared = found / positives, 1 - wrong / (n - positives)
        curve = {
            "threshold": between,
            "precision": found / decided,
            "recall": recall,
            "f1": 2 * found / (positives + decided),
            "accuracy": (found + n - positives - wrong) / n,
            "balanced_accuracy": (recall + spared) / 2,
        }
    if predictions.costs is not None:
        curve["cost"] = cost(wrong, positives - found, n, predictions.costs)
    return curve
