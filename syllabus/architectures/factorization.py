"""Users and items as vectors whose products tell what a user gives an item (Koren, Bell and Volinsky 2009).

For values, `biased` learns what biases leave over, biases and vectors together. For ranks, `implicit` learns that what
was come to is near 1 and all else near 0 (Hu, Koren and Volinsky 2008); where rows have values, it takes those that
tell of liking, or all, and answers with the values of biases.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from syllabus import architectures
from syllabus.errors import Unmet
from syllabus.examples import Examples
from syllabus.ratings import als, answering, biases, seen
from syllabus.ratings.biases import Biases, known
from syllabus.ratings.seen import Seen

if TYPE_CHECKING:
    from optuna.trial import BaseTrial

    Floats = NDArray[np.float64]
    Codes = NDArray[np.int64]

READS = frozenset({"user", "item", "who", "count"})
TASKS = frozenset({"rating"})
SEARCH: dict[str, Any] = {}
SIDE_BY_SIDE = False
"""It keeps BLAS to one thread, which all threads of a process share."""


class Params(architectures.Params):
    """Parameters of the factors and of their fit."""

    method: Literal["auto", "biased", "implicit"] = "auto"
    """What is learned; by default what `data.options.goal` asks for: biased learns values, implicit ranks."""
    factors: int = Field(default=32, ge=1, le=2_000)
    """The numbers that stand for a user, and for an item."""
    ridge: float = Field(default=20.0, gt=0, le=1e6)
    """How strongly these are drawn to 0: as by so many ratings."""
    shrink: float = Field(default=10.0, ge=0.01, le=1e6)
    """How strongly biases are."""
    confidence: float = Field(default=10.0, gt=0, le=1e6)
    """How much more each click weighs than an item that was not come to, where the method is implicit."""
    iterations: int = Field(default=20, ge=1, le=1_000)
    """How often users and items are fitted in turn, at the most; the best on validation is kept."""
    patience: int = Field(default=1, ge=1, le=1_000)
    """It stops after so many turns that are no better: they hardly waver."""


def space(trial: BaseTrial) -> dict[str, Any]:
    """Choose how many numbers, and how strongly they are held."""
    return {
        "factors": trial.suggest_int("factors", 4, 128, log=True),
        "ridge": trial.suggest_float("ridge", 1.0, 200.0, log=True),
        "shrink": trial.suggest_float("shrink", 0.5, 50.0, log=True),
        "confidence": trial.suggest_float("confidence", 0.5, 50.0, log=True),
    }


@dataclass(frozen=True, eq=False)
class Fitted:
    """Biases, vectors `(users, k)` and `(items, k)`, and what users have seen."""

    biases: Biases
    users: Floats
    items: Floats
    history: Seen
    implicit: bool

    def predict(self, examples: Examples) -> Floats:
        """Return `(n, 2)`: the value, and the rank of the item among those not seen in train."""
        return answering.answers(self, examples)

    def values(self, examples: Examples) -> Floats:
        """Return `(n,)` values, less their bounds."""
        users, items = examples.arrays["user"], examples.arrays["item"]
        inner = (known(self.users, users) * known(self.items, items)).sum(axis=1)
        if self.implicit and examples.task.clicks:
            return np.asarray(inner)
        return self.biases.values(users, items) + (0.0 if self.implicit else inner)

    def scores(self, user: int) -> Floats:
        """Return `(items,)` scores of all items for a user."""
        vector = self.users[user] if user >= 0 else np.zeros(self.users.shape[1])
        if self.implicit and not vector.any():  # of whom nothing is known, what most come to is likeliest
            return self.history.counts.astype(np.float64)
        found = als.products(self.items, vector)
        return found if self.implicit else found + self.biases.items

    def save(self, directory: Path) -> None:
        """Write the arrays."""
        held = {
            "mean": np.array([self.biases.mean]), "bias.users": self.biases.users, "bias.items": self.biases.items,
            "users": self.users, "items": self.items, "implicit": np.array([int(self.implicit)]),
        }  # fmt: skip
        answering.save(held, self.history, directory)


def fit(params: Params, train: Examples, validation: Examples, *, seed: int, report: architectures.Report) -> Fitted:
    """Fit users and items in turn; the turn that is best on validation is kept.

    Raises:
        Unmet: values are to be learned of clicks, or ranks where values are the goal.
        Diverged: a user or an item has no vector any more.
    """
    from threadpoolctl import threadpool_limits

    implicit = params.method == "implicit" or (params.method == "auto" and train.task.ranked)
    if implicit and not train.task.ranked:
        raise Unmet(f"factorization: implicit learns no values: {answering.GOAL}")
    if train.task.clicks and not implicit:
        raise Unmet("factorization: biased learns from values, and clicks have none: let method be implicit")
    # Sums of BLAS come out otherwise with another number of threads.
    with threadpool_limits(1):
        start = _start(params, train, implicit, seed)
        best, lowest, since = start, np.inf, 0
        turns = _Turns(params, train, start)
        for iteration in range(1, params.iterations + 1):
            fitted = turns.next()
            losses = [answering.loss(fitted, some) for some in (train, validation)]
            report(iteration, *losses)
            if losses[1] < lowest:
                best, lowest, since = fitted, losses[1], 0
            elif (since := since + 1) >= params.patience:
                break
    return best


def load(directory: Path) -> Fitted:
    """Read what `save` wrote."""
    held, history = answering.load(directory)
    told = Biases(float(held["mean"][0]), held["bias.users"], held["bias.items"])
    return Fitted(told, held["users"], held["items"], history, bool(held["implicit"][0]))


def _start(params: Params, train: Examples, implicit: bool, seed: int) -> Fitted:
    users, items, count = train.arrays["user"], train.arrays["item"], answering.sizes(train)
    random = np.random.default_rng(seed)
    vectors = [random.normal(scale=0.1, size=(n, params.factors)) for n in count]
    told = biases.fit(users, items, train.labels, count, params.shrink)
    return Fitted(told, vectors[0], vectors[1], seen.seen(users, items, count), implicit)


class _Turns:
    """Train in the order of users and in that of items, and the turns of a fit on it."""

    def __init__(self, params: Params, train: Examples, start: Fitted) -> None:
        # To rate an item low is to come to it: not so where it is said which ratings tell of liking.
        chosen = train.task.likes(train.labels) if start.implicit else slice(None)
        users, items = (np.asarray(train.arrays[name], np.int64)[chosen] for name in ("user", "item"))
        self.params, self.now = params, start
        self.by_user, self.by_item = _grouped(users, items, len(start.users)), _grouped(items, users, len(start.items))
        self.values = train.labels
        self.extra = params.confidence * np.asarray(train.arrays["count"], np.float64)[chosen]

    def next(self) -> Fitted:
        """Fit users given items, then items given users."""
        now, side = self.now, self._implicit if self.now.implicit else self._biased
        of_users, users = side(self.by_user, now.items, now.biases.items, now.biases.users)
        of_items, items = side(self.by_item, users, of_users, now.biases.items)
        self.now = Fitted(Biases(now.biases.mean, of_users, of_items), users, items, now.history, now.implicit)
        return self.now

    def _implicit(self, by: tuple[Codes, Codes, Codes], given: Floats, _: Floats, own: Floats) -> tuple[Floats, Floats]:
        ends, others, order = by
        return own, als.implicit(ends, others, self.extra[order], given, self.params.ridge)

    def _biased(
        self, by: tuple[Codes, Codes, Codes], given: Floats, theirs: Floats, _: Floats
    ) -> tuple[Floats, Floats]:
        ends, others, order = by
        left = self.values[order] - self.now.biases.mean - theirs[others]
        # A bias is one more number, whose partner is 1.
        ridge = np.r_[np.full(given.shape[1], self.params.ridge), self.params.shrink]
        found = als.explicit(ends, others, left, np.column_stack([given, np.ones(len(given))]), ridge)
        return found[:, -1].copy(), found[:, :-1].copy()


def _grouped(mine: Codes, theirs: Codes, count: int) -> tuple[Codes, Codes, Codes]:
    """Return where the ratings of each begin and end, what was rated in that order, and the order."""
    order = np.lexsort((theirs, mine))
    ends = np.zeros(count + 1, np.int64)
    np.cumsum(np.bincount(mine, minlength=count), out=ends[1:])
    return ends, theirs[order], order
