"""What a model answered on ratings: values beside the truth, and the ranks of the items that users came to.

Ranks are of single rows, and what is made of them is of users: a user counts once, however many rows are his. So each
row has its share of its user's gain, and the mean over users is the sum of gains by the sum of shares, under any
weights. Resampling draws whole users.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from syllabus.errors import Unmet
from syllabus.examination.answers import Loss
from syllabus.losses import lost_gain

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from syllabus.examples import Examples

    Floats = NDArray[np.float64]

TOP = 10
NDCG, RECALL, HIT, SHARE = range(4)
COLD = ("known user and item", "new user", "new item", "new user and item")


@dataclass(frozen=True, eq=False)
class Rated:
    """Answers on n ratings.

    Args:
        target: `(n,)` values; 1 for a click.
        predicted: `(n,)` values.
        ranks: `(n,)`, from 1, each among the items that its user had not seen in train.
        popular: `(n,)`, the same by popularity.
        blocks: `(n,)`, the same for all rows of a user.
        cold: `(n,)`, a place in `COLD`.
        liked: `(n,)`, whether the item was right for its user.
        valued: whether rows have a value, and are not clicks.
        gains: `(n, 4)`: what each row adds to its user's NDCG, recall and hit, and its share of its user; the share is
            0 where the item was not liked.
    """

    TASK: ClassVar[str] = "rating"
    ARRAYS: ClassVar[tuple[str, ...]] = ("target", "predicted", "ranks", "popular", "blocks", "cold", "liked", "gains")
    LOSS: ClassVar[Loss] = Loss("squared error", "variances", "mean")

    target: Floats
    predicted: Floats
    ranks: Floats
    popular: Floats
    blocks: NDArray[Any]
    cold: NDArray[np.int64]
    liked: NDArray[np.bool_]
    gains: Floats
    valued: bool

    def __len__(self) -> int:
        return len(self.target)

    @property
    def errors(self) -> Floats:
        """`(n,)`: how far each value lies above the truth."""
        return self.predicted - self.target

    @property
    def numbers(self) -> int:
        """How many numbers are made of each resample."""
        return 1

    @property
    def questions(self) -> int:
        """How many classes are asked about: none, which costs as much as one."""
        return 1

    @property
    def loss(self) -> float:
        """The mean loss as learning curves show it."""
        return float((self.errors**2).mean())

    def losses(self, prior: Sequence[float]) -> Floats:
        """Return `(n,)` squared errors, in variances of train."""
        squares: Floats = self.errors**2 / prior[1]
        return squares

    def prior_losses(self, prior: Sequence[float]) -> Floats:
        """Return the same of answering with train's mean."""
        squares: Floats = (prior[0] - self.target) ** 2 / prior[1]
        return squares

    @property
    def excess(self) -> Floats:
        """`(n, 1)`: how far each value lies above the truth; a click lies to no side of one."""
        return (self.errors if self.valued else np.zeros(len(self)))[:, None]

    def like(self, other: Rated) -> Rated:
        """Return the same: a value is what it is."""
        return self

    def rows(self, chosen: NDArray[Any]) -> Rated:
        """Return some of the rows, by mask or by index; what each adds to its user stays."""
        return replace(self, **{name: getattr(self, name)[chosen] for name in self.ARRAYS})


class Ranked(Rated):
    """Answers where ranks are the goal: what is lost is what each item that was liked loses of a first rank's gain."""

    LOSS: ClassVar[Loss] = Loss("lost gain of ranks", "gains of a first rank", "popularity")

    @property
    def loss(self) -> float:
        """The mean loss as learning curves show it."""
        return float(lost_gain(self.ranks, self.liked).mean())

    def losses(self, prior: Sequence[float]) -> Floats:
        """Return `(n,)` shares of the gain that are lost; 0 of what was not liked."""
        return lost_gain(self.ranks, self.liked)

    def prior_losses(self, prior: Sequence[float]) -> Floats:
        """Return the same of ranking by popularity."""
        return lost_gain(self.popular, self.liked)


def of(given: NDArray[Any], examples: Examples) -> Rated:
    """Check answers `(n, 2)`, value and rank, and set them beside the truth.

    Raises:
        Unmet: they have another shape, or a value or a rank is none.
    """
    found = np.asarray(given, np.float64)
    if found.shape != (len(examples), 2):
        raise Unmet(f"The answers have the shape {found.shape}: {len(examples)} ratings need {(len(examples), 2)}")
    broken = int((~np.isfinite(found).all(axis=1) | (found[:, 1] < 1)).sum())
    if broken:
        raise Unmet(f"The model gave no finite value, or no rank from 1 on, for {broken} of {len(found)} ratings")
    task, held, truth = examples.task, examples.arrays, examples.labels
    liked = task.likes(truth)
    cold = (held["user"] < 0).astype(np.int64) + 2 * (held["item"] < 0)
    kind = Ranked if task.ranked else Rated
    gains = _gains(found[:, 1], liked, held["who"])
    return kind(
        truth, found[:, 0], found[:, 1], held["popular"], np.asarray(held["who"]), cold, liked, gains, not task.clicks
    )


def _gains(ranks: Floats, liked: NDArray[np.bool_], who: NDArray[Any]) -> Floats:
    """Return `(n, 4)`: what each row adds to its user's NDCG, recall and hit among the first ten, and its share."""
    users = np.unique(who, return_inverse=True)[1]
    many = np.bincount(users, liked)[users]  # what a user liked in this part
    share = np.where(liked, 1 / np.maximum(many, 1), 0.0)
    best = np.r_[0.0, np.cumsum(1 / np.log2(2 + np.arange(TOP)))]
    ideal = best[np.minimum(many, TOP).astype(np.int64)]
    found = liked & (ranks <= TOP)
    gained = np.where(found, (1 - lost_gain(ranks)) / np.maximum(ideal, 1e-12), 0.0)
    hit = np.bincount(users, found)[users] > 0
    return np.column_stack([gained, found * share, hit * share, share])
