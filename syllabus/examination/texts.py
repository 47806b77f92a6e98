"""What a language model answered on the documents of one part, checked once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from syllabus.errors import Unmet
from syllabus.examination.answers import Loss

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

NATS, TOKENS, RIGHT = range(3)


@dataclass(frozen=True, eq=False)
class Texts:
    """What each document cost a model that was asked, piece by piece, what comes next; its end is asked for, too.

    Args:
        costs: `(n, 3) float`: the nats of a document, the tokens in which the model read it, its end among them, and
            how many of these were the ones that it held for the likeliest.
        counts: `(n, 256) int`: how often each byte stands in a document.

    Raises:
        Unmet: the arrays do not fit each other, or a cost is no finite number.
    """

    TASK: ClassVar[str] = "language"
    ARRAYS: ClassVar[tuple[str, ...]] = ("costs", "counts")
    LOSS: ClassVar[Loss] = Loss("loss", "bits per byte", "baseline")

    costs: Floats
    counts: NDArray[np.int64]

    @classmethod
    def of(cls, costs: ArrayLike, counts: ArrayLike) -> Texts:
        """Check and convert."""
        given, known = np.asarray(costs, dtype=np.float64), np.asarray(counts, dtype=np.int64)
        if given.shape != (len(known), 3):
            raise Unmet(f"The costs have the shape {given.shape}: {len(known)} documents need {(len(known), 3)}")
        broken = int((~np.isfinite(given).all(axis=1)).sum())
        if broken:
            raise Unmet(f"The model gave no finite cost for {broken} of {len(given)} documents")
        return cls(given, known)

    def __len__(self) -> int:
        return len(self.counts)

    @cached_property
    def target(self) -> NDArray[np.int64]:
        """The bytes of each document, `(n,)`."""
        return np.asarray(self.counts.sum(axis=1))

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
        """What a byte costs on average, in bits."""
        return float(self.losses(()).mean()) if len(self) else 0.0

    def losses(self, prior: Sequence[float]) -> Floats:
        """Return `(n,)`: the bits of each document by the bytes of an average one, so that their mean is the loss."""
        bits: Floats = self.costs[:, NATS] / np.log(2) / self.target.mean()
        return bits

    def prior_losses(self, prior: Sequence[float]) -> Floats:
        """Return the same of a model that knows how often bytes and ends are, `(257,)`, and nothing of their order."""
        return prior_bits(self.counts, prior) / float(self.target.mean())

    @property
    def excess(self) -> Floats:
        """`(n, 1)` noughts: what a document costs lies to no side of the truth."""
        return np.zeros((len(self), 1))

    def like(self, other: Texts) -> Texts:
        """Return the same."""
        return self

    def rows(self, chosen: NDArray[Any]) -> Texts:
        """Return some of the rows, by mask or by index."""
        return replace(self, costs=self.costs[chosen], counts=self.counts[chosen])


def prior_bits(counts: NDArray[np.int64], prior: Sequence[float]) -> Floats:
    """Return `(n,)` bits that documents and their ends cost a model that knows how often each byte is, `(257,)`."""
    bits = -np.log2(np.asarray(prior))
    total: Floats = counts @ bits[1:] + bits[0]
    return total
