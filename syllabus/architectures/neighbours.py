"""Items like those that a user rated: what was given to them is given again (Sarwar et al. 2001).

Of values, two items are alike where the same users rate both above, or both below, what biases expect; of clicks, where
the same users came to both. A likeness that few users tell of is shrunk.
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
from syllabus.ratings import answering, biases, seen
from syllabus.ratings.biases import Biases
from syllabus.ratings.seen import Seen

if TYPE_CHECKING:
    from optuna.trial import BaseTrial

    Floats = NDArray[np.float64]

READS = frozenset({"user", "item", "who", "count"})
TASKS = frozenset({"rating"})
SEARCH: dict[str, Any] = {}
SIDE_BY_SIDE = True
_BLOCK = 1_000


class Params(architectures.Params):
    """How many items count as alike, and how far few users are trusted."""

    method: Literal["auto", "values", "clicks"] = "auto"
    """By what items are alike; by default by what `data.options.goal` asks for. By clicks it learns which items users
    rate, and like where `data.options.liked` says so, and answers with the values of biases."""
    neighbours: int = Field(default=50, ge=1, le=10_000)
    """The items that are most like one, at the most."""
    likeness_shrink: float = Field(default=20.0, ge=0, le=1e6)
    """A likeness is drawn to 0 as by so many users who tell nothing."""
    doubt: float = Field(default=1.0, gt=0, le=1e6)
    """What neighbours say is drawn to what biases expect as by so much likeness."""
    shrink: float = Field(default=10.0, ge=0.01, le=1e6)
    """How strongly biases are drawn to 0: as by so many ratings."""


def space(trial: BaseTrial) -> dict[str, Any]:
    """Choose how many neighbours there are, and how far they are trusted."""
    return {
        "neighbours": trial.suggest_int("neighbours", 5, 300, log=True),
        "likeness_shrink": trial.suggest_float("likeness_shrink", 1.0, 200.0, log=True),
        "doubt": trial.suggest_float("doubt", 0.05, 10.0, log=True),
        "shrink": trial.suggest_float("shrink", 0.5, 50.0, log=True),
    }


@dataclass(frozen=True, eq=False)
class Fitted:
    """What biases expect, how far users lie from it, and which items are alike.

    Args:
        biases: of users and items.
        history: what users have seen.
        left: `(r,)`, how far each rating of the history lies above what biases expect; 1 for a click.
        ends: `(items + 1,)`, where those that an item is a neighbour of begin and end.
        near: `(s,)`, their codes.
        likeness: `(s,)`, how alike they are, above 0.
        doubt: how much likeness it takes to be believed.
        clicks: whether items are alike by who came to them.
    """

    biases: Biases
    history: Seen
    left: Floats
    ends: NDArray[np.int64]
    near: NDArray[np.int64]
    likeness: Floats
    doubt: float
    clicks: bool

    def predict(self, examples: Examples) -> Floats:
        """Return `(n, 2)`: the value, and the rank of the item among those not seen in train."""
        return answering.answers(self, examples)

    def values(self, examples: Examples) -> Floats:
        """Return `(n,)` values, less their bounds."""
        users, items = examples.arrays["user"], examples.arrays["item"]
        if self.clicks and not examples.task.clicks:
            return self.biases.values(users, items)
        said = np.zeros(len(examples))
        order = np.argsort(users, kind="stable")
        for some in np.split(order, np.flatnonzero(np.diff(users[order])) + 1) if len(users) else ():
            at = items[some]
            said[some] = np.where(at < 0, 0.0, self._said(int(users[some[0]]))[at])
        return said if self.clicks else self.biases.values(users, items) + said

    def _said(self, user: int) -> Floats:
        """Return `(items,)`: what the neighbours among those that a user has rated say of each item."""
        total = self.history.total
        if user < 0:
            return np.zeros(total)
        rated = self.history.of(user)
        left = self.left[self.history.ends[user] : self.history.ends[user + 1]]
        starts, many = self.ends[rated], self.ends[rated + 1] - self.ends[rated]
        # The places of all these spans, one after the other.
        at = np.arange(many.sum()) + np.repeat(starts - (np.cumsum(many) - many), many)
        near, alike, each = self.near[at], self.likeness[at], np.repeat(left, many)
        said: Floats = np.bincount(near, alike * each, minlength=total).astype(np.float64)
        if self.clicks:
            return said
        return np.asarray(said / (np.bincount(near, alike, minlength=total) + self.doubt))

    def scores(self, user: int) -> Floats:
        """Return `(items,)` scores of all items for a user."""
        if not self.clicks:
            return self.biases.items + self._said(user)
        counts = self.history.counts
        # What no neighbour speaks of, and what is for users of whom nothing is known, is told apart by how many came.
        found: Floats = self._said(user) + 1e-6 * counts / counts.max()
        return found

    def save(self, directory: Path) -> None:
        """Write the arrays."""
        held = {
            "mean": np.array([self.biases.mean]), "bias.users": self.biases.users, "bias.items": self.biases.items,
            "left": self.left, "ends": self.ends, "near": self.near, "likeness": self.likeness,
            "doubt": np.array([self.doubt]), "clicks": np.array([int(self.clicks)]),
        }  # fmt: skip
        answering.save(held, self.history, directory)


def fit(params: Params, train: Examples, validation: Examples, *, seed: int, report: architectures.Report) -> Fitted:
    """Look which items are alike.

    Raises:
        Unmet: they are to be alike by the values of clicks, or by clicks where values are the goal.
    """
    if train.task.clicks and params.method == "values":
        raise Unmet("neighbours: clicks have no value by which items are alike: let method be clicks")
    if not train.task.ranked and params.method == "clicks":
        raise Unmet(f"neighbours: method clicks learns no values: {answering.GOAL}")
    users, items, count = train.arrays["user"], train.arrays["item"], answering.sizes(train)
    clicks = train.task.ranked and params.method != "values"
    expected = biases.fit(users, items, train.labels, count, params.shrink)
    history = seen.seen(users, items, count)
    order = np.lexsort((items, users))
    told = train.task.likes(train.labels).astype(float) if clicks else train.labels - expected.values(users, items)
    left: Floats = told[order]
    near = _alike(history, left, params)
    fitted = Fitted(expected, history, left, *near, params.doubt, clicks)
    report(1, *(answering.loss(fitted, some) for some in (train, validation)))
    return fitted


def load(directory: Path) -> Fitted:
    """Read what `save` wrote."""
    held, history = answering.load(directory)
    told = Biases(float(held["mean"][0]), held["bias.users"], held["bias.items"])
    near = (held["ends"], held["near"], held["likeness"])
    return Fitted(told, history, held["left"], *near, float(held["doubt"][0]), bool(held["clicks"][0]))


def _alike(history: Seen, left: Floats, params: Params) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """Return for each item where begin and end those that it is a neighbour of, their codes, and the likeness."""
    from scipy.sparse import csc_array, csr_array

    shape = (len(history.ends) - 1, history.total)
    rated = csr_array((left, history.items, history.ends), shape=shape).tocsc()
    there = csc_array((np.ones(len(rated.data)), rated.indices, rated.indptr), shape=shape)
    size = np.sqrt(np.maximum((rated**2).sum(axis=0), 1e-12))
    of, near, likeness = [], [], []
    for start in range(0, shape[1], _BLOCK):
        some = slice(start, min(start + _BLOCK, shape[1]))
        product = (rated[:, some].T @ rated).toarray() / size[some, None] / size
        both = (there[:, some].T @ there).toarray()
        found = product * both / (both + params.likeness_shrink + 1e-12)
        found[np.arange(len(found)), np.arange(some.start, some.stop)] = 0.0
        best = np.argsort(-found, axis=1, kind="stable")[:, : params.neighbours]
        alike = np.take_along_axis(found, best, axis=1)
        rows, places = np.nonzero(alike > 0)
        of.append(rows + start)
        near.append(best[rows, places])
        likeness.append(alike[rows, places])
    whose, by, much = np.concatenate(of), np.concatenate(near), np.concatenate(likeness)
    order = np.lexsort((whose, by))
    ends = np.zeros(shape[1] + 1, np.int64)
    np.cumsum(np.bincount(by, minlength=shape[1]), out=ends[1:])
    return ends, whose[order].astype(np.int64), much[order]
